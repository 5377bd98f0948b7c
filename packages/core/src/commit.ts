// Writes the pending changes of a request to the headers of the response. It is synchronous, because servers send
// headers synchronously. If the handler never read the login, the response is unchanged.
import { UsageError } from './base/errors'
import { renewRememberToken } from './identify/remember'
import type { SessionSettings } from './options/types'
import type { RequestContext } from './request/context'
import { type CookieChange, KEEP } from './request/outgoing-cookies'
import { warnOfInsecureCookies } from './request/refusal-log'
import { LOGGED_OUT, type PendingChanges } from './request/transaction'
import { getTombstoneName, getVisitorName } from './sessions/incoming-cookies'
import { ENDED_SECONDS, encodeTombstone } from './sessions/tombstone'
import { COOKIE_LIMIT_BYTES, type CookieSpec, clearCookieLine, getTwins, setCookieLine } from './wire/cookies/cookie'
import { NEGOTIATED_BY } from './wire/headers/accept'
import { findOverrides, isPublic, toPrivate, toUnstored } from './wire/headers/cache-control'
import { getRequestOrigin } from './wire/headers/request'
import { mergeList, mergeVary } from './wire/headers/vary'

/** The headers of a response. A Fetch API `Headers` is one. */
export interface HeaderTarget {
  /** Returns the value, or null if the header is absent. Several values are joined. */
  get(name: string): string | null
  /** Sets a header and replaces all its values. */
  set(name: string, value: string): void
  /** Adds a value to a header. */
  append(name: string, value: string): void
  /** Returns the values of `Set-Cookie`. If it is missing, earlier cookies with the same name are not replaced. */
  getSetCookie?(): readonly string[]
  /** Returns the names of all headers. If it is missing, only headers of well-known caches are searched. */
  keys?(): Iterable<string>
  /**
   * Whether the whole response was sent. Then the login may still be read for a log.
   *
   * @default false
   */
  readonly isEnded?: boolean
}

/** The headers to write to a response. */
export interface HeaderChanges {
  /** `Set-Cookie` lines, in order. */
  readonly cookies: readonly string[]
  /** Whether the app caused one of them. */
  readonly isByApp: boolean
  /** Whether the cookies change the login of the browser. */
  readonly changesLogin: boolean
  /** Lines that clear the cookies of a login, if another `Auth` object set them earlier on the same response. */
  readonly clearing: readonly string[]
  /** Names for `Vary`. */
  readonly vary: readonly string[]
  /** Whether the response is for one user, so that shared caches must not store it. */
  readonly isPersonal: boolean
}

/** Returns the headers to write, or null if there are none. Afterwards the request accepts no more changes. */
export function prepareHeaders<User, Guest>(
  ctx: RequestContext<User, Guest>,
  isComplete?: () => boolean,
): HeaderChanges | null {
  const cookies = getCookieLines(ctx)
  ctx.close(isComplete)
  const { identity, personal, negotiated, headers } = ctx.cacheTracker
  if (!identity && !personal && cookies.length === 0 && !negotiated && headers.length === 0) return null
  const vary = [...(identity ? ['Cookie'] : []), ...headers, ...(negotiated ? [NEGOTIATED_BY] : [])]
  const { outcome, changesLogin } = ctx
  return {
    cookies,
    isByApp: outcome.isByApp,
    changesLogin,
    clearing: getClearingLines(ctx),
    vary,
    isPersonal: personal,
  }
}

/** Returns the lines that clear both cookies after a login or logout by the app, even if the browser has none yet. */
function getClearingLines<User, Guest>({ outcome: { identity }, services }: RequestContext<User, Guest>): string[] {
  if (identity !== LOGGED_OUT && identity?.source !== 'login') return []
  const { session, remember } = services.settings
  return [session, remember].map(({ cookie }) => clearCookieLine(cookie))
}

/**
 * Emits warnings of cookies that may not arrive, at the end of the operation that sets them. Without a listener it does
 * nothing. The operation does not wait for the listeners.
 */
export function reviewCookies<User, Guest>(ctx: RequestContext<User, Guest>): void {
  if (ctx.services.events.getListeners('warning').length === 0) return
  warnOfInsecureCookies(ctx)
  warnOfLargeCookies(ctx)
}

/** Emits a warning if the lines of the operation that runs are more than nginx takes by default. */
function warnOfLargeCookies<User, Guest>(ctx: RequestContext<User, Guest>): void {
  if (ctx.services.events.warned.has('large-cookies')) return
  const bytes = getCookieLines(ctx, ctx.pending).reduce((sum, line) => sum + line.length, 0)
  if (bytes > COOKIE_LIMIT_BYTES) ctx.report('large-cookies', createLargeCookiesMessage(bytes))
}

function createLargeCookiesMessage(bytes: number): string {
  return `The Set-Cookie lines of one response have ${bytes} bytes. nginx reads ${COOKIE_LIMIT_BYTES} bytes of headers by default and responds 502 to more: set proxy_buffer_size 16k there, or keep less in the session.`
}

/** Returns the `Set-Cookie` lines of all completed operations, or of these changes. */
export function getCookieLines<User, Guest>(
  ctx: RequestContext<User, Guest>,
  changes: PendingChanges<User> = ctx.outcome,
): string[] {
  const [session, remember] = [getSessionChange(ctx, changes), getRememberChange(ctx, changes)]
  const { ended, visitor, identity } = changes
  const isAlone = ended === null && visitor === null && identity?.source !== 'login'
  if (session === KEEP && remember === KEEP && isAlone) return []
  const { settings } = ctx.services
  const lines = [
    ...getLines(ctx, changes, settings.session, session, ctx.incoming.raw.sessions.length > 0),
    ...getLines(ctx, changes, settings.remember, remember, ctx.incoming.raw.remembers.length > 0),
  ]
  return isAlone ? lines : [...lines, ...getTombstoneLines(ctx, changes), ...getVisitorLines(ctx, changes)]
}

function getLines<User, Guest>(
  ctx: RequestContext<User, Guest>,
  changes: PendingChanges<User>,
  { cookie, formerCookies }: Pick<SessionSettings, 'cookie' | 'formerCookies'>,
  change: CookieChange,
  isDuplicated: boolean,
): string[] {
  const former = clearsFormer(ctx, changes, change, isDuplicated) ? formerCookies : []
  const twins = isDuplicated && ctx.isChangedByApp && change.kind !== 'keep' ? getTwins(cookie, getHost(ctx)) : []
  return [...[...twins, ...former].map(clearCookieLine), ...getLine(cookie, change)]
}

/**
 * Returns whether to clear former cookies: only after a change by the app. A duplicated cookie may belong to another
 * app, or be signed with a key that this instance does not have.
 */
function clearsFormer<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { identity, session }: PendingChanges<User>,
  change: CookieChange,
  isDuplicated: boolean,
): boolean {
  if (!ctx.isChangedByApp) return false
  // The browser does not send a former cookie of another path with this request.
  if (change.kind === 'keep') return session.kind === 'clear'
  return isDuplicated || change.kind === 'clear' || identity?.source === 'login'
}

function getHost<User, Guest>({ request, services }: RequestContext<User, Guest>): string {
  return getRequestOrigin(request, services.settings.publicOrigin)?.replace(/^https?:\/\//, '') ?? ''
}

/** Returns the lines of the tombstone cookie, which has the attributes of the session cookie. */
function getTombstoneLines<User, Guest>(
  { incoming, services }: RequestContext<User, Guest>,
  { ended }: PendingChanges<User>,
): string[] {
  if (ended === null) return []
  const { cookie } = services.settings.session
  const spec = { ...cookie, name: getTombstoneName(cookie.name) }
  if (ended.length > 0) return [setCookieLine(spec, encodeTombstone(ended), ENDED_SECONDS)]
  return incoming.raw.ended.length === 0 ? [] : [clearCookieLine(spec)]
}

/** Returns the lines of the visitor cookies. A login clears them, so that CSRF tokens from before it are invalid. */
function getVisitorLines<User, Guest>(
  { incoming, services }: RequestContext<User, Guest>,
  { identity, visitor }: PendingChanges<User>,
): string[] {
  const { cookie } = services.settings.session
  const specOf = (id: string): CookieSpec => ({ ...cookie, name: getVisitorName(cookie.name, id) })
  if (identity?.source === 'login') return incoming.raw.visitors.map((id) => clearCookieLine(specOf(id)))
  return visitor === null ? [] : [setCookieLine(specOf(visitor), '1', null)]
}

function getLine(spec: CookieSpec, change: CookieChange): string[] {
  if (change.kind === 'keep') return []
  return [change.kind === 'clear' ? clearCookieLine(spec) : setCookieLine(spec, change.value, change.maxAgeSeconds)]
}

/** Returns the change of the session cookie. For users of request loaders, `session.writeForRequestUsers` decides. */
function getSessionChange<User, Guest>(
  { services }: RequestContext<User, Guest>,
  { identity, session }: PendingChanges<User>,
): CookieChange {
  const discards = identity?.source === 'request' && !services.settings.session.writeForRequestUsers
  return discards ? KEEP : session
}

function getRememberChange<User, Guest>(ctx: RequestContext<User, Guest>, changes: PendingChanges<User>): CookieChange {
  const { services } = ctx
  if (changes.remember.kind !== 'keep' || !ctx.renewsRemember) return changes.remember
  const token = renewRememberToken(ctx, changes)
  if (token === null) return changes.remember
  return {
    kind: 'set',
    value: services.remembers.write(token),
    maxAgeSeconds: token.expiresAt - token.issuedAt,
    endsAt: token.expiresAt,
  }
}

/** Writes the headers to a Fetch API response. Returns a copy if cookies are set or the headers are immutable. */
export function applyToResponse(response: Response, changes: HeaderChanges, isByApp: boolean): Response {
  // Network errors and opaque responses. Reading `type` would create the full response of Node servers that delay it.
  if (response.status === 0) return response
  if (response.status === 101) return applyToUpgrade(response, changes, isByApp)
  const needed = adaptCookies(response.headers, changes)
  if (needed.cookies.length > 0 && isSent(response)) return applyToSent(response, isByApp)
  return needed.cookies.length > 0 ? copyWith(response, needed) : applyInPlace(response, needed)
}

/** Returns whether the body was read or is being read, because a timeout sent the response before the handler ended. */
function isSent({ body, bodyUsed }: Response): boolean {
  return bodyUsed || body?.locked === true
}

/** Drops changes by the library. Throws for changes by the app. */
function applyToSent(response: Response, isByApp: boolean): Response {
  if (!isByApp) return response
  throw new UsageError(
    'response-sent',
    'The response was sent before the handler ended, perhaps by a timeout, so the changes of the login or session cannot be sent. Install the timeout after the login middleware. A change after the timeout then rejects.',
  )
}

/** Writes to a copy, because an app may send one response object to many users. */
function copyWith(response: Response, changes: HeaderChanges): Response {
  const copy = new Response(response.body, response)
  applyHeaders(copy.headers, changes)
  return copy
}

function applyInPlace(response: Response, changes: HeaderChanges): Response {
  try {
    applyHeaders(response.headers, changes)
    return response
  } catch (error) {
    if (Object(error).name !== 'TypeError') throw error
    return copyWith(response, changes)
  }
}

/** Drops changes by the library, because a WebSocket upgrade cannot set cookies. Throws for changes by the app. */
function applyToUpgrade(response: Response, { cookies }: HeaderChanges, isByApp: boolean): Response {
  if (cookies.length === 0 || !isByApp) return response
  throw new UsageError(
    'response-sent',
    'A WebSocket upgrade cannot set cookies. Log in, log out and change the session before the upgrade.',
  )
}

/** Writes the changes to headers of any kind. Returns the changes that were written. */
export function applyHeaders(headers: HeaderTarget, changes: HeaderChanges): HeaderChanges {
  const needed = adaptCookies(headers, changes)
  const { cookies, changesLogin, vary } = needed
  const names = cookies.length > 0 && !vary.includes('Cookie') ? ['Cookie', ...vary] : vary
  if (names.length > 0) headers.set('vary', mergeVary(headers.get('vary'), names))
  keepPrivate(headers, needed)
  if (changesLogin && cookies.length > 0)
    headers.set('clear-site-data', mergeList(headers.get('clear-site-data'), PREFETCHED_PAGES))
  writeCookies(headers, cookies)
  return needed
}

/**
 * Removes directives that permit shared caches to store a personal response. The app may have written them after the
 * commit.
 */
export function keepPrivate(
  headers: HeaderTarget,
  { cookies, isPersonal }: Pick<HeaderChanges, 'cookies' | 'isPersonal'>,
): void {
  if (isPersonal || cookies.length > 0) keepFromCaches(headers, cookies.length > 0)
}

/** Replaces earlier cookies with the same name, such as those of a second `Auth` object of this request. */
function writeCookies(headers: HeaderTarget, cookies: readonly string[]): void {
  const [present, names] = [headers.getSetCookie?.() ?? [], cookies.map(getCookieName)]
  const kept = present.filter((line) => !names.includes(getCookieName(line)))
  const lines = kept.length === present.length ? cookies : [...kept, ...cookies]
  for (const [index, line] of lines.entries()) {
    if (index === 0 && lines !== cookies) headers.set('set-cookie', line)
    else headers.append('set-cookie', line)
  }
}

/**
 * Returns whether an earlier `Auth` object set one of these cookies, and the app did not change the login by this one.
 */
function hasCookies(headers: HeaderTarget, { cookies, changesLogin, isByApp }: HeaderChanges): boolean {
  if (changesLogin && isByApp) return false
  const names = getPresentNames(headers)
  return cookies.some((line) => names.includes(getCookieName(line)))
}

/** Returns the names of the cookies that the response already sets. */
function getPresentNames(headers: HeaderTarget): string[] {
  return (headers.getSetCookie?.() ?? []).map(getCookieName)
}

function getCookieName(line: string): string {
  return line.slice(0, line.indexOf('=')).trim()
}

/**
 * Adds cookies to clear, and drops cookies that must not be set. A cookie that only renews a login is not set on a
 * response for shared caches: a later response renews the login.
 */
function adaptCookies(headers: HeaderTarget, pending: HeaderChanges): HeaderChanges {
  const changes = pending.clearing.length === 0 ? pending : withClearing(headers, pending)
  if (changes.cookies.length === 0) return changes
  if (hasCookies(headers, changes)) return { ...changes, cookies: [] }
  if (changes.isByApp || !isPublic(headers.get('cache-control'))) return changes
  return { ...changes, cookies: [] }
}

function withClearing(headers: HeaderTarget, changes: HeaderChanges): HeaderChanges {
  const [present, own] = [getPresentNames(headers), changes.cookies.map(getCookieName)]
  const isMissing = (name: string): boolean => present.includes(name) && !own.includes(name)
  const missing = changes.clearing.filter((line) => isMissing(getCookieName(line)))
  return missing.length === 0 ? changes : { ...changes, cookies: [...changes.cookies, ...missing] }
}

function keepFromCaches(headers: HeaderTarget, setsCookie: boolean): void {
  const overrides = findOverrides(headers.keys?.()).filter(([name]) => headers.get(name) !== null)
  const current = headers.get('cache-control')
  const value = setsCookie ? toUnstored(current) : toPrivate(current)
  if (value !== current) headers.set('cache-control', value)
  for (const [name, off] of overrides) headers.set(name, off)
}

/** `Clear-Site-Data` types of pages that the browser prefetched before the login changed, and would show unchanged. */
const PREFETCHED_PAGES: readonly string[] = ['"prefetchCache"', '"prerenderCache"']
