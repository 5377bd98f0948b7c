// Hashes passwords like users/password.ts, with argon2id and the same settings, but in JavaScript: a Worker cannot load
// native code.
import { argon2idAsync } from '@noble/hashes/argon2.js'

const SETTINGS = { m: 19 * 1024, t: 2, p: 1, dkLen: 32 }

/** Returns the salt and the hash in hexadecimal, separated by a colon. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  return `${hex(salt)}:${hex(await argon2idAsync(password, salt, SETTINGS))}`
}

/** Returns whether the password matches the hash. Without a hash it takes the same time and returns false. */
export async function isPasswordOf(hashed: string | undefined, password: string): Promise<boolean> {
  const [salt = '', hash = ''] = (hashed ?? DUMMY_HASH).split(':')
  const given = await argon2idAsync(password, bytes(salt), SETTINGS)
  return isEqual(given, bytes(hash)) && hashed !== undefined
}

const DUMMY_HASH = `${'00'.repeat(16)}:${'00'.repeat(32)}`

function isEqual(one: Uint8Array, two: Uint8Array): boolean {
  return one.length === two.length && one.reduce((found, byte, index) => found | (byte ^ (two[index] ?? 0)), 0) === 0
}

function hex(from: Uint8Array): string {
  return Array.from(from, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
