// Forged requests: a page elsewhere makes the browser send one of ours, cookies and all. Fetch metadata tells where it
// came from; a token proves that one of our pages was read. Requests that bring their own key need neither.

import { fromBase64url, toBase64url } from '../base/base64url'
import { computeHmac, equalBytes } from '../base/bytes'
import { UsageError } from '../base/errors'
import { toNetstrings } from '../base/netstring'
import type { Task } from '../base/task'
import { identify } from '../identify/identify'
import { openContent } from '../identify/session-content'
import { createId } from '../identify/user-claims'
import type { RequestContext } from '../request/context'
import type { CsrfReason } from '../request/events'
import { isUpgrade } from '../sessions/incoming-cookies'
import { getRoot } from '../state/session-id'
import { getPath, type RequestView } from '../wire/headers/request'
import type { Key } from '../wire/tokens/keyring'
import { isListed } from '../wire/urls/origin-list'
import type { Refused } from './authorize'
import { respondCsrfRefusal } from './refusal-response'
import { differsInScheme, isOwnOrigin } from './request-origin'

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE']
const TOKEN_BYTES = 16
/** The purpose of the keys that CSRF secrets are derived with. */
const PURPOSE = 'csrf'
/** The header in which a script sends the token. */
export const CSRF_HEADER = 'x-csrf-token'

/** Looks at an unsafe request before the handler does: null, or a refusal. Must run inside a transaction. */
export function* checkCsrfHeaders<User, Guest>(ctx: RequestContext<User, Guest>): Task<Refused | null> {
  const { method } = ctx.request
  const reason = yield* findCsrfReason(ctx)
  if (reason === null) {
    ctx.checkedMethod = method
    return null
  }
  yield* ctx.emit('csrfRejected', { reason })
  const context = { areaName: null, causes: ctx.services.handlers.causes }
  return { ok: false, reason: 'forged', respond: () => respondCsrfRefusal(ctx, context, reason) }
}

/** Repeats the check before `look` if a method override made a safe method unsafe. Must run inside a transaction. */
export function withCsrfCheck<User, Guest, Outcome>(
  ctx: RequestContext<User, Guest>,
  look: () => Task<Outcome>,
): Task<Outcome | Refused> {
  return hasBecomeUnsafe(ctx) ? checkThenRun(ctx, look) : look()
}

function* checkThenRun<User, Guest, Outcome>(
  ctx: RequestContext<User, Guest>,
  look: () => Task<Outcome>,
): Task<Outcome | Refused> {
  return (yield* checkCsrfHeaders(ctx)) ?? (yield* look())
}

/**
 * Runs an operation that changes something. It repeats the check first if a method override made a safe method unsafe, as
 * no guard may stand before the handler.
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
    `The CSRF check saw another method than ${ctx.request.method}, and refuses the request with this one. A method override runs after the login middleware: install it before the login middleware, which then refuses forged requests with 403.`,
  )
}

/** Whether the check saw a safe method, and the handler sees another: `methodOverride()` runs after the middleware. */
function hasBecomeUnsafe<User, Guest>({ checkedMethod, request }: RequestContext<User, Guest>): boolean {
  if (checkedMethod === null || checkedMethod === request.method) return false
  return SAFE_METHODS.includes(checkedMethod) && !SAFE_METHODS.includes(request.method)
}

function* findCsrfReason<User, Guest>(ctx: RequestContext<User, Guest>): Task<CsrfReason | null> {
  const { csrf } = ctx.services.settings
  const upgrade = isUpgrade(ctx.request)
  if (!upgrade && isExcepted(ctx)) return null
  if (csrf === false || (!upgrade && SAFE_METHODS.includes(ctx.request.method)) || bringsOwnKey(ctx)) return null
  const site = upgrade ? checkHandshakeOrigin(ctx) : checkFetchSite(ctx)
  return site !== null || csrf === 'origin' || upgrade ? site : yield* checkTokenHeader(ctx)
}

/** Whether the app named exactly this path. The option admits no path that two parsers can read as two paths. */
function isExcepted<User, Guest>({ request, services }: RequestContext<User, Guest>): boolean {
  const { csrfExcept } = services.settings
  return csrfExcept.length > 0 && request.url !== '' && csrfExcept.includes(getPath(request))
}

/** Nothing here is sent by a browser on its own: an API key or a bearer token, and no cookie of ours. */
function bringsOwnKey<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  const { session, remember } = ctx.incoming.raw
  if (session !== null || remember !== null || isBasic(ctx.request)) return false
  return ctx.services.settings.requestLoaders.some((loader) => loader.carries?.(ctx.request) === true)
}

/** HTTP Basic, which browsers send by themselves like a cookie. */
function isBasic({ headers }: RequestView): boolean {
  return /^basic\b/i.test(headers.get('authorization')?.trim() ?? '')
}

function checkFetchSite<User, Guest>(ctx: RequestContext<User, Guest>): CsrfReason | null {
  const site = ctx.request.headers.get('sec-fetch-site')
  if (site === null) return checkOrigin(ctx)
  if (site === 'same-origin' || site === 'none') return null
  return isTrusted(ctx, ctx.request.headers.get('origin')) ? null : 'cross-site'
}

/** No Origin at all: no browser. */
function checkOrigin<User, Guest>(ctx: RequestContext<User, Guest>): CsrfReason | null {
  const origin = ctx.request.headers.get('origin')
  if (origin === null) return null
  return isOwnOrigin(ctx, origin) || isTrusted(ctx, origin) ? null : 'origin'
}

/** Behind a proxy that ends TLS the schemes differ. A browser that compared the whole origins is believed about the scheme. */
function checkHandshakeOrigin<User, Guest>(ctx: RequestContext<User, Guest>): CsrfReason | null {
  const reason = checkOrigin(ctx)
  const isSame = ctx.request.headers.get('sec-fetch-site') === 'same-origin'
  const isPublic = ctx.services.settings.publicOrigin !== null
  return isSame && !isPublic && differsInScheme(ctx) ? null : reason
}

function isTrusted<User, Guest>({ services }: RequestContext<User, Guest>, origin: string | null): boolean {
  return origin !== null && isListed(origin, services.settings.origins)
}

/** The token may come in the form, which core does not read: then the handler has to show it before it changes anything. */
function* checkTokenHeader<User, Guest>(ctx: RequestContext<User, Guest>): Task<CsrfReason | null> {
  const token = ctx.request.headers.get(CSRF_HEADER)
  ctx.csrfUnchecked = token === null
  return token === null || (yield* isToken(ctx, token)) ? null : 'token'
}

/**
 * Returns a token for a form, masked differently each time, so that compression tells nothing of it (BREACH). Nothing is
 * stored for it: parallel responses give tokens of the same secret.
 */
export function* issueToken<User, Guest>(ctx: RequestContext<User, Guest>): Task<string> {
  yield* ctx.open()
  ctx.cacheTracker.markPersonal()
  if (ctx.state.login !== null || ctx.rememberedId !== null) yield* identify(ctx)
  const { random } = ctx.services.settings
  const binding = getBindings(ctx)[0] ?? createVisitor(ctx)
  const mask = random(TOKEN_BYTES)
  return (
    toBase64url(mask) + toBase64url(maskBytes(deriveSecret(ctx.services.keysFor(PURPOSE)[0] as Key, binding), mask))
  )
}

/** Whether the token is one of this browser. Must run inside a transaction. */
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
 * What the tokens of this browser are bound to: the login, also before it is restored from the remember cookie, else a
 * visitor cookie. A token from before the login is none after it.
 */
function getBindings<User, Guest>(ctx: RequestContext<User, Guest>): readonly string[] {
  const { login } = ctx.state
  const root = login === null ? ctx.rememberedId : getRoot(login.sessionId)
  if (root !== null) return [toNetstrings(['login', root])]
  return ctx.visitors.map(getVisitorBinding)
}

/** Each first response sets a cookie of its own name, so that none of them replaces that of another form. */
function createVisitor<User, Guest>(ctx: RequestContext<User, Guest>): string {
  ctx.assertOpen()
  const id = createId(ctx)
  ctx.addVisitor(id)
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

/** As {@link isToken}, for the handler: once it is true, the request may change things. */
export function* checkToken<User, Guest>(ctx: RequestContext<User, Guest>, token: unknown): Task<boolean> {
  const good = yield* isToken(ctx, token)
  if (good) ctx.csrfUnchecked = false
  else yield* ctx.emit('csrfRejected', { reason: 'token' })
  return good
}
