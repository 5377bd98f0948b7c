// Who may log in is the app's own business. Here: two users in memory, their passwords as scrypt hashes, with a setting
// of OWASP's password storage cheat sheet (32 MiB, three passes).
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

export interface User {
  readonly id: string
  readonly name: string
}

const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 }
const KEY_BYTES = 32
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

interface Hashed {
  readonly salt: Buffer
  readonly key: Promise<Buffer>
}

function hashed(password: string): Hashed {
  const salt = randomBytes(16)
  return { salt, key: derive(password, salt, KEY_BYTES, COST) }
}

const alice: User = { id: '1', name: 'alice' }
const bob: User = { id: '2', name: 'bob' }
const users = new Map([alice, bob].map((user) => [user.id, user]))
const passwords = new Map([
  [alice, hashed('open sesame')],
  [bob, hashed('let me in')],
])
/** A password that nobody has: an unknown name has to cost as much time as a known one. */
const nobodys = hashed(randomBytes(32).toString('base64'))

export function findUser(id: string): User | undefined {
  return users.get(id)
}

/** The user of this name, where the password is theirs. */
export async function checkPassword(name: unknown, password: unknown): Promise<User | undefined> {
  const user = [...users.values()].find((one) => one.name === name)
  const { salt, key } = (user && passwords.get(user)) ?? nobodys
  const given = await derive(typeof password === 'string' ? password : '', salt, KEY_BYTES, COST)
  return timingSafeEqual(given, await key) ? user : undefined
}
