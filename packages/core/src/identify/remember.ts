// Is this browser remembered? A valid remember cookie of the very user who is logged in, and nobody else's.

import type { RememberSettings } from '../options/types'
import type { Exchange } from '../request/context'
import type { EndedLogin } from '../request/events'
import { type RememberToken, renewedToken } from '../state/remember'
import type { SessionState } from '../state/session'
import { keyOfStamp, stampClaim } from './user-claims'

/** The valid token of the logged-in user that came with the request, or null. */
export function rememberTokenOf<User, Guest>(
  exchange: Exchange<User, Guest>,
  { login }: SessionState,
): RememberToken | null {
  const read = exchange.remember
  if (!read?.ok || login === null) return null
  const { token } = read.value
  return token.userId === login.userId && token.stamp === login.stamp ? token : null
}

/** Whether the browser holds a remember cookie of the logged-in user once it has this answer. */
export function isRemembered<User, Guest>(exchange: Exchange<User, Guest>): boolean {
  const { remember, state } = exchange.outcome
  if (remember.kind !== 'keep') return remember.kind === 'set'
  return rememberTokenOf(exchange, state) !== null
}

/** The same cookie, to live as long again from now on; null where there is none to renew. */
export function renewedRemember<User, Guest>(exchange: Exchange<User, Guest>): RememberToken | null {
  const { identity, state } = exchange.outcome
  if (identity !== null && identity.user === null) return null
  const token = rememberTokenOf(exchange, state)
  return token === null ? null : renewedToken(token, exchange.runtime.now())
}

/** Signs the token of the logged-in user anew where a previous secret signed it; it ends when it ended before. */
export function resignRemember<User, Guest>(exchange: Exchange<User, Guest>, stamp: string | null): void {
  const { remember: read, runtime, state } = exchange
  if (!read?.ok || !read.value.old || read.value.token.userId !== state.login?.userId) return
  if (keyOfStamp(runtime.stampKeys, stamp, read.value.token.stamp) < 0) return
  exchange.setRemember({ ...read.value.token, stamp: stampClaim(exchange, stamp) }, 'pipeline')
}

/** The session and the remember token that are now in the browser, for those who deny them once they end. */
export function loginsInBrowser<User, Guest>({
  remember: read,
  runtime,
  state,
}: Exchange<User, Guest>): readonly EndedLogin[] {
  const now = runtime.now()
  const session =
    state.login === null ? [] : [{ id: state.login.sessionId, endsAt: runtime.sessions.lastEndOf(state, now) }]
  const remember = read?.ok ? [endOfToken(read.value.token, runtime.settings.remember, now)] : []
  return [...session, ...remember]
}

/** The same, and the logins of duplicate cookies that a newer one hides. */
export function allLoginsInBrowser<User, Guest>(exchange: Exchange<User, Guest>): readonly EndedLogin[] {
  const chosen = loginsInBrowser(exchange)
  const { hiddenSessions, hiddenRemembers, runtime } = exchange
  const now = runtime.now()
  const sessions = hiddenSessions.flatMap(({ state }) =>
    state.login === null ? [] : [{ id: state.login.sessionId, endsAt: runtime.sessions.lastEndOf(state, now) }],
  )
  const remembers = hiddenRemembers.map(({ token }) => endOfToken(token, runtime.settings.remember, now))
  return [...chosen, ...sessions, ...remembers]
}

/** A copy may be renewed as long as nobody denies it, where tokens are renewed at all. */
function endOfToken(
  { tokenId, issuedAt, expiresAt }: RememberToken,
  { renew }: RememberSettings,
  now: number,
): EndedLogin {
  return { id: tokenId, endsAt: renew === 'never' ? expiresAt : now + (expiresAt - issuedAt) }
}
