// Identifies the user of a request, as Flask-Login does: session protection, the session, the remember cookie, the request
// loaders, else anonymous. It runs once per request, when the app reads the user.

import { DONE, type Task, wait } from '../base/task'
import type { LoaderNote, RequestLoader } from '../options/types'
import { getNewFlashes } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import { ANONYMOUS, type Identity } from '../request/transaction'
import type { OpenedSession } from '../sessions/codec'
import type { AnonymousReason } from '../sessions/read-result'
import type { Login } from '../state/session'
import { emptied, rekeyed } from '../state/transitions'
import { isDuplicated } from '../wire/headers/authorization'
import { copyView, type RequestView } from '../wire/headers/request'
import { isFound } from './found-user'
import { passesProtection } from './protection'
import { resignRemember } from './remember'
import { identifyByRemember } from './restore'
import {
  createClientClaim,
  createStampClaim,
  findStampKey,
  getStampText,
  identifyInactive,
  isActive,
  isRevoked,
} from './user-claims'

type Found<User> = Identity<User> | null

/** Loads the user, once. Must run inside a transaction. */
export function* identify<User, Guest>(ctx: RequestContext<User, Guest>): Task<Identity<User>> {
  ctx.cacheTracker.applyPaused()
  if (ctx.identity !== null) {
    if (ctx.owesRenewal && !ctx.isPassive) yield* renewNow(ctx)
    return ctx.identity
  }
  ctx.isIdentifying = true
  try {
    const identity = yield* load(ctx)
    ctx.identify(identity)
    return identity
  } finally {
    ctx.isIdentifying = false
  }
}

/**
 * Loads the user as {@link identify} does, but does not renew the session. A page that shows how long the login is
 * valid uses it.
 */
export function* identifyPassively<User, Guest>(ctx: RequestContext<User, Guest>): Task<Identity<User>> {
  ctx.isPassive = true
  try {
    return yield* identify(ctx)
  } finally {
    ctx.isPassive = false
  }
}

function* renewNow<User, Guest>(ctx: RequestContext<User, Guest>): Task<void> {
  ctx.owesRenewal = false
  yield* ctx.rewriteSession()
}

function* load<User, Guest>(ctx: RequestContext<User, Guest>): Task<Identity<User>> {
  yield* ctx.emit('userAccessed', {})
  const opened = yield* ctx.open()
  if (!(yield* passesProtection(ctx, opened))) return ANONYMOUS
  return (
    (yield* identifyBySession(ctx, opened)) ??
    (yield* identifyByRemember(ctx)) ??
    (yield* identifyByRequest(ctx)) ??
    identifyAnonymous(ctx)
  )
}

function identifyAnonymous<User, Guest>(ctx: RequestContext<User, Guest>): Identity<never> {
  ctx.reasons.note(ctx.incoming.raw.session === null ? 'no-cookie' : 'no-login')
  return ANONYMOUS
}

// ── the user of the session ──────────────────────────────────────────────────

function* identifyBySession<User, Guest>(
  ctx: RequestContext<User, Guest>,
  opened: OpenedSession | null,
): Task<Found<User>> {
  const { login } = ctx.state
  const { loadUser } = ctx.services.settings
  if (login === null && opened !== null) yield* prolongSession(ctx, opened)
  if (login === null || opened === null || loadUser === null) return null
  const found = yield* loadUserOf(ctx, opened, login)
  if (typeof found === 'string') return yield* purgeSession(ctx, found)
  const { user } = found
  const active = yield* isActive(ctx, user)
  if (!active && !login.forced) return identifyInactive(ctx, user)
  ctx.isLoginVerified = true
  yield* renew(ctx, opened, login)
  return { user, source: 'session', isActive: active }
}

/** Loads the user of a login. Returns a reason if the login has ended: by the deny list, a missing user, or a new stamp. */
export function* loadUserOf<User, Guest>(
  ctx: RequestContext<User, Guest>,
  opened: OpenedSession,
  login: Login,
): Task<{ readonly user: User } | 'revoked' | 'unknown-user'> {
  const { loadUser } = ctx.services.settings
  if (loadUser === null) return 'unknown-user'
  if (yield* isRevoked(ctx, login.sessionId)) return 'revoked'
  const user = yield* wait(ctx.callOut(() => loadUser(login.userId, ctx.request)))
  if (!isFound(user)) return 'unknown-user'
  return (yield* isStampVerified(ctx, opened, login, user)) ? { user } : 'revoked'
}

/** Ends a login and removes the whole content of its session. */
function* purgeSession<User, Guest>(ctx: RequestContext<User, Guest>, reason: AnonymousReason): Task<null> {
  ctx.reasons.note(reason)
  yield* ctx.write(emptied(getNewFlashes(ctx)), 'pipeline')
  yield* ctx.emit('sessionRejected', { reason })
  ctx.savepoint()
  return null
}

function* isStampVerified<User, Guest>(
  ctx: RequestContext<User, Guest>,
  opened: OpenedSession,
  login: Login,
  user: User,
): Task<boolean> {
  const text = yield* getStampText(ctx, login.userId, user)
  if (text !== null && opened.proven.stamp === text) return true
  const key = findStampKey(ctx.services.stampKeys, text, login.stamp)
  if (key >= 0 && text !== null) Object.assign(opened.proven, { stamp: text, old: opened.proven.old || key > 0 })
  return key >= 0
}

/** Re-signs claims that a previous secret signed, and renews the session if it is due. */
function renew<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession, login: Login): Task<void> {
  if (opened.old || opened.proven.old) resignRemember(ctx, opened.proven.stamp ?? null)
  return opened.proven.old ? rekeySession(ctx, opened, login) : prolongSession(ctx, opened)
}

/** Renews a session if it is due, also a session without a login, such as a cart. */
function prolongSession<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession): Task<void> {
  const { sessions, now } = ctx.services
  if (!sessions.isDue(opened, now())) return DONE
  if (ctx.isActivity) return ctx.rewriteSession()
  ctx.owesRenewal = ctx.isPassive
  return DONE
}

/** Signs the claims with the current secret. A claim of another client stays as it is, and so does not match later. */
function* rekeySession<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { proven }: OpenedSession,
  login: Login,
): Task<void> {
  const client = proven.client === ctx.client ? createClientClaim(ctx) : login.client
  const stamp = proven.stamp === undefined ? login.stamp : createStampClaim(ctx, proven.stamp)
  yield* ctx.write(rekeyed(ctx.state, client, stamp), 'pipeline')
}

// ── the credential of the request ────────────────────────────────────────────

function* identifyByRequest<User, Guest>(ctx: RequestContext<User, Guest>): Task<Found<User>> {
  const { requestLoaders } = ctx.services.settings
  if (requestLoaders.length === 0) return null
  for (const loader of requestLoaders) {
    const found = yield* loadBy(ctx, loader)
    if (found !== null) return found
  }
  return null
}

function* loadBy<User, Guest>(ctx: RequestContext<User, Guest>, loader: RequestLoader<User>): Task<Found<User>> {
  const note = (reason: LoaderNote): void => ctx.reasons.reject(loader, reason)
  const user = yield* wait(ctx.callOut(() => loader.load(watchRequest(ctx, note), note)))
  if (!isFound(user)) return null
  if (!(yield* isActive(ctx, user))) return identifyInactive(ctx, user)
  const identity = { user, source: 'request', isActive: true } as const
  ctx.identify(identity)
  yield* ctx.emit('userLoadedFromRequest', { user })
  return identity
}

/**
 * Returns a view of the request that records which headers are read, for `Vary`. A duplicated `Authorization` header is
 * read as null.
 */
function watchRequest<User, Guest>(ctx: RequestContext<User, Guest>, note: (reason: LoaderNote) => void): RequestView {
  const { request } = ctx
  const get = (name: string): string | null => {
    const lowered = name.toLowerCase()
    ctx.cacheTracker.markHeader(lowered)
    const value = request.headers.get(name)
    if (lowered !== 'authorization' || value === null || !isDuplicated(request, lowered, value)) return value
    note('ambiguous-header')
    return null
  }
  const countLines = (name: string): number | null => request.headers.countLines?.(name) ?? null
  const isAmbiguous = (name: string): boolean => request.headers.isAmbiguous?.(name) === true
  return copyView(request, { headers: { get, countLines, isAmbiguous } })
}
