// Two users in memory, with scrypt hashes of their passwords. The cost is one that OWASP's password storage cheat sheet
// recommends (32 MiB, three passes). A real app queries its database here.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

export interface User {
  readonly id: string
  readonly name: string
}

const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 }
const KEY_BYTES = 32
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

interface PasswordHash {
  readonly salt: Buffer
  readonly key: Promise<Buffer>
}

function hashPassword(password: string): PasswordHash {
  const salt = randomBytes(16)
  return { salt, key: derive(password, salt, KEY_BYTES, COST) }
}

const alice: User = { id: '1', name: 'alice' }
const bob: User = { id: '2', name: 'bob' }
const users = new Map([alice, bob].map((user) => [user.id, user]))
const passwords = new Map([
  [alice, hashPassword('open sesame')],
  [bob, hashPassword('let me in')],
])
/** The hash of a random password. Checking an unknown name takes as long as checking a known one. */
const decoy = hashPassword(randomBytes(32).toString('base64'))

export function findUser(id: string): User | undefined {
  return users.get(id)
}

/** Returns the user with this name and password, or undefined. */
export async function checkPassword(name: unknown, password: unknown): Promise<User | undefined> {
  const user = [...users.values()].find((one) => one.name === name)
  const { salt, key } = (user && passwords.get(user)) ?? decoy
  const given = await derive(typeof password === 'string' ? password : '', salt, KEY_BYTES, COST)
  return timingSafeEqual(given, await key) ? user : undefined
}
