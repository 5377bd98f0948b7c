// Session protection at work: is the client the one that the login was given to? What follows of the answer stands,
// whatever fails after it.
import { over, type Steps } from '../base/task'
import type { Exchange } from '../request/context'
import { NOBODY } from '../request/transaction'
import type { OpenedSession, Proven } from '../sessions/codec'
import { type Verdict, verdict } from '../state/protection'
import type { Login, SessionState } from '../state/session'
import { emptied, recognized, staled } from '../state/transitions'
import { keyOfFingerprint } from '../wire/headers/client'
import { clientOf } from './user-claims'

/** Whether the pipeline may go on; false where the login was dropped. */
export function isAdmittedByProtection<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession | null,
): Steps<boolean> {
  const { login } = exchange.state
  const judged = login === null ? 'same' : judge(exchange, opened)
  if (login !== null && judged !== 'same') return protect(exchange, login, judged)
  return login?.suspect === undefined ? ADMITTED : recognize(exchange)
}

const ADMITTED: Steps<boolean> = over(true)

function* protect<User, Guest>(
  exchange: Exchange<User, Guest>,
  login: Login,
  judged: 'stale' | 'dropped',
): Steps<boolean> {
  const next = judged === 'stale' ? stale(exchange) : emptied(exchange.newFlashes)
  if (next === exchange.state) return true
  yield* exchange.emit('sessionProtected', { userId: login.userId, verdict: judged })
  yield* exchange.write(next, 'pipeline')
  if (judged === 'dropped') drop(exchange, login)
  exchange.checkpoint()
  return judged === 'stale'
}

function stale<User, Guest>(exchange: Exchange<User, Guest>): SessionState {
  return staled(exchange.state, clientOf(exchange) ?? '')
}

function* recognize<User, Guest>(exchange: Exchange<User, Guest>): Steps<boolean> {
  yield* exchange.write(recognized(exchange.state), 'pipeline')
  return true
}

/** Whether protection would change the login: what is stale already is not marked again. */
export function isProtectionDue<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession): boolean {
  const judged = judge(exchange, opened)
  return judged === 'dropped' || (judged === 'stale' && stale(exchange) !== exchange.state)
}

/** Whether strong protection would end the login. */
export function isDropped<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession): boolean {
  return judge(exchange, opened) === 'dropped'
}

function judge<User, Guest>(exchange: Exchange<User, Guest>, opened: OpenedSession | null): Verdict {
  const { sessionProtection } = exchange.runtime.settings
  return verdict(sessionProtection, exchange.state, (client) => isSameClient(exchange, opened, client))
}

function drop<User, Guest>(exchange: Exchange<User, Guest>, login: Login): void {
  exchange.droppedLogin = login
  exchange.note('protected')
  exchange.clearRemember('pipeline')
  exchange.identify(NOBODY)
}

/** Whether the client is the one that the claim names. What is proven of a cookie is proven of its own claim alone. */
export function isSameClient<User, Guest>(
  exchange: Exchange<User, Guest>,
  opened: OpenedSession | null,
  claim: string,
): boolean {
  const text = exchange.client
  const proven: Proven = opened?.state.login?.client === claim ? opened.proven : {}
  if (proven.client === text) return true
  const key = keyOfFingerprint(exchange.runtime.clientKeys, text, claim)
  if (key >= 0) Object.assign(proven, { client: text, old: proven.old || key > 0 })
  return key >= 0
}
