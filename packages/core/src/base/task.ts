// Steps: a verb that waits where it has to, and goes on at once where there is nothing to wait for. Written as an `async`
// function is: `function*` for `async function`, `yield*` for `await`. With a cookie that is known and a user who is at
// hand, a request then passes without a single turn of the event loop.

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>

/** What gives a `T` in the end, and yields what it has to wait for. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>

/** What somebody else returned: waited for, if it is a promise. */
export function settled<T>(value: Awaitable<T>): Steps<T> {
  return isPending(value) ? awaited(value) : over(value)
}

function* awaited<T>(value: PromiseLike<T>): Steps<T> {
  return (yield value) as T
}

/** No steps at all, but a result; whoever takes them has it at once, and so has the next. */
export function over<T>(value: T): Steps<T> {
  return new Over(value) as unknown as Steps<T>
}

/** Its own iterator, and its own last result: far less than a generator. */
class Over<T> {
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
export const NO_STEPS: Steps<void> = over(undefined)

/** Takes the steps. A promise only where one of them waits; what a step throws before that is thrown here. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
  const step = steps.next()
  return step.done === true ? step.value : resumed(steps, step.value)
}

async function resumed<T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> {
  let step = await next(steps, first)
  while (step.done !== true) step = await next(steps, step.value)
  return step.value
}

/** The step after what it waits for; what went wrong there goes wrong in the steps. */
async function next<T>(
  steps: Steps<T>,
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
