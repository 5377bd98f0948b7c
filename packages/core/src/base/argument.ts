// Arguments that TypeScript would have refused: JavaScript and `any` bring them all the same.
import { UsageError } from './errors'

/** @throws UsageError `invalid-argument` unless the value is a function. `remedy` names the right call. */
export function assertFunction(value: unknown, what: string, remedy: string): void {
  if (typeof value !== 'function')
    throw createArgumentError(`${what} must be a function, but is ${describeValue(value)}. ${remedy}`)
}

/** The error for an argument that a function cannot use. */
export function createArgumentError(message: string): UsageError {
  return new UsageError('invalid-argument', message)
}

/** What a value is, in a word or two. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
