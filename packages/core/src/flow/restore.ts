// The remember cookie: a login taken up again, stale, once the user was found. A dead cookie is cleared.
import type { RememberToken } from '../state/remember'
import type { Login } from '../state/session'
import { loggedIn } from '../state/transitions'
import { type Exchange, inactive } from './exchange'
import { clientOf, isActive, isFound, isRevoked, keyOfStamp, newId, stampClaim, stampText } from './identity'
import type { Identity } from './ledger'
import type { AnonymousReason } from './reasons'

/** The user of the remember cookie, or null. */
export async function fromRemember<User, Guest>(exchange: Exchange<User, Guest>): Promise<Identity<User> | null> {
  const read = exchange.remember
  const { loadUser } = exchange.runtime.settings
  if (read === null || loadUser === null) return null
  if (!read.ok) return refuseRemember(exchange, read.reason)
  const { token, old } = read.value
  if (await isRevoked(exchange, token.tokenId)) return refuseRemember(exchange, 'revoked')
  const user = await exchange.callOut(() => loadUser(token.userId))
  if (!isFound(user)) return refuseRemember(exchange, 'unknown-user')
  const text = await stampText(exchange, token.userId, user)
  if (keyOfStamp(exchange.runtime.stampKeys, text, token.stamp) < 0) return refuseRemember(exchange, 'revoked')
  if (!(await isActive(exchange, user))) return inactive(exchange)
  const current = { ...token, stamp: stampClaim(exchange, text) }
  if (old) exchange.setRemember(current)
  return restore(exchange, current, user)
}

/** A dead cookie is cleared. One that nobody here can read stays: another instance may know its secret already. */
async function refuseRemember<User, Guest>(exchange: Exchange<User, Guest>, reason: AnonymousReason): Promise<null> {
  exchange.note(reason)
  if (isOver(reason)) exchange.clearRemember()
  await exchange.emit('rememberRejected', { reason })
  exchange.checkpoint()
  return null
}

/** Whether a cookie that is refused for this reason will never be good again. */
export function isOver(reason: AnonymousReason): boolean {
  return ['expired', 'unknown-user', 'revoked'].includes(reason)
}

async function restore<User, Guest>(
  exchange: Exchange<User, Guest>,
  token: RememberToken,
  user: User,
): Promise<Identity<User>> {
  const login: Login = {
    userId: token.userId,
    sessionId: newId(exchange),
    authTime: token.authTime,
    since: exchange.runtime.now(),
    fresh: false,
    methods: [],
    level: 0,
    forced: false,
    client: clientOf(exchange),
    stamp: token.stamp,
  }
  await exchange.write(loggedIn(exchange.state, login, exchange.runtime.settings.keepAnonymousData), 'pipeline')
  const identity = { user, source: 'remember', admitted: true } as const
  exchange.identify(identity)
  await exchange.emit('userLoadedFromCookie', { user })
  return identity
}
