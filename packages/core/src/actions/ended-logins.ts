// The response to a slow request that was sent before a logout can set the cookie of the ended login again. So a logout
// sets a tombstone cookie, which names the ended logins.

import { getEnded, setEnded } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import { createEntry, ENDED_PURPOSE, type NamedLogin, removeEntriesOf } from '../sessions/tombstone'
import { getRoot } from '../state/session-id'
import type { Key } from '../wire/tokens/keyring'

/** The limit of logins in a tombstone. The oldest are dropped. */
const MAX_ENDED_LOGINS = 8

/**
 * Adds the logins of the incoming cookies to the tombstone. Other requests cannot have a login that began in this one.
 */
export function storeTombstone<User, Guest>(ctx: RequestContext<User, Guest>): void {
  const key = ctx.services.keysFor(ENDED_PURPOSE)[0] as Key
  const entries = getNamedLogins(ctx).map((login) => createEntry(key, login))
  if (entries.length > 0) setEnded(ctx, [...new Set([...entries, ...getEnded(ctx)])].slice(0, MAX_ENDED_LOGINS))
}

/**
 * Removes the logins of a user who logs in again from the tombstone. Logins of other users stay, because a late cookie
 * of one would replace the new login.
 */
export function removeFromTombstone<User, Guest>(ctx: RequestContext<User, Guest>, userId: string): void {
  const ended = getEnded(ctx)
  if (ended.length === 0) return
  const others = removeEntriesOf(ctx.services.keysFor(ENDED_PURPOSE), ended, userId)
  if (others.length < ended.length) setEnded(ctx, others)
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
