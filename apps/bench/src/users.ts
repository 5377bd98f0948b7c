// The users, the page and the secret of every subject. This file imports nothing, so that no peer loads our packages.

/** Protects only this bench. */
export const SECRET = 'f1d7c2a9-the-bench-has-nothing-to-hide-04be83'

export const LOGIN_PROMPT = 'Please log in.'

const COUNT = 100

export interface User {
  readonly id: string
  readonly name: string
  /** The session stamp. */
  readonly stamp: string
}

export const users: ReadonlyMap<string, User> = new Map(
  Array.from({ length: COUNT }, (_, index) => [
    String(index),
    { id: String(index), name: `Visitor-${index}-of-the-bench`, stamp: `stamp-${index}` },
  ]),
)

/** Returns one user after the other, and starts again after the last one. */
export function getUserAt(index: number): User {
  return users.get(String(index % COUNT)) as User
}

/** Returns the text of the guarded page. */
export function createGreeting(user: User): string {
  return `Hello ${user.name}`
}
