// A guard: a policy, and the requests that it lets pass unchecked.
import type { OptionProblem } from '../base/errors'
import { done, type Task } from '../base/task'
import {
  assertNone,
  choice,
  every,
  findProblems as findOptionProblems,
  flag,
  fn,
  isNumber,
  isText,
  object,
  optional,
  rule,
  text,
} from '../options/check'
import type { Settings } from '../options/types'
import type { RequestContext } from '../request/context'
import { getPath, type RequestView } from '../wire/headers/request'
import { encodePath, isAppPath, isPathBelow, isPathOf, ONE_READING } from '../wire/urls/path'
import { getViewPath, isHere } from '../wire/urls/url'
import { authorize, type Policy, type Refused } from './authorize'
import { withCsrfCheck } from './csrf'

/** A {@link Policy} for a route or a whole prefix. */
export interface GuardOptions<User = unknown> extends Policy<User> {
  /**
   * Paths that the guard lets pass unchecked: an exact path (`/health`), or all paths below one (`/public/*`, which
   * matches neither `/public` nor `/public/`). They are compared with the whole path as it was sent, case-sensitively,
   * and may be written encoded or not (`/über-uns`, `/log%20in`). A path with a `\`, `//`, `;` or dot segment never
   * matches. A path with a character that RFC 3986 does not allow, or with a `%` that the exception does not have, does
   * not match either. If the server rewrites paths, a path below `/public/*` matches only if the rewritten path is
   * excepted too.
   *
   * @default none
   */
  readonly except?: readonly string[] | undefined
}

/**
 * A {@link Decision}. The user is undefined if the guard let the request pass unchecked (exempt method, excepted path).
 */
export type GuardOutcome<User> = { readonly ok: true; readonly user: User | undefined } | Refused

/** The check of a guard with validated options. Must run inside a transaction. */
export type GuardCheck<User, Guest> = (ctx: RequestContext<User, Guest>) => Task<GuardOutcome<User>>

/**
 * Creates the check of a guard.
 *
 * @param settings - The settings of the manager.
 * @param options - The policy, and the paths that pass unchecked.
 * @returns The check.
 * @throws OptionsError `invalid-options` if an option is unknown or has an invalid value.
 */
export function createGuard<User, Guest>(
  settings: Settings<User, Guest>,
  options: GuardOptions<User>,
): GuardCheck<User, Guest> {
  const problems = findProblems(settings, options)
  assertNone('A guard', problems)
  const { except = [], ...policy } = options
  const exceptions = parseExceptions(except)
  const loginPaths = getViewPaths(settings, 'loginView')
  const refreshPaths = getViewPaths(settings, 'refreshView')
  const check: GuardCheck<User, Guest> = (ctx) => {
    if (settings.exemptMethods.includes(ctx.request.method)) return PASS_UNCHECKED
    const path = getPath(ctx.request)
    if (isExcepted(ctx.request, path, exceptions) || isPathOf(path, loginPaths)) return PASS_UNCHECKED
    return authorize(ctx, isPathOf(path, refreshPaths) ? omitFreshness(policy) : policy)
  }
  return (ctx) => withCsrfCheck(ctx, () => check(ctx))
}

/** The outcome of a request that passes unchecked. */
export const PASS_UNCHECKED: Task<GuardOutcome<never>> = done<GuardOutcome<never>>(
  Object.freeze({ ok: true, user: undefined }),
)

/** Removes the freshness of a policy, so that a stale login can reach the page that makes it fresh. */
function omitFreshness<User>({ fresh, withinSeconds, level, method, ...policy }: Policy<User>): Policy<User> {
  return policy
}

/**
 * Returns the paths of the views that this app serves. Only views that are strings count. A view function may repeat a
 * part of the request, and the client chooses the Host header. Neither may turn a guarded page into an exception.
 */
export function getViewPaths<User, Guest>(
  { everywhere, areas, publicOrigin, basePath }: Settings<User, Guest>,
  name: 'loginView' | 'refreshView',
): ReadonlySet<string> {
  const views = [everywhere, ...areas.values()].map((area) => area[name])
  const paths = views
    .filter((view) => typeof view === 'string')
    .filter((view) => isHere(view, publicOrigin))
    .map((view) => (isAppPath(view) ? getViewPath(view) : removeBase(getViewPath(view), basePath)))
    .filter((path) => path !== null)
  return encodePaths(paths)
}

/**
 * Returns the path without the base path. Returns null if it is not below the base path, or if the base path depends on
 * the request.
 */
function removeBase(path: string, basePath: unknown): string | null {
  if (typeof basePath !== 'string') return null
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
}

/** The parsed option `except`: exact paths, and prefixes that end with a slash. */
interface Exceptions {
  readonly exact: ReadonlySet<string>
  readonly below: readonly string[]
}

function parseExceptions(except: readonly string[]): Exceptions {
  const prefixes = except.filter((pattern) => pattern.endsWith('/*')).map((pattern) => pattern.slice(0, -1))
  const exact = except.filter((pattern) => !pattern.endsWith('/*'))
  return { exact: encodePaths(exact), below: [...encodePaths(prefixes)] }
}

function encodePaths(paths: readonly string[]): ReadonlySet<string> {
  return new Set(paths.map(encodePath).filter((path) => path !== null))
}

function isExcepted(request: RequestView, path: string, exceptions: Exceptions): boolean {
  if (isPathOf(path, exceptions.exact)) return true
  return isBelowAny(path, exceptions) && isRoutedPathExcepted(request.routedPath ?? path, path, exceptions)
}

/**
 * Returns whether the rewritten path is excepted too. Otherwise a client that chooses the rest of a path below a prefix
 * could reach a guarded page. Hono matches the decoded path, so the path is compared in its encoded form.
 */
function isRoutedPathExcepted(routed: string, path: string, exceptions: Exceptions): boolean {
  if (routed === path) return true
  const encoded = encodePath(routed)
  return encoded !== null && (isPathOf(encoded, exceptions.exact) || isBelowAny(encoded, exceptions))
}

/**
 * Returns whether a path is below a prefix. The prefix itself does not match, because lax routers serve `/users` at
 * `/users/`.
 */
function isBelowAny(path: string, { below }: Exceptions): boolean {
  return below.some((prefix) => isPathBelow(path, prefix))
}

const GUARD_OPTIONS = object({
  except: optional(
    rule(
      [every(isPathPattern), "must be a list of paths such as '/health' or '/public/*'"],
      [every(canMatch), `has a path that can never match, because parsers read it differently: ${ONE_READING}`],
    ),
  ),
  allow: optional(fn('(user) => boolean')),
  fresh: optional(flag),
  withinSeconds: optional(rule([(value) => isNumber(value) && value > 0, 'must be a number of seconds above 0'])),
  level: optional(rule([Number.isFinite, 'must be a number'])),
  method: optional(rule([(value) => isText(value) || every(isText)(value), 'must be a string, or a list of strings'])),
  area: optional(text('the name of an area')),
  next: optional(text('a path')),
  cache: optional(choice('private', 'public')),
})

/**
 * Validates a policy.
 *
 * @param settings - The settings of the manager.
 * @param policy - The policy.
 * @throws OptionsError `invalid-options` if a member is unknown or has an invalid value.
 */
export function assertPolicy<User, Guest>(settings: Settings<User, Guest>, policy: Policy<User>): void {
  const problems = findProblems(settings, policy).filter(({ path }) => path !== 'area')
  assertNone('require()', problems)
}

const NO_HANDLER = 'a guard takes no handler, app.get(path, loginRequired(), handler)'
const NO_REQUEST = 'is the request: call the guard at its route, loginRequired() instead of loginRequired'
const UNKNOWN_AREA = 'must be a name of the option areas of createLoginManager()'

function findProblems<User, Guest>(settings: Settings<User, Guest>, options: GuardOptions<User>): OptionProblem[] {
  if (isRequest(options)) return [{ path: 'options', message: NO_REQUEST }]
  const problems = findOptionProblems(GUARD_OPTIONS, options, { options: NO_HANDLER })
  const isKnown = !isText(options?.area) || settings.areas.has(options.area)
  return isKnown ? problems : [...problems, { path: 'area', message: UNKNOWN_AREA }]
}

/**
 * Adds `fresh: true` to the options of a guard. An invalid value is returned unchanged, so that the guard rejects it.
 *
 * @param options - The options of a guard.
 * @returns A copy of the options.
 */
export function withFreshness<Options extends object>(options: Options): Options & { readonly fresh?: boolean } {
  return typeof options !== 'object' || options === null || isRequest(options) ? options : { ...options, fresh: true }
}

/**
 * Returns whether the options are a request, which frameworks pass to middleware as its first argument, or a copy of
 * one.
 */
export function isRequest(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false
  return ['headers', 'rawHeaders', 'raw', 'req'].some((name) => name in options)
}

function canMatch(pattern: string): boolean {
  return encodePath(pattern.replace(/\*$/, '')) !== null
}

function isPathPattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && /^\/(?:[^*]*|(?:[^*]*\/)?\*)$/.test(pattern)
}
