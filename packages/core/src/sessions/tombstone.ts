// The tombstone: a short-lived cookie that names the logins which ended in this browser, by HMACs.
import { equalText } from '../base/bytes'
import { toNetstrings } from '../base/netstring'
import { createFingerprint } from '../wire/headers/client'
import type { Key } from '../wire/tokens/keyring'

/** The lifetime of a tombstone in seconds. During that time the cookies of its logins are rejected. */
export const ENDED_SECONDS = 600

/** The purpose of the keys for the HMACs of the entries. */
export const ENDED_PURPOSE = 'ended'

/** The lengths of the two parts of an entry: the HMAC of the login, and the truncated HMAC of the user. */
const [LOGIN_LENGTH, USER_LENGTH] = [22, 6]

/** The parts of a login that its entry is created from. */
export interface NamedLogin {
  readonly root: string
  readonly userId: string
}

/** Returns the entries of all tombstones that arrived. An entry counts only for the login that it names. */
export function parseTombstone(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split('.')).filter(({ length }) => length === LOGIN_LENGTH + USER_LENGTH)
}

/** Returns the value of a tombstone. */
export function encodeTombstone(entries: readonly string[]): string {
  return entries.join('.')
}

/**
 * Returns whether the entries name a login. Such an entry can only be created with the secret, or copied from the
 * tombstone itself.
 */
export function isEnded(keys: readonly Key[], entries: readonly string[], root: string): boolean {
  return keys.some((key) => {
    const hash = hashLogin(key, root)
    return entries.some((entry) => equalText(entry.slice(0, LOGIN_LENGTH), hash))
  })
}

/** Returns the entry that names a login. */
export function createEntry(key: Key, { root, userId }: NamedLogin): string {
  return hashLogin(key, root) + hashUser(key, userId)
}

/** Returns the entries of other users. */
export function removeEntriesOf(keys: readonly Key[], entries: readonly string[], userId: string): readonly string[] {
  const hashes = keys.map((key) => hashUser(key, userId))
  return entries.filter((entry) => !hashes.includes(entry.slice(LOGIN_LENGTH)))
}

function hashLogin(key: Key, root: string): string {
  return createFingerprint(key, toNetstrings(['login', root])).slice(0, LOGIN_LENGTH)
}

function hashUser(key: Key, userId: string): string {
  return createFingerprint(key, toNetstrings(['user', userId])).slice(0, USER_LENGTH)
}
