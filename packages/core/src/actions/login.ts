// In. Everything that can fail is done before anything is changed.

import { LONGEST_SECONDS } from '../base/clock'
import { OptionsError, UsageError } from '../base/errors'
import type { Steps } from '../base/task'
import { isFound } from '../identify/found-user'
import { isDropped } from '../identify/protection'
import { allLoginsInBrowser } from '../identify/remember'
import { clientOf, isActive, isRevoked, keyOfStamp, newId, stampOf, stampText, userIdOf } from '../identify/user-claims'
import type { Exchange } from '../request/context'
import { isInsecure } from '../sessions/incoming-cookies'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'
import { rootOf, sessionIdOf } from '../state/session-id'
import { emptied, loggedIn, madePermanent } from '../state/transitions'
import { type Proof, provenBy } from './assurance'
import { entombLogins, forgetEndedOf } from './ended-logins'

/** How a user is logged in. */
export interface LoginOptions extends Proof {
  /** Also hand out a remember cookie. Default false: one that the browser still has is cleared. */
  readonly remember?: boolean | undefined
  /** Seconds for which the login can be taken up again. Default: the option `remember.seconds`. Zero or less: not at all. */
  readonly rememberSeconds?: number | undefined
  /** Whether the login counts as fresh: the user proved just now who they are. Default true. */
  readonly fresh?: boolean | undefined
  /** Log in an inactive user too: known by `currentUser()`, let through no guard. Default false. */
  readonly force?: boolean | undefined
  /**
   * Whether the session outlives the browser. Default: as the app said before in this request, or as the login of the same
   * user before was.
   */
  readonly permanent?: boolean | undefined
}

export function* logIn<User, Guest>(
  exchange: Exchange<User, Guest>,
  user: User,
  options: LoginOptions,
): Steps<boolean> {
  if (!isFound(user)) throw noUser(user)
  assertOptions(options)
  const lifetime = rememberLifetime(exchange, options)
  exchange.assertWritable()
  exchange.runtime.assertAudience()
  const active = yield* isActive(exchange, user)
  if (!active && options.force !== true) {
    yield* exchange.emit('loginRejected', { user, reason: 'inactive' })
    return false
  }
  yield* exchange.open()
  const ended = allLoginsInBrowser(exchange)
  const login = yield* newLogin(exchange, user, options, !active, lifetime)
  const before = (yield* isBeforeOver(exchange, login, user)) ? emptied(exchange.newFlashes) : exchange.state
  entombLogins(exchange)
  forgetEndedOf(exchange, login.userId)
  const state = loggedIn(before, login, exchange.runtime.settings.keepAnonymousData, exchange.newFlashes)
  yield* exchange.write(madePermanent(state, isPermanent(exchange, before, login, options)), 'verb')
  remember(exchange, login, lifetime)
  exchange.identify({ user, source: 'login', admitted: active })
  if (isInsecure(exchange.request, exchange.runtime.settings)) yield* exchange.warn('insecure-transport', INSECURE)
  exchange.assertWritable()
  yield* exchange.emit('userLoggedIn', { user, ended })
  exchange.forgetReason()
  return true
}

const INSECURE =
  'A login over plain http set Secure cookies: the browser drops them, and the next request is anonymous. Use https; behind a proxy that ends TLS set the option publicOrigin; in development use http://localhost, or cookies: { secure: false }.'

const FLAGS: readonly string[] = ['remember', 'fresh', 'force', 'permanent']
const OTHERS: readonly string[] = ['rememberSeconds', 'method', 'level']

/** @throws OptionsError `invalid-options`: what comes out of a form ('on') would be taken for the default unseen. */
function assertOptions(options: object): void {
  const problems = Object.entries(Object(options) === options ? options : { options }).flatMap(([path, value]) => {
    if (OTHERS.includes(path) || value === undefined) return []
    if (!FLAGS.includes(path)) return [{ path, message: 'is not an option of loginUser(): check its spelling' }]
    return typeof value === 'boolean'
      ? []
      : [{ path, message: `must be true or false, but is ${JSON.stringify(value)}` }]
  })
  if (problems.length > 0) throw new OptionsError('loginUser()', problems)
}

function noUser(user: unknown): UsageError {
  const advice = user ? 'pass the user that loadUser returns' : 'refuse the login if no user was found'
  return new UsageError(
    'invalid-user-id',
    `loginUser() must receive a user, but received ${String(user)}: ${advice}. No user was logged in.`,
  )
}

/** A planted session, or that of another user, does not decide how long the login lives: the app does, or the login before. */
function isPermanent<User, Guest>(
  { saidPermanent }: Exchange<User, Guest>,
  before: SessionState,
  login: Login,
  options: LoginOptions,
): boolean {
  return options.permanent ?? saidPermanent ?? (before.login?.userId === login.userId && before.permanent)
}

/** Whether the session holds an ended login of the same user, whose content this request did not remove by loading the user. */
function* isBeforeOver<User, Guest>(exchange: Exchange<User, Guest>, login: Login, user: User): Steps<boolean> {
  const { identity, opened, runtime, state } = exchange
  const before = state.login
  if (identity !== null || opened === null || before?.userId !== login.userId) return false
  if (isDropped(exchange, opened) || (yield* isRevoked(exchange, before.sessionId))) return true
  return keyOfStamp(runtime.stampKeys, yield* stampText(exchange, login.userId, user), before.stamp) < 0
}

/** @throws UsageError `invalid-duration` before anything is changed. */
function rememberLifetime<User, Guest>(exchange: Exchange<User, Guest>, options: LoginOptions): number | null {
  if (options.remember !== true) return null
  const seconds: unknown = options.rememberSeconds ?? exchange.runtime.settings.remember.seconds
  const isExact = typeof seconds === 'number' && Number.isSafeInteger(Math.trunc(seconds))
  if (isExact && seconds <= LONGEST_SECONDS) return Math.trunc(seconds)
  throw new UsageError(
    'invalid-duration',
    `rememberSeconds must be a number of seconds, at most ${LONGEST_SECONDS}, but is ${JSON.stringify(seconds) ?? typeof seconds}. The user was not logged in.`,
  )
}

function* newLogin<User, Guest>(
  exchange: Exchange<User, Guest>,
  user: User,
  options: LoginOptions,
  forced: boolean,
  lifetime: number | null,
): Steps<Login> {
  const userId = userIdOf(exchange, user)
  const now = exchange.runtime.now()
  return {
    userId,
    sessionId: isRemembered(lifetime) ? sessionIdOf(newId(exchange), newId(exchange)) : newId(exchange),
    authTime: now,
    since: now,
    fresh: (options.fresh ?? true) === true,
    ...provenBy(options),
    forced,
    client: clientOf(exchange),
    stamp: yield* stampOf(exchange, userId, user),
  }
}

/** A plain login forgets the remember cookie that the browser has: it may be somebody else's. */
function remember<User, Guest>(exchange: Exchange<User, Guest>, login: Login, lifetime: number | null): void {
  if (isRemembered(lifetime)) exchange.setRemember(rememberToken(exchange, login, lifetime), 'verb')
  else exchange.clearRemember('verb')
}

function isRemembered(lifetime: number | null): lifetime is number {
  return lifetime !== null && lifetime > 0
}

function rememberToken<User, Guest>(exchange: Exchange<User, Guest>, login: Login, lifetime: number): RememberToken {
  const issuedAt = exchange.runtime.now()
  return {
    userId: login.userId,
    tokenId: rootOf(login.sessionId),
    authTime: login.authTime,
    issuedAt,
    expiresAt: issuedAt + lifetime,
    stamp: login.stamp,
  }
}
