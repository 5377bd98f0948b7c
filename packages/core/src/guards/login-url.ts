// The URL of the login view with `next` in its query, and the URL to return to after the login.

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

/**
 * Returns the URL of a view: the option, or the result of the view function.
 *
 * @throws UsageError `off-origin-view` if a view function returned a URL of an origin that the options do not list.
 */
export function getViewUrl<User, Guest>(ctx: RequestContext<User, Guest>, view: View): string {
  const address = resolveView(ctx, view)
  if (address.safe !== null) return address.safe
  throw new UsageError(
    'off-origin-view',
    `A view function must return a URL of this origin, or of an origin in the options origins or nextOrigins, but returned ${String(address.returned)}. Add the origin to one of these options.`,
  )
}

function resolveView<User, Guest>(
  ctx: RequestContext<User, Guest>,
  view: View,
): { returned: unknown; safe: string | null } {
  const base = getBasePath(ctx)
  if (typeof view === 'string') return { returned: view, safe: withBase(base, view) }
  const returned: unknown = ctx.callOut(() => view(ctx.request))
  const page = { origin: getOrigin(ctx), path: base + getTarget(ctx.request) }
  const { origins, nextOrigins } = ctx.services.settings
  const isAllowed = (origin: string): boolean => isListed(origin, [...origins, ...nextOrigins])
  const safe = typeof returned === 'string' ? toSafeView(returned, page, isAllowed) : null
  return { returned, safe: safe !== null && isAppPath(returned as string) ? withBase(base, safe) : safe }
}

/**
 * Returns the path prefix that clients use and the app does not receive. An invalid path, perhaps of a header, counts
 * as none.
 */
function getBasePath<User, Guest>(ctx: RequestContext<User, Guest>): string {
  const { basePath } = ctx.services.settings
  if (typeof basePath === 'string') return basePath
  const base: unknown = ctx.callOut(() => basePath(ctx.request))
  return typeof base === 'string' ? (parseBasePath(base) ?? '') : ''
}

/**
 * Returns whether a GET request was refused at the page of the view function, or at a page that was refused twice before
 * and redirected to the view. Another redirect would never end. Anyone can write the page once into the `next` of its
 * URL, so once does not prove a loop. A proxy may terminate TLS, so the scheme is not compared.
 */
export function isRedirectLoop<User, Guest>(ctx: RequestContext<User, Guest>, view: View, address: string): boolean {
  const { request, services } = ctx
  if (!isVisit(request) || request.url === '') return false
  const origin = getOrigin(ctx)
  const toText = (url: string): string | undefined => toLaxUrl(url, origin)?.replace(/^\w+:/, '')
  let page: string | null = getBasePath(ctx) + getTarget(request)
  const here = toText(page)
  if (here === undefined) return false
  if (typeof view === 'function' && toText(address) === here) return true
  if (isNextInSession(ctx)) return false
  let seen = 0
  for (let depth = 0; depth < MAX_NESTED_VIEWS; depth++) {
    page = getQueryField(page, services.settings.nextParam)
    if (page === null) return false
    if (toText(page) === here && ++seen === 2) return true
  }
  return true
}

/** Returns the URL of a view for a link, without a `next` that is too long. */
export function getLoginUrl<User, Guest>(ctx: RequestContext<User, Guest>, view: View, chosen: string | null): string {
  const address = getViewUrl(ctx, view)
  const next = getReturnPage(ctx, address, chosen)
  return buildLoginUrl(ctx, address, next === null || findNextExcess(ctx, next) !== null ? null : next)
}

/** Returns the URL of a view, with `next` in its query unless the session stores it. */
export function buildLoginUrl<User, Guest>(
  ctx: RequestContext<User, Guest>,
  address: string,
  next: string | null,
): string {
  const { nextParam, forceHostForRedirects } = ctx.services.settings
  const full = next === null || isNextInSession(ctx) ? address : withNext(address, nextParam, next)
  return forceHostForRedirects === null ? full : withHost(full, forceHostForRedirects)
}

/** Returns whether the session stores the page to return to, instead of the query of the login URL. */
export function isNextInSession<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  return ctx.services.settings.useSessionForNext && !ctx.isReadOnly && !ctx.isSessionReadableElsewhere
}

/** Returns the size of a `next` that is too long, and the limit. Returns null if it is short enough. */
export function findNextExcess<User, Guest>(ctx: RequestContext<User, Guest>, next: string): NextExcess | null {
  const [bytes, limit] = [countBytes(next), NEXT_LIMIT_BYTES[isNextInSession(ctx) ? 'session' : 'query']]
  return bytes > limit ? { bytes, limit } : null
}

/** The size of a `next` in bytes, and the limit in bytes. */
export interface NextExcess {
  readonly bytes: number
  readonly limit: number
}

/**
 * Returns the page to return to after the login at `address`: the page `chosen` by the app, or the requested page. It
 * is a path and a query if the view is of this origin, else an absolute URL. Returns null if it is unknown, or a login
 * or refresh view.
 */
export function getReturnPage<User, Guest>(
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

/**
 * Returns the path and the query of a page that GET can request: this one, or the page that sent it. Returns null if it
 * is unknown.
 */
function getVisiblePage<User, Guest>(ctx: RequestContext<User, Guest>, here: string | null): string | null {
  const { request, services } = ctx
  const isPart = services.settings.useSessionForNext ? !isWholePage(request) : isFragment(request)
  if (isPart || !isVisit(request)) return getFormPage(request, here)
  return request.url === '' ? null : getBasePath(ctx) + getTarget(request).replace(/\?$/, '')
}

/** Returns the path and the query of the page of this origin that sent the request. A proxy may terminate TLS. */
function getFormPage(request: RequestView, here: string | null): string | null {
  const page = getSendingPage(request)
  if (page === null || here === null) return null
  const safe = toSafeUrl(page, here) ?? toSafeUrl(page, here.replace(/^http:/, 'https:'))
  return safe === null ? null : (safe.split('#')[0] as string)
}

/** The limit of login views whose `next` names another login view. More of them are an attack. */
const MAX_NESTED_VIEWS = 8

/** Returns the page, or the page in its `next` if it is a login or refresh view. So `next` is never nested. */
function getPageBehindViews<User, Guest>(
  ctx: RequestContext<User, Guest>,
  address: string,
  page: string | null,
): string | null {
  const views = getViews(ctx, [address])
  let found = page
  for (let depth = 0; depth < MAX_NESTED_VIEWS && found !== null; depth++) {
    if (!views.has(toLaxUrl(found, getOrigin(ctx)))) return removeCredentials(ctx, found)
    const next = getQueryField(found, ctx.services.settings.nextParam)
    found = next === null ? null : toSafeUrl(next, getOrigin(ctx), ctx.services.settings.nextOrigins)
  }
  return null
}

/** Returns the login and refresh views, and the given ones, in the form in which lax routers compare URLs. */
function getViews<User, Guest>(
  ctx: RequestContext<User, Guest>,
  more: readonly string[] = [],
): ReadonlySet<string | null> {
  const { everywhere, areas } = ctx.services.settings
  const views = [everywhere, ...areas.values()].flatMap(({ loginView, refreshView }) => [loginView, refreshView])
  const found = views.map((view) => (view === null ? null : resolveView(ctx, view).safe))
  return new Set([...found, ...more].filter((one) => one !== null).map((one) => toLaxUrl(one, getOrigin(ctx))))
}

/** Returns a page without the credentials that request loaders read from its query. */
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

/** Returns the URL to return to after the login: the first safe one of the form, the query and the session. */
export function* getNextUrl<User, Guest>(
  ctx: RequestContext<User, Guest>,
  fallback: string,
  formNext: string | null | undefined,
): Task<string> {
  yield* openContent(ctx)
  const kept = ctx.state.next
  if (kept !== null && !ctx.isPreview) yield* ctx.write(nextKept(ctx.state, null), 'operation')
  const candidates = [formNext, getQueryParameter(ctx.request, ctx.services.settings.nextParam), kept]
  return findSafeNext(ctx, candidates) ?? withBaseOnce(getBasePath(ctx), fallback)
}

/**
 * Returns the URL to which a logged-in user is redirected from a page for anonymous requests: the `next` of the query,
 * else `home`. Returns null if both are this page. The `next` of the session is not used.
 */
export function getHomeUrl<User, Guest>(ctx: RequestContext<User, Guest>, home: string): string | null {
  const { request, services } = ctx
  const base = getBasePath(ctx)
  const next = findSafeNext(ctx, [getQueryParameter(request, services.settings.nextParam)])
  const here = toLaxUrl(base + getTarget(request), getOrigin(ctx))
  const isOther = (address: string): boolean => toLaxUrl(address, getOrigin(ctx)) !== here
  return [next, withBaseOnce(base, home)].find((address) => address !== null && isOther(address)) ?? null
}

/** Returns the first candidate that is safe and not a login or refresh view, which would start another login. */
function findSafeNext<User, Guest>(ctx: RequestContext<User, Guest>, candidates: readonly unknown[]): string | null {
  const { nextOrigins } = ctx.services.settings
  for (const candidate of candidates) {
    const safe = typeof candidate === 'string' ? toSafeUrl(candidate, getOrigin(ctx), nextOrigins) : null
    if (safe !== null && !getViews(ctx).has(toLaxUrl(safe, getOrigin(ctx)))) return removeCredentials(ctx, safe)
  }
  return null
}
