// Several cookies of one name. A browser sends them after a change of `domain`, `path` or `partitioned`, or because a
// sibling subdomain set one of its own. Which of them the app set last cannot be seen from their order (RFC 6265bis §5.8.3).
import { type Task, wait } from '../base/task'
import type { OpenedSession } from '../sessions/codec'
import { DUPLICATES_ELSEWHERE, isReadableElsewhere, type Read } from '../sessions/read-result'
import type { OpenedRemember } from '../sessions/remember-cookies'
import type { Services } from './services'

/** The newest cookie that is valid, and the others that are. */
export interface Newest<T> {
  readonly read: Read<T>
  readonly others: readonly T[]
}

export function* findNewestSession<User, Guest>(
  { sessions, now }: Services<User, Guest>,
  cookies: readonly string[],
  checked: (read: Read<OpenedSession>) => Read<OpenedSession>,
): Task<Newest<OpenedSession>> {
  const reads: Read<OpenedSession>[] = []
  for (const cookie of cookies) reads.push(checked(yield* wait(sessions.read(cookie, now()))))
  return findNewest(reads, ({ issuedAt }) => issuedAt)
}

export function findNewestRemember<User, Guest>(
  { remembers, now }: Services<User, Guest>,
  cookies: readonly string[],
  checked: (read: Read<OpenedRemember>) => Read<OpenedRemember>,
): Newest<OpenedRemember> {
  const reads = cookies.map((cookie) => checked(remembers.read(cookie, now())))
  return findNewest(reads, ({ token }) => token.issuedAt)
}

/** Of two that were issued in the same second the first counts. */
function findNewest<T>(reads: readonly Read<T>[], issuedAt: (value: T) => number): Newest<T> {
  const valid = reads.flatMap((read) => (read.ok ? [read.value] : []))
  const [newest, ...others] = valid.sort((one, two) => issuedAt(two) - issuedAt(one))
  if (newest === undefined) return { read: getRefusal(reads), others }
  return { read: { ok: true, value: newest }, others }
}

/** What another instance may read stays, and what the tombstone names is cleared: both are known by their refusal. */
function getRefusal<T>(reads: readonly Read<T>[]): Read<T> {
  if (reads.some(isReadableElsewhere)) return DUPLICATES_ELSEWHERE
  const ended = reads.find((read) => !read.ok && read.reason === 'logged-out')
  return ended ?? { ok: false, reason: 'duplicate-cookie' }
}
