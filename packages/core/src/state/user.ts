// What Flask-Login's UserMixin and AnonymousUserMixin give, for those who model users as classes. Nobody has to: any
// object with an `id` is a user.

/** A user with the usual answers: active, authenticated when active, known by `id`. */
export abstract class UserMixin {
  /** What `loadUser` finds the user by. */
  abstract readonly id: string | number

  /** Whether the user may be logged in. Default true. */
  get isActive(): boolean {
    return true
  }

  /** Whether the user counts as logged in: when active. */
  get isAuthenticated(): boolean {
    return this.isActive
  }

  /** False: this is somebody. */
  get isAnonymous(): boolean {
    return false
  }

  /** The id as text, as it goes into the session. Override it to have another one there. */
  getId(): string {
    return String(this.id)
  }

  /** Two users are the same when their ids are. */
  equals(other: unknown): boolean {
    return other instanceof UserMixin && other.getId() === this.getId()
  }
}

/** Nobody: what `anonymousUser: () => new AnonymousUser()` makes `currentUser()` give instead of null. */
export class AnonymousUser {
  /** False. */
  get isActive(): boolean {
    return false
  }

  /** False. */
  get isAuthenticated(): boolean {
    return false
  }

  /** True: this is nobody. */
  get isAnonymous(): boolean {
    return true
  }

  /** Null: nobody has no id. */
  getId(): null {
    return null
  }
}
