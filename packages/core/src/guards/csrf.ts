// Forged requests: a page elsewhere makes the browser send one of ours, cookies and all. Fetch metadata tells where it
// came from; a token proves that one of our pages was read. Requests that bring their own key need neither.

import { base64url, fromBase64url } from '../base/base64url'
import { equalBytes, hmac } from '../base/bytes'
import { netstrings } from '../base/netstring'
import type { Steps } from '../base/task'
import { identify } from '../identify/identify'
import { openContent } from '../identify/session-content'
import { newId } from '../identify/user-claims'
import type { Exchange } from '../request/context'
import type { CsrfReason } from '../request/events'
import { isUpgrade } from '../sessions/incoming-cookies'
import { rootOf } from '../state/session-id'
import { type RequestView, requestPath } from '../wire/headers/request'
import type { Key } from '../wire/tokens/keyring'
import { isListed } from '../wire/urls/origin-list'
import type { Refused } from './authorize'
import { forged } from './refusal-response'
import { differsInScheme, isOwnOrigin } from './request-origin'

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE']
const TOKEN_BYTES = 16
/** The purpose of the keys that CSRF secrets are derived with. */
const PURPOSE = 'csrf'
/** The header in which a script sends the token. */
export const CSRF_HEADER = 'x-csrf-token'

/** Looks at an unsafe request before the handler does: null, or a refusal. Must run inside a transaction. */
export function* forgeryOf<User, Guest>(exchange: Exchange<User, Guest>): Steps<Refused | null> {
  exchange.checkedMethod = exchange.request.method
  const reason = yield* suspicion(exchange)
  if (reason === null) return null
  yield* exchange.emit('csrfRejected', { reason })
  const context = { areaName: null, within: exchange.runtime.handlers.causes }
  return { ok: false, reason: 'forged', respond: () => forged(exchange, context, reason) }
}

/** Repeats the check before `look` if a method override made a safe method unsafe. Must run inside a transaction. */
export function checkedAgain<User, Guest, Outcome>(
  exchange: Exchange<User, Guest>,
  look: () => Steps<Outcome>,
): Steps<Outcome | Refused> {
  return becameUnsafe(exchange) ? refusedOr(exchange, look) : look()
}

function* refusedOr<User, Guest, Outcome>(
  exchange: Exchange<User, Guest>,
  look: () => Steps<Outcome>,
): Steps<Outcome | Refused> {
  return (yield* forgeryOf(exchange)) ?? (yield* look())
}

/** Whether the check saw a safe method, and the handler sees another: `methodOverride()` runs after the middleware. */
function becameUnsafe<User, Guest>({ checkedMethod, request }: Exchange<User, Guest>): boolean {
  if (checkedMethod === null || checkedMethod === request.method) return false
  return SAFE_METHODS.includes(checkedMethod) && !SAFE_METHODS.includes(request.method)
}

function* suspicion<User, Guest>(exchange: Exchange<User, Guest>): Steps<CsrfReason | null> {
  const { csrf } = exchange.runtime.settings
  const upgrade = isUpgrade(exchange.request)
  if (!upgrade && isExcepted(exchange)) return null
  if (csrf === false || (!upgrade && SAFE_METHODS.includes(exchange.request.method)) || bringsOwnKey(exchange))
    return null
  const site = upgrade ? foreignHandshake(exchange) : foreignSite(exchange)
  return site !== null || csrf === 'origin' || upgrade ? site : yield* wrongToken(exchange)
}

/** Whether the app named exactly this path. The option admits no path that two parsers can read as two paths. */
function isExcepted<User, Guest>({ request, runtime }: Exchange<User, Guest>): boolean {
  const { csrfExcept } = runtime.settings
  return csrfExcept.length > 0 && request.url !== '' && csrfExcept.includes(requestPath(request))
}

/** Nothing here is sent by a browser on its own: an API key or a bearer token, and no cookie of ours. */
function bringsOwnKey<User, Guest>(exchange: Exchange<User, Guest>): boolean {
  const { session, remember } = exchange.incoming
  if (session !== null || remember !== null || isBasic(exchange.request)) return false
  return exchange.runtime.settings.requestLoaders.some((loader) => loader.carries?.(exchange.request) === true)
}

/** HTTP Basic, which browsers send by themselves like a cookie. */
function isBasic({ headers }: RequestView): boolean {
  return /^basic\b/i.test(headers.get('authorization')?.trim() ?? '')
}

function foreignSite<User, Guest>(exchange: Exchange<User, Guest>): CsrfReason | null {
  const site = exchange.request.headers.get('sec-fetch-site')
  if (site === null) return foreignOrigin(exchange)
  if (site === 'same-origin' || site === 'none') return null
  return isTrusted(exchange, exchange.request.headers.get('origin')) ? null : 'cross-site'
}

/** No Origin at all: no browser. */
function foreignOrigin<User, Guest>(exchange: Exchange<User, Guest>): CsrfReason | null {
  const origin = exchange.request.headers.get('origin')
  if (origin === null) return null
  return isOwnOrigin(exchange, origin) || isTrusted(exchange, origin) ? null : 'origin'
}

/** Behind a proxy that ends TLS the schemes differ. A browser that compared the whole origins is believed about the scheme. */
function foreignHandshake<User, Guest>(exchange: Exchange<User, Guest>): CsrfReason | null {
  const reason = foreignOrigin(exchange)
  const isSame = exchange.request.headers.get('sec-fetch-site') === 'same-origin'
  const isPublic = exchange.runtime.settings.publicOrigin !== null
  return isSame && !isPublic && differsInScheme(exchange) ? null : reason
}

function isTrusted<User, Guest>({ runtime }: Exchange<User, Guest>, origin: string | null): boolean {
  return origin !== null && isListed(origin, runtime.settings.origins)
}

/** The token may come in the form, which core does not read: then the handler has to show it before it changes anything. */
function* wrongToken<User, Guest>(exchange: Exchange<User, Guest>): Steps<CsrfReason | null> {
  const token = exchange.request.headers.get(CSRF_HEADER)
  exchange.csrfUnchecked = token === null
  return token === null || (yield* isToken(exchange, token)) ? null : 'token'
}

/**
 * Returns a token for a form, masked differently each time, so that compression tells nothing of it (BREACH). Nothing is
 * stored for it: parallel responses give tokens of the same secret.
 */
export function* issueToken<User, Guest>(exchange: Exchange<User, Guest>): Steps<string> {
  yield* exchange.open()
  exchange.markPersonal()
  if (exchange.state.login !== null || exchange.rememberedId !== null) yield* identify(exchange)
  const { random } = exchange.runtime.settings
  const binding = bindingsOf(exchange)[0] ?? newVisitor(exchange)
  const mask = random(TOKEN_BYTES)
  return base64url(mask) + base64url(masked(secretOf(exchange.runtime.keysFor(PURPOSE)[0] as Key, binding), mask))
}

/** Whether the token is one of this browser. Must run inside a transaction. */
export function* isToken<User, Guest>(exchange: Exchange<User, Guest>, token: unknown): Steps<boolean> {
  yield* openContent(exchange)
  const secret = unmasked(token)
  if (secret === null) return false
  const bindings = bindingsOf(exchange)
  const keys = exchange.runtime.keysFor(PURPOSE)
  return bindings.some((binding) => keys.some((key) => equalBytes(secret, secretOf(key, binding))))
}

function unmasked(token: unknown): Uint8Array | null {
  const length = base64url(new Uint8Array(TOKEN_BYTES)).length
  if (typeof token !== 'string' || token.length !== length * 2) return null
  const [mask, rest] = [fromBase64url(token.slice(0, length)), fromBase64url(token.slice(length))]
  return mask === null || rest === null ? null : masked(rest, mask)
}

/**
 * What the tokens of this browser are bound to: the login, also before it is restored from the remember cookie, else a
 * visitor cookie. A token from before the login is none after it.
 */
function bindingsOf<User, Guest>(exchange: Exchange<User, Guest>): readonly string[] {
  const { login } = exchange.state
  const root = login === null ? exchange.rememberedId : rootOf(login.sessionId)
  if (root !== null) return [netstrings(['login', root])]
  return exchange.visitors.map(visitorBinding)
}

/** Each first response sets a cookie of its own name, so that none of them replaces that of another form. */
function newVisitor<User, Guest>(exchange: Exchange<User, Guest>): string {
  exchange.assertOpen()
  const id = newId(exchange)
  exchange.addVisitor(id)
  return visitorBinding(id)
}

function visitorBinding(id: string): string {
  return netstrings(['visitor', id])
}

function secretOf(key: Key, binding: string): Uint8Array {
  return (fromBase64url(hmac(key.bytes, binding)) as Uint8Array).slice(0, TOKEN_BYTES)
}

function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[index] as number))
}

/** As {@link isToken}, for the handler: once it is true, the request may change things. */
export function* checkToken<User, Guest>(exchange: Exchange<User, Guest>, token: unknown): Steps<boolean> {
  const good = yield* isToken(exchange, token)
  if (good) exchange.csrfUnchecked = false
  else yield* exchange.emit('csrfRejected', { reason: 'token' })
  return good
}
