// The users of every contestant: the same Map, the same lookup, the same page.

export interface User {
  readonly id: string
  readonly name: string
  /** Changes when all logins of the user shall end. */
  readonly stamp: string
}

const COUNT = 100

export const users: ReadonlyMap<string, User> = new Map(
  Array.from({ length: COUNT }, (_, index) => [
    String(index),
    { id: String(index), name: `Visitor-${index}-of-the-bench`, stamp: `stamp-${index}` },
  ]),
)

/** One user after the other, for as many logins as are wanted. */
export function userAt(index: number): User {
  return users.get(String(index % COUNT)) as User
}

/** What the guarded page says. */
export function greeting(user: User): string {
  return `Hello ${user.name}`
}

export const REFUSED = 'Please log in.'
