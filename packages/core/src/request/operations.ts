// Operations whose promise the app never awaits: the response leaves without their changes, and a rejection without a
// handler would end the process. They are reported when the response is created.
import { UsageError } from '../base/errors'
import type { LoginWarning } from '../options/types'
import type { RequestView } from '../wire/headers/request'
import { describeRequest } from '../wire/headers/request-line'

/** A change that the app started, and its state so far. */
interface Operation {
  readonly name: string
  /** Undoes the changes since the start of the operation. A logout remains. */
  readonly undo: () => void
  isAwaited: boolean
  state: 'pending' | 'completed' | 'failed'
  error: unknown
}

/** Operations of one request, in the order of their calls. */
export type Operations = readonly Operation[]

/** The part of the request context that operations are recorded in. */
interface OperationsContext {
  createCheckpoint(): () => void
  operations: Operations
  onFirstOperation: (() => void) | null
  readonly isClosed: boolean
  readonly isReadOnly: boolean
  readonly services: { readonly settings: { readonly debug: boolean } }
  report(code: LoginWarning['code'], message: string): void
}

interface ReportedContext extends OperationsContext {
  readonly request: RequestView
  readonly services: OperationsContext['services'] & { readonly events: { readonly warned: Set<string> } }
}

/**
 * Starts an operation that changes the session or the login. Its promise never causes an unhandled rejection by itself:
 * {@link takeForgotten} reports one that the app has not awaited.
 */
export function startOperation<Result>(
  ctx: OperationsContext,
  name: string,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  const undo = ctx.createCheckpoint()
  const operation: Operation = { name, undo, isAwaited: false, state: 'pending', error: null }
  const promise = new Promise<Result>((resolve) => resolve(begin(operation, run)))
  watch(ctx, operation, promise)
  ctx.onFirstOperation?.()
  ctx.onFirstOperation = null
  ctx.operations = [...ctx.operations, operation]
  return promise
}

/**
 * Runs an operation, and records at once if it does not wait: the response may be created before any promise is
 * settled.
 */
function begin<Result>(operation: Operation, run: () => Result | Promise<Result>): Result | Promise<Result> {
  try {
    const outcome = run()
    if (!(outcome instanceof Promise)) operation.state = 'completed'
    return outcome
  } catch (error) {
    Object.assign(operation, { state: 'failed', error })
    throw error
  }
}

/** Records whether the app awaits the promise: `await`, `then` and `Promise.all` read its constructor at once. */
function watch(ctx: OperationsContext, operation: Operation, promise: Promise<unknown>): void {
  const complete = (): void => {
    operation.state = 'completed'
  }
  promise.then(complete, (error) => noteFailure(ctx, operation, error))
  const get = (): unknown => {
    operation.isAwaited = true
    return Promise
  }
  Object.defineProperty(promise, 'constructor', { get })
}

/**
 * Stores the error of an operation. It is reported at once if the headers were sent or the response cannot set cookies,
 * because no later response reports it.
 */
function noteFailure(ctx: OperationsContext, operation: Operation, error: unknown): void {
  Object.assign(operation, { state: 'failed', error })
  if (operation.isAwaited || !(ctx.isClosed || ctx.isReadOnly)) return
  ctx.report('not-awaited', describeForgotten(operation.name) + describeOutcome(operation))
}

/**
 * Returns the error of an operation that the app has not awaited, once, for the error handler of the framework. One that
 * is completed is an error only with the option `debug`, else a warning: its changes are part of the response. An error
 * undoes the changes since the first such operation, so no step that failed logs a user in.
 */
export function takeForgotten(ctx: OperationsContext): unknown {
  if (ctx.operations.length === 0) return null
  const forgotten = takeUnawaited(ctx)
  const error = reportForgotten(ctx, forgotten)
  if (error !== null) forgotten[0]?.undo()
  return error
}

/** Removes the operations from the context, and returns those that the app has not awaited. */
function takeUnawaited(ctx: OperationsContext): Operations {
  const forgotten = ctx.operations.filter(({ isAwaited }) => !isAwaited)
  ctx.operations = []
  return forgotten
}

/** Returns the operation to report: the first that is not completed, or else the first. */
function getFirst(forgotten: Operations): Operation | undefined {
  return forgotten.find(({ state }) => state !== 'completed') ?? forgotten[0]
}

/** Returns the error of the operations, or emits a warning and returns null. */
function reportForgotten(ctx: OperationsContext, forgotten: Operations): unknown {
  const first = getFirst(forgotten)
  if (first === undefined) return null
  if (first.state === 'failed') return first.error
  const message = describeForgotten(first.name)
  if (first.state === 'pending') return new UsageError('response-sent', message + describeOutcome(first))
  if (ctx.services.settings.debug) return new UsageError('not-awaited', message)
  ctx.report('not-awaited', message)
  return null
}

function describeForgotten(name: string): string {
  return `The response was sent before the app awaited ${name}: write await ${name}, also in the functions that call it.`
}

/**
 * Emits a warning for an operation that the app has not awaited: with the option `debug` for each response, else once. It
 * is for a framework that creates the response itself. `schedule` runs a task after the response. It is called only if
 * the app starts an operation.
 */
export function reportAfterResponse(ctx: ReportedContext, schedule: (task: () => void) => void): void {
  const { settings, events } = ctx.services
  const reportFirst = (): void => {
    reportAfterResponse(ctx, schedule)
    const first = getFirst(takeUnawaited(ctx))
    if (first === undefined) return
    if (settings.debug) events.warned.delete('not-awaited')
    const request = describeRequest(ctx.request).trim()
    ctx.report('not-awaited', `${describeForgotten(first.name)} Request: ${request}.${describeOutcome(first)}`)
  }
  ctx.onFirstOperation = () => schedule(reportFirst)
}

function describeOutcome({ state, error }: Operation): string {
  if (state === 'failed') return ` It failed: ${String(Object(error).message ?? error)}`
  return state === 'pending' ? ' Nothing was changed.' : ''
}
