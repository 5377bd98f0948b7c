// Fails a test if the process reports an unhandled rejection, an uncaught error or a warning.
import { expectQuietProcess as expectQuiet } from '../../core/test/adapters/quiet-process'

/** Records the reports of the process. Express itself parses hostile URLs with `url.parse()`, which Node deprecates. */
export function expectQuietProcess(): void {
  expectQuiet(['DEP0170'])
}
