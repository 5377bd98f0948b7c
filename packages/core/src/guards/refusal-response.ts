// Creates the response to a refused request: a redirect, problem details (RFC 9457), or the response of the app's
// handler.
import type { Task } from '../base/task'
import type { AreaSettings, RefusalHandler, View } from '../options/types'
import type { RequestContext } from '../request/context'
import type { CsrfReason } from '../request/events'
import { BUSY_HANDLERS, type RefusalKind } from '../request/refusal-handlers'
import { reportAnonymous, reportRefusal } from '../request/refusal-log'
import type { FlashOrigin } from '../state/flash'
import type { FreshnessPolicy } from '../state/freshness'
import { flashedOnce, nextKept } from '../state/transitions'
import { toPrivate } from '../wire/headers/cache-control'
import { isOfHtmx, isWholePage } from '../wire/headers/fragment'
import { getPath, isVisit, type RequestView } from '../wire/headers/request'
import { describeRequest } from '../wire/headers/request-line'
import { getChallenges, getStepUpChallenges, type HeaderPairs, hasRejectedCredential, isForPage } from './challenges'
import {
  buildLoginUrl,
  findNextExcess,
  getHomeUrl,
  getReturnPage,
  getViewUrl,
  isNextInSession,
  isRedirectLoop,
} from './login-url'
import { reportForbidden, reportStale } from './refusal-lines'
import { differsInScheme } from './request-origin'

/** The circumstances of a refusal. */
export interface RefusalContext {
  readonly area: AreaSettings
  readonly areaName: string | null
  /** The page to return to after the login; null for the requested page. */
  readonly next: string | null
  /** The kinds of refusal whose handlers caused this one. */
  readonly causes: ReadonlySet<RefusalKind>
}

/** The part of the context that a handler of the app needs. */
type HandlerContext = Pick<RefusalContext, 'areaName' | 'causes'>

/** Responds to an anonymous request (Flask-Login's `unauthorized()`). */
export async function respondUnauthorized<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
): Promise<Response> {
  const { unauthorizedHandler, loginMessageCategory } = ctx.services.settings
  ctx.services.handlers.assertOutside('unauthorized', context, ctx.request)
  reportAnonymous(ctx, ctx.reason ?? (ctx.identity?.isActive === false ? 'inactive' : null))
  await ctx.runTransaction(() => ctx.emit('userUnauthorized', { reason: ctx.reason }))
  const response = await callHandler(ctx, unauthorizedHandler, 'unauthorized', context)
  if (response !== null) return response
  const { loginView: view, loginMessage: message } = context.area
  const prompt = {
    view,
    message,
    category: loginMessageCategory,
    origin: 'login',
    fallback: 'Please log in.',
  } as const
  return redirectOrChallenge(ctx, context, { ...prompt, getChallenges: () => getChallenges(ctx) })
}

/** Responds to a login that is not fresh or strong enough (Flask-Login's `needs_refresh()`). */
export async function respondNeedsRefresh<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
  policy: FreshnessPolicy = {},
): Promise<Response> {
  const { needsRefreshHandler, needsRefreshMessageCategory } = ctx.services.settings
  ctx.services.handlers.assertOutside('stale', context, ctx.request)
  reportStale(ctx, policy)
  await ctx.runTransaction(() => ctx.emit('userNeedsRefresh', {}))
  const response = await callHandler(ctx, needsRefreshHandler, 'stale', context)
  if (response !== null) return response
  const { refreshView: view, needsRefreshMessage: message } = context.area
  const flash = { message, category: needsRefreshMessageCategory, origin: 'refresh' } as const
  const prompt = { view, ...flash, fallback: 'Please reauthenticate.' }
  return redirectOrChallenge(ctx, context, { ...prompt, getChallenges: () => getStepUpChallenges(ctx, policy) })
}

/** The view at which a user logs in or confirms the login, and the message to the user. */
interface LoginPrompt {
  readonly view: View | null
  readonly message: string | null
  readonly category: string
  readonly origin: FlashOrigin
  /** The detail of the problem details if `message` is null. */
  readonly fallback: string
  getChallenges(): HeaderPairs
}

/** Redirects to the view, or responds with 401 if the view is null or the client does not accept pages. */
async function redirectOrChallenge<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
  prompt: LoginPrompt,
): Promise<Response> {
  return ctx.runTransaction(function* () {
    const response = yield* redirectToView(ctx, prompt, context)
    return response ?? createUnauthorized(ctx, prompt)
  })
}

function createUnauthorized<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { message, fallback, getChallenges }: LoginPrompt,
  more: HeaderPairs = [],
): Response {
  const detail = localize(ctx, message ?? fallback)
  return createProblem(ctx, 401, 'Unauthorized', detail, [...getChallenges(), ...more])
}

/** Responds to a logged-in user whom `allow` refused. */
export async function respondForbidden<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
  user: User,
  returned: unknown,
): Promise<Response> {
  const { forbiddenHandler } = ctx.services.settings
  ctx.services.handlers.assertOutside('forbidden', context, ctx.request)
  reportForbidden(ctx, returned)
  await ctx.runTransaction(() => ctx.emit('userForbidden', { user }))
  const response = await callHandler(ctx, forbiddenHandler, 'forbidden', context)
  return response ?? createProblem(ctx, 403, 'Forbidden', 'You are logged in, but you may not open this page.')
}

/** Redirects a logged-in user away from a page for anonymous requests, or responds with 403. */
export async function respondLoggedIn<User, Guest>(ctx: RequestContext<User, Guest>, home: string): Promise<Response> {
  reportRefusal(ctx, 'logged-in', () => 'Expected an anonymous request.')
  ctx.cacheTracker.markNegotiated()
  const address = ctx.isSpeculative || !isForPage(ctx) ? null : getHomeUrl(ctx, home)
  if (address !== null) return redirect(ctx.request, address)
  return createProblem(ctx, 403, 'Forbidden', 'You are logged in already.')
}

/** Responds with 503 because a store or a key server is down. */
export async function respondUnavailable<User, Guest>(
  ctx: RequestContext<User, Guest>,
  retryAfterSeconds: number,
): Promise<Response> {
  reportRefusal(ctx, 'unavailable', () => 'The app threw a StoreError.')
  const detail = 'Your login cannot be checked at the moment. Please try again.'
  return createProblem(ctx, 503, 'Service Unavailable', detail, [['retry-after', String(retryAfterSeconds)]])
}

/** Responds to a request that the CSRF check refused. */
export async function respondCsrfRefusal<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: HandlerContext,
  reason: CsrfReason,
): Promise<Response> {
  const { csrfHandler } = ctx.services.settings
  ctx.services.handlers.assertOutside('forged', context, ctx.request)
  const response = await callHandler(ctx, csrfHandler, 'forged', context)
  return (
    response ?? createProblem(ctx, 403, 'Forbidden', FORGED[reason] + (reason === 'origin' ? getProxyAdvice(ctx) : ''))
  )
}

/** Returns advice for developers. An app behind a proxy often cannot determine its own origin. */
function getProxyAdvice<User, Guest>(ctx: RequestContext<User, Guest>): string {
  if (ctx.services.settings.publicOrigin !== null) return ''
  const cause = differsInScheme(ctx) ? ' The host is the same, and only the scheme differs.' : ''
  return `${cause} If the app runs behind a proxy, set the option publicOrigin, or trust the proxy.`
}

const FORGED: Readonly<Record<CsrfReason, string>> = {
  'cross-site': 'This request came from another site.',
  origin: 'This request came from another origin, or from a page that hides its origin (Referrer-Policy: no-referrer).',
  token: 'The form is out of date. Go back, load it again and send it once more.',
}

/**
 * Calls the handler of the app outside of every transaction, so that it may change the login as a route may. Returns
 * null if the library must respond.
 */
async function callHandler<User, Guest>(
  ctx: RequestContext<User, Guest>,
  handler: RefusalHandler | null,
  kind: RefusalKind,
  context: HandlerContext,
): Promise<Response | null> {
  // During a prefetch, no code of the app runs that could write.
  if (handler === null || ctx.isSpeculative) return null
  const { request, auth, services } = ctx
  if (services.handlers.areBusy) {
    await ctx.runTransaction(() => ctx.warn('busy-handlers', BUSY_HANDLERS))
    return null
  }
  const refusal = { request, auth, area: context.areaName, reason: kind, whyAnonymous: getReason(ctx) }
  return services.handlers.call(kind, context, request, () => handler(refusal))
}

/** Returns why the request is anonymous; null if a user was found. */
function getReason<User, Guest>({
  identity,
  reason,
}: RequestContext<User, Guest>): RequestContext<User, Guest>['reason'] {
  return identity === null || identity.user === null ? reason : null
}

/**
 * Redirects to the view. Returns null if the view is null, or the client does not accept pages. A prefetch is not
 * redirected, because the browser would keep the redirect and follow it after the login.
 */
function* redirectToView<User, Guest>(
  ctx: RequestContext<User, Guest>,
  prompt: LoginPrompt,
  context: RefusalContext,
): Task<Response | null> {
  const { view } = prompt
  if (view === null || ctx.isSpeculative) return null
  ctx.cacheTracker.markNegotiated()
  const { request } = ctx
  const isHtmx = isOfHtmx(request)
  if (isHtmx ? hasRejectedCredential(ctx) : !isForPage(ctx)) return null
  const address = getViewUrl(ctx, view)
  const isLoop = isRedirectLoop(ctx, view, address)
  if (isLoop || countRedirects(ctx) === MAX_REDIRECTS) reportGuardedView(ctx)
  if (isLoop) return null
  const next = yield* dropLongNext(ctx, getReturnPage(ctx, address, context.next))
  yield* storeFlashAndNext(ctx, prompt, next)
  const location = buildLoginUrl(ctx, address, next)
  return isHtmx ? createUnauthorized(ctx, prompt, [['hx-redirect', location]]) : redirect(request, location)
}

/** Warns of a redirect loop, without advice for a page that an attacker may have chosen. */
function reportGuardedView<User, Guest>(ctx: RequestContext<User, Guest>): void {
  ctx.report(
    'guarded-view',
    `A guard refused ${describeRequest(ctx.request)}, and a redirect to the view led back to it, or would lead back. If this is your login or refresh view, or a page to which it redirects, add its path to the option except of the guard, or set the view to its path, as a string.`,
  )
}

/** The number of redirects of one page to a view that only a loop has, if no page is shown in between. */
const MAX_REDIRECTS = 5

/** Counts redirects of this page to a view. With the option `debug` only: other visitors would disturb the count. */
function countRedirects<User, Guest>({ request, services }: RequestContext<User, Guest>): number {
  if (!services.settings.debug) return 0
  const { events } = services
  const page = getPath(request)
  events.redirected = { page, count: page === events.redirected.page ? events.redirected.count + 1 : 1 }
  return events.redirected.count
}

/** Returns the page to return to. Emits `nextDropped` and returns null if it is too long. */
function* dropLongNext<User, Guest>(ctx: RequestContext<User, Guest>, next: string | null): Task<string | null> {
  const excess = next === null ? null : findNextExcess(ctx, next)
  if (excess === null) return next
  yield* ctx.emit('nextDropped', excess)
  return null
}

/** Redirects with 302, or with 303 after a method other than GET and HEAD: with 302 a client may repeat the method. */
function redirect(request: RequestView, location: string): Response {
  return new Response(null, { status: isVisit(request) ? 302 : 303, headers: { location, 'cache-control': NO_STORE } })
}

/** Stores the message for the view, and the page to return to if the session stores it. */
function* storeFlashAndNext<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { message, category, origin }: LoginPrompt,
  next: string | null,
): Task<void> {
  const hasMessage = message !== null && message !== ''
  const kept = isNextInSession(ctx) ? next : null
  if (!hasMessage && kept === null) return
  yield* ctx.open()
  const text = hasMessage ? localize(ctx, message) : ''
  const state = text ? flashedOnce(ctx.state, { category, message: text, origin }) : ctx.state
  const isKept = kept !== null && (isWholePage(ctx.request) || state.next === null)
  yield* ctx.write(isKept ? nextKept(state, kept) : state, 'pipeline')
}

/** A refusal replaces the response of the app with its headers, so it forbids caching itself. */
const NO_STORE = toPrivate(null)

function localize<User, Guest>(ctx: RequestContext<User, Guest>, message: string): string {
  const { localize } = ctx.services.settings
  return ctx.callOut(() => localize(message, ctx.request, getReason(ctx)))
}

function createProblem<User, Guest>(
  ctx: RequestContext<User, Guest>,
  status: number,
  title: string,
  detail: string,
  more: HeaderPairs = [],
): Response {
  ctx.cacheTracker.markNegotiated()
  const isPage = isForPage(ctx)
  const type = isPage ? 'text/plain; charset=utf-8' : 'application/problem+json'
  const body = isPage
    ? `${status} ${title}\n\n${detail}\n`
    : JSON.stringify({ type: 'about:blank', title, status, detail })
  return new Response(body, {
    status,
    headers: [
      ['content-type', type],
      ['cache-control', NO_STORE],
      ...more.map(([name, value]): [string, string] => [name, value]),
    ],
  })
}
