// In. Everything that can fail is done before anything is changed.

import { LONGEST_SECONDS } from '../base/clock'
import { OptionsError, UsageError } from '../base/errors'
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
import type { RequestContext } from '../request/context'
import { isInsecure } from '../sessions/incoming-cookies'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'
import { createSessionId, getRoot } from '../state/session-id'
import { emptied, loggedIn, madePermanent } from '../state/transitions'
import { type Assurance, parseAssurance } from './assurance'
import { removeFromTombstone, storeTombstone } from './ended-logins'

/** How a user is logged in. */
export interface LoginOptions extends Assurance {
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
  ctx: RequestContext<User, Guest>,
  user: User,
  options: LoginOptions,
): Task<boolean> {
  if (!isFound(user)) throw createNoUserError(user)
  assertOptions(options)
  const lifetime = getRememberLifetime(ctx, options)
  ctx.assertWritable()
  ctx.services.assertAudience()
  const active = yield* isActive(ctx, user)
  if (!active && options.force !== true) {
    yield* ctx.emit('loginRejected', { user, reason: 'inactive' })
    return false
  }
  yield* ctx.open()
  const ended = getAllLoginsInBrowser(ctx)
  const login = yield* createLogin(ctx, user, options, !active, lifetime)
  const before = (yield* isBeforeOver(ctx, login, user)) ? emptied(ctx.newFlashes) : ctx.state
  storeTombstone(ctx)
  removeFromTombstone(ctx, login.userId)
  const state = loggedIn(before, login, ctx.services.settings.keepAnonymousData, ctx.newFlashes)
  yield* ctx.write(madePermanent(state, isPermanent(ctx, before, login, options)), 'operation')
  setRememberCookie(ctx, login, lifetime)
  ctx.identify({ user, source: 'login', isActive: active })
  if (isInsecure(ctx.request, ctx.services.settings)) yield* ctx.warn('insecure-transport', INSECURE)
  ctx.assertWritable()
  yield* ctx.emit('userLoggedIn', { user, ended })
  ctx.forgetReason()
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

function createNoUserError(user: unknown): UsageError {
  const advice = user ? 'pass the user that loadUser returns' : 'refuse the login if no user was found'
  return new UsageError(
    'invalid-user-id',
    `loginUser() must receive a user, but received ${String(user)}: ${advice}. No user was logged in.`,
  )
}

/** A planted session, or that of another user, does not decide how long the login lives: the app does, or the login before. */
function isPermanent<User, Guest>(
  { requestedPermanent }: RequestContext<User, Guest>,
  before: SessionState,
  login: Login,
  options: LoginOptions,
): boolean {
  return options.permanent ?? requestedPermanent ?? (before.login?.userId === login.userId && before.permanent)
}

/** Whether the session holds an ended login of the same user, whose content this request did not remove by loading the user. */
function* isBeforeOver<User, Guest>(ctx: RequestContext<User, Guest>, login: Login, user: User): Task<boolean> {
  const { identity, opened, services, state } = ctx
  const before = state.login
  if (identity !== null || opened === null || before?.userId !== login.userId) return false
  if (isDropped(ctx, opened) || (yield* isRevoked(ctx, before.sessionId))) return true
  return findStampKey(services.stampKeys, yield* getStampText(ctx, login.userId, user), before.stamp) < 0
}

/** @throws UsageError `invalid-duration` before anything is changed. */
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

/** A plain login forgets the remember cookie that the browser has: it may be somebody else's. */
function setRememberCookie<User, Guest>(ctx: RequestContext<User, Guest>, login: Login, lifetime: number | null): void {
  if (isRemembered(lifetime)) ctx.setRemember(createRememberToken(ctx, login, lifetime), 'operation')
  else ctx.clearRemember('operation')
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
