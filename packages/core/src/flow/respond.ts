// A refusal becomes an answer: a redirect for a page, problem+json (RFC 9457) for a program, or what the app says.
import type { Steps } from '../base/steps'
import type { AreaSettings, Refusal, RefusalHandler, View } from '../settings'
import type { FlashOrigin } from '../state/flash'
import type { FreshnessPolicy } from '../state/freshness'
import { flashedOnce, nextKept } from '../state/transitions'
import { wantsPage } from '../wire/accept'
import { toPrivate } from '../wire/cache-control'
import { isVisit, type RequestView } from '../wire/request'
import { excessOf, isNextInSession, loginAddress, viewAddress, wantedPage } from './address'
import type { CsrfReason } from './events'
import type { Exchange } from './exchange'
import { differsInScheme } from './origin'

/** Where a refusal happened. */
export interface RefusalContext {
  readonly area: AreaSettings
  readonly areaName: string | null
  /** Where to come back to; null: the page asked for. */
  readonly next: string | null
}

/** Nobody is logged in (Flask-Login's `unauthorized()`). */
export async function unauthorized<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
): Promise<Response> {
  const { unauthorizedHandler, loginMessageCategory } = exchange.runtime.settings
  await exchange.transaction(() => exchange.emit('userUnauthorized', { reason: exchange.reason }))
  if (unauthorizedHandler !== null && !exchange.isSpeculative)
    return handled(exchange, unauthorizedHandler, 'unauthorized', context.areaName)
  const { loginView: view, loginMessage: message } = context.area
  const invitation = {
    view,
    message,
    category: loginMessageCategory,
    origin: 'login',
    otherwise: 'Please log in.',
  } as const
  return invite(exchange, context, { ...invitation, challenges: challenges(exchange) })
}

/** Somebody is, but not freshly or strongly enough (`needs_refresh()`). */
export async function needsRefresh<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
  policy: FreshnessPolicy = {},
): Promise<Response> {
  const { needsRefreshHandler, needsRefreshMessageCategory } = exchange.runtime.settings
  await exchange.transaction(() => exchange.emit('userNeedsRefresh', {}))
  if (needsRefreshHandler !== null && !exchange.isSpeculative)
    return handled(exchange, needsRefreshHandler, 'stale', context.areaName)
  const { refreshView: view, needsRefreshMessage: message } = context.area
  const flash = { message, category: needsRefreshMessageCategory, origin: 'refresh' } as const
  const invitation = { view, ...flash, otherwise: 'Please reauthenticate.' }
  return invite(exchange, context, { ...invitation, challenges: stepUp(exchange, policy) })
}

/** Where somebody can prove who they are, and what is said to them. */
interface Invitation {
  readonly view: View | null
  readonly message: string | null
  readonly category: string
  readonly origin: FlashOrigin
  /** What a program is told where there is no message. */
  readonly otherwise: string
  readonly challenges: HeaderPairs
}

/** A redirect to the view; 401 where there is none, or no page is wanted. */
async function invite<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
  invitation: Invitation,
): Promise<Response> {
  const { message, otherwise, challenges } = invitation
  return exchange.transaction(function* () {
    const sent = yield* sendTo(exchange, invitation, context)
    return sent ?? problem(exchange, 401, 'Unauthorized', localized(exchange, message ?? otherwise), challenges)
  })
}

/** They are known, and may not. */
export async function forbidden<User, Guest>(
  exchange: Exchange<User, Guest>,
  context: RefusalContext,
  user: User,
): Promise<Response> {
  const { forbiddenHandler } = exchange.runtime.settings
  await exchange.transaction(() => exchange.emit('userForbidden', { user }))
  if (forbiddenHandler !== null) return handled(exchange, forbiddenHandler, 'forbidden', context.areaName)
  return problem(exchange, 403, 'Forbidden', 'You are logged in, but this is not for you.')
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
export async function forged<User, Guest>(exchange: Exchange<User, Guest>, reason: CsrfReason): Promise<Response> {
  const { forgedHandler } = exchange.runtime.settings
  if (forgedHandler !== null) return handled(exchange, forgedHandler, 'forged', null)
  return problem(exchange, 403, 'Forbidden', FORGED[reason] + (reason === 'origin' ? proxyAdvice(exchange) : ''))
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

/** Outside of every transaction: the app's handler may ask and change what a route of its own may. */
async function handled<User, Guest>(
  { request }: Exchange<User, Guest>,
  handler: RefusalHandler,
  reason: Refusal['reason'],
  area: string | null,
): Promise<Response> {
  return handler({ request, area, reason })
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
  if (!wantsPage(exchange.request)) return null
  const address = viewAddress(exchange, view)
  const next = yield* keepableNext(exchange, wantedPage(exchange, address, context.next))
  yield* leaveNotes(exchange, invitation, next)
  return redirect(exchange.request, loginAddress(exchange, address, next))
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
  const said = message === null || message === '' ? '' : localized(exchange, message)
  const kept = isNextInSession(exchange) ? next : null
  if (!said && kept === null) return
  yield* exchange.open()
  const state = said ? flashedOnce(exchange.state, { category, message: said, origin }) : exchange.state
  yield* exchange.write(kept === null ? state : nextKept(state, kept), 'pipeline')
}

/** A refusal replaces what the app wrote for the page, so it says by itself that no cache may keep it. */
const NO_STORE = toPrivate(null)

type HeaderPairs = readonly (readonly [string, string])[]

function localized<User, Guest>(exchange: Exchange<User, Guest>, message: string): string {
  return exchange.callOut(() => exchange.runtime.settings.localize(message, exchange.request))
}

/** What a client may bring instead (RFC 9110 §11.6.1). */
function challenges<User, Guest>({ runtime, isSpeculative }: Exchange<User, Guest>): HeaderPairs {
  return runtime.settings.requestLoaders.flatMap(({ challenge }) =>
    challenge === undefined || (isSpeculative && /^Basic\b/i.test(challenge)) ? [] : [authenticate(challenge)],
  )
}

/** How old the proof may be (RFC 9470), for clients that bring bearer tokens. */
function stepUp<User, Guest>(exchange: Exchange<User, Guest>, { within }: FreshnessPolicy): HeaderPairs {
  const age = within === undefined ? '' : `, max_age="${Math.floor(within)}"`
  const missing = `error="insufficient_user_authentication", error_description="A more recent login is required"${age}`
  return challenges(exchange).map(([, challenge]) => {
    if (!/^Bearer\b/i.test(challenge)) return authenticate(challenge)
    return authenticate(`${challenge}${challenge.includes('=') ? ',' : ''} ${missing}`)
  })
}

function authenticate(challenge: string): readonly [string, string] {
  return ['www-authenticate', challenge]
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
  const isPage = wantsPage(exchange.request)
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
