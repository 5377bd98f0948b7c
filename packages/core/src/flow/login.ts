// In and out: login, logout, confirmation. Everything that can fail is done before anything is changed; a logout is
// the one that stands even when a later step fails.
import { base64url } from '../base/bytes'
import { UsageError } from '../base/errors'
import type { RememberToken } from '../state/remember'
import type { Login } from '../state/session'
import { confirmed, loggedIn, loggedOut, madePermanent } from '../state/transitions'
import type { Exchange, Identity } from './exchange'
import { clientOf, isActive, stampOf, userIdOf } from './identity'
import { identify, newSessionId } from './load'

/** How a user proved who they are. */
export interface Proof {
  /** The method, or methods (`amr`): `pwd`, `otp`, `hwk`, or the app's own words. Default none. */
  readonly method?: string | readonly string[] | undefined
  /** How strongly, on the app's own scale. Default 1. */
  readonly level?: number | undefined
}

export interface LoginOptions extends Proof {
  /** Also hand out a remember cookie. Default false: one that the browser still has is cleared. */
  readonly remember?: boolean | undefined
  /** Seconds for which the login can be taken up again. Default: the option `remember.seconds`. Zero or less: not at all. */
  readonly rememberSeconds?: number | undefined
  /** Whether the login counts as fresh. Default true. */
  readonly fresh?: boolean | undefined
  /** Log in an inactive user too: known by `currentUser()`, let through no guard. Default false. */
  readonly force?: boolean | undefined
  /** Whether the session outlives the browser. Default: as it is. */
  readonly permanent?: boolean | undefined
}

export async function logIn<User, Guest>(
  exchange: Exchange<User, Guest>,
  user: User,
  options: LoginOptions,
): Promise<boolean> {
  const lifetime = rememberLifetime(exchange, options)
  exchange.assertWritable()
  const active = await isActive(exchange, user)
  if (!active && options.force !== true) {
    await exchange.emit('loginRejected', { user, reason: 'inactive' })
    return false
  }
  await exchange.open()
  const login = await newLogin(exchange, user, options, !active)
  const state = loggedIn(exchange.state, login, exchange.runtime.settings.keepAnonymousData)
  await exchange.write(options.permanent === undefined ? state : madePermanent(state, options.permanent), 'library')
  remember(exchange, login, lifetime)
  exchange.identify({ user, source: 'login', admitted: active })
  exchange.forgetReason()
  await exchange.emit('userLoggedIn', { user })
  return true
}

/** @throws UsageError `invalid-duration` before anything is changed. */
function rememberLifetime<User, Guest>(exchange: Exchange<User, Guest>, options: LoginOptions): number | null {
  if (options.remember !== true) return null
  const seconds: unknown = options.rememberSeconds ?? exchange.runtime.settings.remember.seconds
  if (typeof seconds === 'number' && Number.isSafeInteger(Math.trunc(seconds))) return Math.trunc(seconds)
  throw new UsageError(
    'invalid-duration',
    `rememberSeconds must be a number of seconds, but is ${JSON.stringify(seconds) ?? typeof seconds}. Nobody was logged in.`,
  )
}

async function newLogin<User, Guest>(
  exchange: Exchange<User, Guest>,
  user: User,
  options: LoginOptions,
  forced: boolean,
): Promise<Login> {
  const userId = userIdOf(exchange, user)
  const now = exchange.runtime.now()
  return {
    userId,
    sessionId: newSessionId(exchange),
    authTime: now,
    since: now,
    fresh: options.fresh ?? true,
    methods: methodsOf(options),
    level: options.level ?? 1,
    forced,
    client: clientOf(exchange),
    stamp: await stampOf(exchange, userId, user),
  }
}

function methodsOf({ method }: Proof): readonly string[] {
  return method === undefined ? [] : typeof method === 'string' ? [method] : method
}

/** A plain login forgets the remember cookie that the browser has: it may be somebody else's. */
function remember<User, Guest>(exchange: Exchange<User, Guest>, login: Login, lifetime: number | null): void {
  if (lifetime === null || lifetime <= 0) exchange.clearRemember()
  else exchange.setRemember(rememberToken(exchange, login, lifetime))
}

function rememberToken<User, Guest>({ runtime }: Exchange<User, Guest>, login: Login, lifetime: number): RememberToken {
  const issuedAt = runtime.now()
  const tokenId = base64url(runtime.settings.random(16))
  return {
    userId: login.userId,
    tokenId,
    authTime: login.authTime,
    issuedAt,
    expiresAt: issuedAt + lifetime,
    stamp: login.stamp,
  }
}

export interface LogoutOptions {
  /** Keep what the app put into the session. Default false. */
  readonly keepData?: boolean | undefined
  /** End all logins of this user, on all devices; needs the option `revokeUser`. Default false. */
  readonly everywhere?: boolean | undefined
}

export async function logOut<User, Guest>(exchange: Exchange<User, Guest>, options: LogoutOptions): Promise<void> {
  const { revokeUser } = exchange.runtime.settings
  if (options.everywhere === true && revokeUser === null) {
    throw new UsageError(
      'cannot-revoke',
      'logoutUser({ everywhere: true }) needs the option revokeUser, which changes what sessionStamp returns for a user.',
    )
  }
  exchange.assertWritable()
  const leaving = await identifyIfPossible(exchange)
  const userId = exchange.state.login?.userId ?? null
  await end(exchange, options)
  if (options.everywhere === true && leaving.identity?.user && revokeUser !== null) {
    const { user } = leaving.identity
    await exchange.callOut(() => revokeUser(user))
  }
  if (options.everywhere === true && leaving.error !== undefined) throw leaving.error
  await exchange.emit('userLoggedOut', { user: leaving.identity?.user ?? null, userId })
}

/** A logout needs no loader: where it fails, the visitor is logged out all the same. */
async function identifyIfPossible<User, Guest>(
  exchange: Exchange<User, Guest>,
): Promise<{ identity: Identity<User> | null; error?: unknown }> {
  try {
    return { identity: await identify(exchange) }
  } catch (error) {
    return { identity: null, error }
  }
}

async function end<User, Guest>(exchange: Exchange<User, Guest>, { keepData = false }: LogoutOptions): Promise<void> {
  await exchange.open()
  await exchange.write(loggedOut(exchange.state, keepData), 'library')
  exchange.clearRemember()
  exchange.identify({ user: null, source: null, admitted: false })
  exchange.forgetReason()
  exchange.note('logged-out')
  exchange.checkpoint()
}

export interface ConfirmOptions<User> extends Proof {
  /** The user with the new stamp, where one was just set (a changed password): this session alone goes on. */
  readonly user?: User | undefined
}

export async function confirm<User, Guest>(
  exchange: Exchange<User, Guest>,
  options: ConfirmOptions<User>,
): Promise<boolean> {
  exchange.assertWritable()
  const identity = await identify(exchange)
  const { login } = exchange.state
  if (identity.user === null || login === null || identity.source === 'request' || !identity.admitted) return false
  const user = options.user ?? identity.user
  await exchange.write(confirmed(exchange.state, await confirmedLogin(exchange, login, options)), 'library')
  exchange.identify({ ...identity, user })
  await exchange.emit('userLoginConfirmed', { user })
  return true
}

async function confirmedLogin<User, Guest>(
  exchange: Exchange<User, Guest>,
  login: Login,
  options: ConfirmOptions<User>,
): Promise<Login> {
  return {
    ...login,
    sessionId: newSessionId(exchange),
    authTime: exchange.runtime.now(),
    fresh: true,
    methods: [...new Set([...login.methods, ...methodsOf(options)])],
    level: Math.max(options.level ?? 1, login.fresh ? login.level : 0),
    client: clientOf(exchange),
    stamp:
      options.user === undefined
        ? login.stamp
        : await stampOf(exchange, confirmedUserId(exchange, login, options.user), options.user),
  }
}

/** @throws UsageError `invalid-user-id` where somebody else is confirmed: that would be a login without one. */
function confirmedUserId<User, Guest>(exchange: Exchange<User, Guest>, login: Login, user: User): string {
  const userId = userIdOf(exchange, user)
  if (userId === login.userId) return userId
  throw new UsageError(
    'invalid-user-id',
    'confirmLogin({ user }) was given another user than the one logged in: use loginUser() to change who is logged in.',
  )
}
