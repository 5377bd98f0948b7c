// The end of a request: what the verbs did becomes headers, all at once and in this one place. Synchronous, because
// headers are. A request nobody asked about is not touched.
import { UsageError } from './base/errors'
import { renewRememberToken } from './identify/remember'
import type { SessionSettings } from './options/types'
import type { RequestContext } from './request/context'
import { type CookieChange, KEEP } from './request/outgoing-cookies'
import { LOGGED_OUT } from './request/transaction'
import { getTombstoneName, getVisitorName } from './sessions/incoming-cookies'
import { ENDED_SECONDS, encodeTombstone } from './sessions/tombstone'
import { type CookieSpec, clearCookieLine, getTwins, setCookieLine } from './wire/cookies/cookie'
import { NEGOTIATED_BY } from './wire/headers/accept'
import { findOverrides, isPublic, toPrivate, toUnstored } from './wire/headers/cache-control'
import { getRequestOrigin } from './wire/headers/request'
import { mergeList, mergeVary } from './wire/headers/vary'

/** Where headers are put: a Fetch API `Headers` fits as it is. */
export interface HeaderTarget {
  /** The value, or null where there is none; of several, one text. */
  get(name: string): string | null
  /** Replaces all of this name. */
  set(name: string, value: string): void
  /** Adds a line of this name. */
  append(name: string, value: string): void
  /** The lines of `Set-Cookie`. Default: they are not looked at, and none is replaced. */
  getSetCookie?(): readonly string[]
  /** The names of all headers. Default: single headers of well-known caches are looked for. */
  keys?(): Iterable<string>
  /** Whether the whole response was sent, so that the login may be read for a log. Default: false. */
  readonly isEnded?: boolean
}

/** What goes onto an answer. */
export interface HeaderChanges {
  /** `Set-Cookie` lines, in order. */
  readonly cookies: readonly string[]
  /** Whether the app caused one of them, and not the library by itself. */
  readonly isByApp: boolean
  /** Whether another login is in the browser once it has the cookies. */
  readonly changesLogin: boolean
  /** Lines that clear the cookies of a login, for those that another manager set earlier on the same response. */
  readonly clearing: readonly string[]
  /** Names for `Vary`. */
  readonly vary: readonly string[]
  /** Whether the response is for one visitor alone. */
  readonly isPersonal: boolean
}

/** The changes, and the end of all writing. */
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

/** A login or a logout by the app decides about both cookies, also about those that the browser does not have yet. */
function getClearingLines<User, Guest>({ outcome: { identity }, services }: RequestContext<User, Guest>): string[] {
  if (identity !== LOGGED_OUT && identity?.source !== 'login') return []
  const { session, remember } = services.settings
  return [session, remember].map(({ cookie }) => clearCookieLine(cookie))
}

/** The `Set-Cookie` lines, as of the last verb that is through. */
export function getCookieLines<User, Guest>(ctx: RequestContext<User, Guest>): string[] {
  const [session, remember] = [getSessionChange(ctx), getRememberChange(ctx)]
  const { ended, visitor, identity } = ctx.outcome
  const isAlone = ended === null && visitor === null && identity?.source !== 'login'
  if (session === KEEP && remember === KEEP && isAlone) return []
  const { settings } = ctx.services
  const lines = [
    ...getLines(ctx, settings.session, session, ctx.incoming.raw.sessions.length > 0),
    ...getLines(ctx, settings.remember, remember, ctx.incoming.raw.remembers.length > 0),
  ]
  return isAlone ? lines : [...lines, ...getTombstoneLines(ctx), ...getVisitorLines(ctx)]
}

function getLines<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { cookie, formerCookies }: Pick<SessionSettings, 'cookie' | 'formerCookies'>,
  change: CookieChange,
  isDuplicated: boolean,
): string[] {
  const former = clearsFormer(ctx, change, isDuplicated) ? formerCookies : []
  const twins = isDuplicated && ctx.isChangedByApp && change.kind !== 'keep' ? getTwins(cookie, getHost(ctx)) : []
  return [...[...twins, ...former].map(clearCookieLine), ...getLine(cookie, change)]
}

/** A duplicate may belong to another app, or be signed with a key that this instance does not have: only the app ends it. */
function clearsFormer<User, Guest>(
  ctx: RequestContext<User, Guest>,
  change: CookieChange,
  isDuplicated: boolean,
): boolean {
  if (!ctx.isChangedByApp) return false
  const { identity, session } = ctx.outcome
  // The former cookie of another path does not arrive at this one.
  if (change.kind === 'keep') return session.kind === 'clear'
  return isDuplicated || change.kind === 'clear' || identity?.source === 'login'
}

function getHost<User, Guest>({ request, services }: RequestContext<User, Guest>): string {
  return getRequestOrigin(request, services.settings.publicOrigin)?.replace(/^https?:\/\//, '') ?? ''
}

/** The tombstone is as much the session's as the session cookie: it has the same attributes. */
function getTombstoneLines<User, Guest>({
  incoming,
  outcome: { ended },
  services,
}: RequestContext<User, Guest>): string[] {
  if (ended === null) return []
  const { cookie } = services.settings.session
  const spec = { ...cookie, name: getTombstoneName(cookie.name) }
  if (ended.length > 0) return [setCookieLine(spec, encodeTombstone(ended), ENDED_SECONDS)]
  return incoming.raw.ended.length === 0 ? [] : [clearCookieLine(spec)]
}

/** A login ends the visitor cookies: a CSRF token from before it is worthless. */
function getVisitorLines<User, Guest>({ incoming, outcome, services }: RequestContext<User, Guest>): string[] {
  const { cookie } = services.settings.session
  const specOf = (id: string): CookieSpec => ({ ...cookie, name: getVisitorName(cookie.name, id) })
  if (outcome.identity?.source === 'login') return incoming.raw.visitors.map((id) => clearCookieLine(specOf(id)))
  return outcome.visitor === null ? [] : [setCookieLine(specOf(outcome.visitor), '1', null)]
}

function getLine(spec: CookieSpec, change: CookieChange): string[] {
  if (change.kind === 'keep') return []
  return [change.kind === 'clear' ? clearCookieLine(spec) : setCookieLine(spec, change.value, change.maxAgeSeconds)]
}

/** Who came with an API key may leave no session behind, where the app wants it so. */
function getSessionChange<User, Guest>({ outcome, services }: RequestContext<User, Guest>): CookieChange {
  const discards = outcome.identity?.source === 'request' && !services.settings.session.writeForRequestUsers
  return discards ? KEEP : outcome.session
}

function getRememberChange<User, Guest>(ctx: RequestContext<User, Guest>): CookieChange {
  const { outcome, services } = ctx
  if (outcome.remember.kind !== 'keep' || !ctx.renewsRemember) return outcome.remember
  const token = renewRememberToken(ctx)
  if (token === null) return outcome.remember
  return {
    kind: 'set',
    value: services.remembers.write(token),
    maxAgeSeconds: token.expiresAt - token.issuedAt,
    endsAt: token.expiresAt,
  }
}

/** Puts the changes onto a Fetch API response: a copy where cookies are set or headers cannot change, else the same. */
export function applyToResponse(response: Response, changes: HeaderChanges, isAsked: boolean): Response {
  // Network errors and opaque responses; `type` would make a whole response of what servers keep light.
  if (response.status === 0) return response
  if (response.status === 101) return applyToUpgrade(response, changes, isAsked)
  const needed = needs(response.headers, changes)
  if (needed.cookies.length > 0 && isSent(response)) return applyToSent(response, isAsked)
  return needed.cookies.length > 0 ? copyWith(response, needed) : applyInPlace(response, needed)
}

/** Whether the body was read or is being read: a timeout answered, and the handler ended after it. */
function isSent({ body, bodyUsed }: Response): boolean {
  return bodyUsed || body?.locked === true
}

/** What the library changed by itself is dropped, and what the app changed is an error. */
function applyToSent(response: Response, isAsked: boolean): Response {
  if (!isAsked) return response
  throw new UsageError(
    'response-sent',
    'The response was sent before the handler ended (by a timeout, perhaps), so its login or session changes reach no browser. Install the timeout after the login middleware: a change after the timeout then rejects.',
  )
}

/** An app may use one response for many visitors: the cookies of one must not stand on it when the next comes. */
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

/** A switched protocol has no place for cookies: what the library did by itself is dropped, what the app did is said. */
function applyToUpgrade(response: Response, { cookies }: HeaderChanges, isAsked: boolean): Response {
  if (cookies.length === 0 || !isAsked) return response
  throw new UsageError(
    'response-sent',
    'A WebSocket upgrade cannot set cookies: log in, log out and store before the upgrade.',
  )
}

/** Puts the changes onto headers of any kind. Returns those that were put there. */
export function applyHeaders(headers: HeaderTarget, changes: HeaderChanges): HeaderChanges {
  const needed = needs(headers, changes)
  const { cookies, changesLogin, vary } = needed
  const names = cookies.length > 0 && !vary.includes('Cookie') ? ['Cookie', ...vary] : vary
  if (names.length > 0) headers.set('vary', mergeVary(headers.get('vary'), names))
  keepPrivate(headers, needed)
  if (changesLogin && cookies.length > 0)
    headers.set('clear-site-data', mergeList(headers.get('clear-site-data'), PREPARED_PAGES))
  putCookies(headers, cookies)
  return needed
}

/** Removes what permits shared caches to keep a response of one visitor, also what the app wrote after {@link apply}. */
export function keepPrivate(
  headers: HeaderTarget,
  { cookies, isPersonal }: Pick<HeaderChanges, 'cookies' | 'isPersonal'>,
): void {
  if (isPersonal || cookies.length > 0) keepFromCaches(headers, cookies.length > 0)
}

/** Our lines replace earlier ones of the same name, such as those of a second Auth object for this request. */
function putCookies(headers: HeaderTarget, cookies: readonly string[]): void {
  const [present, names] = [headers.getSetCookie?.() ?? [], cookies.map(getCookieName)]
  const kept = present.filter((line) => !names.includes(getCookieName(line)))
  const lines = kept.length === present.length ? cookies : [...kept, ...cookies]
  for (const [index, line] of lines.entries()) {
    if (index === 0 && lines !== cookies) headers.set('set-cookie', line)
    else headers.append('set-cookie', line)
  }
}

/** Whether an earlier Auth object of this request set one of our cookies, and the app changes no login by this one. */
function isSettled(headers: HeaderTarget, { cookies, changesLogin, isByApp }: HeaderChanges): boolean {
  if (changesLogin && isByApp) return false
  const names = getPresentNames(headers)
  return cookies.some((line) => names.includes(getCookieName(line)))
}

/** The names of the cookies that the response sets already. */
function getPresentNames(headers: HeaderTarget): string[] {
  return (headers.getSetCookie?.() ?? []).map(getCookieName)
}

function getCookieName(line: string): string {
  return line.slice(0, line.indexOf('=')).trim()
}

/** A cookie that the library alone sends, to prolong a login, can wait for a response that is not for shared caches. */
function needs(headers: HeaderTarget, given: HeaderChanges): HeaderChanges {
  const changes = given.clearing.length === 0 ? given : withClearing(headers, given)
  if (changes.cookies.length === 0) return changes
  if (isSettled(headers, changes)) return { ...changes, cookies: [] }
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
  const given = headers.get('cache-control')
  const value = setsCookie ? toUnstored(given) : toPrivate(given)
  if (value !== given) headers.set('cache-control', value)
  for (const [name, off] of overrides) headers.set(name, off)
}

/** Pages that the browser loaded before the login changed. It would show them without another request. */
const PREPARED_PAGES: readonly string[] = ['"prefetchCache"', '"prerenderCache"']
