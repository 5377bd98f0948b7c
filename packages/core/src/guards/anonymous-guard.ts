// The guard of pages for anonymous requests, such as the login page.
import type { OptionProblem } from '../base/errors'
import type { Task } from '../base/task'
import { identify } from '../identify/identify'
import { assertNone, findProblems as findOptionProblems, object, optional, rule } from '../options/check'
import type { Settings } from '../options/types'
import type { RequestContext } from '../request/context'
import { getPath } from '../wire/headers/request'
import { isPathOf } from '../wire/urls/path'
import { NOWHERE, toSafeUrl } from '../wire/urls/url'
import { refuseAfterError } from './authorize'
import { withCsrfCheck } from './csrf'
import { type GuardCheck, type GuardOutcome, getViewPaths, isRequest, PASS_UNCHECKED } from './guard'
import { respondLoggedIn } from './refusal-response'

/** Options of a guard that lets only anonymous requests pass. */
export interface AnonymousGuardOptions {
  /**
   * The path of this origin to which a logged-in user is redirected if the query has no safe `next`. If it is the
   * guarded page itself, the response is 403. Name a page that logged-in users may open. Two guarded pages that name
   * each other redirect without end.
   *
   * @default `/`
   */
  readonly home?: string | undefined
}

/**
 * Creates the check of a guard that lets only anonymous requests pass.
 *
 * @throws OptionsError `invalid-options` if an option is unknown or has an invalid value.
 */
export function createAnonymousGuard<User, Guest>(
  settings: Settings<User, Guest>,
  options: AnonymousGuardOptions,
): GuardCheck<User, Guest> {
  assertNone('A guard for anonymous requests', findProblems(options))
  const home = toSafeUrl(options.home ?? '/', NOWHERE) as string
  const refreshPaths = getViewPaths(settings, 'refreshView')
  const check: GuardCheck<User, Guest> = (ctx) => {
    if (settings.exemptMethods.includes(ctx.request.method)) return PASS_UNCHECKED
    // On a page that is both login view and refresh view, a logged-in user confirms the login.
    return isPathOf(getPath(ctx.request), refreshPaths) ? PASS_UNCHECKED : decideAnonymous(ctx, home)
  }
  return (ctx) => withCsrfCheck(ctx, () => check(ctx))
}

/** Returns an outcome without a user, so that `auth.user` still throws behind this guard. */
function* decideAnonymous<User, Guest>(ctx: RequestContext<User, Guest>, home: string): Task<GuardOutcome<User>> {
  ctx.cacheTracker.markPersonal()
  try {
    const { user, isActive } = yield* identify(ctx)
    if (user === null || !isActive) return { ok: true, user: undefined }
    return { ok: false, reason: 'logged-in', respond: () => respondLoggedIn(ctx, home) }
  } catch (error) {
    return refuseAfterError(ctx, error)
  }
}

const ANONYMOUS_GUARD_OPTIONS = object({
  home: optional(rule([isHome, "must be a path of this origin, such as '/dashboard'"])),
})

const NO_REQUEST = 'is the request: call the guard at its route, anonymousRequired() instead of anonymousRequired'

function findProblems(options: AnonymousGuardOptions): OptionProblem[] {
  return isRequest(options)
    ? [{ path: 'options', message: NO_REQUEST }]
    : findOptionProblems(ANONYMOUS_GUARD_OPTIONS, options, { options: "such as { home: '/' }" })
}

function isHome(home: unknown): boolean {
  return typeof home === 'string' && home.startsWith('/') && toSafeUrl(home, NOWHERE) !== null
}
