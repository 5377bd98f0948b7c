// Applies session protection: compares the client of the request with the client of the login. The verdict is kept, even
// if the operation fails later.

import { done, type Task } from '../base/task'
import { clearRemember, getNewFlashes } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import { ANONYMOUS } from '../request/transaction'
import type { OpenedSession, VerifiedClaims } from '../sessions/codec'
import { getVerdict, type Verdict } from '../state/protection'
import type { Login, SessionState } from '../state/session'
import { emptied, recognized, staled } from '../state/transitions'
import { findFingerprintKey } from '../wire/headers/client'
import { createClientClaim } from './user-claims'

/** Applies session protection. Returns false if it ended the login. */
export function passesProtection<User, Guest>(
  ctx: RequestContext<User, Guest>,
  opened: OpenedSession | null,
): Task<boolean> {
  const { login } = ctx.state
  const verdict = login === null ? 'same' : getLoginVerdict(ctx, opened)
  if (login !== null && verdict !== 'same') return applyVerdict(ctx, login, verdict)
  return login?.suspect === undefined ? PASSED : recognize(ctx)
}

const PASSED: Task<boolean> = done(true)

function* applyVerdict<User, Guest>(
  ctx: RequestContext<User, Guest>,
  login: Login,
  verdict: 'stale' | 'dropped',
): Task<boolean> {
  const next = verdict === 'stale' ? markStale(ctx) : emptied(getNewFlashes(ctx))
  if (next === ctx.state) return true
  yield* ctx.emit('sessionProtected', { userId: login.userId, verdict })
  yield* ctx.write(next, 'pipeline')
  if (verdict === 'dropped') dropLogin(ctx, login)
  ctx.savepoint()
  return verdict === 'stale'
}

function markStale<User, Guest>(ctx: RequestContext<User, Guest>): SessionState {
  return staled(ctx.state, createClientClaim(ctx) ?? '')
}

function* recognize<User, Guest>(ctx: RequestContext<User, Guest>): Task<boolean> {
  yield* ctx.write(recognized(ctx.state), 'pipeline')
  return true
}

/** Returns whether session protection would change the login. A login that is stale already is not changed again. */
export function isProtectionDue<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession): boolean {
  const verdict = getLoginVerdict(ctx, opened)
  return verdict === 'dropped' || (verdict === 'stale' && markStale(ctx) !== ctx.state)
}

/** Returns whether strong session protection would end the login. */
export function isDropped<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession): boolean {
  return getLoginVerdict(ctx, opened) === 'dropped'
}

function getLoginVerdict<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession | null): Verdict {
  const { sessionProtection } = ctx.services.settings
  return getVerdict(sessionProtection, ctx.state, (client) => isSameClient(ctx, opened, client))
}

function dropLogin<User, Guest>(ctx: RequestContext<User, Guest>, login: Login): void {
  ctx.droppedLogin = login
  ctx.reasons.note('protected')
  clearRemember(ctx, 'pipeline')
  ctx.identify(ANONYMOUS)
}

/** Returns whether a claim names the client of the request. The result is cached for the claim of the cookie only. */
export function isSameClient<User, Guest>(
  ctx: RequestContext<User, Guest>,
  opened: OpenedSession | null,
  claim: string,
): boolean {
  const text = ctx.client
  const proven: VerifiedClaims = opened?.state.login?.client === claim ? opened.proven : {}
  if (proven.client === text) return true
  const key = findFingerprintKey(ctx.services.clientKeys, text, claim)
  if (key >= 0) Object.assign(proven, { client: text, old: proven.old || key > 0 })
  return key >= 0
}
