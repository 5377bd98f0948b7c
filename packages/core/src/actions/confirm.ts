// Confirms a login: the session continues with a new ID, and the login is fresh.

import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { isFound } from '../identify/found-user'
import { identify } from '../identify/identify'
import { getLoginsInBrowser, getRememberToken } from '../identify/remember'
import { createClientClaim, createId, createStamp, getUserId } from '../identify/user-claims'
import { setRemember } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import type { Login } from '../state/session'
import { createSessionId, getRoot } from '../state/session-id'
import { confirmed } from '../state/transitions'
import { type Assurance, parseAssurance } from './assurance'

/** Options of `confirmLogin()`: how the user authenticated again. */
export interface ConfirmOptions<User> extends Assurance {
  /**
   * The user with the new session stamp, if the app just changed it (for example after a change of the password). Only
   * this browser stays logged in.
   *
   * @default the current user, and the session stamp of the session
   */
  readonly user?: User | undefined
}

/**
 * Confirms the login of the request. Returns false if no user is logged in by a session. Must run inside a transaction.
 */
export function* confirm<User, Guest>(ctx: RequestContext<User, Guest>, options: ConfirmOptions<User>): Task<boolean> {
  ctx.assertWritable()
  const identity = yield* identify(ctx)
  const { login } = ctx.state
  if (identity.user === null || login === null || identity.source === 'request' || !identity.isActive) return false
  const user = options.user ?? identity.user
  const ended = getLoginsInBrowser(ctx).filter(({ id }) => id === login.sessionId)
  const renewed = yield* createConfirmedLogin(ctx, login, options)
  const token = getRememberToken(ctx, ctx.state)
  yield* ctx.write(confirmed(ctx.state, renewed), 'operation')
  if (token !== null && token.stamp !== renewed.stamp) setRemember(ctx, { ...token, stamp: renewed.stamp }, 'operation')
  ctx.identify({ ...identity, user })
  ctx.assertWritable()
  yield* ctx.emit('userLoginConfirmed', { user, ended })
  return true
}

function* createConfirmedLogin<User, Guest>(
  ctx: RequestContext<User, Guest>,
  login: Login,
  options: ConfirmOptions<User>,
): Task<Login> {
  return {
    ...login,
    sessionId: createSessionId(getRoot(login.sessionId), createId(ctx)),
    authTime: ctx.services.now(),
    fresh: true,
    ...parseAssurance(options),
    client: createClientClaim(ctx),
    suspect: undefined,
    stamp:
      options.user === undefined
        ? login.stamp
        : yield* createStamp(ctx, assertSameUser(ctx, login, options.user), options.user),
  }
}

/**
 * Returns the ID of the user who is confirmed.
 *
 * @throws UsageError `invalid-user-id` if it is not the user who is logged in. Such a confirmation would be a login.
 */
function assertSameUser<User, Guest>(ctx: RequestContext<User, Guest>, login: Login, user: User): string {
  const userId = isFound(user) ? getUserId(ctx, user) : null
  if (userId === login.userId) return userId
  throw new UsageError(
    'invalid-user-id',
    'confirmLogin({ user }) must receive the user who is logged in, but received another user. Call loginUser() to log in another user.',
  )
}
