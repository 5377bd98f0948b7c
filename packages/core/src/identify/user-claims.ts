// What the app says of a user: the id, whether they are active, the stamp that ends all their logins.

import { toBase64url } from '../base/base64url'
import { UsageError } from '../base/errors'
import { toNetstrings } from '../base/netstring'
import { type Awaitable, done, type Task, wait } from '../base/task'
import type { RequestContext } from '../request/context'
import { ANONYMOUS, type Identity } from '../request/transaction'
import { createInvalidIdError, isId } from '../state/user'
import { createFingerprint, findFingerprintKey } from '../wire/headers/client'
import type { Key } from '../wire/tokens/keyring'

/** @throws UsageError `invalid-user-id` if it is no text, or one that `String()` makes of what is no id. */
export function getUserId<User, Guest>(ctx: RequestContext<User, Guest>, user: User): string {
  const id: unknown = ctx.callOut(() => ctx.services.settings.userId(user))
  if (isId(id)) return id
  throw createInvalidIdError(id)
}

export function* isActive<User, Guest>(ctx: RequestContext<User, Guest>, user: User): Task<boolean> {
  const active: unknown = yield* wait(ctx.callOut(() => ctx.services.settings.isActive(user)))
  if (active !== true && active) yield* ctx.warn('is-active', describeInactive(active))
  return active === true
}

/** Stores the inactive user and returns the anonymous identity. The session stays, and is valid again if the user is active again. */
export function identifyInactive<User, Guest>(ctx: RequestContext<User, Guest>, user: User): Identity<never> {
  ctx.noteReason('inactive')
  ctx.inactiveUser = user
  return ANONYMOUS
}

function describeInactive(active: unknown): string {
  return `isActive must be true or false, but was ${JSON.stringify(active) ?? typeof active}, so the user counts as inactive: set the option isActive, such as (user) => user.active === 1.`
}

/** What is keyed for the stamp claim, or null where the app has no stamps. */
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
    `sessionStamp() must return a number, or a string that is not empty, but returned ${String(stamp)}: without a stamp the logins of this user could not be ended.`,
  )
}

/** The stamp claim for a new login. */
export function* createStamp<User, Guest>(
  ctx: RequestContext<User, Guest>,
  userId: string,
  user: User,
): Task<string | null> {
  return createStampClaim(ctx, yield* getStampText(ctx, userId, user))
}

/** The stamp claim of a text, under the current secret. */
export function createStampClaim<User, Guest>(
  { services }: RequestContext<User, Guest>,
  text: string | null,
): string | null {
  return text === null ? null : createFingerprint(services.stampKeys[0] as Key, text)
}

/** Under which key a claim is of this stamp; -1 under none. Where stamps are on, a claim without one is of none. */
export function findStampKey(keys: readonly Key[], text: string | null, claim: string | null): number {
  return text === null ? 0 : claim === null ? -1 : findFingerprintKey(keys, text, claim)
}

/** The client claim for a new login, or null where nothing is looked at. */
export function createClientClaim<User, Guest>(ctx: RequestContext<User, Guest>): string | null {
  const { sessionProtection } = ctx.services.settings
  return sessionProtection === false ? null : createFingerprint(ctx.services.clientKeys[0] as Key, ctx.client)
}

/** 128 random bits: the `sid` of a session, the `jti` of a token. */
export function createId<User, Guest>({ services }: RequestContext<User, Guest>): string {
  return toBase64url(services.settings.random(16))
}

/** Whether the app's deny list names this session or remember token. */
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
