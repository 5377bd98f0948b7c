// Renews cookies before the app reads the login. Apps that renew with every response need it, and so do pages that
// cannot set cookies: the proxy of Next.js renews before them.
import type { Task } from '../base/task'
import type { RequestContext } from '../request/context'
import type { OpenedSession } from '../sessions/codec'
import { isEmpty } from '../state/session'
import { identify } from './identify'
import { isProtectionDue } from './protection'
import { getLoginsInBrowser } from './remember'
import { isOver } from './restore'
import { isRevoked } from './user-claims'

/** Renews the cookies that are renewed with every response, before the handler runs. Must run inside a transaction. */
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

/** Returns whether a login of the browser is on the deny list. A renewed copy would outlive its entry on the list. */
function* isDenied<User, Guest>(ctx: RequestContext<User, Guest>): Task<boolean> {
  for (const { id } of getLoginsInBrowser(ctx)) if (yield* isRevoked(ctx, id)) return true
  return false
}

/**
 * Restores, renews or makes stale now, as loading the user would. The user is loaded only if a change is due. Errors are
 * ignored, because the page reports them if it reads the user. Must run inside a transaction.
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

/** Returns whether loading the user would change a cookie. */
function isDue<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession | null): boolean {
  const { state, services, incoming } = ctx
  const { remember } = incoming
  if (opened !== null && (opened.old || services.sessions.isDue(opened, services.now()))) return true
  if (opened === null || state.login === null) return remember !== null && (remember.ok || isOver(remember.reason))
  return isProtectionDue(ctx, opened) || opened.proven.old === true
}
