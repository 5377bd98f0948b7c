// Restores a login from the remember cookie. The restored login is stale. A cookie that can never be valid again is cleared.

import { toNetstrings } from '../base/netstring'
import { type Task, wait } from '../base/task'
import { clearRemember, setRemember } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import type { Identity } from '../request/transaction'
import type { AnonymousReason } from '../sessions/read-result'
import type { OpenedRemember } from '../sessions/remember-cookies'
import type { RememberToken } from '../state/remember'
import type { Login } from '../state/session'
import { createSessionId } from '../state/session-id'
import { loggedIn, madePermanent } from '../state/transitions'
import { createFingerprint } from '../wire/headers/client'
import type { Key } from '../wire/tokens/keyring'
import { isFound } from './found-user'
import {
  createClientClaim,
  createId,
  createStampClaim,
  findStampKey,
  getStampText,
  identifyInactive,
  isActive,
  isRevoked,
} from './user-claims'

/** Restores the login of the remember cookie. Returns null if there is none. */
export function* identifyByRemember<User, Guest>(ctx: RequestContext<User, Guest>): Task<Identity<User> | null> {
  const read = ctx.incoming.remember
  const { loadUser } = ctx.services.settings
  if (read === null || loadUser === null) return null
  if (!read.ok) return yield* refuseRemember(ctx, read.reason)
  const { token, old } = read.value
  if (yield* isRevoked(ctx, token.tokenId)) return yield* refuseRemember(ctx, 'revoked')
  const user = yield* wait(ctx.callOut(() => loadUser(token.userId, ctx.request)))
  if (!isFound(user)) return yield* refuseRemember(ctx, 'unknown-user')
  const text = yield* getStampText(ctx, token.userId, user)
  if (findStampKey(ctx.services.stampKeys, text, token.stamp) < 0) return yield* refuseRemember(ctx, 'revoked')
  if (!(yield* isActive(ctx, user))) return identifyInactive(ctx, user)
  const current = { ...token, stamp: createStampClaim(ctx, text) }
  if (old) setRemember(ctx, current, 'pipeline')
  const sessionId = yield* deriveRestoredId(ctx, read.value)
  return yield* restore(ctx, current, sessionId, user)
}

/**
 * Rejects a cookie. It is cleared only if it can never be valid again, because another instance may have its secret.
 */
function* refuseRemember<User, Guest>(ctx: RequestContext<User, Guest>, reason: AnonymousReason): Task<null> {
  ctx.reasons.note(reason)
  if (isOver(reason)) clearRemember(ctx, 'pipeline')
  yield* ctx.emit('rememberRejected', { reason })
  ctx.savepoint()
  return null
}

/** Returns whether a cookie that is rejected for this reason can never be valid again. */
export function isOver(reason: AnonymousReason): boolean {
  return ['expired', 'unknown-user', 'revoked', 'logged-out'].includes(reason)
}

/** The time in seconds within which restores from one token return the same session ID. */
const WINDOW_SECONDS = 300

/**
 * Returns the ID of the restored session. Requests that restore from one token at the same time get the same one, at
 * each instance that has the token's key. Later restores get another ID. An ID on the deny list is not used again.
 */
function* deriveRestoredId<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { token, keyIndex }: OpenedRemember,
): Task<string> {
  const { services } = ctx
  const window = Math.floor((services.now() - token.issuedAt) / WINDOW_SECONDS)
  const text = toNetstrings([token.tokenId, String(token.issuedAt), String(window)])
  const sessionId = createSessionId(
    token.tokenId,
    createFingerprint(services.keysFor('restore')[keyIndex] as Key, text),
  )
  return (yield* isRevoked(ctx, sessionId)) ? createSessionId(token.tokenId, createId(ctx)) : sessionId
}

function* restore<User, Guest>(
  ctx: RequestContext<User, Guest>,
  token: RememberToken,
  sessionId: string,
  user: User,
): Task<Identity<User>> {
  const login: Login = {
    userId: token.userId,
    sessionId,
    authTime: token.authTime,
    since: ctx.services.now(),
    fresh: false,
    methods: [],
    level: 0,
    forced: false,
    client: createClientClaim(ctx),
    stamp: token.stamp,
  }
  const state = loggedIn(ctx.state, login, ctx.services.settings.keepAnonymousData)
  // An attacker may have planted the anonymous session, so it must not determine the lifetime of the login.
  yield* ctx.write(madePermanent(state, ctx.requestedPermanent ?? false), 'pipeline')
  const identity = { user, source: 'remember', isActive: true } as const
  ctx.identify(identity)
  yield* ctx.emit('userLoadedFromCookie', { user })
  return identity
}
