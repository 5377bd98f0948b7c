// Hashes passwords with argon2id: 19 MiB and two passes, the first setting of OWASP's password storage cheat sheet and
// the default of the library. Each hash contains its salt and settings.
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

export function hashPassword(password: string): Promise<string> {
  return hash(password)
}

/** The hash of a random password. With it, an unknown e-mail address takes as much time as a known one. */
const dummyHash = hashPassword(randomBytes(32).toString('base64'))

export async function isPasswordOf(hashed: string | undefined, password: string): Promise<boolean> {
  const isRight = await verify(hashed ?? (await dummyHash), password)
  return isRight && hashed !== undefined
}
