// What Flask-Login's UserMixin and AnonymousUserMixin give, for those who model users as classes. Nobody has to: any
// object with an `id` is a user.

/** A user with the usual answers: active, authenticated when active, known by `id`. */
export abstract class UserMixin {
  abstract readonly id: string | number

  get isActive(): boolean {
    return true
  }

  get isAuthenticated(): boolean {
    return this.isActive
  }

  get isAnonymous(): boolean {
    return false
  }

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
  get isActive(): boolean {
    return false
  }

  get isAuthenticated(): boolean {
    return false
  }

  get isAnonymous(): boolean {
    return true
  }

  getId(): null {
    return null
  }
}
