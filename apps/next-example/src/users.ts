// The users: in memory, their passwords as scrypt hashes. An app of its own asks its database here.
import { randomBytes, type ScryptOptions, scrypt, scryptSync, timingSafeEqual } from 'node:crypto'

/** Who can log in. */
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
// A name that nobody has takes as long as one that somebody has.
const [, nobody] = account('', '', randomBytes(16).toString('hex'))

function account(id: string, name: string, password: string): [string, Account] {
  const salt = randomBytes(16)
  return [id, { id, name, salt, hash: scryptSync(password, salt, 32, COST) }]
}

export function findUser(id: string): User | undefined {
  return accounts.get(id)
}

/** The user of this name and password, or null. */
export async function checkPassword(name: unknown, password: unknown): Promise<User | null> {
  const found = accounts.get(String(name)) ?? nobody
  const hash = await new Promise<Buffer>((resolve, reject) => {
    scrypt(String(password), found.salt, 32, COST, (error, key) => (error ? reject(error) : resolve(key)))
  })
  return timingSafeEqual(hash, found.hash) && found !== nobody ? found : null
}
