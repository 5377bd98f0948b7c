// The operations of adapters on the `Auth` object of a request, before and after the handler of the app.
import { type Auth, getContext, recordOutcome } from './auth'
import {
  applyHeaders,
  applyToResponse,
  type HeaderTarget,
  keepPrivate as keepHeadersPrivate,
  prepareHeaders,
} from './commit'
import type { Refused } from './guards/authorize'
import { checkBeforeHandler } from './guards/before-handler'
import type { GuardCheck, GuardOutcome } from './guards/guard'
import { renewAhead } from './identify/renew'
import type { RequestContext } from './request/context'
import { NOT_REDIRECTED } from './request/events'
import { dismissRefusals as dismiss, enterRequest, reportDroppedGuards } from './request/guard-calls'
import { reportAfterResponse, takeForgotten } from './request/operations'
import { isPlain } from './sessions/incoming-cookies'

/**
 * Runs the CSRF check before the handler, and renews the session if the option `session.renew` is `'everyRequest'`.
 *
 * @returns Null if the handler may run, else the refusal, whose `respond()` returns the response.
 */
export function checkRequest<User, Guest>(auth: Auth<User, Guest>): Refused | null | Promise<Refused | null> {
  const ctx = getContext(auth, 'checkRequest()')
  enterRequest(ctx)
  if (!isPlain(ctx.request, ctx.services.settings)) return ctx.runTransaction(() => checkBeforeHandler(ctx))
  ctx.checkedMethod = ctx.request.method
  return null
}

/** Runs the check of a guard for the request of an `Auth` object. */
export function passGuard<User, Guest>(
  auth: Auth<User, Guest>,
  check: GuardCheck<User, Guest>,
): GuardOutcome<User> | Promise<GuardOutcome<User>> {
  const ctx = getContext(auth, 'The guard')
  return recordOutcome(
    auth,
    ctx.runTransaction(() => check(ctx)),
  )
}

/**
 * Writes cookies and cache headers to a response after the handler, once. From then on the `Auth` object is read-only.
 *
 * @returns The same response if nothing changed or its headers can be changed in place, else a copy.
 * @throws UsageError `response-sent` if the response was sent already, or a WebSocket upgrade would have to set
 * cookies. It is also thrown if a change that the app has not awaited is pending. With the option `debug`, the code is
 * `not-awaited` if such a change is completed. A second call then writes the changes of the other operations to the
 * response of the error.
 */
export function commit<User, Guest>(auth: Auth<User, Guest>, response: Response): Response {
  const ctx = getContext(auth, 'commit()')
  const known = ctx.committedResponses?.get(response)
  if (known !== undefined) return known
  const changes = prepareHeaders(ctx)
  assertAwaited(ctx)
  noteResponse(ctx, response.status, () => response.headers.get('location'))
  if (changes === null) return response
  const committed = applyToResponse(response, changes, ctx.isChangedByApp)
  ctx.committedResponses ??= new Map()
  ctx.committedResponses.set(response, committed).set(committed, committed)
  return committed
}

/**
 * Writes cookies and cache headers to the headers of a server without Fetch API responses, synchronously and once. A
 * second call does nothing, unless the target threw in the first. If nothing changed, the target is not read. From then
 * on the `Auth` object is read-only.
 *
 * @param auth - The `Auth` object of the request.
 * @param headers - The headers of the response.
 * @param status - The status of the response, for the warning `dropped-guard`. Without it, the warning is not emitted.
 * @throws UsageError `response-sent`, `not-awaited` as {@link commit}; any error that the target throws.
 */
export function commitHeaders<User, Guest>(auth: Auth<User, Guest>, headers: HeaderTarget, status = 500): void {
  const ctx = getContext(auth, 'commitHeaders()')
  if (ctx.areHeadersCommitted) return
  const changes = prepareHeaders(ctx, () => headers.isEnded === true)
  assertAwaited(ctx)
  noteResponse(ctx, status, () => headers.get('location'))
  if (changes !== null) ctx.appliedChanges = applyHeaders(headers, changes)
  ctx.areHeadersCommitted = true
}

/** Detects mistakes by the status and the `Location` of the response. */
function noteResponse<User, Guest>(
  ctx: RequestContext<User, Guest>,
  status: number,
  getLocation: () => string | null,
): void {
  if (status < 300 || status >= 400) ctx.services.events.redirected = NOT_REDIRECTED
  reportDroppedGuards(ctx, status, getLocation)
}

/** Accepts a response that is not the refusal of a guard, for a combinator that tries an alternative. */
export function dismissRefusals<User, Guest>(auth: Auth<User, Guest>): void {
  dismiss(getContext(auth, 'dismissRefusals()'))
}

/**
 * Writes the changes that remain after {@link commit} threw the error of a change that the app has not awaited, for
 * example a logout, to the response of the error. After another error, it returns the response unchanged.
 */
export function commitRemaining<User, Guest>(auth: Auth<User, Guest>, response: Response): Response {
  return getContext(auth, 'commitRemaining()').isForgotten ? commit(auth, response) : response
}

/** Throws the error of an operation that the app has not awaited. */
function assertAwaited<User, Guest>(ctx: RequestContext<User, Guest>): void {
  const error = takeForgotten(ctx)
  if (error === null) return
  ctx.isForgotten = true
  throw error
}

/**
 * Emits the warning `not-awaited` for a change that the app has not awaited: with the option `debug` for each response,
 * else once. It is for a framework that creates the response itself, so that {@link commit} is not called.
 *
 * @param auth - The `Auth` object of the request.
 * @param schedule - Runs a task after the response. It is called only if the app starts a change.
 */
export function reportNotAwaited<User, Guest>(auth: Auth<User, Guest>, schedule: (task: () => void) => void): void {
  reportAfterResponse(getContext(auth, 'reportNotAwaited()'), schedule)
}

/**
 * Removes directives that permit shared caches to store a personal response, if a hook of the app wrote them after
 * {@link commitHeaders}. Before `commitHeaders()` it does nothing.
 */
export function keepPrivate<User, Guest>(auth: Auth<User, Guest>, headers: HeaderTarget): void {
  const { appliedChanges } = getContext(auth, 'keepPrivate()')
  if (appliedChanges !== null) keepHeadersPrivate(headers, appliedChanges)
}

/**
 * Makes the changes that loading the user would make (restore, renew, mark as stale), for a proxy in front of pages
 * that cannot set cookies. It loads the user only if a change is due, and leaves an error of the loader to the page.
 * The response varies by `Cookie` only if it sets one. A read-only `Auth` object changes nothing.
 */
export async function renew<User, Guest>(auth: Auth<User, Guest>): Promise<void> {
  const ctx = getContext(auth, 'renew()')
  return ctx.runTransaction(() => renewAhead(ctx))
}
