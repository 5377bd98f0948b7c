// Checks of the users that loaders return and that the app passes.
import { UsageError } from '../base/errors'
import { isPending } from '../base/task'

/**
 * Returns whether a loader found a user. Values such as `false` and the empty string, which `&&` returns, are not users.
 *
 * @throws UsageError `invalid-user` for an array, a cursor or a promise, because many drivers return one for no rows as well.
 */
export function isFound<User>(user: User | null | undefined): user is User {
  if (typeof user !== 'object' || user === null) return false
  const kind = describeKind(user)
  if (kind === null) return true
  throw new UsageError(
    'invalid-user',
    `A user must be one object, but is ${kind}. Return the row itself (rows[0]), or null if the user was not found.`,
  )
}

/** Describes an object that cannot be a user. Returns null for an object that can. */
function describeKind(value: object): string | null {
  if (Array.isArray(value)) return `an array of length ${value.length}`
  if (isPending(value)) return 'a promise that was not awaited'
  return Symbol.iterator in value || Symbol.asyncIterator in value ? 'a collection or cursor' : null
}
