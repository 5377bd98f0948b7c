// A slow request that was sent before a logout, and is answered after it, brings back the cookie of the login. So a
// logout leaves a tombstone, which names the logins that ended.

import type { RequestContext } from '../request/context'
import { createEntry, ENDED_PURPOSE, type NamedLogin, removeEntriesOf } from '../sessions/tombstone'
import { getRoot } from '../state/session-id'
import type { Key } from '../wire/tokens/keyring'

/** Logins that a tombstone names at most; the latest stay. */
const MOST_ENDED = 8

/** Names the logins in the browser in the tombstone. One that began in this request is in no other, and needs no name. */
export function storeTombstone<User, Guest>(ctx: RequestContext<User, Guest>): void {
  const key = ctx.services.keysFor(ENDED_PURPOSE)[0] as Key
  const named = getNamedLogins(ctx).map((login) => createEntry(key, login))
  if (named.length > 0) ctx.setEnded([...new Set([...named, ...ctx.ended])].slice(0, MOST_ENDED))
}

/**
 * Takes the logins of this user out of the tombstone, because they log in again. Those of another user stay named: their
 * late cookie would put the browser back into their login.
 */
export function removeFromTombstone<User, Guest>(ctx: RequestContext<User, Guest>, userId: string): void {
  const { ended, services } = ctx
  if (ended.length === 0) return
  const others = removeEntriesOf(services.keysFor(ENDED_PURPOSE), ended, userId)
  if (others.length < ended.length) ctx.setEnded(others)
}

function getNamedLogins<User, Guest>(ctx: RequestContext<User, Guest>): readonly NamedLogin[] {
  const { opened } = ctx
  const { hiddenRemembers, hiddenSessions, remember } = ctx.incoming
  const sessions = opened === null ? hiddenSessions : [opened, ...hiddenSessions]
  const tokens = remember?.ok ? [remember.value, ...hiddenRemembers] : hiddenRemembers
  return [
    ...sessions.flatMap(({ state: { login } }) =>
      login === null ? [] : { root: getRoot(login.sessionId), userId: login.userId },
    ),
    ...tokens.map(({ token }) => ({ root: token.tokenId, userId: token.userId })),
  ]
}
