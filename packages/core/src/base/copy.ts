// Detects a second copy of this package. Each copy has its own classes. So a manager or an Auth object of one copy does
// not work with the guards, adapters and errors of another.
import { UsageError } from './errors'

/** The build defines it (tsup.config.ts). */
declare const CORE_VERSION: string | undefined
const version = typeof CORE_VERSION === 'undefined' ? 'unbuilt' : CORE_VERSION

/** The key of the mark. It is the same in every copy. */
const CREATED_BY: unique symbol = Symbol.for('@fetch-login/core') as never
/** The value of the mark. It differs in every copy. */
const THIS_COPY = Symbol(version)

/** Marks an object as created by this copy. */
export function markCopy<Made extends object>(made: Made): Made {
  return Object.defineProperty(made, CREATED_BY, { value: THIS_COPY })
}

/**
 * Asserts that this copy created an object. An object without a mark passes.
 *
 * @param what The name of the object, as the subject of the message.
 * @param caller The name of the function that received the object.
 * @throws UsageError `two-copies` if another copy created it.
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
