// Several cookies with one name. A browser sends them after a change of `domain`, `path` or `partitioned`, or if a sibling
// subdomain set one of its own. Their order does not show which one is the newest (RFC 6265bis §5.8.3).
import { type Task, wait } from '../base/task'
import type { OpenedSession } from '../sessions/codec'
import { DUPLICATES_ELSEWHERE, isReadableElsewhere, type Read } from '../sessions/read-result'
import type { OpenedRemember } from '../sessions/remember-cookies'
import type { Services } from './services'

/** The newest valid cookie, and the other valid ones. */
export interface Newest<T> {
  readonly read: Read<T>
  readonly others: readonly T[]
}

/** Returns the newest valid session of several cookies. */
export function* findNewestSession<User, Guest>(
  { sessions, now }: Services<User, Guest>,
  cookies: readonly string[],
  checked: (read: Read<OpenedSession>) => Read<OpenedSession>,
): Task<Newest<OpenedSession>> {
  const reads: Read<OpenedSession>[] = []
  for (const cookie of cookies) reads.push(checked(yield* wait(sessions.read(cookie, now()))))
  return findNewest(reads, ({ issuedAt }) => issuedAt)
}

/** Returns the newest valid remember token of several cookies. */
export function findNewestRemember<User, Guest>(
  { remembers, now }: Services<User, Guest>,
  cookies: readonly string[],
  checked: (read: Read<OpenedRemember>) => Read<OpenedRemember>,
): Newest<OpenedRemember> {
  const reads = cookies.map((cookie) => checked(remembers.read(cookie, now())))
  return findNewest(reads, ({ token }) => token.issuedAt)
}

/** Returns the newest cookie. Of two cookies from the same second, the first one is returned. */
function findNewest<T>(reads: readonly Read<T>[], issuedAt: (value: T) => number): Newest<T> {
  const valid = reads.flatMap((read) => (read.ok ? [read.value] : []))
  const [newest, ...others] = valid.sort((one, two) => issuedAt(two) - issuedAt(one))
  if (newest === undefined) return { read: getRefusal(reads), others }
  return { read: { ok: true, value: newest }, others }
}

/**
 * Returns the reason if no cookie is valid. A cookie that another instance may accept must stay, and a cookie that the
 * tombstone names must be cleared, so these reasons come first.
 */
function getRefusal<T>(reads: readonly Read<T>[]): Read<T> {
  if (reads.some(isReadableElsewhere)) return DUPLICATES_ELSEWHERE
  const ended = reads.find((read) => !read.ok && read.reason === 'logged-out')
  return ended ?? { ok: false, reason: 'duplicate-cookie' }
}
