// Runs one operation at a time. Calls that were not awaited run in the order in which they were made. The app's own code
// (loaders, listeners) runs inside an operation. It cannot start another one, because that would wait for itself.
import { UsageError } from '../base/errors'
import { runTask, type Task } from '../base/task'

/** Runs operations one after the other. */
export class Mutex {
  #last: Promise<unknown> | null = null
  #calledOut = false
  #isRunning = false

  /**
   * Runs an operation after the ones before it. It runs synchronously if there are none and it does not wait.
   *
   * @throws UsageError `reentered` from inside the app's own code.
   */
  runExclusive<T>(operation: () => Task<T>): T | Promise<T> {
    if (this.#calledOut || this.#isRunning) throw createReenteredError()
    const before = this.#last
    const result = before === null ? this.#begin(operation) : before.then(() => this.#begin(operation))
    if (!(result instanceof Promise)) return result
    const done: Promise<unknown> = result.then(
      () => this.#release(done),
      () => this.#release(done),
    )
    this.#last = done
    return result
  }

  /** Starts an operation. Until it waits, no other one can start, not even from a getter or a clock of the app. */
  #begin<T>(operation: () => Task<T>): T | Promise<T> {
    this.#isRunning = true
    try {
      return runTask(operation())
    } finally {
      this.#isRunning = false
    }
  }

  #release(done: Promise<unknown>): void {
    if (this.#last === done) this.#last = null
  }

  /** Calls the app's own code, which cannot start an operation. */
  callOut<T>(call: () => T): T {
    const inside = this.#calledOut
    this.#calledOut = true
    try {
      return call()
    } finally {
      this.#calledOut = inside
    }
  }
}

function createReenteredError(): UsageError {
  return new UsageError(
    'reentered',
    'A loader or a listener called a method of the Auth object that is waiting for it. Use the arguments of the loader or listener instead.',
  )
}
