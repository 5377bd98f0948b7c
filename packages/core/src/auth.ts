// The `Auth` object of one request. Each member calls one operation of guards/, actions/ or identify/.

import { type ConfirmOptions, confirm } from './actions/confirm'
import { type CurrentLogin, getCurrentLogin } from './actions/current-login'
import { addFlash, peekFlashes, takeFlashes } from './actions/flashes'
import { type LoginOptions, logIn } from './actions/login'
import { type LogoutOptions, logOut } from './actions/logout'
import { DataOfSession, type SessionData } from './actions/session-data'
import { createArgumentError, describeValue } from './base/argument'
import { assertSameCopy, markCopy } from './base/copy'
import { UsageError } from './base/errors'
import { isPending, type Task } from './base/task'
import { getCookieLines, reviewCookies } from './commit'
import { authorize, type Decision, getArea, meetsFreshness, type Policy } from './guards/authorize'
import { checkToken, issueToken, runChange, withCsrfCheck } from './guards/csrf'
import { assertPolicy, type GuardOutcome } from './guards/guard'
import { getLoginUrl, getNextUrl } from './guards/login-url'
import { type RefusalContext, respondNeedsRefresh, respondUnauthorized } from './guards/refusal-response'
import { identify } from './identify/identify'
import { isRemembered } from './identify/remember'
import type { View } from './options/types'
import { RequestContext } from './request/context'
import { watchGuard, watchResponse } from './request/guard-calls'
import { startOperation } from './request/operations'
import { reportRejected } from './request/refusal-log'
import type { Services } from './request/services'
import type { Identity } from './request/transaction'
import type { AnonymousReason } from './sessions/read-result'
import type { Flash } from './state/flash'
import type { FreshnessPolicy } from './state/freshness'
import type { RequestView } from './wire/headers/request'

/** Receives all `Set-Cookie` lines after each change. Each call replaces the lines of the call before. */
export type CookieListener = (lines: readonly string[]) => void

let readContext: <User, Guest>(auth: Auth<User, Guest>, receiver: string) => RequestContext<User, Guest>

let hasContext: (value: unknown) => boolean

let markPassed: <User, Guest>(auth: Auth<User, Guest>) => void

/**
 * Returns the context of the request that an `Auth` object belongs to.
 *
 * @param receiver - The name of the function that received the object, for the error.
 * @throws UsageError `invalid-argument` for another value, or `two-copies` for an object of another copy of this
 *   package.
 */
export function getContext<User, Guest>(auth: Auth<User, Guest>, receiver: string): RequestContext<User, Guest> {
  return readContext(auth, receiver)
}

/** Returns whether a value is an `Auth` object of this copy of the package, of any manager. */
export function isAuth(value: unknown): value is Auth<unknown, unknown> {
  return hasContext(value)
}

/** Records that a guard let the request pass, so that `auth.user` returns the user, or that it refused the request. */
export function recordOutcome<User, Guest, Outcome extends GuardOutcome<User>>(
  auth: Auth<User, Guest>,
  outcome: Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  const record = (awaited: Outcome): Outcome => {
    if (awaited.ok && awaited.user !== undefined) markPassed(auth)
    return awaited
  }
  return watchGuard(getContext(auth, 'The guard'), isPending(outcome) ? outcome.then(record) : record(outcome))
}

/** The login of one request. Cookies are verified and the user is loaded on first use. */
export class Auth<User, Guest = null> {
  readonly #ctx: RequestContext<User, Guest>
  #session: SessionData | null = null
  #passed = false
  #guest: { guest: Guest } | null = null

  static {
    markCopy(Auth.prototype)
    hasContext = (value) => typeof value === 'object' && value !== null && #ctx in value
    readContext = (auth, receiver) => {
      if (hasContext(auth)) return auth.#ctx
      assertSameCopy(auth, 'The Auth object', receiver)
      throw createArgumentError(
        `${receiver} must receive the Auth object of a request, but received ${describeValue(auth)}. Create one with manager.open(request).`,
      )
    }
    markPassed = (auth) => {
      auth.#passed = true
    }
  }

  constructor(services: Services<User, Guest>, request: RequestView, readOnly: boolean, onCookies?: CookieListener) {
    const emitCookies = onCookies === undefined ? null : createCookieEmitter(() => getCookieLines(this.#ctx), onCookies)
    this.#ctx = new RequestContext(services, request, readOnly, emitCookies, () => reviewCookies(this.#ctx))
    this.#ctx.auth = this
  }

  /** The data of the app in the session. */
  get session(): SessionData {
    this.#session ??= new DataOfSession(this.#ctx, (name, operation) => this.#start(name, operation))
    return this.#session
  }

  /**
   * The user that the guard authenticated.
   *
   * @throws UsageError `no-guard` if no guard let this request pass.
   */
  get user(): User {
    this.#ctx.cacheTracker.applyPaused()
    const user = this.#ctx.outcome.identity?.user ?? null
    if (this.#passed && user !== null) return user
    throw new UsageError(
      'no-guard',
      'auth.user requires a guard, but no guard has let this request pass. Guard the route with loginRequired(), or call await auth.currentUser().',
    )
  }

  /**
   * Returns the user of the request. The user is loaded once, on first use. An inactive user is anonymous, unless the
   * login was forced.
   *
   * @returns The user. If the request is anonymous, null or the result of the option `anonymousUser`.
   * @throws The error that `loadUser` or a request loader threw.
   */
  async currentUser(): Promise<User | Guest> {
    const { user } = await this.#identify()
    if (user !== null) return user
    reportRejected(this.#ctx)
    this.#guest ??= { guest: this.#ctx.services.settings.anonymousUser() }
    return this.#guest.guest
  }

  /**
   * Logs a user in whom the app has authenticated.
   *
   * @param user - The user, as `loadUser` returns it.
   * @param options - The lifetime of the login, its assurance, and a remember cookie.
   * @returns False if the user is inactive. The login is unchanged then.
   * @example
   * const user = await checkPassword(form)
   * if (!user || !(await auth.loginUser(user, { remember: true }))) return loginPage('Wrong name or password.')
   * @throws OptionsError `invalid-options` if an option is unknown, or a flag is not a boolean.
   * @throws UsageError `invalid-duration`, `invalid-proof`, `invalid-user-id`, `invalid-stamp`, `read-only`,
   *   `response-sent`, `csrf-unchecked`
   * @throws CookieTooLargeError `cookie-too-large` if the login does not fit beside the data of the app. No user is
   *   logged in then.
   */
  loginUser(user: User, options: LoginOptions = {}): Promise<boolean> {
    return this.#start('loginUser()', () => logIn(this.#ctx, user, options))
  }

  /**
   * Logs the user out. It ends the session and the remember cookie of this browser, also if the user loader fails.
   * Within this request, only another `loginUser()` undoes it.
   *
   * @param options - Whether to keep the data of the session, and whether to end all logins of the user.
   * @example
   * await auth.logoutUser({ everywhere: true })
   * @throws UsageError `cannot-revoke` if `everywhere` is true and the option `revokeUser` is missing, or the user was
   *   not found; `read-only`, `response-sent`, `csrf-unchecked`
   */
  logoutUser(options: LogoutOptions = {}): Promise<void> {
    return this.#start('logoutUser()', () => logOut(this.#ctx, options))
  }

  /**
   * Makes the login fresh, after the app has authenticated the user again. The session continues with a new session ID.
   *
   * @param options - The assurance of the login, and the user if the session stamp changed.
   * @returns False if no active user is logged in by a session.
   * @throws UsageError `invalid-user-id` if `user` is not the user who is logged in; `invalid-proof`, `invalid-stamp`,
   *   `read-only`, `response-sent`, `csrf-unchecked`
   */
  confirmLogin(options: ConfirmOptions<User> = {}): Promise<boolean> {
    return this.#start('confirmLogin()', () => confirm(this.#ctx, options))
  }

  /**
   * Returns whether the login is fresh, and recent and strong enough for a policy.
   *
   * @param policy - The maximum age in seconds, the level and the methods that the login must have.
   * @returns False also if the request is anonymous.
   */
  async loginFresh(policy: FreshnessPolicy = {}): Promise<boolean> {
    const identity = await this.#identify()
    return meetsFreshness(this.#ctx, identity, { ...policy, fresh: true })
  }

  /**
   * Returns whether the request has a valid remember cookie of the user who is logged in.
   *
   * @returns False also if the request is anonymous.
   */
  async loginRemembered(): Promise<boolean> {
    const { user, source } = await this.#identify()
    return user !== null && source !== 'request' && isRemembered(this.#ctx)
  }

  /**
   * Returns facts about the login: its source, its times, its freshness and its assurance. It does not renew the
   * session, so that a page can show when the login ends.
   *
   * @returns The login, or null if the request is anonymous.
   */
  async currentLogin(): Promise<CurrentLogin | null> {
    return this.#ctx.runTransaction(() => getCurrentLogin(this.#ctx))
  }

  /**
   * Returns why the request is anonymous.
   *
   * @returns The reason, or null if a user is logged in.
   */
  async whyAnonymous(): Promise<AnonymousReason | null> {
    const { user } = await this.#identify()
    return user === null ? this.#ctx.reason : null
  }

  /**
   * Checks the request against a policy, as a guard does.
   *
   * @param policy - The conditions that the request must meet. Without one, a user must be logged in.
   * @returns `{ ok: true, user }`, or a refusal whose `respond()` creates the response.
   * @example
   * const decision = await auth.require({ fresh: true })
   * if (!decision.ok) return decision.respond()
   * @throws OptionsError `invalid-options` if the policy is invalid.
   * @throws UsageError `unknown-area`
   */
  async require(policy: Policy<User> = {}): Promise<Decision<User>> {
    assertPolicy(this.#ctx.services.settings, policy)
    return recordOutcome(
      this,
      this.#ctx.runTransaction(() => withCsrfCheck(this.#ctx, () => authorize(this.#ctx, policy))),
    )
  }

  /**
   * Creates the response to an anonymous request: a redirect to the login view, 401, or the response of the option
   * `unauthorizedHandler`.
   *
   * @param options - The area whose view and message are used.
   * @returns The response, which the handler of the app must return.
   * @throws UsageError `unknown-area`; `off-origin-view` if a view function returns another origin; `reentered` if
   * `unauthorizedHandler` itself calls it for this request; `no-response` if the handler returns something else.
   */
  async unauthorized(options: { area?: string } = {}): Promise<Response> {
    return watchResponse(this.#ctx, respondUnauthorized(this.#ctx, this.#createRefusalContext(options.area)))
  }

  /**
   * Creates the response to a login that is not fresh: a redirect to the refresh view, 401, or the response of the
   * option `needsRefreshHandler`.
   *
   * @param options - The area whose view and message are used.
   * @returns The response, which the handler of the app must return.
   * @throws UsageError `unknown-area`; `off-origin-view` if a view function returns another origin; `reentered` if
   * `needsRefreshHandler` itself calls it for this request; `no-response` if the handler returns something else.
   */
  async needsRefresh(options: { area?: string } = {}): Promise<Response> {
    return watchResponse(this.#ctx, respondNeedsRefresh(this.#ctx, this.#createRefusalContext(options.area)))
  }

  #createRefusalContext(area: string | undefined): RefusalContext {
    const { services } = this.#ctx
    const { causes } = services.handlers
    return { area: getArea(services.settings, area), areaName: area ?? null, next: null, causes }
  }

  /**
   * Stores a flash message for the next page that takes messages. If the cookie is full, the oldest messages are
   * dropped (event `sessionTrimmed`).
   *
   * @param message - The text.
   * @param category - The category, by which a page can select messages.
   * @throws UsageError `read-only`, `response-sent`, `csrf-unchecked`
   * @throws CookieTooLargeError `cookie-too-large` if this message alone does not fit. Nothing is written then.
   */
  flash(message: string, category = 'message'): Promise<void> {
    return this.#start('flash()', () => addFlash(this.#ctx, { category, message }))
  }

  /**
   * Returns the flash messages without removing them.
   *
   * @returns The messages, oldest first.
   */
  async peekFlashes(): Promise<readonly Flash[]> {
    return this.#ctx.runTransaction(() => peekFlashes(this.#ctx))
  }

  /**
   * Returns the flash messages and removes them. In a HEAD request, a prefetch and a prerender they are not removed,
   * because the user may never see that response.
   *
   * @param options - The categories to take. Default: all.
   * @returns The messages, oldest first.
   * @throws UsageError `read-only`, `response-sent`, because the messages could not be removed. Call `peekFlashes()`
   *   instead.
   */
  async takeFlashes(options: { categories?: readonly string[] } = {}): Promise<readonly Flash[]> {
    return this.#ctx.runTransaction(() => takeFlashes(this.#ctx, options.categories))
  }

  /**
   * Returns the URL to redirect to after the login: the first safe one of `options.next`, the query and the session. A
   * URL is safe if it is of this origin, or of one in the option `nextOrigins` (open redirects, CWE-601).
   *
   * @param fallback - The URL to return if none is safe. It is not checked.
   * @param options - `next`: the value of a field of the login form.
   * @returns A URL that is valid in a `Location` header.
   * @example
   * return c.redirect(await auth.nextUrl('/dashboard', { next: form.next }))
   */
  async nextUrl(fallback = '/', options: { next?: string | null } = {}): Promise<string> {
    return this.#ctx.runTransaction(() => getNextUrl(this.#ctx, fallback, options.next))
  }

  /**
   * Returns the URL of the login view or of another view, with `next` in its query.
   *
   * @param view - The view. Default: the option `loginView`.
   * @param next - The page to return to after the login. Default: the requested page.
   * @returns A URL that is valid in a `Location` header.
   * @throws UsageError `no-login-view` if the option `loginView` is missing and no view is passed; `off-origin-view` if
   *   a view function returns another origin.
   */
  loginUrl(view?: View, next?: string): string {
    const target = view ?? this.#ctx.services.settings.everywhere.loginView
    if (target !== null) return getLoginUrl(this.#ctx, target, next ?? null)
    throw new UsageError(
      'no-login-view',
      'loginUrl() requires a view, but the option loginView is not set. Set it, or pass a view.',
    )
  }

  /**
   * Returns a CSRF token for a form. Each call returns a different token (BREACH). All of them are valid until the next
   * login or logout.
   *
   * @returns The token, for a form field or the header `x-csrf-token`.
   * @throws UsageError `read-only`, `response-sent` if a cookie must be set, because the browser has neither a login
   *   nor a token.
   */
  async csrfToken(): Promise<string> {
    return this.#ctx.runTransaction(() => issueToken(this.#ctx))
  }

  /**
   * Checks the CSRF token of a form. With the option `csrf: 'token'`, the request may change the login only after a
   * valid token was checked.
   *
   * @param token - The value of the form field. A value that is not a string is invalid.
   * @returns Whether the token is valid for this browser.
   */
  async checkCsrf(token: unknown): Promise<boolean> {
    return this.#ctx.runTransaction(() => checkToken(this.#ctx, token))
  }

  #start<Result>(name: string, operation: () => Task<Result>): Promise<Result> {
    return startOperation(this.#ctx, name, () => runChange(this.#ctx, operation))
  }

  #identify(): Identity<User> | Promise<Identity<User>> {
    const { outcome } = this.#ctx
    this.#ctx.cacheTracker.applyPaused()
    if (outcome.identity !== null && !this.#ctx.owesRenewal) return outcome.identity
    return this.#ctx.runTransaction(() => identify(this.#ctx))
  }
}

/** Returns a function that emits the lines if they changed. If the listener throws, they are emitted again later. */
function createCookieEmitter(getLines: () => readonly string[], listener: CookieListener): () => void {
  let emitted = ''
  return () => {
    const lines = getLines()
    if (lines.join() === emitted) return
    listener(lines)
    emitted = lines.join()
  }
}
