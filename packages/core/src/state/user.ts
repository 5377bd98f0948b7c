// What Flask-Login's UserMixin and AnonymousUserMixin give, for those who model users as classes. Nobody has to: any
// object with an `id` is a user.
import { UsageError } from '../base/errors'

/** A number as the text of an id, if it is exact; everything else as it is. */
export function toIdText(id: unknown): unknown {
  const isExact = typeof id === 'bigint' || (Number.isSafeInteger(id) && !Object.is(id, -0))
  return isExact ? String(id) : id
}

/** What `String()` makes of a value that is no id. */
const NO_IDS = /^(?:undefined|NaN|\[object .*\])$/

/** Whether a value can be the id of a user. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && !NO_IDS.test(id)
}

export function createInvalidIdError(id: unknown): UsageError {
  const shown = typeof id === 'string' ? JSON.stringify(id) : Object.is(id, -0) ? '-0' : String(id)
  return new UsageError(
    'invalid-user-id',
    `The id of a user must be a text or an exact whole number, but it is ${shown}: give users an id, or set the option userId. Ids beyond 2^53 must be texts or bigints.`,
  )
}

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

  /**
   * Returns the id as text, as it goes into the session. Override it to have another one there.
   *
   * @throws UsageError `invalid-user-id` for an id that is neither a text nor an exact whole number.
   */
  getId(): string {
    const id = toIdText(this.id)
    if (typeof id === 'string') return id
    throw createInvalidIdError(id)
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
