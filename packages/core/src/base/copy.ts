// Which copy of this package created an object. Two copies have two sets of classes, so a manager or an Auth object of
// one copy does not work with the guards, adapters and errors of the other.
import { UsageError } from './errors'

/** Filled in by the build (tsup.config.ts). */
declare const CORE_VERSION: string | undefined
const version = typeof CORE_VERSION === 'undefined' ? 'unbuilt' : CORE_VERSION

/** The same key in every copy. */
const CREATED_BY: unique symbol = Symbol.for('@fetch-login/core') as never
/** Different in every copy. */
const THIS_COPY = Symbol(version)

/** Marks an object as created by this copy. */
export function markCopy<Made extends object>(made: Made): Made {
  return Object.defineProperty(made, CREATED_BY, { value: THIS_COPY })
}

/**
 * Checks that this copy created the object. An object without a mark passes.
 *
 * @throws UsageError `two-copies`
 */
export function assertSameCopy(made: unknown, what: string, caller: string): void {
  const copy: unknown = Object(made)[CREATED_BY]
  if (typeof copy !== 'symbol' || copy === THIS_COPY) return
  throw new UsageError(
    'two-copies',
    `${what} was created by @fetch-login/core ${copy.description}, but ${caller} uses another copy, of version ` +
      `${version}. Install one copy for the app and all adapters: \`npm ls @fetch-login/core\` lists them.`,
  )
}
