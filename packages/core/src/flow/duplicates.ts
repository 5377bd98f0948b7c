// Several cookies of one name. A browser sends them after a change of `domain`, `path` or `partitioned`, or because a
// sibling subdomain set one of its own. Which of them the app set last cannot be seen from their order (RFC 6265bis §5.8.3).
import { type Steps, settled } from '../base/steps'
import type { OpenedSession } from './codec'
import type { Read } from './reasons'
import type { OpenedRemember } from './remember-cookies'
import type { Runtime } from './runtime'

/** The newest cookie that is valid, and the others that are. */
export interface Newest<T> {
  readonly read: Read<T>
  readonly others: readonly T[]
}

export function* newestSession<User, Guest>(
  { sessions, now }: Runtime<User, Guest>,
  cookies: readonly string[],
): Steps<Newest<OpenedSession>> {
  const reads: Read<OpenedSession>[] = []
  for (const cookie of cookies) reads.push(yield* settled(sessions.read(cookie, now())))
  return newestOf(reads, ({ issuedAt }) => issuedAt)
}

export function newestRemember<User, Guest>(
  { remembers, now }: Runtime<User, Guest>,
  cookies: readonly string[],
): Newest<OpenedRemember> {
  const reads = cookies.map((cookie) => remembers.read(cookie, now()))
  return newestOf(reads, ({ token }) => token.issuedAt)
}

/** Of two that were issued in the same second the first counts. */
function newestOf<T>(reads: readonly Read<T>[], issuedAt: (value: T) => number): Newest<T> {
  const valid = reads.flatMap((read) => (read.ok ? [read.value] : []))
  const [newest, ...others] = valid.sort((one, two) => issuedAt(two) - issuedAt(one))
  if (newest === undefined) return { read: { ok: false, reason: 'duplicate-cookie' }, others }
  return { read: { ok: true, value: newest }, others }
}
