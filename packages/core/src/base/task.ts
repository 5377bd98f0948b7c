// Tasks: generator functions that run synchronously until a promise is pending. The precedent is gensync. A task is written
// like an `async` function, with `function*` for `async function` and `yield*` for `await`. If the cookie is in the cache
// and the user loader is synchronous, a request completes without a promise. See docs/decisions/015.

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>

/** An operation that returns a `T`. It yields each promise that it waits for. */
export type Task<T> = Generator<PromiseLike<unknown>, T, unknown>

/** Returns a task that waits for a promise, or completes at once for any other value. */
export function wait<T>(value: Awaitable<T>): Task<T> {
  return isPending(value) ? waitFor(value) : done(value)
}

function* waitFor<T>(value: PromiseLike<T>): Task<T> {
  return (yield value) as T
}

/** Returns a completed task. It can run several times. */
export function done<T>(value: T): Task<T> {
  return new Done(value) as unknown as Task<T>
}

/** Implements both the iterator and its result, so it costs less than a generator. */
class Done<T> {
  readonly done = true
  readonly value: T

  constructor(value: T) {
    this.value = value
  }

  next(): this {
    return this
  }

  [Symbol.iterator](): this {
    return this
  }
}

/** The completed task without a result. */
export const DONE: Task<void> = done(undefined)

/**
 * Runs a task. Returns a promise only if the task waits for one.
 *
 * @throws the error of the task, if it throws before it waits.
 */
export function runTask<T>(task: Task<T>): T | Promise<T> {
  const result = task.next()
  return result.done === true ? result.value : resumeTask(task, result.value)
}

async function resumeTask<T>(task: Task<T>, first: PromiseLike<unknown>): Promise<T> {
  let result = await advanceTask(task, first)
  while (result.done !== true) result = await advanceTask(task, result.value)
  return result.value
}

/** Waits for a promise and continues the task with its value. A rejection is thrown inside the task. */
async function advanceTask<T>(
  task: Task<T>,
  pending: PromiseLike<unknown>,
): Promise<IteratorResult<PromiseLike<unknown>, T>> {
  let value: unknown
  try {
    value = await pending
  } catch (error) {
    return task.throw(error)
  }
  return task.next(value)
}

/** Returns whether `await` would wait for a value. Objects with a method `then`, such as the queries of Knex, count. */
export function isPending<T>(value: Awaitable<T>): value is PromiseLike<T> {
  const couldBe = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return couldBe && typeof (value as { then?: unknown }).then === 'function'
}
