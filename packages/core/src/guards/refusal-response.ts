// A refusal becomes an answer: a redirect for a page, problem+json (RFC 9457) for a program, or what the app says.
import type { Steps } from '../base/task'
import type { AreaSettings, RefusalHandler, View } from '../options/types'
import type { Exchange } from '../request/context'
import type { CsrfReason } from '../request/events'
import type { RefusalKind } from '../request/refusal-handlers'
import type { FlashOrigin } from '../state/flash'
import type { FreshnessPolicy } from '../state/freshness'
import { flashedOnce, nextKept } from '../state/transitions'
import { toPrivate } from '../wire/headers/cache-control'
import { isOfHtmx, isWholePage } from '../wire/headers/fragment'
import { isVisit, type RequestView } from '../wire/headers/request'
import { challenges, type HeaderPairs, hasRejectedCredential, isForPage, stepUp } from './challenges'
import { excessOf, homeAddress, isNextInSession, loginAddress, viewAddress, wantedPage } from './login-url'
import { differsInScheme } from './request-origin'

/** Where a refusal happened. */
export interface RefusalContext {
  readonly area: AreaSettings
  readonly areaName: string | null
  /** Where to come back to; null: the page asked for. */
  readonly next: string | null
  /** The kinds of refusal whose handlers caused this one. */
  readonly within: ReadonlySet<RefusalKind>
}

/** What a handler of the app needs. */
type HandledContext = Pick<RefusalContext, 'areaName' | 'within'>

/** Nobody is logged in (Flask-Login's `unauthorized()`). */
export async function unauthorized<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
): Promise<Response> {
  const { unauthorizedHandler, loginMessageCategory } = exchange.runtime.settings
  exchange.runtime.handlers.assertOutside('unauthorized', context, exchange.request)
  await exchange.transaction(() => exchange.emit('userUnauthorized', { reason: exchange.reason }))
  const own = await handle(exchange, unauthorizedHandler, 'unauthorized', context)
  if (own !== null) return own
  const { loginView: view, loginMessage: message } = context.area
  const invitation = {
    view,
    message,
    category: loginMessageCategory,
    origin: 'login',
    otherwise: 'Please log in.',
  } as const
  return invite(exchange, context, { ...invitation, challengesOf: () => challenges(exchange) })
}

/** Somebody is, but not freshly or strongly enough (`needs_refresh()`). */
export async function needsRefresh<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
  policy: FreshnessPolicy = {},
): Promise<Response> {
  const { needsRefreshHandler, needsRefreshMessageCategory } = exchange.runtime.settings
  exchange.runtime.handlers.assertOutside('stale', context, exchange.request)
  await exchange.transaction(() => exchange.emit('userNeedsRefresh', {}))
  const own = await handle(exchange, needsRefreshHandler, 'stale', context)
  if (own !== null) return own
  const { refreshView: view, needsRefreshMessage: message } = context.area
  const flash = { message, category: needsRefreshMessageCategory, origin: 'refresh' } as const
  const invitation = { view, ...flash, otherwise: 'Please reauthenticate.' }
  return invite(exchange, context, { ...invitation, challengesOf: () => stepUp(exchange, policy) })
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
async function invite<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
  invitation: Invitation,
): Promise<Response> {
  return exchange.transaction(function* () {
    const sent = yield* sendTo(exchange, invitation, context)
    return sent ?? refuse(exchange, invitation)
  })
}

function refuse<User, Guest>(
  exchange: Exchange<User, Guest>,
  { message, otherwise, challengesOf }: Invitation,
  more: HeaderPairs = [],
): Response {
  const detail = localized(exchange, message ?? otherwise)
  return problem(exchange, 401, 'Unauthorized', detail, [...challengesOf(), ...more])
}

/** They are known, and may not. */
export async function forbidden<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
  user: User,
): Promise<Response> {
  const { forbiddenHandler } = exchange.runtime.settings
  exchange.runtime.handlers.assertOutside('forbidden', context, exchange.request)
  await exchange.transaction(() => exchange.emit('userForbidden', { user }))
  const own = await handle(exchange, forbiddenHandler, 'forbidden', context)
  return own ?? problem(exchange, 403, 'Forbidden', 'You are logged in, but this is not for you.')
}

/** Redirects a logged-in user away from a page for anonymous visitors; 403 if no page is wanted, or no other is left. */
export async function alreadyLoggedIn<User, Guest>(exchange: Exchange<User, Guest>, home: string): Promise<Response> {
  exchange.traces.negotiated = true
  exchange.traces.personal = true
  const address = exchange.isSpeculative || !isForPage(exchange) ? null : homeAddress(exchange, home)
  if (address !== null) return redirect(exchange.request, address)
  return problem(exchange, 403, 'Forbidden', 'You are logged in already.')
}

/** Nobody can say who it is: something the login needs does not answer. */
export async function unavailable<User, Guest>(
  exchange: Exchange<User, Guest>,
  retryAfterSeconds: number,
): Promise<Response> {
  const detail = 'Who you are cannot be looked up right now. Please try again.'
  return problem(exchange, 503, 'Service Unavailable', detail, [['retry-after', String(retryAfterSeconds)]])
}

/** The request did not come from a page of this app. */
export async function forged<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: HandledContext,
  reason: CsrfReason,
): Promise<Response> {
  const { forgedHandler } = exchange.runtime.settings
  exchange.runtime.handlers.assertOutside('forged', context, exchange.request)
  const own = await handle(exchange, forgedHandler, 'forged', context)
  return own ?? problem(exchange, 403, 'Forbidden', FORGED[reason] + (reason === 'origin' ? proxyAdvice(exchange) : ''))
}

/** For developers: a proxy in front is the usual reason why the app does not know its own origin. */
function proxyAdvice<User, Guest>(exchange: Exchange<User, Guest>): string {
  if (exchange.runtime.settings.publicOrigin !== null) return ''
  const why = differsInScheme(exchange) ? ' The host is the same, and only the scheme differs.' : ''
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
  exchange: Exchange<User, Guest>,
  handler: RefusalHandler | null,
  kind: RefusalKind,
  context: HandledContext,
): Promise<Response | null> {
  // In a prefetch nothing of the app's runs that could write.
  if (handler === null || exchange.isSpeculative) return null
  const { request, auth } = exchange
  const refusal = { request, auth, area: context.areaName, reason: kind, whyAnonymous: reasonOf(exchange) }
  return exchange.runtime.handlers.call(kind, context, request, () => handler(refusal))
}

/** Why the visitor is anonymous; null if a user was found. */
function reasonOf<User, Guest>({ identity, reason }: Exchange<User, Guest>): Exchange<User, Guest>['reason'] {
  return identity === null || identity.user === null ? reason : null
}

/**
 * A redirect to the view, or null where there is none, or no page is wanted. A browser would keep the redirect of a
 * prefetch, and follow it after the login.
 */
function* sendTo<User, Guest>(
  exchange: Exchange<User, Guest>,
  invitation: Invitation,
  context: RefusalContext,
): Steps<Response | null> {
  const { view } = invitation
  if (view === null || exchange.isSpeculative) return null
  exchange.traces.negotiated = true
  exchange.traces.personal = true
  const { request } = exchange
  const isHtmx = isOfHtmx(request)
  if (isHtmx ? hasRejectedCredential(exchange) : !isForPage(exchange)) return null
  const address = viewAddress(exchange, view)
  const next = yield* keepableNext(exchange, wantedPage(exchange, address, context.next))
  yield* leaveNotes(exchange, invitation, next)
  const location = loginAddress(exchange, address, next)
  return isHtmx ? refuse(exchange, invitation, [['hx-redirect', location]]) : redirect(request, location)
}

/** Returns the page to come back to; null if it is too long to be kept, which an event reports. */
function* keepableNext<User, Guest>(exchange: Exchange<User, Guest>, next: string | null): Steps<string | null> {
  const excess = next === null ? null : excessOf(exchange, next)
  if (excess === null) return next
  yield* exchange.emit('nextDropped', excess)
  return null
}

/** Redirects. After a method other than GET and HEAD, 303: with 302 a client may repeat PUT, PATCH or DELETE there. */
function redirect(request: RequestView, location: string): Response {
  return new Response(null, { status: isVisit(request) ? 302 : 303, headers: { location, 'cache-control': NO_STORE } })
}

/** What the visitor finds at the view: the message, and perhaps the page to come back to. */
function* leaveNotes<User, Guest>(
  exchange: Exchange<User, Guest>,
  { message, category, origin }: Invitation,
  next: string | null,
): Steps<void> {
  const hasMessage = message !== null && message !== ''
  const kept = isNextInSession(exchange) ? next : null
  if (!hasMessage && kept === null) return
  yield* exchange.open()
  const said = hasMessage ? localized(exchange, message) : ''
  const state = said ? flashedOnce(exchange.state, { category, message: said, origin }) : exchange.state
  const isKept = kept !== null && (isWholePage(exchange.request) || state.next === null)
  yield* exchange.write(isKept ? nextKept(state, kept) : state, 'pipeline')
}

/** A refusal replaces what the app wrote for the page, so it says by itself that no cache may keep it. */
const NO_STORE = toPrivate(null)

function localized<User, Guest>(exchange: Exchange<User, Guest>, message: string): string {
  const { localize } = exchange.runtime.settings
  return exchange.callOut(() => localize(message, exchange.request, reasonOf(exchange)))
}

function problem<User, Guest>(
  exchange: Exchange<User, Guest>,
  status: number,
  title: string,
  detail: string,
  more: HeaderPairs = [],
): Response {
  exchange.traces.personal = true
  exchange.traces.negotiated = true
  const isPage = isForPage(exchange)
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
