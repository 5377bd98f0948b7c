// Login. Runs every step that can fail before it changes any state.

import { LONGEST_SECONDS } from '../base/clock'
import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { isFound } from '../identify/found-user'
import { isDropped } from '../identify/protection'
import { getAllLoginsInBrowser } from '../identify/remember'
import {
  createClientClaim,
  createId,
  createStamp,
  findStampKey,
  getStampText,
  getUserId,
  isActive,
  isRevoked,
} from '../identify/user-claims'
import { anything, assertNone, findProblems, flag, object, optional } from '../options/check'
import { clearRemember, getNewFlashes, setRemember } from '../request/browser-cookies'
import type { RequestContext } from '../request/context'
import { reportAnonymous } from '../request/refusal-log'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'
import { createSessionId, getRoot } from '../state/session-id'
import { emptied, loggedIn, madePermanent } from '../state/transitions'
import { type Assurance, parseAssurance } from './assurance'
import { removeFromTombstone, storeTombstone } from './ended-logins'

/** Options of `loginUser()`. */
export interface LoginOptions extends Assurance {
  /**
   * Whether to set a remember cookie. If false, an existing remember cookie is cleared.
   *
   * @default false
   */
  readonly remember?: boolean | undefined
  /**
   * The lifetime of the remember cookie in seconds. With 0 or less, none is set.
   *
   * @default the option `remember.seconds`
   */
  readonly rememberSeconds?: number | undefined
  /**
   * Whether the login is fresh, because the user has just authenticated.
   *
   * @default true
   */
  readonly fresh?: boolean | undefined
  /**
   * Whether to log in an inactive user too. `currentUser()` returns this user, but no guard lets the request pass.
   *
   * @default false
   */
  readonly force?: boolean | undefined
  /**
   * Whether the session continues after the browser is closed.
   *
   * @default the value of `setPermanent()` in this request, else that of the previous login of the same user
   */
  readonly permanent?: boolean | undefined
}

/** Logs a user in. Returns false if the user is inactive. Must run inside a transaction. */
export function* logIn<User, Guest>(
  ctx: RequestContext<User, Guest>,
  user: User,
  options: LoginOptions,
): Task<boolean> {
  if (!isFound(user)) throw createNoUserError(user)
  assertNone('loginUser()', findProblems(LOGIN_OPTIONS, options, { options: 'such as { remember: true }' }))
  const lifetime = getRememberLifetime(ctx, options)
  ctx.assertWritable()
  ctx.services.assertAudience()
  const active = yield* isActive(ctx, user)
  if (!active && options.force !== true) {
    reportAnonymous(ctx, 'inactive')
    yield* ctx.emit('loginRejected', { user, reason: 'inactive' })
    return false
  }
  yield* ctx.open()
  const ended = getAllLoginsInBrowser(ctx)
  const login = yield* createLogin(ctx, user, options, !active, lifetime)
  const before = (yield* hasEndedLoginOf(ctx, login, user)) ? emptied(getNewFlashes(ctx)) : ctx.state
  storeTombstone(ctx)
  removeFromTombstone(ctx, login.userId)
  const state = loggedIn(before, login, ctx.services.settings.keepAnonymousData, getNewFlashes(ctx))
  yield* ctx.write(madePermanent(state, isPermanent(ctx, before, login, options)), 'operation')
  setRememberCookie(ctx, login, lifetime)
  ctx.identify({ user, source: 'login', isActive: active })
  ctx.assertWritable()
  yield* ctx.emit('userLoggedIn', { user, ended })
  ctx.reasons.forget()
  return true
}

/** The last three have their own error codes, and are checked by `getRememberLifetime()` and `parseAssurance()`. */
const LOGIN_OPTIONS = object({
  remember: optional(flag),
  fresh: optional(flag),
  force: optional(flag),
  permanent: optional(flag),
  rememberSeconds: anything,
  method: anything,
  level: anything,
})

function createNoUserError(user: unknown): UsageError {
  const advice = user ? 'Pass the user that loadUser returns' : 'Refuse the login if the user was not found'
  return new UsageError(
    'invalid-user-id',
    `loginUser() must receive a user, but received ${String(user)}. ${advice}. No user was logged in.`,
  )
}

/** Returns whether the session is permanent. A session of another user, or of an attacker, has no effect on it. */
function isPermanent<User, Guest>(
  { requestedPermanent }: RequestContext<User, Guest>,
  before: SessionState,
  login: Login,
  options: LoginOptions,
): boolean {
  return options.permanent ?? requestedPermanent ?? (before.login?.userId === login.userId && before.permanent)
}

/** Returns whether the session holds an ended login of the same user, and this request has not loaded the user yet. */
function* hasEndedLoginOf<User, Guest>(ctx: RequestContext<User, Guest>, login: Login, user: User): Task<boolean> {
  const { identity, opened, services, state } = ctx
  const before = state.login
  if (identity !== null || opened === null || before?.userId !== login.userId) return false
  if (isDropped(ctx, opened) || (yield* isRevoked(ctx, before.sessionId))) return true
  return findStampKey(services.stampKeys, yield* getStampText(ctx, login.userId, user), before.stamp) < 0
}

/**
 * Returns the lifetime of the remember cookie in seconds, or null if none is set.
 *
 * @throws UsageError `invalid-duration` if it is not a number, or too large. No state has changed then.
 */
function getRememberLifetime<User, Guest>(ctx: RequestContext<User, Guest>, options: LoginOptions): number | null {
  if (options.remember !== true) return null
  const seconds: unknown = options.rememberSeconds ?? ctx.services.settings.remember.seconds
  const isExact = typeof seconds === 'number' && Number.isSafeInteger(Math.trunc(seconds))
  if (isExact && seconds <= LONGEST_SECONDS) return Math.trunc(seconds)
  throw new UsageError(
    'invalid-duration',
    `rememberSeconds must be a number of seconds, at most ${LONGEST_SECONDS}, but is ${JSON.stringify(seconds) ?? typeof seconds}. The user was not logged in.`,
  )
}

function* createLogin<User, Guest>(
  ctx: RequestContext<User, Guest>,
  user: User,
  options: LoginOptions,
  forced: boolean,
  lifetime: number | null,
): Task<Login> {
  const userId = getUserId(ctx, user)
  const now = ctx.services.now()
  return {
    userId,
    sessionId: isRemembered(lifetime) ? createSessionId(createId(ctx), createId(ctx)) : createId(ctx),
    authTime: now,
    since: now,
    fresh: (options.fresh ?? true) === true,
    ...parseAssurance(options),
    forced,
    client: createClientClaim(ctx),
    stamp: yield* createStamp(ctx, userId, user),
  }
}

/** Sets the remember cookie, or clears an existing one, which may belong to another user. */
function setRememberCookie<User, Guest>(ctx: RequestContext<User, Guest>, login: Login, lifetime: number | null): void {
  if (isRemembered(lifetime)) setRemember(ctx, createRememberToken(ctx, login, lifetime), 'operation')
  else clearRemember(ctx, 'operation')
}

function isRemembered(lifetime: number | null): lifetime is number {
  return lifetime !== null && lifetime > 0
}

function createRememberToken<User, Guest>(
  ctx: RequestContext<User, Guest>,
  login: Login,
  lifetime: number,
): RememberToken {
  const issuedAt = ctx.services.now()
  return {
    userId: login.userId,
    tokenId: getRoot(login.sessionId),
    authTime: login.authTime,
    issuedAt,
    expiresAt: issuedAt + lifetime,
    stamp: login.stamp,
  }
}
