// The users of the demo. Fetch-Login does not have a user table: the app finds users and checks passwords.

import { sha256 } from '@oslojs/crypto/sha2'
import { hashPassword, isPasswordOf } from '#password'
import type { Database } from './schema'
import { SEEDS, type Seed } from './seeds'
import type { Role, User } from './user'

interface NewUser {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly role?: Role
  readonly isActive?: boolean
  readonly apiKey?: string
}

interface Row {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly password_hash: string
  readonly role: Role
  readonly is_active: number
  readonly stamp: number
  readonly created_at: number
  readonly last_login_at: number | null
}

export class Users {
  readonly #database: Database
  readonly #clock: () => number

  private constructor(database: Database, clock: () => number) {
    this.#database = database
    this.#clock = clock
  }

  /** Opens the users of a database. An empty database gets the demo accounts. */
  static async create(
    database: Database,
    clock: () => number = () => Math.floor(Date.now() / 1000),
    seeds: readonly Seed[] = SEEDS,
  ): Promise<Users> {
    const users = new Users(database, clock)
    if (users.list().length === 0) for (const seed of seeds) await users.add(seed)
    return users
  }

  find(id: string): User | null {
    return this.#user('SELECT * FROM users WHERE id = ?', id)
  }

  findByKey(apiKey: string): User | null {
    return this.#user('SELECT * FROM users WHERE key_hash = ?', hashKey(apiKey))
  }

  list(): readonly User[] {
    return (this.#database.prepare('SELECT * FROM users ORDER BY id').all() as Row[]).map(toUser)
  }

  /** Returns the user with this e-mail address and password, or null. */
  async check(email: string, password: string): Promise<User | null> {
    const row = this.#row('SELECT * FROM users WHERE email = ?', normalizeEmail(email))
    return (await isPasswordOf(row?.password_hash, password)) && row !== undefined ? toUser(row) : null
  }

  /** Adds a user. Returns null if the e-mail address is taken. */
  async add({ name, email, password, role = 'user', isActive = true, apiKey }: NewUser): Promise<User | null> {
    const passwordHash = await hashPassword(password)
    const keyHash = apiKey === undefined ? null : hashKey(apiKey)
    return this.#user(
      `INSERT INTO users (name, email, password_hash, key_hash, role, is_active, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING RETURNING *`,
      ...[name, normalizeEmail(email), passwordHash, keyHash, role, isActive ? 1 : 0, this.#clock()],
    )
  }

  rename(id: string, name: string): User | null {
    return this.#user('UPDATE users SET name = ? WHERE id = ? RETURNING *', name, id)
  }

  /** Also increments the session stamp, which ends all logins of the user. */
  async setPassword(id: string, password: string): Promise<User | null> {
    const sql = 'UPDATE users SET password_hash = ?, stamp = stamp + 1 WHERE id = ? RETURNING *'
    return this.#user(sql, await hashPassword(password), id)
  }

  /** Also increments the session stamp: the ended logins stay invalid when the user is active again. */
  setActive(id: string, isActive: boolean): User | null {
    return this.#user(
      'UPDATE users SET is_active = ?, stamp = stamp + 1 WHERE id = ? RETURNING *',
      isActive ? 1 : 0,
      id,
    )
  }

  endLogins(id: string): User | null {
    return this.#user('UPDATE users SET stamp = stamp + 1 WHERE id = ? RETURNING *', id)
  }

  loggedIn(id: string): User | null {
    return this.#user('UPDATE users SET last_login_at = ? WHERE id = ? RETURNING *', this.#clock(), id)
  }

  /** Replaces the API key. The table contains only its hash, so a leaked table does not contain a usable key. */
  makeKey(id: string): string {
    const apiKey = hex(crypto.getRandomValues(new Uint8Array(24)))
    this.#user('UPDATE users SET key_hash = ? WHERE id = ? RETURNING *', hashKey(apiKey), id)
    return apiKey
  }

  #user(sql: string, ...values: (string | number | null)[]): User | null {
    const row = this.#row(sql, ...values)
    return row === undefined ? null : toUser(row)
  }

  #row(sql: string, ...values: (string | number | null)[]): Row | undefined {
    return this.#database.prepare(sql).get(...values) as Row | undefined
  }
}

function toUser(row: Row): User {
  return {
    id: String(row.id),
    name: row.name,
    email: row.email,
    role: row.role,
    isActive: row.is_active === 1,
    stamp: row.stamp,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
  }
}

function normalizeEmail(email: string): string {
  return email.trim().toLowerCase()
}

/** A key is random, so a fast hash is sufficient. */
function hashKey(apiKey: string): string {
  return hex(sha256(new TextEncoder().encode(apiKey)))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
