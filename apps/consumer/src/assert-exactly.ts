// Asserts the exact type of a value at compile time. `any`, a missing `readonly` and a wider type are compile errors.

/** Is `true` if both types are identical. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Returns the value if its type is exactly `Expected`: `assertExactly<User>()(auth(c).user)`. */
export function assertExactly<Expected>() {
  return <Actual>(value: Actual, ..._same: Equal<Actual, Expected> extends true ? [] : [never]): Actual => value
}
