// The demo's users. Fetch-Login never owns a user table: finding users and checking passwords is the app's own
// business. Here they live in memory, with hashed passwords.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  /** Fetch-Login looks at this: who is not active is not logged in. */
  readonly isActive: boolean
  readonly passwordHash: string
}

/** An account that exists from the start, with its password in the open: the login page shows it. */
export interface Seed {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly isActive: boolean
}

export const SEEDS: readonly Seed[] = [
  { name: 'Alice', email: 'alice@example.com', password: 'through the looking-glass', isActive: true },
  { name: 'Bob', email: 'bob@example.com', password: 'a boat on the river', isActive: true },
  { name: 'Carol', email: 'carol@example.com', password: 'locked out for now', isActive: false },
]

export class Users {
  readonly #users: readonly User[]
  /** The hash of a password that nobody has: an unknown address takes as long as a known one. */
  readonly #nobodysHash: string

  private constructor(users: readonly User[], nobodysHash: string) {
    this.#users = users
    this.#nobodysHash = nobodysHash
  }

  static async create(seeds: readonly Seed[] = SEEDS): Promise<Users> {
    const passwords = [randomBytes(32).toString('base64'), ...seeds.map(({ password }) => password)]
    const [nobodysHash = '', ...hashes] = await Promise.all(passwords.map(hashPassword))
    const users = seeds.map(({ name, email, isActive }, index) => {
      return { id: String(index + 1), name, email, isActive, passwordHash: hashes[index] ?? nobodysHash }
    })
    return new Users(users, nobodysHash)
  }

  find(id: string): User | undefined {
    return this.#users.find((user) => user.id === id)
  }

  /** The user with this address and password, or null. */
  async check(email: string, password: string): Promise<User | null> {
    const wanted = email.trim().toLowerCase()
    const user = this.#users.find((one) => one.email === wanted)
    const isRight = await isPasswordOf(user?.passwordHash ?? this.#nobodysHash, password)
    return user !== undefined && isRight ? user : null
  }
}

// 16 MiB and five passes: one of the settings that OWASP's password storage cheat sheet gives for scrypt.
const COST: ScryptOptions = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
const KEY_BYTES = 32
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, KEY_BYTES, COST)
  return `${salt.toString('base64url')}.${key.toString('base64url')}`
}

async function isPasswordOf(hash: string, password: string): Promise<boolean> {
  const [salt = '', key = ''] = hash.split('.')
  const derived = await derive(password, Buffer.from(salt, 'base64url'), KEY_BYTES, COST)
  return timingSafeEqual(derived, Buffer.from(key, 'base64url'))
}
