// A guard: a policy, and the requests that it does not look at.
import { describeValue } from '../base/argument'
import { type OptionProblem, OptionsError } from '../base/errors'
import { done, type Task } from '../base/task'
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
   * Paths that the guard lets through without a look at the user: exact (`/health`), or all below (`/public/*`, which
   * matches neither `/public` nor `/public/`). Compared with the whole path as it was sent, case-sensitively; an exception
   * may be written encoded or not (`/über-uns`, `/log%20in`). A path with `\`, `//`, `;`, a dot segment, a character that
   * RFC 3986 does not allow, or with a `%` that the exception does not have, never matches. If the server rewrites paths,
   * one below `/public/*` matches only if the rewritten path is excepted too. Default none.
   */
  readonly except?: readonly string[] | undefined
}

/** As {@link Decision}; without a user where the guard did not look (an exempt method, an excepted path). */
export type GuardOutcome<User> = { readonly ok: true; readonly user: User | undefined } | Refused

/** A policy, checked and ready: what adapters make their middleware of. */
export type GuardCheck<User, Guest> = (ctx: RequestContext<User, Guest>) => Task<GuardOutcome<User>>

/** @throws OptionsError `invalid-options` where the options cannot work. */
export function createGuard<User, Guest>(
  settings: Settings<User, Guest>,
  options: GuardOptions<User>,
): GuardCheck<User, Guest> {
  const problems = findProblems(settings, options)
  if (problems.length > 0) throw new OptionsError('A guard', problems)
  const { except = [], ...policy } = options
  const exceptions = parseExceptions(except)
  const loginPaths = getViewPaths(settings, 'loginView')
  const refreshPaths = getViewPaths(settings, 'refreshView')
  const look: GuardCheck<User, Guest> = (ctx) => {
    if (settings.exemptMethods.includes(ctx.request.method)) return UNSEEN
    const path = getPath(ctx.request)
    if (isExcepted(ctx.request, path, exceptions) || isPathOf(path, loginPaths)) return UNSEEN
    return authorize(ctx, isPathOf(path, refreshPaths) ? omitFreshness(policy) : policy)
  }
  return (ctx) => withCsrfCheck(ctx, () => look(ctx))
}

/** Let through without a look at who it is. */
export const UNSEEN: Task<GuardOutcome<never>> = done<GuardOutcome<never>>(Object.freeze({ ok: true, user: undefined }))

/** A fresh guard over a whole app still lets the user reach the page where the login becomes fresh. */
function omitFreshness<User>({ fresh, withinSeconds, level, method, ...policy }: Policy<User>): Policy<User> {
  return policy
}

/**
 * The paths of the views that are served here. Only what is written in the options counts: neither a view function
 * (it may repeat what the request says) nor the Host header may turn a guarded page into an exception.
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

/** The path that the app sees; null if it is not below the base path, or the request alone says where that is. */
function removeBase(path: string, basePath: unknown): string | null {
  if (typeof basePath !== 'string') return null
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
}

/** The paths of an option `except`: exact ones, and prefixes that end with a slash. */
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
  return isBelowOne(path, exceptions) && isRoutedThere(request.routedPath ?? path, path, exceptions)
}

/**
 * A rewrite leads one path to one page. A visitor who chooses the rest of a path could choose a page by it. Hono matches
 * the decoded path, so the routed path is compared in its encoded form.
 */
function isRoutedThere(routed: string, path: string, exceptions: Exceptions): boolean {
  if (routed === path) return true
  const encoded = encodePath(routed)
  return encoded !== null && (isPathOf(encoded, exceptions.exact) || isBelowOne(encoded, exceptions))
}

/** Lax routers serve `/users` at `/users/`, so the prefix alone does not match. */
function isBelowOne(path: string, { below }: Exceptions): boolean {
  return below.some((prefix) => isPathBelow(path, prefix))
}

const GUARD_OPTIONS: readonly string[] = [
  'except',
  'allow',
  'fresh',
  'withinSeconds',
  'level',
  'method',
  'area',
  'next',
  'cache',
]

/** @throws OptionsError `invalid-options` where a policy asks for what it cannot mean. */
export function assertPolicy<User, Guest>(settings: Settings<User, Guest>, policy: Policy<User>): void {
  const problems = findProblems(settings, policy).filter(({ path }) => path !== 'area')
  if (problems.length > 0) throw new OptionsError('require()', problems)
}

function findProblems<User, Guest>(settings: Settings<User, Guest>, options: GuardOptions<User>): OptionProblem[] {
  const problems: OptionProblem[] = []
  const wrong = (path: string, message: string): void => void problems.push({ path, message })
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    wrong(
      'options',
      `must be an object, but is ${describeValue(options)}: a guard takes no handler, app.get(path, loginRequired(), handler)`,
    )
    return problems
  }
  if (isRequest(options)) {
    wrong('options', 'is the request itself: call the guard where it stands, loginRequired() instead of loginRequired')
    return problems
  }
  for (const key of Object.keys(options))
    if (!GUARD_OPTIONS.includes(key)) wrong(key, 'is not an option of a guard: check its spelling')
  const { except, allow, fresh, withinSeconds, level, method, area, next, cache } = options
  if (except !== undefined && !(Array.isArray(except) && except.every(isPathPattern)))
    wrong('except', "must be a list of paths such as '/health' or '/public/*'")
  else if (except?.some((pattern) => encodePath(pattern.replace(/\*$/, '')) === null))
    wrong('except', `has a path that can never match, as parsers read it differently: ${ONE_READING}`)
  if (allow !== undefined && typeof allow !== 'function') wrong('allow', 'must be a function: (user) => boolean')
  if (fresh !== undefined && typeof fresh !== 'boolean') wrong('fresh', 'must be true or false')
  if (withinSeconds !== undefined && !(typeof withinSeconds === 'number' && withinSeconds > 0))
    wrong('withinSeconds', 'must be a number of seconds above 0')
  if (level !== undefined && !Number.isFinite(level)) wrong('level', 'must be a number')
  if (method !== undefined && typeof method !== 'string' && !Array.isArray(method))
    wrong('method', 'must be a method, or a list of them')
  if (area !== undefined && !settings.areas.has(area))
    wrong('area', 'is not in the option areas of createLoginManager()')
  if (next !== undefined && typeof next !== 'string') wrong('next', 'must be a path')
  if (cache !== undefined && cache !== 'private' && cache !== 'public') wrong('cache', "must be 'private' or 'public'")
  return problems
}

/** For adapters: the same options, and the login must be fresh. What is no options object stays, and is refused as such. */
export function withFreshness<Options extends object>(options: Options): Options & { readonly fresh?: boolean } {
  return typeof options !== 'object' || options === null || isRequest(options) ? options : { ...options, fresh: true }
}

/** What frameworks hand to middleware and hooks first, and what is left of it in a copy. */
export function isRequest(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false
  return ['headers', 'rawHeaders', 'raw', 'req'].some((name) => name in options)
}

function isPathPattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && /^\/(?:[^*]*|(?:[^*]*\/)?\*)$/.test(pattern)
}
