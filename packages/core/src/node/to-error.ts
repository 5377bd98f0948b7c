/**
 * Converts a thrown value to an object that a framework handles as an error. Frameworks ignore some thrown values, and read
 * others as commands, such as `'route'` in Express.
 *
 * @param thrown - The value that was thrown.
 * @returns The value itself if it is an object, else an `Error` with the value as its `cause`.
 */
export function toError(thrown: unknown): object {
  if (typeof thrown === 'object' && thrown !== null) return thrown
  return new Error(`${String(thrown)} was thrown, which is not an Error.`, { cause: thrown })
}
