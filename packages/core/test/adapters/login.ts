// The users, options and cookies that the tests of the adapters share. This module must not import core, because the adapters
// import core by its package name.

export interface User {
  readonly id: string
}

export const alice: User = { id: 'alice' }
export const bob: User = { id: 'bob' }

/** The names of the cookies of a remembered login. */
export const BOTH = ['__Host-session', '__Host-remember_token']

/** Creates the options of a manager that finds Alice and Bob. */
export const createOptions = <Clock>(clock: Clock) => ({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id: string): User | undefined => [alice, bob].find((user) => user.id === id),
  loginView: '/login',
  refreshView: '/again',
  clock,
})

/** Returns the cookie names of `Set-Cookie` lines. */
export const getCookieNames = (lines: readonly string[]): string[] =>
  lines.map((line) => line.slice(0, line.indexOf('=')))
