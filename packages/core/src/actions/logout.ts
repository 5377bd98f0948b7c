// Out: the one verb that stands even when a later step fails.

import { UsageError } from '../base/errors'
import { type Steps, settled } from '../base/task'
import { identify, userOf } from '../identify/identify'
import { allLoginsInBrowser } from '../identify/remember'
import { readable } from '../identify/session-content'
import type { Exchange } from '../request/context'
import type { EndedLogin } from '../request/events'
import { NOBODY } from '../request/transaction'
import type { AnonymousReason } from '../sessions/read-result'
import { loggedOut } from '../state/transitions'
import { entombLogins } from './ended-logins'

/** What ends besides the login of this browser. */
export interface LogoutOptions {
  /** Keep what the app put into the session, and flashes. Default false: the next user finds nothing of this one's. */
  readonly keepData?: boolean | undefined
  /** End all logins of this user, on all devices; needs the options `sessionStamp` and `revokeUser`. Default false. */
  readonly everywhere?: boolean | undefined
}

export function* logOut<User, Guest>(exchange: Exchange<User, Guest>, options: LogoutOptions): Steps<void> {
  const { revokeUser } = exchange.runtime.settings
  if (options.everywhere === true && revokeUser === null) {
    throw new UsageError(
      'cannot-revoke',
      'logoutUser({ everywhere: true }) needs the option revokeUser, which changes what sessionStamp returns for a user.',
    )
  }
  exchange.assertWritable()
  const leaving = yield* findLeaving(exchange)
  const { reason } = exchange
  yield* end(exchange, options)
  const failure = options.everywhere === true ? yield* revoke(exchange, leaving, reason) : null
  yield* exchange.emit('userLoggedOut', { user: leaving.user, userId: leaving.userId, ended: leaving.ended })
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
function* findLeaving<User, Guest>(exchange: Exchange<User, Guest>): Steps<Leaving<User>> {
  let ended: readonly EndedLogin[] = []
  try {
    yield* exchange.open()
    ended = allLoginsInBrowser(exchange)
    entombLogins(exchange)
    const { user } = yield* identify(exchange)
    return { user, userId: leavingId(exchange), ended }
  } catch (error) {
    return { user: null, userId: leavingId(exchange), ended, failure: { error } }
  }
}

function leavingId<User, Guest>({ state, droppedLogin }: Exchange<User, Guest>): string | null {
  return (state.login ?? droppedLogin)?.userId ?? null
}

/** Ends all logins of the user, or returns why it cannot: never in silence, or the copies elsewhere would go on. */
function* revoke<User, Guest>(
  exchange: Exchange<User, Guest>,
  leaving: Leaving<User>,
  reason: AnonymousReason | null,
): Steps<Failure | null> {
  const { revokeUser } = exchange.runtime.settings
  if (leaving.failure !== undefined) return leaving.failure
  const user = leaving.user ?? exchange.inactiveUser ?? (yield* droppedUser(exchange))
  if (user === null && cameWithout(exchange, reason)) return null
  if (user === null || revokeUser === null) return { error: cannotRevoke(reason) }
  yield* settled(exchange.callOut(() => revokeUser(user)))
  return null
}

/** Whether the visitor came without any login, good or bad: there is none to end. */
function cameWithout<User, Guest>(
  { incoming, opened }: Exchange<User, Guest>,
  reason: AnonymousReason | null,
): boolean {
  const login = opened?.state.login ?? null
  const isBad = reason !== 'no-cookie' && reason !== 'no-login' && reason !== 'insecure-transport'
  return login === null && incoming.remember === null && !isBad
}

/** The user of the login that protection dropped in this request: it was a good one. */
function* droppedUser<User, Guest>(exchange: Exchange<User, Guest>): Steps<User | null> {
  const { droppedLogin, opened } = exchange
  if (droppedLogin === null || opened === null) return null
  const found = yield* userOf(exchange, opened, droppedLogin)
  return typeof found === 'string' ? null : found.user
}

function cannotRevoke(reason: AnonymousReason | null): UsageError {
  return new UsageError(
    'cannot-revoke',
    `logoutUser({ everywhere: true }) found no user whose logins it could end (${reason}). This browser is logged out. Guard the route with loginRequired().`,
  )
}

function* end<User, Guest>(exchange: Exchange<User, Guest>, { keepData = false }: LogoutOptions): Steps<void> {
  yield* exchange.write(loggedOut(readable(exchange), keepData, exchange.newFlashes), 'verb')
  exchange.clearRemember('verb')
  exchange.identify(NOBODY)
  exchange.forgetReason()
  exchange.note('logged-out')
  exchange.checkpoint()
}
