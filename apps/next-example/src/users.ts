// Users in memory, with scrypt hashes of their passwords. A real app queries its database here.
import { randomBytes, type ScryptOptions, scrypt, scryptSync, timingSafeEqual } from 'node:crypto'

/** A user who can log in. */
export interface User {
  readonly id: string
  readonly name: string
}

interface Account extends User {
  readonly salt: Buffer
  readonly hash: Buffer
}

const COST: ScryptOptions = { N: 2 ** 14, r: 8, p: 1 }

const accounts = new Map([account('alice', 'Alice', 'open sesame'), account('bob', 'Bob', 'let me in')])
// Checking an unknown name takes as long as checking a known one.
const [, decoy] = account('', '', randomBytes(16).toString('hex'))

function account(id: string, name: string, password: string): [string, Account] {
  const salt = randomBytes(16)
  return [id, { id, name, salt, hash: scryptSync(password, salt, 32, COST) }]
}

export function findUser(id: string): User | undefined {
  return accounts.get(id)
}

/** Returns the user with this name and password, or null. */
export async function checkPassword(name: unknown, password: unknown): Promise<User | null> {
  const found = accounts.get(String(name)) ?? decoy
  const hash = await new Promise<Buffer>((resolve, reject) => {
    scrypt(String(password), found.salt, 32, COST, (error, key) => (error ? reject(error) : resolve(key)))
  })
  return timingSafeEqual(hash, found.hash) && found !== decoy ? found : null
}
