// The remember cookie: a login taken up again, stale, once the user was found. A dead cookie is cleared.
import { netstrings } from '../base/netstring'
import { type Steps, settled } from '../base/task'
import { type Exchange, inactive } from '../request/context'
import type { Identity } from '../request/transaction'
import type { AnonymousReason } from '../sessions/read-result'
import type { OpenedRemember } from '../sessions/remember-cookies'
import type { RememberToken } from '../state/remember'
import type { Login } from '../state/session'
import { sessionIdOf } from '../state/session-id'
import { loggedIn, madePermanent } from '../state/transitions'
import { fingerprint } from '../wire/headers/client'
import type { Key } from '../wire/tokens/keyring'
import { isFound } from './found-user'
import { clientOf, isActive, isRevoked, keyOfStamp, newId, stampClaim, stampText } from './user-claims'

/** The user of the remember cookie, or null. */
export function* fromRemember<User, Guest>(exchange: Exchange<User, Guest>): Steps<Identity<User> | null> {
  const read = exchange.remember
  const { loadUser } = exchange.runtime.settings
  if (read === null || loadUser === null) return null
  if (!read.ok) return yield* refuseRemember(exchange, read.reason)
  const { token, old } = read.value
  if (yield* isRevoked(exchange, token.tokenId)) return yield* refuseRemember(exchange, 'revoked')
  const user = yield* settled(exchange.callOut(() => loadUser(token.userId, exchange.request)))
  if (!isFound(user)) return yield* refuseRemember(exchange, 'unknown-user')
  const text = yield* stampText(exchange, token.userId, user)
  if (keyOfStamp(exchange.runtime.stampKeys, text, token.stamp) < 0) return yield* refuseRemember(exchange, 'revoked')
  if (!(yield* isActive(exchange, user))) return inactive(exchange, user)
  const current = { ...token, stamp: stampClaim(exchange, text) }
  if (old) exchange.setRemember(current, 'pipeline')
  const sessionId = yield* restoredId(exchange, read.value)
  return yield* restore(exchange, current, sessionId, user)
}

/** A dead cookie is cleared. One that nobody here can read stays: another instance may know its secret already. */
function* refuseRemember<User, Guest>(exchange: Exchange<User, Guest>, reason: AnonymousReason): Steps<null> {
  exchange.note(reason)
  if (isOver(reason)) exchange.clearRemember('pipeline')
  yield* exchange.emit('rememberRejected', { reason })
  exchange.checkpoint()
  return null
}

/** Whether a cookie that is refused for this reason will never be good again. */
export function isOver(reason: AnonymousReason): boolean {
  return ['expired', 'unknown-user', 'revoked', 'logged-out'].includes(reason)
}

/** Seconds within which restores from one token give one session. */
const WINDOW_SECONDS = 300

/**
 * Returns the ID of the restored session. Requests that restore from one token at the same time get the same one, at
 * each instance that knows the token's key; later restores get another. An ID that the app denies is not used again.
 */
function* restoredId<User, Guest>(exchange: Exchange<User, Guest>, { token, keyIndex }: OpenedRemember): Steps<string> {
  const { runtime } = exchange
  const window = Math.floor((runtime.now() - token.issuedAt) / WINDOW_SECONDS)
  const text = netstrings([token.tokenId, String(token.issuedAt), String(window)])
  const sessionId = sessionIdOf(token.tokenId, fingerprint(runtime.keysFor('restore')[keyIndex] as Key, text))
  return (yield* isRevoked(exchange, sessionId)) ? sessionIdOf(token.tokenId, newId(exchange)) : sessionId
}

function* restore<User, Guest>(
  exchange: Exchange<User, Guest>,
  token: RememberToken,
  sessionId: string,
  user: User,
): Steps<Identity<User>> {
  const login: Login = {
    userId: token.userId,
    sessionId,
    authTime: token.authTime,
    since: exchange.runtime.now(),
    fresh: false,
    methods: [],
    level: 0,
    forced: false,
    client: clientOf(exchange),
    stamp: token.stamp,
  }
  const state = loggedIn(exchange.state, login, exchange.runtime.settings.keepAnonymousData)
  // A planted anonymous session does not decide how long the login lives.
  yield* exchange.write(madePermanent(state, exchange.saidPermanent ?? false), 'pipeline')
  const identity = { user, source: 'remember', admitted: true } as const
  exchange.identify(identity)
  yield* exchange.emit('userLoadedFromCookie', { user })
  return identity
}
