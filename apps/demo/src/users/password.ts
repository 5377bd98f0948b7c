// Passwords are kept as argon2id hashes: 19 MiB and two passes, the first setting of OWASP's password storage cheat
// sheet and the default of the library. Each hash carries its own salt and settings.
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

export function hashPassword(password: string): Promise<string> {
  return hash(password)
}

/** The hash of a password that nobody has: an unknown address has to cost as much time as a known one. */
const nobodysHash = hashPassword(randomBytes(32).toString('base64'))

export async function isPasswordOf(hashed: string | undefined, password: string): Promise<boolean> {
  const isRight = await verify(hashed ?? (await nobodysHash), password)
  return isRight && hashed !== undefined
}
