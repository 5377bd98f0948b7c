// The content of a session: the app's data, the messages, and the page to open after the login. The content of a login is
// available only while the login is valid, so the user is loaded first.
import type { Task } from '../base/task'
import type { RequestContext } from '../request/context'
import { getVisibleFlashes } from '../state/flash'
import { EMPTY, type SessionState } from '../state/session'
import { identify } from './identify'

/** Opens the session, and verifies the login in it. Must run inside a transaction. */
export function* openContent<User, Guest>(ctx: RequestContext<User, Guest>): Task<void> {
  yield* ctx.open()
  if (ctx.state.login !== null) yield* identify(ctx)
}

/** Returns whether the content is available: the session has no login, or a valid one. False while the user is inactive. */
export function isContentOfLogin<User, Guest>({ state, identity }: RequestContext<User, Guest>): boolean {
  return state.login === null || (identity !== null && identity.user !== null && identity.source !== 'request')
}

/** Returns the content that the app may read. While a login is not valid, only some messages are available. */
export function getReadableContent<User, Guest>(ctx: RequestContext<User, Guest>): SessionState {
  const { state } = ctx
  if (isContentOfLogin(ctx)) return state
  return { ...state, data: EMPTY.data, flashes: getVisibleFlashes(state.flashes) }
}
