// The end of a request: what the verbs did becomes headers, all at once and in this one place. Synchronous, because
// headers are. A request nobody asked about is not touched.
import { UsageError } from '../base/errors'
import { isEmpty } from '../state/session'
import { NEGOTIATED_BY } from '../wire/accept'
import { type CookieSpec, clearCookieLine, setCookieLine } from '../wire/cookie'
import type { Exchange } from './exchange'
import { isRevoked } from './identity'
import type { CookieChange } from './outgoing'
import { loginsInBrowser, renewedRemember } from './remembered'

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
  const vary = [
    ...(identity || cookies.length > 0 ? ['Cookie'] : []),
    ...headers,
    ...(negotiated ? [NEGOTIATED_BY] : []),
  ]
  const noStore = personal || cookies.length > 0
  return vary.length === 0 && !noStore ? null : { cookies, vary, noStore }
}

function cookieLines<User, Guest>(exchange: Exchange<User, Guest>): string[] {
  const { session, remember } = exchange.runtime.settings
  return [...lineOf(session.cookie, sessionChange(exchange)), ...lineOf(remember.cookie, rememberChange(exchange))]
}

function lineOf(spec: CookieSpec, change: CookieChange): string[] {
  if (change.kind === 'keep') return []
  return [change.kind === 'clear' ? clearCookieLine(spec) : setCookieLine(spec, change.value, change.maxAgeSeconds)]
}

/** Who came with an API key may leave no session behind, where the app wants it so. */
function sessionChange<User, Guest>({ outcome, runtime }: Exchange<User, Guest>): CookieChange {
  const discards = outcome.identity?.source === 'request' && !runtime.settings.session.keepForRequestUsers
  return discards ? { kind: 'keep' } : outcome.session
}

function rememberChange<User, Guest>(exchange: Exchange<User, Guest>): CookieChange {
  const { outcome, runtime } = exchange
  if (outcome.remember.kind !== 'keep' || !exchange.renewsRemember) return outcome.remember
  const token = renewedRemember(exchange)
  if (token === null) return outcome.remember
  return { kind: 'set', value: runtime.remembers.write(token), maxAgeSeconds: token.expiresAt - token.issuedAt }
}

/** What lives longer with every answer is prepared before the handler runs. Must run inside a transaction. */
export async function renewEveryRequest<User, Guest>(exchange: Exchange<User, Guest>): Promise<void> {
  const { session, remember } = exchange.runtime.settings
  if (session.renew !== 'everyRequest' && remember.renew !== 'everyRequest') return
  const { identity, personal } = exchange.traces
  await exchange.open()
  Object.assign(exchange.traces, { identity, personal })
  if (await isDenied(exchange)) return
  exchange.renewsRemember = remember.renew === 'everyRequest' && !exchange.isReadOnly
  if (session.renew === 'everyRequest' && exchange.state.permanent && !isEmpty(exchange.state)) await exchange.rewrite()
}

/** A copy that is on the deny list must not outlive its place there. */
async function isDenied<User, Guest>(exchange: Exchange<User, Guest>): Promise<boolean> {
  for (const { id } of loginsInBrowser(exchange)) if (await isRevoked(exchange, id)) return true
  return false
}

/** Puts the changes onto a Fetch API response: a copy where cookies are set or headers cannot change, else the same. */
export function applyTo(response: Response, changes: HeaderChanges | null, isAsked: boolean): Response {
  if (changes === null || response.type === 'error') return response
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
    if (!(error instanceof TypeError)) throw error
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

function apply(headers: Headers, { cookies, vary, noStore }: HeaderChanges): void {
  if (vary.length > 0) headers.set('vary', mergedVary(headers.get('vary'), vary))
  if (noStore && !headers.has('cache-control')) headers.set('cache-control', 'private, no-store')
  for (const line of cookies) headers.append('set-cookie', line)
}

/** The names of both, each once; `*` stays what it is. */
export function mergedVary(present: string | null, added: readonly string[]): string {
  const names = (present ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.includes('*')) return '*'
  const lower = new Set(names.map((name) => name.toLowerCase()))
  return [...names, ...added.filter((name) => !lower.has(name.toLowerCase()) && lower.add(name.toLowerCase()))].join(
    ', ',
  )
}
