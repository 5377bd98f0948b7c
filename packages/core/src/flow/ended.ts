// A slow request that was sent before a logout, and is answered after it, brings back the cookie of the login. So a
// logout leaves a tombstone: a cookie for some minutes that names the logins which ended in this browser, by keyed hashes.
import { equalText } from '../base/bytes'
import { netstrings } from '../base/netstring'
import { rootOf } from '../state/session-id'
import { fingerprint } from '../wire/client'
import type { Key } from '../wire/keyring'
import type { Exchange } from './exchange'

/** Seconds for which a tombstone refuses the cookies that it names. */
export const ENDED_SECONDS = 600

/** Logins that a tombstone names at most; the latest stay. */
const MOST_ENDED = 8

/** Characters of an entry: the hash of the login, and some of the user's. */
const [LOGIN_LENGTH, USER_LENGTH] = [22, 6]

const PURPOSE = 'ended'

/** A login, as a tombstone names it. */
interface NamedLogin {
  readonly root: string
  readonly userId: string
}

/** Returns the entries of a tombstone. */
export function parseEnded(value: string | null): readonly string[] {
  return value === null || value === '' ? NONE : value.split('.')
}

const NONE: readonly string[] = Object.freeze([])

/** Returns the value of a tombstone. */
export function endedValue(entries: readonly string[]): string {
  return entries.join('.')
}

/** Whether these entries name a login. Naming one takes the secret, or its tombstone. */
export function isEnded(keys: readonly Key[], entries: readonly string[], root: string): boolean {
  return keys.some((key) => {
    const hash = loginHash(key, root)
    return entries.some((entry) => equalText(entry.slice(0, LOGIN_LENGTH), hash))
  })
}

/** Names the logins in the browser in the tombstone. One that began in this request is in no other, and needs no name. */
export function entombLogins<User, Guest>(exchange: Exchange<User, Guest>): void {
  const key = exchange.runtime.keysFor(PURPOSE)[0] as Key
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
  const hashes = runtime.keysFor(PURPOSE).map((key) => userHash(key, userId))
  const others = ended.filter((entry) => !hashes.includes(entry.slice(LOGIN_LENGTH)))
  if (others.length < ended.length) exchange.setEnded(others)
}

/** Whether the tombstone that arrived names this login. */
export function isEndedHere<User, Guest>({ endedThatCame, runtime }: Exchange<User, Guest>, root: string): boolean {
  return endedThatCame.length > 0 && isEnded(runtime.keysFor(PURPOSE), endedThatCame, root)
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

function entryOf(key: Key, { root, userId }: NamedLogin): string {
  return loginHash(key, root) + userHash(key, userId)
}

function loginHash(key: Key, root: string): string {
  return fingerprint(key, netstrings(['login', root])).slice(0, LOGIN_LENGTH)
}

function userHash(key: Key, userId: string): string {
  return fingerprint(key, netstrings(['user', userId])).slice(0, USER_LENGTH)
}
