// The app's options about a user: the ID, whether the user is active, and the stamp that ends all logins of the user.

import { toBase64url } from '../base/base64url'
import { UsageError } from '../base/errors'
import { toNetstrings } from '../base/netstring'
import { type Awaitable, done, type Task, wait } from '../base/task'
import type { RequestContext } from '../request/context'
import { ANONYMOUS, type Identity } from '../request/transaction'
import { createInvalidIdError, isId } from '../state/user'
import { createFingerprint, findFingerprintKey } from '../wire/headers/client'
import type { Key } from '../wire/tokens/keyring'

/**
 * Returns the ID of a user.
 *
 * @throws UsageError `invalid-user-id` if it is not a string, or if it is a result of `String()` such as `undefined`.
 */
export function getUserId<User, Guest>(ctx: RequestContext<User, Guest>, user: User): string {
  const id: unknown = ctx.callOut(() => ctx.services.settings.userId(user))
  if (isId(id)) return id
  throw createInvalidIdError(id)
}

/** Returns whether a user is active. A value other than true or false counts as false, and emits a warning. */
export function* isActive<User, Guest>(ctx: RequestContext<User, Guest>, user: User): Task<boolean> {
  const active: unknown = yield* wait(ctx.callOut(() => ctx.services.settings.isActive(user)))
  if (active !== true && active) yield* ctx.warn('is-active', describeInactive(active))
  return active === true
}

/** Stores the inactive user and returns the anonymous identity. The session stays for when the user is active again. */
export function identifyInactive<User, Guest>(ctx: RequestContext<User, Guest>, user: User): Identity<never> {
  ctx.reasons.note('inactive')
  ctx.inactiveUser = user
  return ANONYMOUS
}

function describeInactive(active: unknown): string {
  return `isActive must be true or false, but is ${JSON.stringify(active) ?? typeof active}, so the user is treated as inactive. Set the option isActive, such as (user) => user.active === 1.`
}

/** Returns the text whose HMAC is the stamp claim. Returns null if the app does not have session stamps. */
export function* getStampText<User, Guest>(
  ctx: RequestContext<User, Guest>,
  userId: string,
  user: User,
): Task<string | null> {
  const { sessionStamp } = ctx.services.settings
  if (sessionStamp === null) return null
  const stamp: unknown = yield* wait(ctx.callOut(() => sessionStamp(user)))
  if ((typeof stamp === 'string' && stamp !== '') || Number.isFinite(stamp))
    return toNetstrings([userId, typeof stamp, String(stamp)])
  throw new UsageError(
    'invalid-stamp',
    `sessionStamp() must return a number or a non-empty string, but returned ${String(stamp)}. Without a stamp the logins of this user cannot be ended. Return a value that changes with the password.`,
  )
}

/** Returns the stamp claim for a new login. */
export function* createStamp<User, Guest>(
  ctx: RequestContext<User, Guest>,
  userId: string,
  user: User,
): Task<string | null> {
  return createStampClaim(ctx, yield* getStampText(ctx, userId, user))
}

/** Returns the stamp claim of a text, with the current secret. */
export function createStampClaim<User, Guest>(
  { services }: RequestContext<User, Guest>,
  text: string | null,
): string | null {
  return text === null ? null : createFingerprint(services.stampKeys[0] as Key, text)
}

/** Returns the index of the key with which a claim matches the stamp; -1 if none does. Without stamps each claim matches. */
export function findStampKey(keys: readonly Key[], text: string | null, claim: string | null): number {
  return text === null ? 0 : claim === null ? -1 : findFingerprintKey(keys, text, claim)
}

/** Returns the client claim for a new login. Returns null if session protection is off. */
export function createClientClaim<User, Guest>(ctx: RequestContext<User, Guest>): string | null {
  const { sessionProtection } = ctx.services.settings
  return sessionProtection === false ? null : createFingerprint(ctx.services.clientKeys[0] as Key, ctx.client)
}

/** Returns an ID of 128 random bits, for a session (`sid`) or a token (`jti`). */
export function createId<User, Guest>({ services }: RequestContext<User, Guest>): string {
  return toBase64url(services.settings.random(16))
}

/** Returns whether the app's deny list contains a session or a remember token. */
export function isRevoked<User, Guest>(ctx: RequestContext<User, Guest>, id: string): Task<boolean> {
  const { isRevoked: isDenied } = ctx.services.settings
  return isDenied === null ? NOT_DENIED : isOnList(ctx, isDenied, id)
}

const NOT_DENIED: Task<boolean> = done(false)

function* isOnList<User, Guest>(
  ctx: RequestContext<User, Guest>,
  isDenied: (id: string) => Awaitable<boolean>,
  id: string,
): Task<boolean> {
  return (yield* wait(ctx.callOut(() => isDenied(id)))) !== false
}
