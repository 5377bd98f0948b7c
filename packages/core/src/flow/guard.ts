// May they in? A decision, never a response: the guard says who, or why not.
import { type OptionProblem, OptionsError, StoreError, UsageError } from '../base/errors'
import type { AreaSettings, Awaitable, Settings, View } from '../settings'
import { type FreshnessPolicy, isFresh, isStrong } from '../state/freshness'
import { type RequestView, requestOrigin, requestPath } from '../wire/request'
import { isHere, viewPath } from '../wire/url'
import type { Exchange, Identity } from './exchange'
import { identify } from './load'
import { forbidden, needsRefresh, unauthorized, unavailable } from './respond'

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
}

/** A {@link Policy} for a route or a whole prefix. */
export interface GuardOptions<User = unknown> extends Policy<User> {
  /**
   * Paths that the guard lets through unseen: exact (`/health`), or all below (`/public/*`). Compared with the whole
   * path as it was sent, case and all; one with `%`, `\`, `//`, `;` or dot segments never matches. Default none.
   */
  readonly except?: readonly string[] | undefined
}

/** Why a guard said no. */
export type RefusalReason = 'unauthorized' | 'stale' | 'forbidden' | 'unavailable' | 'forged'

/** A refusal: why, and the answer that goes with it. */
export interface Refused {
  readonly ok: false
  readonly reason: RefusalReason
  /** The answer: a redirect for a page, problem+json for a program, or what the app's own handler says. */
  respond(): Promise<Response>
}

/** Yes, with the user; or no, with the reason. */
export type Decision<User> = { readonly ok: true; readonly user: User } | Refused

/** As {@link Decision}; without a user where the guard did not look (an exempt method, an excepted path). */
export type GuardOutcome<User> = { readonly ok: true; readonly user: User | undefined } | Refused

/** Decides for one request. */
export async function decide<User, Guest>(
  exchange: Exchange<User, Guest>,
  policy: Policy<User>,
): Promise<Decision<User>> {
  exchange.traces.personal = true
  const area = areaOf(exchange.runtime.settings, policy.area)
  try {
    return await judged(exchange, policy, area)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { ok: false, reason: 'unavailable', respond: () => unavailable(exchange, error.retryAfterSeconds) }
  }
}

async function judged<User, Guest>(
  exchange: Exchange<User, Guest>,
  policy: Policy<User>,
  area: AreaSettings,
): Promise<Decision<User>> {
  const identity = await identify(exchange)
  const { user } = identity
  const context = { area, areaName: policy.area ?? null, next: policy.next ?? null }
  if (user === null || !identity.admitted)
    return { ok: false, reason: 'unauthorized', respond: () => unauthorized(exchange, context) }
  if (!isEnough(exchange, identity, policy))
    return { ok: false, reason: 'stale', respond: () => needsRefresh(exchange, context, policy) }
  const { allow } = policy
  if (allow !== undefined && (await exchange.callOut(() => allow(user))) !== true) {
    return { ok: false, reason: 'forbidden', respond: () => forbidden(exchange) }
  }
  return { ok: true, user }
}

/** Freshness belongs to the login in the session; an API key has none. */
export function isEnough<User, Guest>(
  exchange: Exchange<User, Guest>,
  identity: Identity<User>,
  policy: Policy<User>,
): boolean {
  const wantsFresh = policy.fresh === true || policy.within !== undefined
  if (!wantsFresh && policy.level === undefined && policy.method === undefined) return true
  const { login } = exchange.state
  if (login === null || identity.user === null || identity.source === 'request') return false
  return wantsFresh ? isFresh(login, policy, exchange.runtime.now()) : isStrong(login, policy)
}

/** @throws UsageError `unknown-area`. */
export function areaOf<User, Guest>(settings: Settings<User, Guest>, name: string | undefined): AreaSettings {
  const area = name === undefined ? settings.everywhere : settings.areas.get(name)
  if (area !== undefined) return area
  throw new UsageError(
    'unknown-area',
    `There is no area "${name}": name it in the option areas of createLoginManager(), if only as ${JSON.stringify(name)}: {}.`,
  )
}

// ── guards: a policy and the requests it does not look at ─────────────────────

/** A policy, checked and ready: what adapters make their middleware of. */
export type Guard<User, Guest> = (exchange: Exchange<User, Guest>) => Promise<GuardOutcome<User>>

/** @throws OptionsError `invalid-options` where the options cannot work. */
export function createGuard<User, Guest>(
  settings: Settings<User, Guest>,
  options: GuardOptions<User>,
): Guard<User, Guest> {
  const problems = guardProblems(settings, options)
  if (problems.length > 0) throw new OptionsError('A guard', problems)
  const { except = [], ...policy } = options
  return async (exchange) => {
    const { request } = exchange
    if (settings.exemptMethods.includes(request.method)) return { ok: true, user: undefined }
    const path = plainPath(request)
    if (path !== null && (matches(path, except) || isView(exchange, path, loginViews(settings))))
      return { ok: true, user: undefined }
    return decide(
      exchange,
      path !== null && isView(exchange, path, refreshViews(settings)) ? withoutFreshness(policy) : policy,
    )
  }
}

/** A fresh guard over a whole app still lets the user reach the page where the login becomes fresh. */
function withoutFreshness<User>({ fresh, within, level, method, ...policy }: Policy<User>): Policy<User> {
  return policy
}

function loginViews<User, Guest>({ everywhere, areas }: Settings<User, Guest>): (View | null)[] {
  return [everywhere, ...areas.values()].map((area) => area.loginView)
}

function refreshViews<User, Guest>({ everywhere, areas }: Settings<User, Guest>): (View | null)[] {
  return [everywhere, ...areas.values()].map((area) => area.refreshView)
}

function isView<User, Guest>(
  { request, runtime }: Exchange<User, Guest>,
  path: string,
  views: readonly (View | null)[],
): boolean {
  return views.some((view) => {
    if (view === null) return false
    const address = typeof view === 'string' ? view : view(request)
    return viewPath(address) === path && isHere(address, requestOrigin(request, runtime.settings.publicOrigin))
  })
}

/** The path, or null where two readers could take it for two paths: that one is never excepted. */
function plainPath(request: RequestView): string | null {
  const path = requestPath(request)
  return /[%\\;]|\/\/|\/\.{1,2}(?:\/|$)/.test(path) ? null : path
}

function matches(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern))
}

const GUARD_OPTIONS: readonly string[] = ['except', 'allow', 'fresh', 'within', 'level', 'method', 'area', 'next']

function guardProblems<User, Guest>(settings: Settings<User, Guest>, options: GuardOptions<User>): OptionProblem[] {
  const problems: OptionProblem[] = []
  const wrong = (path: string, message: string): void => void problems.push({ path, message })
  for (const key of Object.keys(options))
    if (!GUARD_OPTIONS.includes(key)) wrong(key, 'is no option of a guard: check its spelling')
  const { except, allow, within, level, method, area, next } = options
  if (except !== undefined && !(Array.isArray(except) && except.every(isPathPattern)))
    wrong('except', "must be a list of paths such as '/health' or '/public/*'")
  if (allow !== undefined && typeof allow !== 'function') wrong('allow', 'must be a function: (user) => boolean')
  if (within !== undefined && !(typeof within === 'number' && within > 0))
    wrong('within', 'must be a number of seconds above 0')
  if (level !== undefined && typeof level !== 'number') wrong('level', 'must be a number')
  if (method !== undefined && typeof method !== 'string' && !Array.isArray(method))
    wrong('method', 'must be a method, or a list of them')
  if (area !== undefined && !settings.areas.has(area))
    wrong('area', 'is not in the option areas of createLoginManager()')
  if (next !== undefined && typeof next !== 'string') wrong('next', 'must be a path')
  return problems
}

function isPathPattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && pattern.startsWith('/') && !pattern.slice(0, -1).includes('*')
}
