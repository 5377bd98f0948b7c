// Decides whether a request meets a policy. The result is the user or a reason; refusal-response.ts creates the
// response.
import { isStoreError, UsageError } from '../base/errors'
import { type Awaitable, type Task, wait } from '../base/task'
import { identify } from '../identify/identify'
import type { AreaSettings, Settings } from '../options/types'
import type { RequestContext } from '../request/context'
import type { Identity } from '../request/transaction'
import { type FreshnessPolicy, isFresh } from '../state/freshness'
import { respondForbidden, respondNeedsRefresh, respondUnauthorized, respondUnavailable } from './refusal-response'

/** The conditions that a request must meet to pass a guard. */
export interface Policy<User> extends FreshnessPolicy {
  /**
   * Whether the login must be fresh.
   *
   * @default false
   */
  readonly fresh?: boolean | undefined
  /**
   * Returns whether the user may pass, for example by role. If it returns false, the response is 403.
   *
   * @default every logged-in user may pass
   */
  readonly allow?: ((user: User) => Awaitable<boolean>) | undefined
  /**
   * The area whose views and messages a refusal uses.
   *
   * @default the views and messages of the manager
   */
  readonly area?: string | undefined
  /**
   * The page to return to after the login.
   *
   * @default the requested page
   */
  readonly next?: string | undefined
  /**
   * `public` keeps the `Cache-Control: public` or `s-maxage` that the app sets, for a response that is the same for
   * every user. Shared caches may then send it to any client. The response becomes private if it sets a cookie of the
   * library, or if `auth.user` or `currentUser()` is read behind the guard. Hono's `c.var.user` is not set. A route
   * handler of Next.js still receives the user as an argument; the library cannot detect whether the handler uses it.
   *
   * @default `private`
   */
  readonly cache?: 'private' | 'public' | undefined
}

/**
 * Why a guard refused a request:
 * - `unauthorized`: the request is anonymous;
 * - `stale`: the login is not fresh, recent or strong enough;
 * - `forbidden`: `allow` returned false;
 * - `unavailable`: a store or a key server is down;
 * - `forged`: the CSRF check refused the request;
 * - `logged-in`: a user is logged in (`guardAnonymous()` only).
 */
export type RefusalReason = 'unauthorized' | 'stale' | 'forbidden' | 'unavailable' | 'forged' | 'logged-in'

/** The refusal of a request. */
export interface Refused {
  /** Always false, which distinguishes a refusal from a success. */
  readonly ok: false
  /** Why the request was refused. */
  readonly reason: RefusalReason
  /**
   * Creates the response: a redirect for a page, problem details (RFC 9457) for another client, or the response of the
   * app's handler.
   *
   * @returns The response, which the handler of the app must return.
   */
  respond(): Promise<Response>
}

/** The user of a request that passed, or the refusal. */
export type Decision<User> = { readonly ok: true; readonly user: User } | Refused

/** Decides whether the request meets the policy. Must run inside a transaction. */
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
 * Rolls back the operation and returns a refusal with status 503 if a store is down.
 *
 * @throws The error itself, if it is not a `StoreError`.
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
  if (!meetsFreshness(ctx, identity, policy))
    return { ok: false, reason: 'stale', respond: () => respondNeedsRefresh(ctx, context, policy) }
  const { allow } = policy
  const allowed: unknown = allow === undefined || (yield* wait(ctx.callOut(() => allow(user))))
  if (allowed === true) return { ok: true, user }
  return { ok: false, reason: 'forbidden', respond: () => respondForbidden(ctx, context, user, allowed) }
}

/** Returns whether the login is fresh, recent and strong enough for the policy. A user of a request loader never is. */
export function meetsFreshness<User, Guest>(
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

/**
 * Returns the settings of an area, or those of the manager.
 *
 * @throws UsageError `unknown-area` if the option `areas` does not have the area.
 */
export function getArea<User, Guest>(settings: Settings<User, Guest>, name: string | undefined): AreaSettings {
  const area = name === undefined ? settings.everywhere : settings.areas.get(name)
  if (area !== undefined) return area
  throw new UsageError(
    'unknown-area',
    `The area "${name}" does not exist. Add it to the option areas of createLoginManager(), for example as areas: { ${JSON.stringify(name)}: {} }.`,
  )
}
