// Out: the one verb that stands even when a later step fails.

import { UsageError } from '../base/errors'
import { type Task, wait } from '../base/task'
import { identify, loadUserOf } from '../identify/identify'
import { getAllLoginsInBrowser } from '../identify/remember'
import { getReadableContent } from '../identify/session-content'
import type { RequestContext } from '../request/context'
import type { EndedLogin } from '../request/events'
import { LOGGED_OUT } from '../request/transaction'
import type { AnonymousReason } from '../sessions/read-result'
import { loggedOut } from '../state/transitions'
import { storeTombstone } from './ended-logins'

/** What ends besides the login of this browser. */
export interface LogoutOptions {
  /** Keep what the app put into the session, and flashes. Default false: the next user finds nothing of this one's. */
  readonly keepData?: boolean | undefined
  /** End all logins of this user, on all devices; needs the options `sessionStamp` and `revokeUser`. Default false. */
  readonly everywhere?: boolean | undefined
}

export function* logOut<User, Guest>(ctx: RequestContext<User, Guest>, options: LogoutOptions): Task<void> {
  const { revokeUser } = ctx.services.settings
  if (options.everywhere === true && revokeUser === null) {
    throw new UsageError(
      'cannot-revoke',
      'logoutUser({ everywhere: true }) needs the option revokeUser, which changes what sessionStamp returns for a user.',
    )
  }
  ctx.assertWritable()
  const leaving = yield* findLeaving(ctx)
  const { reason } = ctx
  yield* endLogin(ctx, options)
  const failure = options.everywhere === true ? yield* revoke(ctx, leaving, reason) : null
  yield* ctx.emit('userLoggedOut', { user: leaving.user, userId: leaving.userId, ended: leaving.ended })
  if (failure !== null) throw failure.error
}

/** Who leaves, as far as that can be found out. */
interface Leaving<User> {
  readonly user: User | null
  readonly userId: string | null
  readonly ended: readonly EndedLogin[]
  /** What kept it from being found out. */
  readonly failure?: Failure
}

/** Something that was thrown. */
interface Failure {
  readonly error: unknown
}

/** A logout needs no loader: if it fails, the visitor is logged out all the same. */
function* findLeaving<User, Guest>(ctx: RequestContext<User, Guest>): Task<Leaving<User>> {
  let ended: readonly EndedLogin[] = []
  try {
    yield* ctx.open()
    ended = getAllLoginsInBrowser(ctx)
    storeTombstone(ctx)
    const { user } = yield* identify(ctx)
    return { user, userId: getLeavingUserId(ctx), ended }
  } catch (error) {
    return { user: null, userId: getLeavingUserId(ctx), ended, failure: { error } }
  }
}

function getLeavingUserId<User, Guest>({ state, droppedLogin }: RequestContext<User, Guest>): string | null {
  return (state.login ?? droppedLogin)?.userId ?? null
}

/** Ends all logins of the user, or returns why it cannot: never in silence, or the copies elsewhere would go on. */
function* revoke<User, Guest>(
  ctx: RequestContext<User, Guest>,
  leaving: Leaving<User>,
  reason: AnonymousReason | null,
): Task<Failure | null> {
  const { revokeUser } = ctx.services.settings
  if (leaving.failure !== undefined) return leaving.failure
  const user = leaving.user ?? ctx.inactiveUser ?? (yield* loadDroppedUser(ctx))
  if (user === null && hasNoLogin(ctx, reason)) return null
  if (user === null || revokeUser === null) return { error: createCannotRevokeError(reason) }
  yield* wait(ctx.callOut(() => revokeUser(user)))
  return null
}

/** Whether the visitor came without any login, good or bad: there is none to end. */
function hasNoLogin<User, Guest>(
  { incoming, opened }: RequestContext<User, Guest>,
  reason: AnonymousReason | null,
): boolean {
  const login = opened?.state.login ?? null
  const isBad = reason !== 'no-cookie' && reason !== 'no-login' && reason !== 'insecure-transport'
  return login === null && incoming.raw.remember === null && !isBad
}

/** The user of the login that protection dropped in this request: it was a good one. */
function* loadDroppedUser<User, Guest>(ctx: RequestContext<User, Guest>): Task<User | null> {
  const { droppedLogin, opened } = ctx
  if (droppedLogin === null || opened === null) return null
  const found = yield* loadUserOf(ctx, opened, droppedLogin)
  return typeof found === 'string' ? null : found.user
}

function createCannotRevokeError(reason: AnonymousReason | null): UsageError {
  return new UsageError(
    'cannot-revoke',
    `logoutUser({ everywhere: true }) found no user whose logins it could end (${reason}). This browser is logged out. Guard the route with loginRequired().`,
  )
}

function* endLogin<User, Guest>(ctx: RequestContext<User, Guest>, { keepData = false }: LogoutOptions): Task<void> {
  yield* ctx.write(loggedOut(getReadableContent(ctx), keepData, ctx.newFlashes), 'operation')
  ctx.clearRemember('operation')
  ctx.identify(LOGGED_OUT)
  ctx.forgetReason()
  ctx.noteReason('logged-out')
  ctx.savepoint()
}
