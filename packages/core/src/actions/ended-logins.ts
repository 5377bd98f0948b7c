// A slow request that was sent before a logout, and is answered after it, brings back the cookie of the login. So a
// logout leaves a tombstone, which names the logins that ended.

import type { Exchange } from '../request/context'
import { ENDED_PURPOSE, entriesOfOthers, entryOf, type NamedLogin } from '../sessions/tombstone'
import { rootOf } from '../state/session-id'
import type { Key } from '../wire/tokens/keyring'

/** Logins that a tombstone names at most; the latest stay. */
const MOST_ENDED = 8

/** Names the logins in the browser in the tombstone. One that began in this request is in no other, and needs no name. */
export function entombLogins<User, Guest>(exchange: Exchange<User, Guest>): void {
  const key = exchange.runtime.keysFor(ENDED_PURPOSE)[0] as Key
  const named = namedLogins(exchange).map((login) => entryOf(key, login))
  if (named.length > 0) exchange.setEnded([...new Set([...named, ...exchange.ended])].slice(0, MOST_ENDED))
}

/**
 * Takes the logins of this user out of the tombstone, because they log in again. Those of another user stay named: their
 * late cookie would put the browser back into their login.
 */
export function forgetEndedOf<User, Guest>(exchange: Exchange<User, Guest>, userId: string): void {
  const { ended, runtime } = exchange
  if (ended.length === 0) return
  const others = entriesOfOthers(runtime.keysFor(ENDED_PURPOSE), ended, userId)
  if (others.length < ended.length) exchange.setEnded(others)
}

function namedLogins<User, Guest>(exchange: Exchange<User, Guest>): readonly NamedLogin[] {
  const { hiddenRemembers, hiddenSessions, opened, remember } = exchange
  const sessions = opened === null ? hiddenSessions : [opened, ...hiddenSessions]
  const tokens = remember?.ok ? [remember.value, ...hiddenRemembers] : hiddenRemembers
  return [
    ...sessions.flatMap(({ state: { login } }) =>
      login === null ? [] : { root: rootOf(login.sessionId), userId: login.userId },
    ),
    ...tokens.map(({ token }) => ({ root: token.tokenId, userId: token.userId })),
  ]
}
