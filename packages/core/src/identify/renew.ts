// What lives longer by being used, where that cannot wait for somebody to ask: apps that renew with every answer, and
// pages that cannot set cookies, for which a proxy in front of them does it.
import type { Steps } from '../base/task'
import type { Exchange } from '../request/context'
import type { OpenedSession } from '../sessions/codec'
import { isEmpty } from '../state/session'
import { identify } from './identify'
import { isProtectionDue } from './protection'
import { loginsInBrowser } from './remember'
import { isOver } from './restore'
import { isRevoked } from './user-claims'

/** What lives longer with every answer is prepared before the handler runs. Must run inside a transaction. */
export function* renewEveryRequest<User, Guest>(exchange: Exchange<User, Guest>): Steps<void> {
  const { session, remember } = exchange.runtime.settings
  if (session.renew !== 'everyRequest' && remember.renew !== 'everyRequest') return
  if (exchange.isSpeculative) return
  yield* exchange.untraced(() => exchange.open())
  if (!exchange.isActivity || (yield* isDenied(exchange))) return
  exchange.renewsRemember = remember.renew === 'everyRequest' && !exchange.isReadOnly
  if (session.renew !== 'everyRequest' || !exchange.state.permanent || isEmpty(exchange.state)) return
  exchange.isHeld = true
  yield* exchange.rewrite()
}

/** A copy that is on the deny list must not outlive its place there. */
function* isDenied<User, Guest>(exchange: Exchange<User, Guest>): Steps<boolean> {
  for (const { id } of loginsInBrowser(exchange)) if (yield* isRevoked(exchange, id)) return true
  return false
}

/**
 * What loading the user would change is changed now: restored, renewed, marked stale. The user is loaded only where
 * something is due. What fails is for the page to tell, which may not even ask. Must run inside a transaction.
 */
export function* renewAhead<User, Guest>(exchange: Exchange<User, Guest>): Steps<void> {
  if (exchange.isReadOnly || exchange.isSpeculative) return
  try {
    yield* exchange.untraced(function* () {
      const opened = yield* exchange.open()
      if (isDue(exchange, opened)) yield* identify(exchange)
    })
  } catch {
    exchange.undo()
  }
}

/** Whether a cookie would be another one once the user is loaded. */
function isDue<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession | null): boolean {
  const { state, runtime, remember } = exchange
  if (opened !== null && (opened.old || runtime.sessions.isDue(opened, runtime.now()))) return true
  if (opened === null || state.login === null) return remember !== null && (remember.ok || isOver(remember.reason))
  return isProtectionDue(exchange, opened) || opened.proven.old === true
}
