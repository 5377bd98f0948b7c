// Says what a type has to be, to the letter: `any`, a missing `readonly` or a wider type is a mistake of the compiler's.

/** True where both are the same type. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Takes a value of exactly this type, and gives it back: `exactly<User>()(auth(c).user)`. */
export function exactly<Expected>() {
  return <Actual>(value: Actual, ..._same: Equal<Actual, Expected> extends true ? [] : [never]): Actual => value
}
