// What loaders give back.

/** Whether a loader found somebody. `false`, an empty text and the like come out of `&&`, and are nobody. */
export function isFound<User>(user: User | null | undefined): user is User {
  return typeof user === 'object' && user !== null
}
