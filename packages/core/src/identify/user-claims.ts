// What the app says of a user: the id, whether they are active, the stamp that ends all their logins.

import { base64url } from '../base/base64url'
import { UsageError } from '../base/errors'
import { netstrings } from '../base/netstring'
import { type Awaitable, over, type Steps, settled } from '../base/task'
import type { Exchange } from '../request/context'
import { invalidId, isId } from '../state/user'
import { fingerprint, keyOfFingerprint } from '../wire/headers/client'
import type { Key } from '../wire/tokens/keyring'

/** @throws UsageError `invalid-user-id` if it is no text, or one that `String()` makes of what is no id. */
export function userIdOf<User, Guest>(exchange: Exchange<User, Guest>, user: User): string {
  const id: unknown = exchange.callOut(() => exchange.runtime.settings.userId(user))
  if (isId(id)) return id
  throw invalidId(id)
}

export function* isActive<User, Guest>(exchange: Exchange<User, Guest>, user: User): Steps<boolean> {
  const active: unknown = yield* settled(exchange.callOut(() => exchange.runtime.settings.isActive(user)))
  if (active !== true && active) yield* exchange.warn('is-active', inactiveValue(active))
  return active === true
}

function inactiveValue(active: unknown): string {
  return `isActive must be true or false, but was ${JSON.stringify(active) ?? typeof active}, so the user counts as inactive: set the option isActive, such as (user) => user.active === 1.`
}

/** What is keyed for the stamp claim, or null where the app has no stamps. */
export function* stampText<User, Guest>(
  exchange: Exchange<User, Guest>,
  userId: string,
  user: User,
): Steps<string | null> {
  const { sessionStamp } = exchange.runtime.settings
  if (sessionStamp === null) return null
  const stamp: unknown = yield* settled(exchange.callOut(() => sessionStamp(user)))
  if ((typeof stamp === 'string' && stamp !== '') || Number.isFinite(stamp))
    return netstrings([userId, typeof stamp, String(stamp)])
  throw new UsageError(
    'invalid-stamp',
    `sessionStamp() must return a number, or a string that is not empty, but returned ${String(stamp)}: without a stamp the logins of this user could not be ended.`,
  )
}

/** The stamp claim for a new login. */
export function* stampOf<User, Guest>(
  exchange: Exchange<User, Guest>,
  userId: string,
  user: User,
): Steps<string | null> {
  return stampClaim(exchange, yield* stampText(exchange, userId, user))
}

/** The stamp claim of a text, under the current secret. */
export function stampClaim<User, Guest>({ runtime }: Exchange<User, Guest>, text: string | null): string | null {
  return text === null ? null : fingerprint(runtime.stampKeys[0] as Key, text)
}

/** Under which key a claim is of this stamp; -1 under none. Where stamps are on, a claim without one is of none. */
export function keyOfStamp(keys: readonly Key[], text: string | null, claim: string | null): number {
  return text === null ? 0 : claim === null ? -1 : keyOfFingerprint(keys, text, claim)
}

/** The client claim for a new login, or null where nothing is looked at. */
export function clientOf<User, Guest>(exchange: Exchange<User, Guest>): string | null {
  const { sessionProtection } = exchange.runtime.settings
  return sessionProtection === false ? null : fingerprint(exchange.runtime.clientKeys[0] as Key, exchange.client)
}

/** 128 random bits: the `sid` of a session, the `jti` of a token. */
export function newId<User, Guest>({ runtime }: Exchange<User, Guest>): string {
  return base64url(runtime.settings.random(16))
}

/** Whether the app's deny list names this session or remember token. */
export function isRevoked<User, Guest>(exchange: Exchange<User, Guest>, id: string): Steps<boolean> {
  const { isRevoked: isDenied } = exchange.runtime.settings
  return isDenied === null ? NOT_DENIED : isOnList(exchange, isDenied, id)
}

const NOT_DENIED: Steps<boolean> = over(false)

function* isOnList<User, Guest>(
  exchange: Exchange<User, Guest>,
  isDenied: (id: string) => Awaitable<boolean>,
  id: string,
): Steps<boolean> {
  return (yield* settled(exchange.callOut(() => isDenied(id)))) !== false
}
