// The user proved once more who they are: the same session goes on, fresh, under a new id.

import { UsageError } from '../base/errors'
import type { Steps } from '../base/task'
import { isFound } from '../identify/found-user'
import { identify } from '../identify/identify'
import { loginsInBrowser, rememberTokenOf } from '../identify/remember'
import { clientOf, newId, stampOf, userIdOf } from '../identify/user-claims'
import type { Exchange } from '../request/context'
import type { Login } from '../state/session'
import { rootOf, sessionIdOf } from '../state/session-id'
import { confirmed } from '../state/transitions'
import { type Proof, provenBy } from './assurance'

/** How the user proved once more who they are. */
export interface ConfirmOptions<User> extends Proof {
  /** The user with the new stamp, where one was just set (a changed password): this browser alone stays logged in. */
  readonly user?: User | undefined
}

export function* confirm<User, Guest>(exchange: Exchange<User, Guest>, options: ConfirmOptions<User>): Steps<boolean> {
  exchange.assertWritable()
  const identity = yield* identify(exchange)
  const { login } = exchange.state
  if (identity.user === null || login === null || identity.source === 'request' || !identity.admitted) return false
  const user = options.user ?? identity.user
  const ended = loginsInBrowser(exchange).filter(({ id }) => id === login.sessionId)
  const fresh = yield* confirmedLogin(exchange, login, options)
  const token = rememberTokenOf(exchange, exchange.state)
  yield* exchange.write(confirmed(exchange.state, fresh), 'verb')
  if (token !== null && token.stamp !== fresh.stamp) exchange.setRemember({ ...token, stamp: fresh.stamp }, 'verb')
  exchange.identify({ ...identity, user })
  exchange.assertWritable()
  yield* exchange.emit('userLoginConfirmed', { user, ended })
  return true
}

function* confirmedLogin<User, Guest>(
  exchange: Exchange<User, Guest>,
  login: Login,
  options: ConfirmOptions<User>,
): Steps<Login> {
  return {
    ...login,
    sessionId: sessionIdOf(rootOf(login.sessionId), newId(exchange)),
    authTime: exchange.runtime.now(),
    fresh: true,
    ...provenBy(options),
    client: clientOf(exchange),
    suspect: undefined,
    stamp:
      options.user === undefined
        ? login.stamp
        : yield* stampOf(exchange, confirmedUserId(exchange, login, options.user), options.user),
  }
}

/** @throws UsageError `invalid-user` for what is no user; `invalid-user-id` where somebody else is confirmed: that would be a login without one. */
function confirmedUserId<User, Guest>(exchange: Exchange<User, Guest>, login: Login, user: User): string {
  const userId = isFound(user) ? userIdOf(exchange, user) : null
  if (userId === login.userId) return userId
  throw new UsageError(
    'invalid-user-id',
    'confirmLogin({ user }) was given another user than the one logged in: use loginUser() to change who is logged in.',
  )
}
