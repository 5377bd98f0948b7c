// The accounts of a new database. The login page shows their passwords.
import type { Role } from './user'

export interface Seed {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly role: Role
  readonly isActive: boolean
  readonly apiKey: string
}

export const ALICE: Seed = {
  name: 'Alice',
  email: 'alice@example.com',
  password: 'through the looking-glass',
  role: 'user',
  isActive: true,
  apiKey: 'alices-key-for-this-demo',
}

export const BOB: Seed = {
  name: 'Bob',
  email: 'bob@example.com',
  password: 'a boat on the river',
  role: 'admin',
  isActive: true,
  apiKey: 'bobs-key-for-this-demo',
}

export const CAROL: Seed = {
  name: 'Carol',
  email: 'carol@example.com',
  password: 'locked out for now',
  role: 'user',
  isActive: false,
  apiKey: 'carols-key-for-this-demo',
}

export const SEEDS: readonly Seed[] = [ALICE, BOB, CAROL]
