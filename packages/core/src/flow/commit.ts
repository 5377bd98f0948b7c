// The end of a request: what the verbs did becomes headers, all at once and in this one place. Synchronous, because
// headers are. A request nobody asked about is not touched.
import { UsageError } from '../base/errors'
import { NEGOTIATED_BY } from '../wire/accept'
import { type CookieSpec, clearCookieLine, setCookieLine } from '../wire/cookie'
import { mergedVary } from '../wire/vary'
import type { Exchange } from './exchange'
import { type CookieChange, KEEP } from './outgoing'
import { renewedRemember } from './remembered'

/** Where headers are put: a Fetch API `Headers` fits as it is. */
export interface HeaderTarget {
  /** The value, or null where there is none; of several, one text. */
  get(name: string): string | null
  /** Replaces all of this name. */
  set(name: string, value: string): void
  /** Adds a line of this name. */
  append(name: string, value: string): void
}

/** What goes onto an answer. */
export interface HeaderChanges {
  /** `Set-Cookie` lines, in order. */
  readonly cookies: readonly string[]
  /** Names for `Vary`. */
  readonly vary: readonly string[]
  /** Whether no shared or private cache may keep the answer. */
  readonly noStore: boolean
}

/** The changes, and the end of all writing. */
export function settle<User, Guest>(exchange: Exchange<User, Guest>): HeaderChanges | null {
  const cookies = cookieLines(exchange)
  exchange.seal()
  const { identity, personal, negotiated, headers } = exchange.traces
  const noStore = personal || cookies.length > 0
  if (!identity && !noStore && !negotiated && headers.length === 0) return null
  const vary = [
    ...(identity || cookies.length > 0 ? ['Cookie'] : []),
    ...headers,
    ...(negotiated ? [NEGOTIATED_BY] : []),
  ]
  return { cookies, vary, noStore }
}

/** The `Set-Cookie` lines, as of the last verb that is through. */
export function cookieLines<User, Guest>(exchange: Exchange<User, Guest>): string[] {
  const [session, remember] = [sessionChange(exchange), rememberChange(exchange)]
  if (session === KEEP && remember === KEEP) return []
  const { settings } = exchange.runtime
  return [...lineOf(settings.session.cookie, session), ...lineOf(settings.remember.cookie, remember)]
}

function lineOf(spec: CookieSpec, change: CookieChange): string[] {
  if (change.kind === 'keep') return []
  return [change.kind === 'clear' ? clearCookieLine(spec) : setCookieLine(spec, change.value, change.maxAgeSeconds)]
}

/** Who came with an API key may leave no session behind, where the app wants it so. */
function sessionChange<User, Guest>({ outcome, runtime }: Exchange<User, Guest>): CookieChange {
  const discards = outcome.identity?.source === 'request' && !runtime.settings.session.keepForRequestUsers
  return discards ? KEEP : outcome.session
}

function rememberChange<User, Guest>(exchange: Exchange<User, Guest>): CookieChange {
  const { outcome, runtime } = exchange
  if (outcome.remember.kind !== 'keep' || !exchange.renewsRemember) return outcome.remember
  const token = renewedRemember(exchange)
  if (token === null) return outcome.remember
  return { kind: 'set', value: runtime.remembers.write(token), maxAgeSeconds: token.expiresAt - token.issuedAt }
}

/** Puts the changes onto a Fetch API response: a copy where cookies are set or headers cannot change, else the same. */
export function applyTo(response: Response, changes: HeaderChanges, isAsked: boolean): Response {
  // Network errors and opaque responses; `type` would make a whole response of what servers keep light.
  if (response.status === 0) return response
  if (response.status === 101) return applyToUpgrade(response, changes, isAsked)
  return changes.cookies.length > 0 ? copyWith(response, changes) : mutated(response, changes)
}

/** An app may use one response for many visitors: the cookies of one must not stand on it when the next comes. */
function copyWith(response: Response, changes: HeaderChanges): Response {
  const copy = new Response(response.body, response)
  apply(copy.headers, changes)
  return copy
}

function mutated(response: Response, changes: HeaderChanges): Response {
  try {
    apply(response.headers, changes)
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

/** Puts the changes onto headers of any kind. */
export function apply(headers: HeaderTarget, { cookies, vary, noStore }: HeaderChanges): void {
  if (vary.length > 0) headers.set('vary', mergedVary(headers.get('vary'), vary))
  if (noStore && isUnsaid(headers.get('cache-control'))) headers.set('cache-control', 'private, no-store')
  for (const line of cookies) headers.append('set-cookie', line)
}

/** File servers of Node (`send`) say `public, max-age=0` where the app says nothing: nobody means that of a personal answer. */
function isUnsaid(cacheControl: string | null): boolean {
  return cacheControl === null || cacheControl === 'public, max-age=0'
}
