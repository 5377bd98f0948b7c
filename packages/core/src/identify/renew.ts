// What lives longer by being used, where that cannot wait for somebody to ask: apps that renew with every answer, and
// pages that cannot set cookies, for which a proxy in front of them does it.
import type { Task } from '../base/task'
import type { RequestContext } from '../request/context'
import type { OpenedSession } from '../sessions/codec'
import { isEmpty } from '../state/session'
import { identify } from './identify'
import { isProtectionDue } from './protection'
import { getLoginsInBrowser } from './remember'
import { isOver } from './restore'
import { isRevoked } from './user-claims'

/** What lives longer with every answer is prepared before the handler runs. Must run inside a transaction. */
export function* renewEveryRequest<User, Guest>(ctx: RequestContext<User, Guest>): Task<void> {
  const { session, remember } = ctx.services.settings
  if (session.renew !== 'everyRequest' && remember.renew !== 'everyRequest') return
  if (ctx.isSpeculative) return
  yield* ctx.cacheTracker.runUnrecorded(() => ctx.open())
  if (!ctx.isActivity || (yield* isDenied(ctx))) return
  ctx.renewsRemember = remember.renew === 'everyRequest' && !ctx.isReadOnly
  if (session.renew !== 'everyRequest' || !ctx.state.permanent || isEmpty(ctx.state)) return
  ctx.isLoginVerified = true
  yield* ctx.rewriteSession()
}

/** A copy that is on the deny list must not outlive its place there. */
function* isDenied<User, Guest>(ctx: RequestContext<User, Guest>): Task<boolean> {
  for (const { id } of getLoginsInBrowser(ctx)) if (yield* isRevoked(ctx, id)) return true
  return false
}

/**
 * What loading the user would change is changed now: restored, renewed, marked stale. The user is loaded only where
 * something is due. What fails is for the page to tell, which may not even ask. Must run inside a transaction.
 */
export function* renewAhead<User, Guest>(ctx: RequestContext<User, Guest>): Task<void> {
  if (ctx.isReadOnly || ctx.isSpeculative) return
  try {
    yield* ctx.cacheTracker.runUnrecorded(function* () {
      const opened = yield* ctx.open()
      if (isDue(ctx, opened)) yield* identify(ctx)
    })
  } catch {
    ctx.rollback()
  }
}

/** Whether a cookie would be another one once the user is loaded. */
function isDue<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession | null): boolean {
  const { state, services, incoming } = ctx
  const { remember } = incoming
  if (opened !== null && (opened.old || services.sessions.isDue(opened, services.now()))) return true
  if (opened === null || state.login === null) return remember !== null && (remember.ok || isOver(remember.reason))
  return isProtectionDue(ctx, opened) || opened.proven.old === true
}
