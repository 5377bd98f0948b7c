// The user proved once more who they are: the same session goes on, fresh, under a new id.

import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { isFound } from '../identify/found-user'
import { identify } from '../identify/identify'
import { getLoginsInBrowser, getRememberToken } from '../identify/remember'
import { createClientClaim, createId, createStamp, getUserId } from '../identify/user-claims'
import type { RequestContext } from '../request/context'
import type { Login } from '../state/session'
import { createSessionId, getRoot } from '../state/session-id'
import { confirmed } from '../state/transitions'
import { type Assurance, parseAssurance } from './assurance'

/** How the user proved once more who they are. */
export interface ConfirmOptions<User> extends Assurance {
  /** The user with the new stamp, where one was just set (a changed password): this browser alone stays logged in. */
  readonly user?: User | undefined
}

export function* confirm<User, Guest>(ctx: RequestContext<User, Guest>, options: ConfirmOptions<User>): Task<boolean> {
  ctx.assertWritable()
  const identity = yield* identify(ctx)
  const { login } = ctx.state
  if (identity.user === null || login === null || identity.source === 'request' || !identity.isActive) return false
  const user = options.user ?? identity.user
  const ended = getLoginsInBrowser(ctx).filter(({ id }) => id === login.sessionId)
  const fresh = yield* createConfirmedLogin(ctx, login, options)
  const token = getRememberToken(ctx, ctx.state)
  yield* ctx.write(confirmed(ctx.state, fresh), 'operation')
  if (token !== null && token.stamp !== fresh.stamp) ctx.setRemember({ ...token, stamp: fresh.stamp }, 'operation')
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

/** @throws UsageError `invalid-user` for what is no user; `invalid-user-id` where somebody else is confirmed: that would be a login without one. */
function assertSameUser<User, Guest>(ctx: RequestContext<User, Guest>, login: Login, user: User): string {
  const userId = isFound(user) ? getUserId(ctx, user) : null
  if (userId === login.userId) return userId
  throw new UsageError(
    'invalid-user-id',
    'confirmLogin({ user }) was given another user than the one logged in: use loginUser() to change who is logged in.',
  )
}
