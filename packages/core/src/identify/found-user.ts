// What loaders return, and what an app passes as a user.
import { UsageError } from '../base/errors'
import { isPending } from '../base/task'

/**
 * Whether a loader found a user. `false`, an empty text and the like come out of `&&`, and are none.
 *
 * @throws UsageError `invalid-user` for a list, a cursor or a promise: many drivers return one for no rows, too.
 */
export function isFound<User>(user: User | null | undefined): user is User {
  if (typeof user !== 'object' || user === null) return false
  const kind = describeKind(user)
  if (kind === null) return true
  throw new UsageError(
    'invalid-user',
    `A user must be one object, but ${kind} was given: return the row itself (rows[0]), or null if there is none.`,
  )
}

/** What an object is that cannot be a user; null for one that can. */
function describeKind(value: object): string | null {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isPending(value)) return 'a promise that was not awaited'
  return Symbol.iterator in value || Symbol.asyncIterator in value ? 'a collection or cursor' : null
}
