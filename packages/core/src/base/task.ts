// Steps: a verb that waits where it has to, and goes on at once where there is nothing to wait for. Written as an `async`
// function is: `function*` for `async function`, `yield*` for `await`. With a cookie that is known and a user who is at
// hand, a request then passes without a single turn of the event loop.

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>

/** What gives a `T` in the end, and yields what it has to wait for. */
export type Task<T> = Generator<PromiseLike<unknown>, T, unknown>

/** What somebody else returned: waited for, if it is a promise. */
export function wait<T>(value: Awaitable<T>): Task<T> {
  return isPending(value) ? waitFor(value) : done(value)
}

function* waitFor<T>(value: PromiseLike<T>): Task<T> {
  return (yield value) as T
}

/** No steps at all, but a result; whoever takes them has it at once, and so has the next. */
export function done<T>(value: T): Task<T> {
  return new Done(value) as unknown as Task<T>
}

/** Its own iterator, and its own last result: far less than a generator. */
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

/** Nothing to do. */
export const DONE: Task<void> = done(undefined)

/** Takes the steps. A promise only where one of them waits; what a step throws before that is thrown here. */
export function runTask<T>(steps: Task<T>): T | Promise<T> {
  const step = steps.next()
  return step.done === true ? step.value : resumeTask(steps, step.value)
}

async function resumeTask<T>(steps: Task<T>, first: PromiseLike<unknown>): Promise<T> {
  let step = await advanceTask(steps, first)
  while (step.done !== true) step = await advanceTask(steps, step.value)
  return step.value
}

/** The step after what it waits for; what went wrong there goes wrong in the steps. */
async function advanceTask<T>(
  steps: Task<T>,
  waiting: PromiseLike<unknown>,
): Promise<IteratorResult<PromiseLike<unknown>, T>> {
  let value: unknown
  try {
    value = await waiting
  } catch (error) {
    return steps.throw(error)
  }
  return steps.next(value)
}

/** As `await` sees it: anything with a method `then`, such as the query of a database library. */
export function isPending<T>(value: Awaitable<T>): value is PromiseLike<T> {
  const couldBe = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return couldBe && typeof (value as { then?: unknown }).then === 'function'
}
