// A refusal becomes an answer: a redirect for a page, problem+json (RFC 9457) for a program, or what the app says.
import type { Task } from '../base/task'
import type { AreaSettings, RefusalHandler, View } from '../options/types'
import type { RequestContext } from '../request/context'
import type { CsrfReason } from '../request/events'
import { BUSY_HANDLERS, type RefusalKind } from '../request/refusal-handlers'
import type { FlashOrigin } from '../state/flash'
import type { FreshnessPolicy } from '../state/freshness'
import { flashedOnce, nextKept } from '../state/transitions'
import { toPrivate } from '../wire/headers/cache-control'
import { isOfHtmx, isWholePage } from '../wire/headers/fragment'
import { isVisit, type RequestView } from '../wire/headers/request'
import { getChallenges, getStepUpChallenges, type HeaderPairs, hasRejectedCredential, isForPage } from './challenges'
import { buildLoginUrl, findNextExcess, getHomeUrl, getViewUrl, getWantedPage, isNextInSession } from './login-url'
import { differsInScheme } from './request-origin'

/** Where a refusal happened. */
export interface RefusalContext {
  readonly area: AreaSettings
  readonly areaName: string | null
  /** Where to come back to; null: the page asked for. */
  readonly next: string | null
  /** The kinds of refusal whose handlers caused this one. */
  readonly causes: ReadonlySet<RefusalKind>
}

/** What a handler of the app needs. */
type HandledContext = Pick<RefusalContext, 'areaName' | 'causes'>

/** Nobody is logged in (Flask-Login's `unauthorized()`). */
export async function respondUnauthorized<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
): Promise<Response> {
  const { unauthorizedHandler, loginMessageCategory } = ctx.services.settings
  ctx.services.handlers.assertOutside('unauthorized', context, ctx.request)
  await ctx.runTransaction(() => ctx.emit('userUnauthorized', { reason: ctx.reason }))
  const own = await handle(ctx, unauthorizedHandler, 'unauthorized', context)
  if (own !== null) return own
  const { loginView: view, loginMessage: message } = context.area
  const invitation = {
    view,
    message,
    category: loginMessageCategory,
    origin: 'login',
    otherwise: 'Please log in.',
  } as const
  return redirectOrChallenge(ctx, context, { ...invitation, challengesOf: () => getChallenges(ctx) })
}

/** Somebody is, but not freshly or strongly enough (`needs_refresh()`). */
export async function respondNeedsRefresh<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
  policy: FreshnessPolicy = {},
): Promise<Response> {
  const { needsRefreshHandler, needsRefreshMessageCategory } = ctx.services.settings
  ctx.services.handlers.assertOutside('stale', context, ctx.request)
  await ctx.runTransaction(() => ctx.emit('userNeedsRefresh', {}))
  const own = await handle(ctx, needsRefreshHandler, 'stale', context)
  if (own !== null) return own
  const { refreshView: view, needsRefreshMessage: message } = context.area
  const flash = { message, category: needsRefreshMessageCategory, origin: 'refresh' } as const
  const invitation = { view, ...flash, otherwise: 'Please reauthenticate.' }
  return redirectOrChallenge(ctx, context, { ...invitation, challengesOf: () => getStepUpChallenges(ctx, policy) })
}

/** Where somebody can prove who they are, and what is said to them. */
interface Invitation {
  readonly view: View | null
  readonly message: string | null
  readonly category: string
  readonly origin: FlashOrigin
  /** What a program is told where there is no message. */
  readonly otherwise: string
  challengesOf(): HeaderPairs
}

/** A redirect to the view; 401 where there is none, or no page is wanted. */
async function redirectOrChallenge<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
  invitation: Invitation,
): Promise<Response> {
  return ctx.runTransaction(function* () {
    const sent = yield* sendTo(ctx, invitation, context)
    return sent ?? refuse(ctx, invitation)
  })
}

function refuse<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { message, otherwise, challengesOf }: Invitation,
  more: HeaderPairs = [],
): Response {
  const detail = localize(ctx, message ?? otherwise)
  return createProblem(ctx, 401, 'Unauthorized', detail, [...challengesOf(), ...more])
}

/** They are known, and may not. */
export async function respondForbidden<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: RefusalContext,
  user: User,
): Promise<Response> {
  const { forbiddenHandler } = ctx.services.settings
  ctx.services.handlers.assertOutside('forbidden', context, ctx.request)
  await ctx.runTransaction(() => ctx.emit('userForbidden', { user }))
  const own = await handle(ctx, forbiddenHandler, 'forbidden', context)
  return own ?? createProblem(ctx, 403, 'Forbidden', 'You are logged in, but this is not for you.')
}

/** Redirects a logged-in user away from a page for anonymous visitors; 403 if no page is wanted, or no other is left. */
export async function respondLoggedIn<User, Guest>(ctx: RequestContext<User, Guest>, home: string): Promise<Response> {
  ctx.cacheTracker.markNegotiated()
  const address = ctx.isSpeculative || !isForPage(ctx) ? null : getHomeUrl(ctx, home)
  if (address !== null) return redirect(ctx.request, address)
  return createProblem(ctx, 403, 'Forbidden', 'You are logged in already.')
}

/** Nobody can say who it is: something the login needs does not answer. */
export async function respondUnavailable<User, Guest>(
  ctx: RequestContext<User, Guest>,
  retryAfterSeconds: number,
): Promise<Response> {
  const detail = 'Who you are cannot be looked up right now. Please try again.'
  return createProblem(ctx, 503, 'Service Unavailable', detail, [['retry-after', String(retryAfterSeconds)]])
}

/** The request did not come from a page of this app. */
export async function respondCsrfRefusal<User, Guest>(
  ctx: RequestContext<User, Guest>,
  context: HandledContext,
  reason: CsrfReason,
): Promise<Response> {
  const { csrfHandler } = ctx.services.settings
  ctx.services.handlers.assertOutside('forged', context, ctx.request)
  const own = await handle(ctx, csrfHandler, 'forged', context)
  return own ?? createProblem(ctx, 403, 'Forbidden', FORGED[reason] + (reason === 'origin' ? getProxyAdvice(ctx) : ''))
}

/** For developers: a proxy in front is the usual reason why the app does not know its own origin. */
function getProxyAdvice<User, Guest>(ctx: RequestContext<User, Guest>): string {
  if (ctx.services.settings.publicOrigin !== null) return ''
  const why = differsInScheme(ctx) ? ' The host is the same, and only the scheme differs.' : ''
  return `${why} If the app stands behind a proxy, it must set the option publicOrigin, or trust the proxy.`
}

const FORGED: Readonly<Record<CsrfReason, string>> = {
  'cross-site': 'This request came from another site.',
  origin:
    'This request came from another origin, or from a page that hides where it is (Referrer-Policy: no-referrer).',
  token: 'The form is out of date. Go back, load it again and send it once more.',
}

/** Calls the app's handler outside of every transaction, so that it may do what a route may. Null: the library responds. */
async function handle<User, Guest>(
  ctx: RequestContext<User, Guest>,
  handler: RefusalHandler | null,
  kind: RefusalKind,
  context: HandledContext,
): Promise<Response | null> {
  // In a prefetch nothing of the app's runs that could write.
  if (handler === null || ctx.isSpeculative) return null
  const { request, auth, services } = ctx
  if (services.handlers.areBusy) {
    await ctx.runTransaction(() => ctx.warn('busy-handlers', BUSY_HANDLERS))
    return null
  }
  const refusal = { request, auth, area: context.areaName, reason: kind, whyAnonymous: getReason(ctx) }
  return services.handlers.call(kind, context, request, () => handler(refusal))
}

/** Why the visitor is anonymous; null if a user was found. */
function getReason<User, Guest>({
  identity,
  reason,
}: RequestContext<User, Guest>): RequestContext<User, Guest>['reason'] {
  return identity === null || identity.user === null ? reason : null
}

/**
 * A redirect to the view, or null where there is none, or no page is wanted. A browser would keep the redirect of a
 * prefetch, and follow it after the login.
 */
function* sendTo<User, Guest>(
  ctx: RequestContext<User, Guest>,
  invitation: Invitation,
  context: RefusalContext,
): Task<Response | null> {
  const { view } = invitation
  if (view === null || ctx.isSpeculative) return null
  ctx.cacheTracker.markNegotiated()
  const { request } = ctx
  const isHtmx = isOfHtmx(request)
  if (isHtmx ? hasRejectedCredential(ctx) : !isForPage(ctx)) return null
  const address = getViewUrl(ctx, view)
  const next = yield* getKeepableNext(ctx, getWantedPage(ctx, address, context.next))
  yield* storeFlashAndNext(ctx, invitation, next)
  const location = buildLoginUrl(ctx, address, next)
  return isHtmx ? refuse(ctx, invitation, [['hx-redirect', location]]) : redirect(request, location)
}

/** Returns the page to come back to; null if it is too long to be kept, which an event reports. */
function* getKeepableNext<User, Guest>(ctx: RequestContext<User, Guest>, next: string | null): Task<string | null> {
  const excess = next === null ? null : findNextExcess(ctx, next)
  if (excess === null) return next
  yield* ctx.emit('nextDropped', excess)
  return null
}

/** Redirects. After a method other than GET and HEAD, 303: with 302 a client may repeat PUT, PATCH or DELETE there. */
function redirect(request: RequestView, location: string): Response {
  return new Response(null, { status: isVisit(request) ? 302 : 303, headers: { location, 'cache-control': NO_STORE } })
}

/** What the visitor finds at the view: the message, and perhaps the page to come back to. */
function* storeFlashAndNext<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { message, category, origin }: Invitation,
  next: string | null,
): Task<void> {
  const hasMessage = message !== null && message !== ''
  const kept = isNextInSession(ctx) ? next : null
  if (!hasMessage && kept === null) return
  yield* ctx.open()
  const said = hasMessage ? localize(ctx, message) : ''
  const state = said ? flashedOnce(ctx.state, { category, message: said, origin }) : ctx.state
  const isKept = kept !== null && (isWholePage(ctx.request) || state.next === null)
  yield* ctx.write(isKept ? nextKept(state, kept) : state, 'pipeline')
}

/** A refusal replaces what the app wrote for the page, so it says by itself that no cache may keep it. */
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
