// Session protection at work: is the client the one that the login was given to? What follows of the answer stands,
// whatever fails after it.
import { done, type Task } from '../base/task'
import type { RequestContext } from '../request/context'
import { ANONYMOUS } from '../request/transaction'
import type { OpenedSession, VerifiedClaims } from '../sessions/codec'
import { getVerdict, type Verdict } from '../state/protection'
import type { Login, SessionState } from '../state/session'
import { emptied, recognized, staled } from '../state/transitions'
import { findFingerprintKey } from '../wire/headers/client'
import { createClientClaim } from './user-claims'

/** Whether the pipeline may go on; false where the login was dropped. */
export function passesProtection<User, Guest>(
  ctx: RequestContext<User, Guest>,
  opened: OpenedSession | null,
): Task<boolean> {
  const { login } = ctx.state
  const judged = login === null ? 'same' : judgeLogin(ctx, opened)
  if (login !== null && judged !== 'same') return applyVerdict(ctx, login, judged)
  return login?.suspect === undefined ? PASSED : recognize(ctx)
}

const PASSED: Task<boolean> = done(true)

function* applyVerdict<User, Guest>(
  ctx: RequestContext<User, Guest>,
  login: Login,
  judged: 'stale' | 'dropped',
): Task<boolean> {
  const next = judged === 'stale' ? markStale(ctx) : emptied(ctx.newFlashes)
  if (next === ctx.state) return true
  yield* ctx.emit('sessionProtected', { userId: login.userId, verdict: judged })
  yield* ctx.write(next, 'pipeline')
  if (judged === 'dropped') dropLogin(ctx, login)
  ctx.savepoint()
  return judged === 'stale'
}

function markStale<User, Guest>(ctx: RequestContext<User, Guest>): SessionState {
  return staled(ctx.state, createClientClaim(ctx) ?? '')
}

function* recognize<User, Guest>(ctx: RequestContext<User, Guest>): Task<boolean> {
  yield* ctx.write(recognized(ctx.state), 'pipeline')
  return true
}

/** Whether protection would change the login: what is stale already is not marked again. */
export function isProtectionDue<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession): boolean {
  const judged = judgeLogin(ctx, opened)
  return judged === 'dropped' || (judged === 'stale' && markStale(ctx) !== ctx.state)
}

/** Whether strong protection would end the login. */
export function isDropped<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession): boolean {
  return judgeLogin(ctx, opened) === 'dropped'
}

function judgeLogin<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession | null): Verdict {
  const { sessionProtection } = ctx.services.settings
  return getVerdict(sessionProtection, ctx.state, (client) => isSameClient(ctx, opened, client))
}

function dropLogin<User, Guest>(ctx: RequestContext<User, Guest>, login: Login): void {
  ctx.droppedLogin = login
  ctx.noteReason('protected')
  ctx.clearRemember('pipeline')
  ctx.identify(ANONYMOUS)
}

/** Whether the client is the one that the claim names. What is proven of a cookie is proven of its own claim alone. */
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
