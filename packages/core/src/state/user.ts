// The equivalents of Flask-Login's UserMixin and AnonymousUserMixin, for apps with user classes. They are optional: any
// object with an `id` is a user.
import { UsageError } from '../base/errors'

/** Converts an exact whole number to an ID. Returns any other value unchanged. */
export function toIdText(id: unknown): unknown {
  const isExact = typeof id === 'bigint' || (Number.isSafeInteger(id) && !Object.is(id, -0))
  return isExact ? String(id) : id
}

/** Results of `String()` for values that are not IDs. */
const INVALID_IDS = /^(?:undefined|NaN|\[object .*\])$/

/** Returns whether a value can be the ID of a user. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && !INVALID_IDS.test(id)
}

/** Returns the error for an invalid user ID. */
export function createInvalidIdError(id: unknown): UsageError {
  const shown = typeof id === 'string' ? JSON.stringify(id) : Object.is(id, -0) ? '-0' : String(id)
  return new UsageError(
    'invalid-user-id',
    `The ID of a user must be a string or an exact whole number, but is ${shown}. Set \`id\` on the user, or set the option userId. IDs beyond 2^53 must be strings or bigints.`,
  )
}

/** A parent class for users, with the defaults of Flask-Login's UserMixin. */
export abstract class UserMixin {
  /** The ID that `loadUser` receives. */
  abstract readonly id: string | number

  /**
   * Whether the user may log in.
   *
   * @default true
   */
  get isActive(): boolean {
    return true
  }

  /** Whether the user is authenticated: true if the user is active. */
  get isAuthenticated(): boolean {
    return this.isActive
  }

  /** Always false. */
  get isAnonymous(): boolean {
    return false
  }

  /**
   * Returns the ID as a string, for the session. Override it to store another ID.
   *
   * @throws UsageError `invalid-user-id` if the ID is neither a string nor an exact whole number.
   */
  getId(): string {
    const id = toIdText(this.id)
    if (typeof id === 'string') return id
    throw createInvalidIdError(id)
  }

  /** Returns whether another user has the same ID. */
  equals(other: unknown): boolean {
    return other instanceof UserMixin && other.getId() === this.getId()
  }
}

/** An anonymous user. With `anonymousUser: () => new AnonymousUser()`, `currentUser()` returns it instead of null. */
export class AnonymousUser {
  /** Always false. */
  get isActive(): boolean {
    return false
  }

  /** Always false. */
  get isAuthenticated(): boolean {
    return false
  }

  /** Always true. */
  get isAnonymous(): boolean {
    return true
  }

  /** Returns null, because an anonymous user has no ID. */
  getId(): null {
    return null
  }
}
