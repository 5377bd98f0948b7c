// Where visitors are sent: the address of a view with the page asked for in it, and the way back after the login.

import { UsageError } from '../base/errors'
import type { Steps } from '../base/task'
import { openContent } from '../identify/session-content'
import type { View } from '../options/types'
import type { Exchange } from '../request/context'
import { nextKept } from '../state/transitions'
import { isFragment, isWholePage, sendingPage } from '../wire/headers/fragment'
import { isVisit, queryParameter, type RequestView, requestOrigin, requestTarget } from '../wire/headers/request'
import { isListed } from '../wire/urls/origin-list'
import { basePathOf, isAppPath, withBase, withBaseOnce } from '../wire/urls/path'
import {
  bytesOf,
  isHere,
  laxAddress,
  NEXT_LIMIT_BYTES,
  NOWHERE,
  queryField,
  safeAddress,
  safeView,
  withHost,
  withNext,
  withoutFields,
} from '../wire/urls/url'

/** Returns the address of a view: configured, or returned by the app's function, which may repeat what the request says. */
export function viewAddress<User, Guest>(exchange: Exchange<User, Guest>, view: View): string {
  const address = foundView(exchange, view)
  if (address.safe !== null) return address.safe
  throw new UsageError(
    'off-origin-view',
    `A view function returned ${String(address.given)}, which is neither a page of this origin nor of one in the options origins and nextOrigins.`,
  )
}

function foundView<User, Guest>(exchange: Exchange<User, Guest>, view: View): { given: unknown; safe: string | null } {
  const base = basePath(exchange)
  if (typeof view === 'string') return { given: view, safe: withBase(base, view) }
  const given: unknown = exchange.callOut(() => view(exchange.request))
  const page = { origin: origin(exchange), path: base + requestTarget(exchange.request) }
  const { origins, nextOrigins } = exchange.runtime.settings
  const isAllowed = (there: string): boolean => isListed(there, [...origins, ...nextOrigins])
  const safe = typeof given === 'string' ? safeView(given, page, isAllowed) : null
  return { given, safe: safe !== null && isAppPath(given as string) ? withBase(base, safe) : safe }
}

/** Returns the path in front of the app, which clients see and the app does not. A header that is not a path is none. */
function basePath<User, Guest>(exchange: Exchange<User, Guest>): string {
  const { basePath: given } = exchange.runtime.settings
  if (typeof given === 'string') return given
  const base: unknown = exchange.callOut(() => given(exchange.request))
  return typeof base === 'string' ? (basePathOf(base) ?? '') : ''
}

/** Returns the address of a view for a link, without a `next` that is too long. */
export function loginUrl<User, Guest>(exchange: Exchange<User, Guest>, view: View, chosen: string | null): string {
  const address = viewAddress(exchange, view)
  const next = wantedPage(exchange, address, chosen)
  return loginAddress(exchange, address, next === null || excessOf(exchange, next) !== null ? null : next)
}

/** Returns the login address, with `next` in its query unless the session keeps it. */
export function loginAddress<User, Guest>(
  exchange: Exchange<User, Guest>,
  address: string,
  next: string | null,
): string {
  const { nextField, forceHostForRedirects } = exchange.runtime.settings
  const full = next === null || isNextInSession(exchange) ? address : withNext(address, nextField, next)
  return forceHostForRedirects === null ? full : withHost(full, forceHostForRedirects)
}

/** Returns whether the session keeps the page to come back to, instead of the login address. */
export function isNextInSession<User, Guest>(exchange: Exchange<User, Guest>): boolean {
  return exchange.runtime.settings.useSessionForNext && !exchange.isReadOnly && !exchange.isSessionReadableElsewhere
}

/** Returns by how many bytes a page is too long to be kept; null if it is short enough. */
export function excessOf<User, Guest>(exchange: Exchange<User, Guest>, next: string): NextExcess | null {
  const [bytes, limit] = [bytesOf(next), NEXT_LIMIT_BYTES[isNextInSession(exchange) ? 'session' : 'query']]
  return bytes > limit ? { bytes, limit } : null
}

/** The bytes of a page to come back to, and those that are kept at most. */
export interface NextExcess {
  readonly bytes: number
  readonly limit: number
}

/**
 * Returns the page to come back to after the login at `address`: `chosen` by the app, or the page that was requested.
 * Path and query if the view is of this origin, else in full. Null if it is unknown, or a login or refresh view.
 */
export function wantedPage<User, Guest>(
  exchange: Exchange<User, Guest>,
  address: string,
  chosen: string | null = null,
): string | null {
  if (chosen !== null) return withoutCredentials(exchange, withBaseOnce(basePath(exchange), chosen))
  const here = knownOrigin(exchange)
  const page = pageBehindViews(exchange, address, visiblePage(exchange, here))
  if (page === null || !page.startsWith('/') || isHere(address, here)) return page
  return here === null ? null : here + page
}

/** Returns path and query of the page that GET can visit: this request, or the page that sent it; null if unknown. */
function visiblePage<User, Guest>(exchange: Exchange<User, Guest>, here: string | null): string | null {
  const { request, runtime } = exchange
  const isPart = runtime.settings.useSessionForNext ? !isWholePage(request) : isFragment(request)
  if (isPart || !isVisit(request)) return sentFrom(request, here)
  return request.url === '' ? null : basePath(exchange) + requestTarget(request).replace(/\?$/, '')
}

/** Returns path and query of the page of this origin that sent the request. A proxy may end TLS before this server. */
function sentFrom(request: RequestView, here: string | null): string | null {
  const page = sendingPage(request)
  if (page === null || here === null) return null
  const safe = safeAddress(page, here) ?? safeAddress(page, here.replace(/^http:/, 'https:'))
  return safe === null ? null : (safe.split('#')[0] as string)
}

/** A `next` that names a login view, whose own `next` names one again: more than this often is an attack. */
const NESTED_AT_MOST = 8

/** Returns the page itself; of a login or refresh view the page that it leads back to, so that `next` never nests. */
function pageBehindViews<User, Guest>(
  exchange: Exchange<User, Guest>,
  address: string,
  page: string | null,
): string | null {
  const views = viewsOf(exchange, [address])
  let found = page
  for (let depth = 0; depth < NESTED_AT_MOST && found !== null; depth++) {
    if (!views.has(laxAddress(found, origin(exchange)))) return withoutCredentials(exchange, found)
    const next = queryField(found, exchange.runtime.settings.nextField)
    found = next === null ? null : safeAddress(next, origin(exchange), exchange.runtime.settings.nextOrigins)
  }
  return null
}

/** Returns the login and refresh views, and more of them, as lax routers compare addresses. */
function viewsOf<User, Guest>(
  exchange: Exchange<User, Guest>,
  more: readonly string[] = [],
): ReadonlySet<string | null> {
  const { everywhere, areas } = exchange.runtime.settings
  const views = [everywhere, ...areas.values()].flatMap(({ loginView, refreshView }) => [loginView, refreshView])
  const found = views.map((view) => (view === null ? null : foundView(exchange, view).safe))
  return new Set([...found, ...more].filter((one) => one !== null).map((one) => laxAddress(one, origin(exchange))))
}

/** Returns a page without the credentials that request loaders read in its query. */
function withoutCredentials<User, Guest>({ runtime }: Exchange<User, Guest>, page: string): string {
  return withoutFields(
    page,
    runtime.settings.requestLoaders.flatMap(({ queryFields = [] }) => queryFields),
  )
}

function knownOrigin<User, Guest>({ request, runtime }: Exchange<User, Guest>): string | null {
  return requestOrigin(request, runtime.settings.publicOrigin)
}

function origin<User, Guest>(exchange: Exchange<User, Guest>): string {
  return knownOrigin(exchange) ?? NOWHERE
}

/** Where to go after the login: what the form said, the query, the session; the first that is safe. */
export function* nextAddress<User, Guest>(
  exchange: Exchange<User, Guest>,
  fallback: string,
  given: string | null | undefined,
): Steps<string> {
  yield* openContent(exchange)
  const kept = exchange.state.next
  if (kept !== null && !exchange.isPreview) yield* exchange.write(nextKept(exchange.state, null), 'verb')
  const candidates = [given, queryParameter(exchange.request, exchange.runtime.settings.nextField), kept]
  return safeNext(exchange, candidates) ?? withBaseOnce(basePath(exchange), fallback)
}

/**
 * Returns where a logged-in user goes from a page for anonymous visitors: the `next` of the query, else `home`. Null if
 * each of them is this page again. Nothing is taken from the session.
 */
export function homeAddress<User, Guest>(exchange: Exchange<User, Guest>, home: string): string | null {
  const { request, runtime } = exchange
  const base = basePath(exchange)
  const next = safeNext(exchange, [queryParameter(request, runtime.settings.nextField)])
  const here = laxAddress(base + requestTarget(request), origin(exchange))
  const elsewhere = (address: string): boolean => laxAddress(address, origin(exchange)) !== here
  return [next, withBaseOnce(base, home)].find((address) => address !== null && elsewhere(address)) ?? null
}

/** Returns the first of these that is safe, and not a login or refresh view: a visitor would log in there again. */
function safeNext<User, Guest>(exchange: Exchange<User, Guest>, candidates: readonly unknown[]): string | null {
  const { nextOrigins } = exchange.runtime.settings
  for (const candidate of candidates) {
    const safe = typeof candidate === 'string' ? safeAddress(candidate, origin(exchange), nextOrigins) : null
    if (safe !== null && !viewsOf(exchange).has(laxAddress(safe, origin(exchange))))
      return withoutCredentials(exchange, safe)
  }
  return null
}
