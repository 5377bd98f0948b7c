// The type of the option `userId`: required if the type of the users has no ID.

/** The values that the library converts to the ID of a user. */
type UserId = string | number | bigint

/** A user whose ID the library finds without the option `userId`. `getId()` takes precedence over `id`. */
type UserWithId = { getId(): UserId } | { readonly id: UserId; readonly getId?: undefined }

/** The options of an app whose users have neither an `id` (a string, a number or a bigint) nor a method `getId()`. */
export interface UserIdRequired<User> {
  /**
   * Returns the id of a user as a string. Required, because the users have neither an `id` (a string, a number or a
   * bigint) nor a method `getId()`: `userId: (user) => user._id`.
   */
  readonly userId: (user: User) => string
}

/** A user of the type any or unknown may have an ID. The type null is the user of a loader that never finds one. */
type HasId<User> = [User] extends [UserWithId | null | undefined] ? true : unknown extends User ? true : false

/**
 * The requirement of the option `userId`.
 *
 * `false` is on the right side, so that TypeScript skips the requirement while `User` is a type parameter. A generic
 * wrapper then compiles, and its options are checked where the app calls it with a type.
 */
export type UserIdOption<User> = HasId<User> extends false ? UserIdRequired<User> : unknown
