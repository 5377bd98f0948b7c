// Where visitors are sent: the address of a view with the page asked for in it, and the way back after the login.

import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { openContent } from '../identify/session-content'
import type { View } from '../options/types'
import type { RequestContext } from '../request/context'
import { nextKept } from '../state/transitions'
import { getSendingPage, isFragment, isWholePage } from '../wire/headers/fragment'
import { getQueryParameter, getRequestOrigin, getTarget, isVisit, type RequestView } from '../wire/headers/request'
import { isListed } from '../wire/urls/origin-list'
import { isAppPath, parseBasePath, withBase, withBaseOnce } from '../wire/urls/path'
import {
  countBytes,
  getQueryField,
  isHere,
  NEXT_LIMIT_BYTES,
  NOWHERE,
  removeFields,
  toLaxUrl,
  toSafeUrl,
  toSafeView,
  withHost,
  withNext,
} from '../wire/urls/url'

/** Returns the address of a view: configured, or returned by the app's function, which may repeat what the request says. */
export function getViewUrl<User, Guest>(ctx: RequestContext<User, Guest>, view: View): string {
  const address = resolveView(ctx, view)
  if (address.safe !== null) return address.safe
  throw new UsageError(
    'off-origin-view',
    `A view function returned ${String(address.given)}, which is neither a page of this origin nor of one in the options origins and nextOrigins.`,
  )
}

function resolveView<User, Guest>(
  ctx: RequestContext<User, Guest>,
  view: View,
): { given: unknown; safe: string | null } {
  const base = getBasePath(ctx)
  if (typeof view === 'string') return { given: view, safe: withBase(base, view) }
  const given: unknown = ctx.callOut(() => view(ctx.request))
  const page = { origin: getOrigin(ctx), path: base + getTarget(ctx.request) }
  const { origins, nextOrigins } = ctx.services.settings
  const isAllowed = (there: string): boolean => isListed(there, [...origins, ...nextOrigins])
  const safe = typeof given === 'string' ? toSafeView(given, page, isAllowed) : null
  return { given, safe: safe !== null && isAppPath(given as string) ? withBase(base, safe) : safe }
}

/** Returns the path in front of the app, which clients see and the app does not. A header that is not a path is none. */
function getBasePath<User, Guest>(ctx: RequestContext<User, Guest>): string {
  const { basePath: given } = ctx.services.settings
  if (typeof given === 'string') return given
  const base: unknown = ctx.callOut(() => given(ctx.request))
  return typeof base === 'string' ? (parseBasePath(base) ?? '') : ''
}

/** Returns the address of a view for a link, without a `next` that is too long. */
export function getLoginUrl<User, Guest>(ctx: RequestContext<User, Guest>, view: View, chosen: string | null): string {
  const address = getViewUrl(ctx, view)
  const next = getWantedPage(ctx, address, chosen)
  return buildLoginUrl(ctx, address, next === null || findNextExcess(ctx, next) !== null ? null : next)
}

/** Returns the login address, with `next` in its query unless the session keeps it. */
export function buildLoginUrl<User, Guest>(
  ctx: RequestContext<User, Guest>,
  address: string,
  next: string | null,
): string {
  const { nextParam, forceHostForRedirects } = ctx.services.settings
  const full = next === null || isNextInSession(ctx) ? address : withNext(address, nextParam, next)
  return forceHostForRedirects === null ? full : withHost(full, forceHostForRedirects)
}

/** Returns whether the session keeps the page to come back to, instead of the login address. */
export function isNextInSession<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  return ctx.services.settings.useSessionForNext && !ctx.isReadOnly && !ctx.isSessionReadableElsewhere
}

/** Returns by how many bytes a page is too long to be kept; null if it is short enough. */
export function findNextExcess<User, Guest>(ctx: RequestContext<User, Guest>, next: string): NextExcess | null {
  const [bytes, limit] = [countBytes(next), NEXT_LIMIT_BYTES[isNextInSession(ctx) ? 'session' : 'query']]
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
export function getWantedPage<User, Guest>(
  ctx: RequestContext<User, Guest>,
  address: string,
  chosen: string | null = null,
): string | null {
  if (chosen !== null) return removeCredentials(ctx, withBaseOnce(getBasePath(ctx), chosen))
  const here = getKnownOrigin(ctx)
  const page = getPageBehindViews(ctx, address, getVisiblePage(ctx, here))
  if (page === null || !page.startsWith('/') || isHere(address, here)) return page
  return here === null ? null : here + page
}

/** Returns path and query of the page that GET can visit: this request, or the page that sent it; null if unknown. */
function getVisiblePage<User, Guest>(ctx: RequestContext<User, Guest>, here: string | null): string | null {
  const { request, services } = ctx
  const isPart = services.settings.useSessionForNext ? !isWholePage(request) : isFragment(request)
  if (isPart || !isVisit(request)) return getFormPage(request, here)
  return request.url === '' ? null : getBasePath(ctx) + getTarget(request).replace(/\?$/, '')
}

/** Returns path and query of the page of this origin that sent the request. A proxy may end TLS before this server. */
function getFormPage(request: RequestView, here: string | null): string | null {
  const page = getSendingPage(request)
  if (page === null || here === null) return null
  const safe = toSafeUrl(page, here) ?? toSafeUrl(page, here.replace(/^http:/, 'https:'))
  return safe === null ? null : (safe.split('#')[0] as string)
}

/** A `next` that names a login view, whose own `next` names one again: more than this often is an attack. */
const NESTED_AT_MOST = 8

/** Returns the page itself; of a login or refresh view the page that it leads back to, so that `next` never nests. */
function getPageBehindViews<User, Guest>(
  ctx: RequestContext<User, Guest>,
  address: string,
  page: string | null,
): string | null {
  const views = getViews(ctx, [address])
  let found = page
  for (let depth = 0; depth < NESTED_AT_MOST && found !== null; depth++) {
    if (!views.has(toLaxUrl(found, getOrigin(ctx)))) return removeCredentials(ctx, found)
    const next = getQueryField(found, ctx.services.settings.nextParam)
    found = next === null ? null : toSafeUrl(next, getOrigin(ctx), ctx.services.settings.nextOrigins)
  }
  return null
}

/** Returns the login and refresh views, and more of them, as lax routers compare addresses. */
function getViews<User, Guest>(
  ctx: RequestContext<User, Guest>,
  more: readonly string[] = [],
): ReadonlySet<string | null> {
  const { everywhere, areas } = ctx.services.settings
  const views = [everywhere, ...areas.values()].flatMap(({ loginView, refreshView }) => [loginView, refreshView])
  const found = views.map((view) => (view === null ? null : resolveView(ctx, view).safe))
  return new Set([...found, ...more].filter((one) => one !== null).map((one) => toLaxUrl(one, getOrigin(ctx))))
}

/** Returns a page without the credentials that request loaders read in its query. */
function removeCredentials<User, Guest>({ services }: RequestContext<User, Guest>, page: string): string {
  return removeFields(
    page,
    services.settings.requestLoaders.flatMap(({ queryFields = [] }) => queryFields),
  )
}

function getKnownOrigin<User, Guest>({ request, services }: RequestContext<User, Guest>): string | null {
  return getRequestOrigin(request, services.settings.publicOrigin)
}

function getOrigin<User, Guest>(ctx: RequestContext<User, Guest>): string {
  return getKnownOrigin(ctx) ?? NOWHERE
}

/** Where to go after the login: what the form said, the query, the session; the first that is safe. */
export function* getNextUrl<User, Guest>(
  ctx: RequestContext<User, Guest>,
  fallback: string,
  given: string | null | undefined,
): Task<string> {
  yield* openContent(ctx)
  const kept = ctx.state.next
  if (kept !== null && !ctx.isPreview) yield* ctx.write(nextKept(ctx.state, null), 'operation')
  const candidates = [given, getQueryParameter(ctx.request, ctx.services.settings.nextParam), kept]
  return findSafeNext(ctx, candidates) ?? withBaseOnce(getBasePath(ctx), fallback)
}

/**
 * Returns where a logged-in user goes from a page for anonymous visitors: the `next` of the query, else `home`. Null if
 * each of them is this page again. Nothing is taken from the session.
 */
export function getHomeUrl<User, Guest>(ctx: RequestContext<User, Guest>, home: string): string | null {
  const { request, services } = ctx
  const base = getBasePath(ctx)
  const next = findSafeNext(ctx, [getQueryParameter(request, services.settings.nextParam)])
  const here = toLaxUrl(base + getTarget(request), getOrigin(ctx))
  const elsewhere = (address: string): boolean => toLaxUrl(address, getOrigin(ctx)) !== here
  return [next, withBaseOnce(base, home)].find((address) => address !== null && elsewhere(address)) ?? null
}

/** Returns the first of these that is safe, and not a login or refresh view: a visitor would log in there again. */
function findSafeNext<User, Guest>(ctx: RequestContext<User, Guest>, candidates: readonly unknown[]): string | null {
  const { nextOrigins } = ctx.services.settings
  for (const candidate of candidates) {
    const safe = typeof candidate === 'string' ? toSafeUrl(candidate, getOrigin(ctx), nextOrigins) : null
    if (safe !== null && !getViews(ctx).has(toLaxUrl(safe, getOrigin(ctx)))) return removeCredentials(ctx, safe)
  }
  return null
}
