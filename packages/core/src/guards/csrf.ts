// CSRF protection. A page of another site can make the browser send a request with the cookies of this one. Fetch
// Metadata and `Origin` name the site of the page; a token proves that the page came from this app. A request with a
// credential that browsers do not send automatically, such as an API key, needs neither.

import { fromBase64url, toBase64url } from '../base/base64url'
import { computeHmac, equalBytes } from '../base/bytes'
import { UsageError } from '../base/errors'
import { toNetstrings } from '../base/netstring'
import type { Task } from '../base/task'
import { identify } from '../identify/identify'
import { openContent } from '../identify/session-content'
import { createId } from '../identify/user-claims'
import { addVisitor, getRememberedId, getVisitors } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import type { CsrfReason } from '../request/events'
import { isUpgrade } from '../sessions/incoming-cookies'
import { getRoot } from '../state/session-id'
import { getPath, type RequestView } from '../wire/headers/request'
import type { Key } from '../wire/tokens/keyring'
import { isListed } from '../wire/urls/origin-list'
import type { Refused } from './authorize'
import { reportForged } from './refusal-lines'
import { respondCsrfRefusal } from './refusal-response'
import { differsInScheme, isOwnOrigin } from './request-origin'

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE']
const TOKEN_BYTES = 16
/** The purpose of the keys from which CSRF secrets are derived. */
const PURPOSE = 'csrf'
/** The header in which a script sends the token. */
export const CSRF_HEADER = 'x-csrf-token'

/**
 * Checks the headers of an unsafe request before the handler runs. Returns the refusal, or null. Must run inside a
 * transaction.
 */
export function* checkCsrfHeaders<User, Guest>(ctx: RequestContext<User, Guest>): Task<Refused | null> {
  const { method } = ctx.request
  const reason = yield* findCsrfReason(ctx)
  if (reason === null) {
    ctx.checkedMethod = method
    return null
  }
  reportForged(ctx, reason, reason === 'token')
  yield* ctx.emit('csrfRejected', { reason })
  const context = { areaName: null, causes: ctx.services.handlers.causes }
  return { ok: false, reason: 'forged', respond: () => respondCsrfRefusal(ctx, context, reason) }
}

/**
 * Repeats the check before `operation` if a method override made a safe method unsafe. Must run inside a transaction.
 */
export function withCsrfCheck<User, Guest, Outcome>(
  ctx: RequestContext<User, Guest>,
  operation: () => Task<Outcome>,
): Task<Outcome | Refused> {
  return hasBecomeUnsafe(ctx) ? checkThenRun(ctx, operation) : operation()
}

function* checkThenRun<User, Guest, Outcome>(
  ctx: RequestContext<User, Guest>,
  operation: () => Task<Outcome>,
): Task<Outcome | Refused> {
  return (yield* checkCsrfHeaders(ctx)) ?? (yield* operation())
}

/**
 * Runs an operation that changes something. It repeats the check first if a method override made a safe method unsafe,
 * because the handler may not have a guard.
 *
 * @throws UsageError `csrf-unchecked` if the check refuses the request.
 */
export function runChange<User, Guest, T>(ctx: RequestContext<User, Guest>, operation: () => Task<T>): T | Promise<T> {
  return ctx.runTransaction(() => (hasBecomeUnsafe(ctx) ? checkThenChange(ctx, operation) : operation()))
}

function* checkThenChange<User, Guest, T>(ctx: RequestContext<User, Guest>, operation: () => Task<T>): Task<T> {
  if ((yield* checkCsrfHeaders(ctx)) === null) return yield* operation()
  throw new UsageError(
    'csrf-unchecked',
    `The CSRF check passed the method ${ctx.checkedMethod}, then a method override changed it to ${ctx.request.method}, which the check refuses. Install the method override before the login middleware, which then refuses forged requests with 403.`,
  )
}

/** Returns whether a method override changed a safe method to an unsafe one after the check. */
function hasBecomeUnsafe<User, Guest>({ checkedMethod, request }: RequestContext<User, Guest>): boolean {
  if (checkedMethod === null || checkedMethod === request.method) return false
  return SAFE_METHODS.includes(checkedMethod) && !SAFE_METHODS.includes(request.method)
}

function* findCsrfReason<User, Guest>(ctx: RequestContext<User, Guest>): Task<CsrfReason | null> {
  const { csrf } = ctx.services.settings
  const upgrade = isUpgrade(ctx.request)
  if (!upgrade && isExcepted(ctx)) return null
  if (csrf === false || (!upgrade && SAFE_METHODS.includes(ctx.request.method)) || hasOwnCredential(ctx)) return null
  const site = upgrade ? checkHandshakeOrigin(ctx) : checkFetchSite(ctx)
  return site !== null || csrf === 'origin' || upgrade ? site : yield* checkTokenHeader(ctx)
}

/**
 * Returns whether the option `csrf.except` names this path. Validation rejects a path that parsers read differently.
 */
function isExcepted<User, Guest>({ request, services }: RequestContext<User, Guest>): boolean {
  const { csrfExcept } = services.settings
  return csrfExcept.length > 0 && request.url !== '' && csrfExcept.includes(getPath(request))
}

/**
 * Returns whether the request has a credential that browsers do not send automatically, and no cookie of the library.
 */
function hasOwnCredential<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  const { session, remember } = ctx.incoming.raw
  if (session !== null || remember !== null || isBasic(ctx.request)) return false
  return ctx.services.settings.requestLoaders.some((loader) => loader.carries?.(ctx.request) === true)
}

/** Returns whether the request uses HTTP Basic, which browsers send automatically, like a cookie. */
function isBasic({ headers }: RequestView): boolean {
  return /^basic\b/i.test(headers.get('authorization')?.trim() ?? '')
}

function checkFetchSite<User, Guest>(ctx: RequestContext<User, Guest>): CsrfReason | null {
  const site = ctx.request.headers.get('sec-fetch-site')
  if (site === null) return checkOrigin(ctx)
  if (site === 'same-origin' || site === 'none') return null
  return isTrusted(ctx, ctx.request.headers.get('origin')) ? null : 'cross-site'
}

/** Compares the `Origin` header. A request without one was not sent by a browser. */
function checkOrigin<User, Guest>(ctx: RequestContext<User, Guest>): CsrfReason | null {
  const origin = ctx.request.headers.get('origin')
  if (origin === null) return null
  return isOwnOrigin(ctx, origin) || isTrusted(ctx, origin) ? null : 'origin'
}

/**
 * Compares the `Origin` header of a WebSocket handshake. Behind a proxy that terminates TLS, `Sec-Fetch-Site` decides
 * on the scheme.
 */
function checkHandshakeOrigin<User, Guest>(ctx: RequestContext<User, Guest>): CsrfReason | null {
  const reason = checkOrigin(ctx)
  const isSame = ctx.request.headers.get('sec-fetch-site') === 'same-origin'
  const isPublic = ctx.services.settings.publicOrigin !== null
  return isSame && !isPublic && differsInScheme(ctx) ? null : reason
}

function isTrusted<User, Guest>({ services }: RequestContext<User, Guest>, origin: string | null): boolean {
  return origin !== null && isListed(origin, services.settings.origins)
}

/**
 * Checks the token in the header. A token in the form, which core does not read, is checked by `checkCsrf()` in the
 * handler.
 */
function* checkTokenHeader<User, Guest>(ctx: RequestContext<User, Guest>): Task<CsrfReason | null> {
  const token = ctx.request.headers.get(CSRF_HEADER)
  ctx.csrfUnchecked = token === null
  return token === null || (yield* isToken(ctx, token)) ? null : 'token'
}

/**
 * Returns a token for a form. It is masked differently each time, so that the compressed size of the page does not
 * reveal it (BREACH). Nothing is stored: the tokens of concurrent responses have the same secret.
 */
export function* issueToken<User, Guest>(ctx: RequestContext<User, Guest>): Task<string> {
  yield* ctx.open()
  ctx.cacheTracker.markPersonal()
  if (ctx.state.login !== null || getRememberedId(ctx) !== null) yield* identify(ctx)
  const { random } = ctx.services.settings
  const binding = getBindings(ctx)[0] ?? createVisitor(ctx)
  const mask = random(TOKEN_BYTES)
  return (
    toBase64url(mask) + toBase64url(maskBytes(deriveSecret(ctx.services.keysFor(PURPOSE)[0] as Key, binding), mask))
  )
}

/** Returns whether the token was issued to this browser. Must run inside a transaction. */
export function* isToken<User, Guest>(ctx: RequestContext<User, Guest>, token: unknown): Task<boolean> {
  yield* openContent(ctx)
  const secret = unmaskToken(token)
  if (secret === null) return false
  const bindings = getBindings(ctx)
  const keys = ctx.services.keysFor(PURPOSE)
  return bindings.some((binding) => keys.some((key) => equalBytes(secret, deriveSecret(key, binding))))
}

function unmaskToken(token: unknown): Uint8Array | null {
  const length = toBase64url(new Uint8Array(TOKEN_BYTES)).length
  if (typeof token !== 'string' || token.length !== length * 2) return null
  const [mask, rest] = [fromBase64url(token.slice(0, length)), fromBase64url(token.slice(length))]
  return mask === null || rest === null ? null : maskBytes(rest, mask)
}

/**
 * Returns the value to which the tokens of this browser are bound: the login, or else the visitor cookies. A login in a
 * remember cookie counts before it is restored. So a login invalidates the tokens from before it.
 */
function getBindings<User, Guest>(ctx: RequestContext<User, Guest>): readonly string[] {
  const { login } = ctx.state
  const root = login === null ? getRememberedId(ctx) : getRoot(login.sessionId)
  if (root !== null) return [toNetstrings(['login', root])]
  return getVisitors(ctx).map(getVisitorBinding)
}

/**
 * Creates a visitor. Each has a cookie with its own name, so that concurrent first responses do not replace each
 * other's.
 */
function createVisitor<User, Guest>(ctx: RequestContext<User, Guest>): string {
  ctx.assertOpen()
  const id = createId(ctx)
  addVisitor(ctx, id)
  return getVisitorBinding(id)
}

function getVisitorBinding(id: string): string {
  return toNetstrings(['visitor', id])
}

function deriveSecret(key: Key, binding: string): Uint8Array {
  return (fromBase64url(computeHmac(key.bytes, binding)) as Uint8Array).slice(0, TOKEN_BYTES)
}

function maskBytes(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[index] as number))
}

/** Checks a token for the handler of the app. If the token is valid, the request may change the login. */
export function* checkToken<User, Guest>(ctx: RequestContext<User, Guest>, token: unknown): Task<boolean> {
  const isValid = yield* isToken(ctx, token)
  if (isValid) {
    ctx.csrfUnchecked = false
    return true
  }
  reportForged(ctx, 'token', token)
  yield* ctx.emit('csrfRejected', { reason: 'token' })
  return false
}
