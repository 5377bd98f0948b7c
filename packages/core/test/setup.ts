// What the tests of core share: a user, a secret, and a manager that logs this user in.
import { createLoginManager, type LoginManager, type LoginManagerOptions } from '../src/index'

export interface User {
  readonly id: string
}

export const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'

export const alice: User = { id: 'alice' }
export const bob: User = { id: 'bob' }

/** Creates a manager that finds a user for every ID. */
export function createManager(options: Partial<LoginManagerOptions<User>> = {}): LoginManager<User> {
  return createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), ...options })
}
