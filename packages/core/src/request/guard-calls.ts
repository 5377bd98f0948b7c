// Guards whose result the app drops: the refused request gets the page. They are recorded with the option `debug` only,
// and reported when the response is created.
import { isPending } from '../base/task'
import type { LoginWarning } from '../options/types'
import type { RequestView } from '../wire/headers/request'
import { describeRequest } from '../wire/headers/request-line'

/** A call of a guard that has not let the request pass, or a guard that was created while the request was handled. */
interface GuardCall {
  /** Whether the app neither read the result nor returned its response, if this can be detected. */
  isDropped: boolean
  /** The response of the refusal; null before the app created it. */
  response: Response | null
}

/** The guards of one request. */
export interface GuardCalls {
  readonly called: GuardCall[]
  readonly created: GuardCall[]
}

/** The part of the request context that guards are recorded in. */
interface GuardsContext {
  guards: GuardCalls | null
  readonly isClosed: boolean
  readonly request: RequestView
  readonly services: { readonly settings: { readonly debug: boolean } }
  report(code: LoginWarning['code'], message: string, place?: string): void
}

/** The outcome of a guard. */
interface Outcome {
  readonly ok: boolean
  readonly respond?: () => Promise<Response>
}

/** Returns the outcome of a guard. With the option `debug`, a refusal records whether the app reads and returns it. */
export function watchGuard<Result extends Outcome>(
  ctx: GuardsContext,
  outcome: Result | Promise<Result>,
): Result | Promise<Result> {
  if (!ctx.services.settings.debug) return outcome
  const call = addCall(ctx, 'called')
  if (!isPending(outcome)) return watchOutcome(call, outcome)
  const fail = (error: unknown): never => {
    call.isDropped = false
    throw error
  }
  return outcome.then((result) => watchOutcome(call, result), fail)
}

/** Returns the response of a refusal, and records it with the option `debug`. */
export function watchResponse(ctx: GuardsContext, response: Promise<Response>): Promise<Response> {
  return ctx.services.settings.debug ? recordResponse(addCall(ctx, 'called'), response) : response
}

function addCall(ctx: GuardsContext, list: keyof GuardCalls): GuardCall {
  const call = { isDropped: true, response: null }
  ctx.guards ??= { called: [], created: [] }
  ctx.guards[list].push(call)
  return call
}

function watchOutcome<Result extends Outcome>(call: GuardCall, outcome: Result): Result {
  call.isDropped = !outcome.ok
  const { respond } = outcome
  if (respond === undefined) return outcome
  const get = (): boolean => {
    call.isDropped = false
    return false
  }
  return Object.defineProperty({ ...outcome, respond: () => recordResponse(call, respond()) }, 'ok', { get })
}

function recordResponse(call: GuardCall, response: Promise<Response>): Promise<Response> {
  call.isDropped = true
  return response.then((created) => {
    call.response = created
    return created
  })
}

/** Accepts that the response is not the refusal of a guard, because the app tries an alternative to the guard. */
export function dismissRefusals({ guards }: GuardsContext): void {
  for (const call of guards?.called ?? []) call.isDropped = false
}

/** Reports guards without an effect on the response. An error response does not show the page. */
export function reportDroppedGuards(ctx: GuardsContext, status: number, getLocation: () => string | null): void {
  if (ctx.guards === null || status >= 400) return
  const { called, created } = ctx.guards
  if (called.some(({ isDropped }) => isDropped) && !called.some((call) => isSent(call, status, getLocation())))
    reportDropped(ctx, (place) => `A guard did not let ${place} pass, but the response has status ${status}.`)
  if (created.length > 0 && created.every(({ isDropped }) => isDropped))
    reportDropped(ctx, (place) => `A guard was created while ${place} was handled, and never ran.`)
}

function reportDropped(ctx: GuardsContext, describe: (place: string) => string): void {
  const place = describeRequest(ctx.request)
  ctx.report('dropped-guard', `${describe(place)} ${REMEDY}`, place)
}

const REMEDY =
  'The page is not protected. Pass guards to the route: app.get(path, loginRequired(), handler), or { preHandler: loginRequired() } in Fastify. In a handler, write: const outcome = await guard(auth); if (!outcome.ok) return outcome.respond().'

function isSent({ response }: GuardCall, status: number, location: string | null): boolean {
  return response?.status === status && response.headers.get('location') === location
}

/** The part of `AsyncLocalStorage` that is used. */
interface Storage {
  getStore(): GuardsContext | undefined
  enterWith(ctx: GuardsContext): void
}

/**
 * The request that is being handled. It is undefined before the first request with the option `debug`, and null if the
 * runtime does not support it.
 */
let current: Storage | null | undefined

/** Sets the current request for {@link recordGuard}. Without the option `debug` it does nothing. */
export function enterRequest(ctx: GuardsContext): void {
  if (!ctx.services.settings.debug) return
  try {
    if (current === undefined) current = createStorage(globalThis as Host)
    current?.enterWith(ctx)
  } catch {
    // Workers do not have enterWith().
    current = null
  }
}

/** The part of the globals of Node that is used. */
interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => { AsyncLocalStorage: new () => Storage } }
}

/** Creates the storage. Core does not import modules of a runtime, and most runtimes do not have `process`. */
function createStorage(host: Host): Storage | null {
  const module = host.process?.getBuiltinModule?.('node:async_hooks')
  return module === undefined ? null : new module.AsyncLocalStorage()
}

/**
 * For adapters: records that middleware was created from a guard. It is reported if a request was being handled and the
 * middleware has not run when the response of the request is created.
 *
 * @returns A function to call when the middleware runs.
 */
export function recordGuard(): () => void {
  const ctx = current?.getStore()
  if (ctx === undefined || ctx.isClosed) return ignore
  const call = addCall(ctx, 'created')
  return () => {
    call.isDropped = false
  }
}

const ignore = (): void => undefined
