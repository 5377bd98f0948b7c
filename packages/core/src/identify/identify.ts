// Who is there? The pipeline of Flask-Login, once a request and only when somebody asks: session protection, the
// session's user, the remember cookie, the request loaders, nobody.
import { NO_STEPS, type Steps, settled } from '../base/task'
import type { LoaderNote, RequestLoader } from '../options/types'
import { type Exchange, inactive } from '../request/context'
import { type Identity, NOBODY } from '../request/transaction'
import type { OpenedSession } from '../sessions/codec'
import type { AnonymousReason } from '../sessions/read-result'
import type { Login } from '../state/session'
import { emptied, rekeyed } from '../state/transitions'
import { isDuplicated } from '../wire/headers/authorization'
import { type RequestView, viewWith } from '../wire/headers/request'
import { isFound } from './found-user'
import { isAdmittedByProtection } from './protection'
import { resignRemember } from './remember'
import { fromRemember } from './restore'
import { clientOf, isActive, isRevoked, keyOfStamp, stampClaim, stampText } from './user-claims'

type Found<User> = Identity<User> | null

/** Loads the user, once; must run inside a transaction. */
export function* identify<User, Guest>(exchange: Exchange<User, Guest>): Steps<Identity<User>> {
  exchange.leaveTraces()
  if (exchange.identity !== null) {
    if (exchange.owesRenewal && !exchange.isPassive) yield* renewNow(exchange)
    return exchange.identity
  }
  exchange.isIdentifying = true
  try {
    const identity = yield* load(exchange)
    exchange.identify(identity)
    return identity
  } finally {
    exchange.isIdentifying = false
  }
}

/** As {@link identify}, for a page that shows how long the login still lasts: to look at it is no use of the session. */
export function* identifyPassively<User, Guest>(exchange: Exchange<User, Guest>): Steps<Identity<User>> {
  exchange.isPassive = true
  try {
    return yield* identify(exchange)
  } finally {
    exchange.isPassive = false
  }
}

function* renewNow<User, Guest>(exchange: Exchange<User, Guest>): Steps<void> {
  exchange.owesRenewal = false
  yield* exchange.rewrite()
}

function* load<User, Guest>(exchange: Exchange<User, Guest>): Steps<Identity<User>> {
  yield* exchange.emit('userAccessed', {})
  const opened = yield* exchange.open()
  if (!(yield* isAdmittedByProtection(exchange, opened))) return NOBODY
  return (
    (yield* fromSession(exchange, opened)) ??
    (yield* fromRemember(exchange)) ??
    (yield* fromRequest(exchange)) ??
    nobody(exchange)
  )
}

function nobody<User, Guest>(exchange: Exchange<User, Guest>): Identity<never> {
  exchange.note(exchange.incoming.session === null ? 'no-cookie' : 'no-login')
  return NOBODY
}

// ── the session's user ───────────────────────────────────────────────────────

function* fromSession<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession | null): Steps<Found<User>> {
  const { login } = exchange.state
  const { loadUser } = exchange.runtime.settings
  if (login === null && opened !== null) yield* prolong(exchange, opened)
  if (login === null || opened === null || loadUser === null) return null
  const found = yield* userOf(exchange, opened, login)
  if (typeof found === 'string') return yield* purge(exchange, found)
  const { user } = found
  const active = yield* isActive(exchange, user)
  if (!active && !login.forced) return inactive(exchange, user)
  exchange.isHeld = true
  yield* renew(exchange, opened, login)
  return { user, source: 'session', admitted: active }
}

/** The user of a login, or why the login is over: it is on the deny list, the user is gone, the stamp changed. */
export function* userOf<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession,
  login: Login,
): Steps<{ readonly user: User } | 'revoked' | 'unknown-user'> {
  const { loadUser } = exchange.runtime.settings
  if (loadUser === null) return 'unknown-user'
  if (yield* isRevoked(exchange, login.sessionId)) return 'revoked'
  const user = yield* settled(exchange.callOut(() => loadUser(login.userId, exchange.request)))
  if (!isFound(user)) return 'unknown-user'
  return (yield* isStampProven(exchange, opened, login, user)) ? { user } : 'revoked'
}

/** The login is over for good: nothing of it stays. */
function* purge<User, Guest>(exchange: Exchange<User, Guest>, reason: AnonymousReason): Steps<null> {
  exchange.note(reason)
  yield* exchange.write(emptied(exchange.newFlashes), 'pipeline')
  yield* exchange.emit('sessionRejected', { reason })
  exchange.checkpoint()
  return null
}

function* isStampProven<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession,
  login: Login,
  user: User,
): Steps<boolean> {
  const text = yield* stampText(exchange, login.userId, user)
  if (text !== null && opened.proven.stamp === text) return true
  const key = keyOfStamp(exchange.runtime.stampKeys, text, login.stamp)
  if (key >= 0 && text !== null) Object.assign(opened.proven, { stamp: text, old: opened.proven.old || key > 0 })
  return key >= 0
}

/** What a previous secret keyed is keyed anew; what is used lives longer. */
function renew<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession, login: Login): Steps<void> {
  if (opened.old || opened.proven.old) resignRemember(exchange, opened.proven.stamp ?? null)
  return opened.proven.old ? rekey(exchange, opened, login) : prolong(exchange, opened)
}

/** Also for a visitor without a login: what they left in the session lives as long as they keep coming. */
function prolong<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession): Steps<void> {
  const { sessions, now } = exchange.runtime
  if (!sessions.isDue(opened, now())) return NO_STEPS
  if (exchange.isActivity) return exchange.rewrite()
  exchange.owesRenewal = exchange.isPassive
  return NO_STEPS
}

/** A claim of another client stays as it is: under the current secret it is still nobody's. */
function* rekey<User, Guest>(exchange: Exchange<User, Guest>, { proven }: OpenedSession, login: Login): Steps<void> {
  const client = proven.client === exchange.client ? clientOf(exchange) : login.client
  const stamp = proven.stamp === undefined ? login.stamp : stampClaim(exchange, proven.stamp)
  yield* exchange.write(rekeyed(exchange.state, client, stamp), 'pipeline')
}

// ── the request's own credential ─────────────────────────────────────────────

function* fromRequest<User, Guest>(exchange: Exchange<User, Guest>): Steps<Found<User>> {
  const { requestLoaders } = exchange.runtime.settings
  if (requestLoaders.length === 0) return null
  for (const loader of requestLoaders) {
    const found = yield* loadBy(exchange, loader)
    if (found !== null) return found
  }
  return null
}

function* loadBy<User, Guest>(exchange: Exchange<User, Guest>, loader: RequestLoader<User>): Steps<Found<User>> {
  const note = (reason: LoaderNote): void => exchange.reject(loader, reason)
  const user = yield* settled(exchange.callOut(() => loader.load(watched(exchange, note), note)))
  if (!isFound(user)) return null
  if (!(yield* isActive(exchange, user))) return inactive(exchange, user)
  const identity = { user, source: 'request', admitted: true } as const
  exchange.identify(identity)
  yield* exchange.emit('userLoadedFromRequest', { user })
  return identity
}

/** The request, taking down which headers are read: the answer varies on them. A duplicated Authorization is none. */
function watched<User, Guest>(exchange: Exchange<User, Guest>, note: (reason: LoaderNote) => void): RequestView {
  const { request } = exchange
  const get = (name: string): string | null => {
    const lowered = name.toLowerCase()
    exchange.markHeader(lowered)
    const value = request.headers.get(name)
    if (lowered !== 'authorization' || value === null || !isDuplicated(request, lowered, value)) return value
    note('ambiguous-header')
    return null
  }
  const countLines = (name: string): number | null => request.headers.countLines?.(name) ?? null
  const isAmbiguous = (name: string): boolean => request.headers.isAmbiguous?.(name) === true
  return viewWith(request, { headers: { get, countLines, isAmbiguous } })
}
