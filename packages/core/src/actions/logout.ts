// Logout: the only operation that is kept if a later step fails.

import { UsageError } from '../base/errors'
import { type Task, wait } from '../base/task'
import { identify, loadUserOf } from '../identify/identify'
import { getAllLoginsInBrowser } from '../identify/remember'
import { getReadableContent } from '../identify/session-content'
import { clearRemember, getNewFlashes } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import type { EndedLogin } from '../request/events'
import { LOGGED_OUT } from '../request/transaction'
import type { AnonymousReason } from '../sessions/read-result'
import { loggedOut } from '../state/transitions'
import { storeTombstone } from './ended-logins'

/** Options of `logoutUser()`. */
export interface LogoutOptions {
  /**
   * Whether the data of the app and the flash messages stay in the session. The next user of the browser can read them.
   *
   * @default false
   */
  readonly keepData?: boolean | undefined
  /**
   * Whether to end all logins of the user, on all devices. It requires the options `sessionStamp` and `revokeUser`.
   *
   * @default false
   */
  readonly everywhere?: boolean | undefined
}

/**
 * Logs the user out. Must run inside a transaction.
 *
 * @throws UsageError `cannot-revoke` if `everywhere` is true and the logins of the user cannot be ended.
 */
export function* logOut<User, Guest>(ctx: RequestContext<User, Guest>, options: LogoutOptions): Task<void> {
  const { revokeUser } = ctx.services.settings
  if (options.everywhere === true && revokeUser === null) {
    throw new UsageError(
      'cannot-revoke',
      'logoutUser({ everywhere: true }) requires the option revokeUser. Set it to a function that changes what sessionStamp returns for the user.',
    )
  }
  ctx.assertWritable()
  const target = yield* findLoggedOutUser(ctx)
  const { reason } = ctx
  yield* endLogin(ctx, options)
  const failure = options.everywhere === true ? yield* revoke(ctx, target, reason) : null
  yield* ctx.emit('userLoggedOut', { user: target.user, userId: target.userId, ended: target.ended })
  if (failure !== null) throw failure.error
}

/** The user who logs out, if the user was found. */
interface LoggedOutUser<User> {
  readonly user: User | null
  readonly userId: string | null
  readonly ended: readonly EndedLogin[]
  /** The error of the user loader, if it threw. */
  readonly failure?: Failure
}

/** A thrown value, which may be undefined. */
interface Failure {
  readonly error: unknown
}

/** Finds the user who logs out. An error of the user loader does not prevent the logout. */
function* findLoggedOutUser<User, Guest>(ctx: RequestContext<User, Guest>): Task<LoggedOutUser<User>> {
  let ended: readonly EndedLogin[] = []
  try {
    yield* ctx.open()
    ended = getAllLoginsInBrowser(ctx)
    storeTombstone(ctx)
    const { user } = yield* identify(ctx)
    return { user, userId: getLoginUserId(ctx), ended }
  } catch (error) {
    return { user: null, userId: getLoginUserId(ctx), ended, failure: { error } }
  }
}

function getLoginUserId<User, Guest>({ state, droppedLogin }: RequestContext<User, Guest>): string | null {
  return (state.login ?? droppedLogin)?.userId ?? null
}

/** Ends all logins of the user. Returns an error if it cannot, because copies of the session would stay valid. */
function* revoke<User, Guest>(
  ctx: RequestContext<User, Guest>,
  target: LoggedOutUser<User>,
  reason: AnonymousReason | null,
): Task<Failure | null> {
  const { revokeUser } = ctx.services.settings
  if (target.failure !== undefined) return target.failure
  const user = target.user ?? ctx.inactiveUser ?? (yield* loadDroppedUser(ctx))
  if (user === null && hasNoLogin(ctx, reason)) return null
  if (user === null || revokeUser === null) return { error: createCannotRevokeError(reason) }
  yield* wait(ctx.callOut(() => revokeUser(user)))
  return null
}

/** Returns whether the request had no login, valid or not, so that no login has to be ended. */
function hasNoLogin<User, Guest>(
  { incoming, opened }: RequestContext<User, Guest>,
  reason: AnonymousReason | null,
): boolean {
  const login = opened?.state.login ?? null
  const isRejected = reason !== 'no-cookie' && reason !== 'no-login' && reason !== 'insecure-transport'
  return login === null && incoming.raw.remember === null && !isRejected
}

/** Loads the user of the valid login that session protection dropped in this request. */
function* loadDroppedUser<User, Guest>(ctx: RequestContext<User, Guest>): Task<User | null> {
  const { droppedLogin, opened } = ctx
  if (droppedLogin === null || opened === null) return null
  const found = yield* loadUserOf(ctx, opened, droppedLogin)
  return typeof found === 'string' ? null : found.user
}

function createCannotRevokeError(reason: AnonymousReason | null): UsageError {
  return new UsageError(
    'cannot-revoke',
    `logoutUser({ everywhere: true }) did not find the user (${reason}), so it ended only the login of this browser. Guard the route with loginRequired().`,
  )
}

function* endLogin<User, Guest>(ctx: RequestContext<User, Guest>, { keepData = false }: LogoutOptions): Task<void> {
  yield* ctx.write(loggedOut(getReadableContent(ctx), keepData, getNewFlashes(ctx)), 'operation')
  clearRemember(ctx, 'operation')
  ctx.identify(LOGGED_OUT)
  ctx.reasons.forget()
  ctx.reasons.note('logged-out')
  ctx.savepoint()
}
