// The content of a session: the app's data, messages, the page to go to. That of a login is available only while the
// login holds, so the user is loaded first.
import type { Task } from '../base/task'
import type { RequestContext } from '../request/context'
import { getVisibleFlashes } from '../state/flash'
import { EMPTY, type SessionState } from '../state/session'
import { identify } from './identify'

/** Opens the session and, if a login is in it, checks whether the login holds. Must run inside a transaction. */
export function* openContent<User, Guest>(ctx: RequestContext<User, Guest>): Task<void> {
  yield* ctx.open()
  if (ctx.state.login !== null) yield* identify(ctx)
}

/** Whether the login counts now. False for that of an inactive user: it may come back, and so may its content. */
export function isContentOfLogin<User, Guest>({ state, identity }: RequestContext<User, Guest>): boolean {
  return state.login === null || (identity !== null && identity.user !== null && identity.source !== 'request')
}

/** What may be read of the session. Nothing is left of a login that is over; of one that does not count now, messages. */
export function getReadableContent<User, Guest>(ctx: RequestContext<User, Guest>): SessionState {
  const { state } = ctx
  if (isContentOfLogin(ctx)) return state
  return { ...state, data: EMPTY.data, flashes: getVisibleFlashes(state.flashes) }
}
