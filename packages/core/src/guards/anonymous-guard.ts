// The guard of pages for anonymous visitors, such as the login page.
import { described } from '../base/argument'
import { type OptionProblem, OptionsError } from '../base/errors'
import type { Steps } from '../base/task'
import { identify } from '../identify/identify'
import type { Settings } from '../options/types'
import type { Exchange } from '../request/context'
import { requestPath } from '../wire/headers/request'
import { isPathOf } from '../wire/urls/path'
import { NOWHERE, safeAddress } from '../wire/urls/url'
import { refusedAfter } from './authorize'
import { checkedAgain } from './csrf'
import { type GuardCheck, type GuardOutcome, isRequest, UNSEEN, viewPaths } from './guard'
import { alreadyLoggedIn } from './refusal-response'

/** Options of a guard that lets only anonymous requests pass. */
export interface AnonymousGuardOptions {
  /**
   * The path of this origin to which a logged-in user is redirected if the query has no safe `next`. Default `/`.
   * If it is the page itself, the response is 403. It must not be another page for anonymous requests whose `home` leads
   * back here: the two would redirect to each other until the browser stops. Name a page that logged-in users may open.
   */
  readonly home?: string | undefined
}

/** @throws OptionsError `invalid-options` if the options cannot work. */
export function createAnonymousGuard<User, Guest>(
  settings: Settings<User, Guest>,
  options: AnonymousGuardOptions,
): GuardCheck<User, Guest> {
  const problems = anonymousGuardProblems(options)
  if (problems.length > 0) throw new OptionsError('A guard for anonymous requests', problems)
  const home = safeAddress(options.home ?? '/', NOWHERE) as string
  const refreshPaths = viewPaths(settings, 'refreshView')
  const look: GuardCheck<User, Guest> = (exchange) => {
    if (settings.exemptMethods.includes(exchange.request.method)) return UNSEEN
    // If the login page is the refresh view too, logged-in users confirm their login there.
    return isPathOf(requestPath(exchange.request), refreshPaths) ? UNSEEN : decideAnonymous(exchange, home)
  }
  return (exchange) => checkedAgain(exchange, () => look(exchange))
}

/** Passes without a user, so that the guard does not make `auth.user` readable. */
function* decideAnonymous<User, Guest>(exchange: Exchange<User, Guest>, home: string): Steps<GuardOutcome<User>> {
  exchange.markPersonal()
  try {
    const { user, admitted } = yield* identify(exchange)
    if (user === null || !admitted) return { ok: true, user: undefined }
    return { ok: false, reason: 'logged-in', respond: () => alreadyLoggedIn(exchange, home) }
  } catch (error) {
    return refusedAfter(exchange, error)
  }
}

function anonymousGuardProblems(options: AnonymousGuardOptions): OptionProblem[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return [{ path: 'options', message: `must be an object such as { home: '/' }, but is ${described(options)}` }]
  if (isRequest(options))
    return [
      { path: 'options', message: 'is the request itself: write anonymousRequired() instead of anonymousRequired' },
    ]
  const unknown = Object.keys(options).filter((key) => key !== 'home')
  const problems = unknown.map((path) => ({ path, message: 'is not an option of this guard: check its spelling' }))
  return isHome(options.home)
    ? problems
    : [...problems, { path: 'home', message: "must be a path of this origin, such as '/dashboard'" }]
}

function isHome(home: unknown): boolean {
  if (home === undefined) return true
  return typeof home === 'string' && home.startsWith('/') && safeAddress(home, NOWHERE) !== null
}
