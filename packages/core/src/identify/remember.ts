// The remember cookie of the logged-in user. A cookie of another user does not count.

import type { RememberSettings } from '../options/types'
import { setRemember } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import type { EndedLogin } from '../request/events'
import type { PendingChanges } from '../request/transaction'
import { type RememberToken, renewToken } from '../state/remember'
import type { SessionState } from '../state/session'
import { createStampClaim, findStampKey } from './user-claims'

/** Returns the valid token of the logged-in user that arrived with the request, or null. */
export function getRememberToken<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { login }: SessionState,
): RememberToken | null {
  const read = ctx.incoming.remember
  if (!read?.ok || login === null) return null
  const { token } = read.value
  return token.userId === login.userId && token.stamp === login.stamp ? token : null
}

/** Returns whether the browser has a remember cookie of the logged-in user after this response. */
export function isRemembered<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  const { remember, state } = ctx.outcome
  if (remember.kind !== 'keep') return remember.kind === 'set'
  return getRememberToken(ctx, state) !== null
}

/** Returns the token with a new lifetime. Returns null without a valid token of the user. */
export function renewRememberToken<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { identity, state }: PendingChanges<User>,
): RememberToken | null {
  if (identity !== null && identity.user === null) return null
  const token = getRememberToken(ctx, state)
  return token === null ? null : renewToken(token, ctx.services.now())
}

/** Signs the token of the logged-in user again if a previous secret signed it. Its end does not change. */
export function resignRemember<User, Guest>(ctx: RequestContext<User, Guest>, stamp: string | null): void {
  const { incoming, services, state } = ctx
  const read = incoming.remember
  if (!read?.ok || !read.value.old || read.value.token.userId !== state.login?.userId) return
  if (findStampKey(services.stampKeys, stamp, read.value.token.stamp) < 0) return
  setRemember(ctx, { ...read.value.token, stamp: createStampClaim(ctx, stamp) }, 'pipeline')
}

/** Returns the session and the remember token of the browser, for a deny list. */
export function getLoginsInBrowser<User, Guest>({
  incoming: { remember: read },
  services,
  state,
}: RequestContext<User, Guest>): readonly EndedLogin[] {
  const now = services.now()
  const session =
    state.login === null ? [] : [{ id: state.login.sessionId, endsAt: services.sessions.getLastEnd(state, now) }]
  const remember = read?.ok ? [getTokenEnd(read.value.token, services.settings.remember, now)] : []
  return [...session, ...remember]
}

/** Returns the same, and the logins of duplicate cookies that a newer one hides. */
export function getAllLoginsInBrowser<User, Guest>(ctx: RequestContext<User, Guest>): readonly EndedLogin[] {
  const chosen = getLoginsInBrowser(ctx)
  const { incoming, services } = ctx
  const now = services.now()
  const sessions = incoming.hiddenSessions.flatMap(({ state }) =>
    state.login === null ? [] : [{ id: state.login.sessionId, endsAt: services.sessions.getLastEnd(state, now) }],
  )
  const remembers = incoming.hiddenRemembers.map(({ token }) => getTokenEnd(token, services.settings.remember, now))
  return [...chosen, ...sessions, ...remembers]
}

/** Returns the last possible end of a token. If tokens are renewed, a copy of it may be renewed until it is denied. */
function getTokenEnd(
  { tokenId, issuedAt, expiresAt }: RememberToken,
  { renew }: RememberSettings,
  now: number,
): EndedLogin {
  return { id: tokenId, endsAt: renew === 'never' ? expiresAt : now + (expiresAt - issuedAt) }
}
