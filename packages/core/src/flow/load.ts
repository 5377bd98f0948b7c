// Who is there? The pipeline of Flask-Login, once a request and only when somebody asks: session protection, the
// session's user, the remember cookie, the request loaders, nobody.
import { base64url } from '../base/bytes'
import { CookieTooLargeError } from '../base/errors'
import type { RequestLoader } from '../settings'
import { verdict } from '../state/protection'
import type { RememberToken } from '../state/remember'
import { EMPTY, type Login } from '../state/session'
import { droppedByProtection, loggedIn, rekeyed, staled } from '../state/transitions'
import { isFingerprintOf } from '../wire/client'
import type { RequestView } from '../wire/request'
import type { OpenedSession } from './codec'
import type { Exchange, Identity } from './exchange'
import { clientOf, isActive, isStampOf, stampOf, stampText, userIdOf } from './identity'
import type { AnonymousReason } from './reasons'

type Found<User> = Identity<User> | null

const NOBODY: Identity<never> = { user: null, source: null, admitted: false }

/** Loads the user, once; must run inside a transaction. */
export async function identify<User, Guest>(exchange: Exchange<User, Guest>): Promise<Identity<User>> {
  if (exchange.identity !== null) return exchange.identity
  const identity = await load(exchange)
  exchange.identify(identity)
  return identity
}

async function load<User, Guest>(exchange: Exchange<User, Guest>): Promise<Identity<User>> {
  await exchange.emit('userAccessed', {})
  const opened = await exchange.open()
  if (!(await isAdmittedByProtection(exchange, opened))) return NOBODY
  return (
    (await fromSession(exchange, opened)) ??
    (await fromRemember(exchange)) ??
    (await fromRequest(exchange)) ??
    nobody(exchange)
  )
}

function nobody<User, Guest>(exchange: Exchange<User, Guest>): Identity<never> {
  const { session, remember } = exchange.incoming
  exchange.note(
    session !== null
      ? 'no-login'
      : remember !== null
        ? 'bad-format'
        : isInsecure(exchange)
          ? 'insecure-transport'
          : 'no-cookie',
  )
  return NOBODY
}

/** Browsers keep Secure cookies to themselves over plain HTTP, but on localhost. */
function isInsecure<User, Guest>({ runtime, request }: Exchange<User, Guest>): boolean {
  const { session, publicOrigin } = runtime.settings
  if (!session.cookie.secure || !(publicOrigin ?? request.url).startsWith('http://')) return false
  return !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(request.headers.get('host') ?? '')
}

// ── session protection ───────────────────────────────────────────────────────

async function isAdmittedByProtection<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession | null,
): Promise<boolean> {
  const { login } = exchange.state
  if (login === null) return true
  const judged = verdict(exchange.runtime.settings.sessionProtection, exchange.state, (client) =>
    isSameClient(exchange, opened, client),
  )
  if (judged === 'same') return true
  await exchange.emit('sessionProtected', { userId: login.userId, verdict: judged })
  await exchange.write(judged === 'stale' ? staled(exchange.state) : droppedByProtection(), 'library')
  if (judged === 'dropped') drop(exchange)
  exchange.checkpoint()
  return judged === 'stale'
}

function drop<User, Guest>(exchange: Exchange<User, Guest>): void {
  exchange.note('protected')
  exchange.clearRemember()
  exchange.identify(NOBODY)
}

function isSameClient<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession | null,
  claim: string,
): boolean {
  const text = exchange.client
  if (opened?.proven.client === text) return true
  if (!isFingerprintOf(exchange.runtime.clientKeys, text, claim)) return false
  if (opened !== null) opened.proven.client = text
  return true
}

// ── the session's user ───────────────────────────────────────────────────────

async function fromSession<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession | null,
): Promise<Found<User>> {
  const { login } = exchange.state
  const { loadUser } = exchange.runtime.settings
  if (login === null || opened === null || loadUser === null) return null
  const user = await exchange.callOut(() => loadUser(login.userId))
  if (user === null || user === undefined) return purge(exchange, 'unknown-user')
  if (!(await isStampProven(exchange, opened, login, user))) return purge(exchange, 'revoked')
  const active = await isActive(exchange, user)
  if (!active && !login.forced) return inactive(exchange)
  await renew(exchange, opened, login, user)
  return { user, source: 'session', admitted: active }
}

/** The login is over for good: nothing of it stays. */
async function purge<User, Guest>(exchange: Exchange<User, Guest>, reason: AnonymousReason): Promise<null> {
  exchange.note(reason)
  await exchange.write(EMPTY, 'library')
  await exchange.emit('sessionRejected', { reason })
  exchange.checkpoint()
  return null
}

/** The session stays, and counts again once the user may come in again. */
function inactive<User, Guest>(exchange: Exchange<User, Guest>): Identity<never> {
  exchange.note('inactive')
  return NOBODY
}

async function isStampProven<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession,
  login: Login,
  user: User,
): Promise<boolean> {
  const text = await stampText(exchange, login.userId, user)
  if (text !== null && opened.proven.stamp === text) return true
  if (!isStampOf(exchange.runtime.stampKeys, text, login.stamp)) return false
  if (text !== null) opened.proven.stamp = text
  return true
}

/** What an old key sealed is sealed anew; what is used lives longer. */
async function renew<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession,
  login: Login,
  user: User,
): Promise<void> {
  const { sessions, settings } = exchange.runtime
  if (opened.old) await rekey(exchange, opened, login, user)
  const due = settings.session.renew !== 'never' && sessions.isDue(opened, exchange.runtime.now())
  if (opened.old || due) await exchange.rewrite()
}

async function rekey<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession,
  login: Login,
  user: User,
): Promise<void> {
  const isSame = opened.proven.client === exchange.client
  const client = isSame ? clientOf(exchange) : login.client
  await exchange.write(rekeyed(exchange.state, client, await stampOf(exchange, login.userId, user)), 'library')
}

// ── the remember cookie ──────────────────────────────────────────────────────

async function fromRemember<User, Guest>(exchange: Exchange<User, Guest>): Promise<Found<User>> {
  const { remember } = exchange.incoming
  const { loadUser } = exchange.runtime.settings
  if (remember === null || loadUser === null) return null
  const read = exchange.runtime.remembers.read(remember, exchange.runtime.now())
  if (!read.ok) return refuseRemember(exchange, read.reason)
  const user = await exchange.callOut(() => loadUser(read.value.userId))
  if (user === null || user === undefined) return refuseRemember(exchange, 'unknown-user')
  const text = await stampText(exchange, read.value.userId, user)
  if (!isStampOf(exchange.runtime.stampKeys, text, read.value.stamp)) return refuseRemember(exchange, 'revoked')
  if (!(await isActive(exchange, user))) return inactive(exchange)
  return restore(exchange, read.value, user)
}

/** A dead cookie is cleared. One that nobody here can read stays: another instance may know its secret already. */
async function refuseRemember<User, Guest>(exchange: Exchange<User, Guest>, reason: AnonymousReason): Promise<null> {
  exchange.note(reason)
  if (reason === 'expired' || reason === 'unknown-user' || reason === 'revoked') exchange.clearRemember()
  await exchange.emit('rememberRejected', { reason })
  exchange.checkpoint()
  return null
}

async function restore<User, Guest>(
  exchange: Exchange<User, Guest>,
  token: RememberToken,
  user: User,
): Promise<Identity<User>> {
  const login: Login = {
    userId: token.userId,
    sessionId: newSessionId(exchange),
    authTime: token.authTime,
    since: exchange.runtime.now(),
    fresh: false,
    methods: [],
    level: 0,
    forced: false,
    client: clientOf(exchange),
    stamp: await stampOf(exchange, token.userId, user),
  }
  await writeRestored(exchange, login)
  const identity = { user, source: 'remember', admitted: true } as const
  exchange.identify(identity)
  await exchange.emit('userLoadedFromCookie', { user })
  return identity
}

/** Where the login does not fit beside the app's data, it counts for this request and is restored again in the next. */
async function writeRestored<User, Guest>(exchange: Exchange<User, Guest>, login: Login): Promise<void> {
  try {
    await exchange.write(loggedIn(exchange.state, login, exchange.runtime.settings.keepAnonymousData), 'library')
  } catch (error) {
    if (!(error instanceof CookieTooLargeError)) throw error
    exchange.keepForThisRequest(loggedIn(exchange.state, login, false))
    await exchange.emit('sessionTrimmed', { dropped: 'restore' })
  }
}

/** 128 random bits: the `sid` of a session. */
export function newSessionId<User, Guest>({ runtime }: Exchange<User, Guest>): string {
  return base64url(runtime.settings.random(16))
}

// ── the request's own credential ─────────────────────────────────────────────

async function fromRequest<User, Guest>(exchange: Exchange<User, Guest>): Promise<Found<User>> {
  const request = watched(exchange)
  for (const loader of exchange.runtime.settings.requestLoaders) {
    const found = await loadBy(exchange, loader, request)
    if (found !== null) return found
  }
  return null
}

async function loadBy<User, Guest>(
  exchange: Exchange<User, Guest>,
  loader: RequestLoader<User>,
  request: RequestView,
): Promise<Found<User>> {
  const user = await exchange.callOut(() => loader.load(request, (reason) => exchange.note(reason)))
  if (user === null || user === undefined) return null
  userIdOf(exchange, user)
  if (!(await isActive(exchange, user))) return inactive(exchange)
  const identity = { user, source: 'request', admitted: true } as const
  exchange.identify(identity)
  await exchange.emit('userLoadedFromRequest', { user })
  return identity
}

/** The request, taking down which headers are read: the answer varies on them. */
function watched<User, Guest>({ request, traces }: Exchange<User, Guest>): RequestView {
  const get = (name: string): string | null => {
    traces.headers.add(name.toLowerCase())
    return request.headers.get(name)
  }
  return { method: request.method, url: request.url, headers: { get }, address: request.address }
}
