// May they in? A decision, never a response: who, or why not.
import { isStoreError, UsageError } from '../base/errors'
import { type Awaitable, type Task, wait } from '../base/task'
import { identify } from '../identify/identify'
import type { AreaSettings, Settings } from '../options/types'
import type { RequestContext } from '../request/context'
import type { Identity } from '../request/transaction'
import { type FreshnessPolicy, isFresh } from '../state/freshness'
import { respondForbidden, respondNeedsRefresh, respondUnauthorized, respondUnavailable } from './refusal-response'

/** What a page asks of whoever wants to see it. */
export interface Policy<User> extends FreshnessPolicy {
  /** The login must be fresh. Default false. */
  readonly fresh?: boolean | undefined
  /** Roles and the like: false is answered with 403. Default: anybody who is logged in. */
  readonly allow?: ((user: User) => Awaitable<boolean>) | undefined
  /** The area whose views and messages a refusal uses. Default: those of everywhere. */
  readonly area?: string | undefined
  /** Where to come back to after the login. Default: the page asked for. */
  readonly next?: string | undefined
  /**
   * `public` permits the response to leave with the `Cache-Control: public` or `s-maxage` that the app writes, because it
   * is the same for every user. Shared caches may then hand it to anybody. A response with one of our cookies, or that
   * reads `auth.user` or `currentUser()` behind the guard, stays private. Hono's `c.var.user` is not set then. A route
   * handler of Next.js still receives the user as an argument, which cannot be noticed: do not use it. Default `private`.
   */
  readonly cache?: 'private' | 'public' | undefined
}

/**
 * Why a guard said no: nobody is logged in, the login is not fresh or strong enough, `allow` said false, a store or key
 * server is down, the request is a forged one, or a user is logged in (`guardAnonymous()` only).
 */
export type RefusalReason = 'unauthorized' | 'stale' | 'forbidden' | 'unavailable' | 'forged' | 'logged-in'

/** A refusal: why, and the answer that goes with it. */
export interface Refused {
  /** No. */
  readonly ok: false
  /** Why. */
  readonly reason: RefusalReason
  /** The answer: a redirect for a page, problem+json for a program, or what the app's own handler says. */
  respond(): Promise<Response>
}

/** Yes, with the user; or no, with the reason. */
export type Decision<User> = { readonly ok: true; readonly user: User } | Refused

/** Decides for one request. */
export function* authorize<User, Guest>(ctx: RequestContext<User, Guest>, policy: Policy<User>): Task<Decision<User>> {
  const area = getArea(ctx.services.settings, policy.area)
  const isPublic = policy.cache === 'public'
  if (!isPublic) ctx.cacheTracker.markPersonal()
  try {
    const decision = yield* isPublic
      ? ctx.cacheTracker.runImpersonal(() => checkPolicy(ctx, policy, area))
      : checkPolicy(ctx, policy, area)
    if (!decision.ok) ctx.cacheTracker.markPersonal()
    return decision
  } catch (error) {
    return refuseAfterError(ctx, error)
  }
}

/**
 * Undoes the step and refuses with 503 if a store is down.
 *
 * @throws any other error
 */
export function refuseAfterError<User, Guest>(ctx: RequestContext<User, Guest>, error: unknown): Refused {
  if (!isStoreError(error)) throw error
  ctx.rollback()
  ctx.cacheTracker.markPersonal()
  return { ok: false, reason: 'unavailable', respond: () => respondUnavailable(ctx, error.retryAfterSeconds) }
}

function* checkPolicy<User, Guest>(
  ctx: RequestContext<User, Guest>,
  policy: Policy<User>,
  area: AreaSettings,
): Task<Decision<User>> {
  const identity = yield* identify(ctx)
  const { user } = identity
  const { causes } = ctx.services.handlers
  const context = { area, areaName: policy.area ?? null, next: policy.next ?? null, causes }
  if (user === null || !identity.isActive)
    return { ok: false, reason: 'unauthorized', respond: () => respondUnauthorized(ctx, context) }
  if (!isEnough(ctx, identity, policy))
    return { ok: false, reason: 'stale', respond: () => respondNeedsRefresh(ctx, context, policy) }
  const { allow } = policy
  if (allow !== undefined && (yield* wait(ctx.callOut(() => allow(user)))) !== true) {
    return { ok: false, reason: 'forbidden', respond: () => respondForbidden(ctx, context, user) }
  }
  return { ok: true, user }
}

/** Freshness, level and method belong to the proof given in this session; an API key has none. */
export function isEnough<User, Guest>(
  ctx: RequestContext<User, Guest>,
  identity: Identity<User>,
  policy: Policy<User>,
): boolean {
  const { fresh, withinSeconds, level, method } = policy
  if (fresh !== true && withinSeconds === undefined && level === undefined && method === undefined) return true
  const { login } = ctx.state
  if (login === null || identity.user === null || identity.source === 'request') return false
  return isFresh(login, policy, ctx.services.now())
}

/** @throws UsageError `unknown-area`. */
export function getArea<User, Guest>(settings: Settings<User, Guest>, name: string | undefined): AreaSettings {
  const area = name === undefined ? settings.everywhere : settings.areas.get(name)
  if (area !== undefined) return area
  throw new UsageError(
    'unknown-area',
    `There is no area "${name}": name it in the option areas of createLoginManager(), if only as ${JSON.stringify(name)}: {}.`,
  )
}
