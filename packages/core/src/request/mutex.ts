// One verb at a time: two calls that were not awaited take turns, in the order they were made. The app's own code
// (loaders, listeners) runs inside a turn, so it may not take another one: that would wait for itself.
import { UsageError } from '../base/errors'
import { runTask, type Task } from '../base/task'

export class Mutex {
  #last: Promise<unknown> | null = null
  #calledOut = false
  #isRunning = false

  /**
   * Runs the verb when those before it are through: at once, where nothing is before it and nothing in it waits.
   *
   * @throws UsageError `reentered` from inside the app's own code.
   */
  runExclusive<T>(verb: () => Task<T>): T | Promise<T> {
    if (this.#calledOut || this.#isRunning) throw createReenteredError()
    const before = this.#last
    const turn = before === null ? this.#begin(verb) : before.then(() => this.#begin(verb))
    if (!(turn instanceof Promise)) return turn
    const done: Promise<unknown> = turn.then(
      () => this.#release(done),
      () => this.#release(done),
    )
    this.#last = done
    return turn
  }

  /** Until the verb waits, nobody else can have a turn: not even what it reads of the app's (a getter, a clock). */
  #begin<T>(verb: () => Task<T>): T | Promise<T> {
    this.#isRunning = true
    try {
      return runTask(verb())
    } finally {
      this.#isRunning = false
    }
  }

  #release(done: Promise<unknown>): void {
    if (this.#last === done) this.#last = null
  }

  /** Calls the app's own code. */
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
    'A loader or listener asked the very handle that is waiting for it: use its arguments instead.',
  )
}
