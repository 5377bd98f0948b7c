// Checks of arguments. TypeScript rejects wrong ones, but plain JavaScript and `any` do not.
import { UsageError } from './errors'

/**
 * Asserts that a value is a function.
 *
 * @param what The name of the argument, as the subject of the message.
 * @param remedy A sentence that names the correct call.
 * @throws UsageError `invalid-argument` if the value is not a function.
 */
export function assertFunction(value: unknown, what: string, remedy: string): void {
  if (typeof value !== 'function')
    throw createArgumentError(`${what} must be a function, but is ${describeValue(value)}. ${remedy}`)
}

/** Returns the error for an invalid argument. */
export function createArgumentError(message: string): UsageError {
  return new UsageError('invalid-argument', message)
}

/** Describes the type of a value, for messages. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
