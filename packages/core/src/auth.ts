// The handle of one request: what an app says and asks. It holds no rule of its own; each member is one verb of flow/.

import { type ConfirmOptions, confirm } from './actions/confirm'
import { type CurrentLogin, getCurrentLogin } from './actions/current-login'
import { addFlash, peekFlashes, takeFlashes } from './actions/flashes'
import { type LoginOptions, logIn } from './actions/login'
import { type LogoutOptions, logOut } from './actions/logout'
import { DataOfSession, type SessionData } from './actions/session-data'
import { createArgumentError, describeValue } from './base/argument'
import { assertSameCopy, markCopy } from './base/copy'
import { UsageError } from './base/errors'
import { getCookieLines } from './commit'
import { authorize, type Decision, getArea, meetsFreshness, type Policy } from './guards/authorize'
import { checkToken, issueToken, runChange, withCsrfCheck } from './guards/csrf'
import { assertPolicy, type GuardOutcome } from './guards/guard'
import { getLoginUrl, getNextUrl } from './guards/login-url'
import { type RefusalContext, respondNeedsRefresh, respondUnauthorized } from './guards/refusal-response'
import { identify } from './identify/identify'
import { isRemembered } from './identify/remember'
import type { View } from './options/types'
import { RequestContext } from './request/context'
import type { Services } from './request/services'
import type { Identity } from './request/transaction'
import type { AnonymousReason } from './sessions/read-result'
import type { Flash } from './state/flash'
import type { FreshnessPolicy } from './state/freshness'
import type { RequestView } from './wire/headers/request'

/** Told the `Set-Cookie` lines as they are after each change; each call replaces what the one before said. */
export type CookieListener = (lines: readonly string[]) => void

let readContext: <User, Guest>(auth: Auth<User, Guest>, receiver: string) => RequestContext<User, Guest>

let hasContext: (value: unknown) => boolean

let markPassed: <User, Guest>(auth: Auth<User, Guest>) => void

/**
 * Returns the context of the request that an `Auth` object belongs to.
 *
 * @param receiver The name of the function that received the object, for the error.
 * @throws UsageError `invalid-argument` for another value, or `two-copies` for an object of another copy of this package.
 */
export function getContext<User, Guest>(auth: Auth<User, Guest>, receiver: string): RequestContext<User, Guest> {
  return readContext(auth, receiver)
}

/** Returns whether a value is an `Auth` object of this copy of the package, of any manager. */
export function isAuth(value: unknown): value is Auth<unknown, unknown> {
  return hasContext(value)
}

/** Records that a guard let the request pass, so that `auth.user` returns the user. */
export function recordOutcome<User, Guest, Outcome extends GuardOutcome<User>>(
  auth: Auth<User, Guest>,
  outcome: Outcome,
): Outcome {
  if (outcome.ok && outcome.user !== undefined) markPassed(auth)
  return outcome
}

/** The handle of one request. Everything is lazy: what nobody asks for is neither read nor loaded. */
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
    const tell = onCookies === undefined ? null : createCookieEmitter(() => getCookieLines(this.#ctx), onCookies)
    this.#ctx = new RequestContext(services, request, readOnly, tell)
    this.#ctx.auth = this
  }

  /** The app's own data in the session. */
  get session(): SessionData {
    this.#session ??= new DataOfSession(this.#ctx, (operation) => runChange(this.#ctx, operation))
    return this.#session
  }

  /**
   * The user behind a guard, never null.
   *
   * @throws UsageError `no-guard` where no guard let this request pass.
   */
  get user(): User {
    this.#ctx.cacheTracker.applyPaused()
    const user = this.#ctx.outcome.identity?.user ?? null
    if (this.#passed && user !== null) return user
    throw new UsageError(
      'no-guard',
      'No guard has let this request pass, so there may be no user: guard the route with loginRequired(), or ask await currentUser().',
    )
  }

  /**
   * Who is logged in: loaded once, on first use. Null for nobody, or what the option `anonymousUser` makes. An inactive
   * user is nobody, but for one whose login was forced.
   *
   * @throws whatever `loadUser` or a request loader throws
   */
  async currentUser(): Promise<User | Guest> {
    const { user } = await this.#identify()
    if (user !== null) return user
    this.#guest ??= { guest: this.#ctx.services.settings.anonymousUser() }
    return this.#guest.guest
  }

  /**
   * Logs a user in, whom the app has checked. False, and nothing changed, where the user is inactive.
   *
   * @example
   * const user = await checkPassword(form)
   * if (!user || !(await auth.loginUser(user, { remember: true }))) return loginPage('Wrong name or password.')
   * @throws OptionsError `invalid-options` where an option is unknown, or a flag is neither true nor false.
   * @throws UsageError `invalid-duration`, `invalid-proof`, `invalid-user-id`, `invalid-stamp`, `read-only`, `response-sent`, `csrf-unchecked`
   * @throws CookieTooLargeError `cookie-too-large` where the app's data leaves no room. Nobody is logged in then.
   */
  async loginUser(user: User, options: LoginOptions = {}): Promise<boolean> {
    return runChange(this.#ctx, () => logIn(this.#ctx, user, options))
  }

  /**
   * Ends the session and the remember cookie of this browser, or with `everywhere` all logins of the user. It works
   * without the user loader, and nothing in this request undoes it but another `loginUser`.
   *
   * @throws UsageError `cannot-revoke` where `everywhere` has no option `revokeUser`; `read-only`, `response-sent`, `csrf-unchecked`
   */
  async logoutUser(options: LogoutOptions = {}): Promise<void> {
    return runChange(this.#ctx, () => logOut(this.#ctx, options))
  }

  /**
   * Makes the login fresh again: the user proved once more who they are. Same session, new session id. False where nobody
   * is logged in by a session (nobody at all, an API key, an inactive user).
   *
   * @throws UsageError `invalid-user-id` where `user` is somebody else; `invalid-stamp`, `read-only`, `response-sent`, `csrf-unchecked`
   */
  async confirmLogin(options: ConfirmOptions<User> = {}): Promise<boolean> {
    return runChange(this.#ctx, () => confirm(this.#ctx, options))
  }

  /** Whether the login is fresh, and recent and strong enough for the policy. */
  async loginFresh(policy: FreshnessPolicy = {}): Promise<boolean> {
    const identity = await this.#identify()
    return meetsFreshness(this.#ctx, identity, { ...policy, fresh: true })
  }

  /** Whether the browser holds a valid remember cookie of the user who is logged in. */
  async loginRemembered(): Promise<boolean> {
    const { user, source } = await this.#identify()
    return user !== null && source !== 'request' && isRemembered(this.#ctx)
  }

  /**
   * Returns the login itself: what named the user, since when, until when, how fresh. Null if the request is anonymous.
   * To read it is no use of the session: a page that shows how long a login still lasts does not prolong it.
   */
  async currentLogin(): Promise<CurrentLogin | null> {
    return this.#ctx.runTransaction(() => getCurrentLogin(this.#ctx))
  }

  /** Why nobody is logged in; null where somebody is. */
  async whyAnonymous(): Promise<AnonymousReason | null> {
    const { user } = await this.#identify()
    return user === null ? this.#ctx.reason : null
  }

  /**
   * Decides: the user, or a refusal that knows how to answer.
   *
   * @throws UsageError `unknown-area`
   */
  async require(policy: Policy<User> = {}): Promise<Decision<User>> {
    assertPolicy(this.#ctx.services.settings, policy)
    return recordOutcome(
      this,
      await this.#ctx.runTransaction(() => withCsrfCheck(this.#ctx, () => authorize(this.#ctx, policy))),
    )
  }

  /**
   * The answer for a visitor without a login, whoever it is: a redirect, 401, or what the app's handler says.
   *
   * @throws UsageError `unknown-area`; `off-origin-view` where a view function leads elsewhere; `reentered` if
   * `unauthorizedHandler` itself calls it for this request; `no-response` if the handler returns something else.
   */
  async unauthorized(options: { area?: string } = {}): Promise<Response> {
    return respondUnauthorized(this.#ctx, this.#createRefusalContext(options.area))
  }

  /**
   * The answer for a visitor whose login is not fresh.
   *
   * @throws UsageError `unknown-area`; `off-origin-view` where a view function leads elsewhere; `reentered` if
   * `needsRefreshHandler` itself calls it for this request; `no-response` if the handler returns something else.
   */
  async needsRefresh(options: { area?: string } = {}): Promise<Response> {
    return respondNeedsRefresh(this.#ctx, this.#createRefusalContext(options.area))
  }

  #createRefusalContext(area: string | undefined): RefusalContext {
    const { services } = this.#ctx
    const { causes } = services.handlers
    return { area: getArea(services.settings, area), areaName: area ?? null, next: null, causes }
  }

  /**
   * Keeps a message for the next page that takes messages. If the cookie is full, the oldest messages are dropped (event
   * `sessionTrimmed`).
   *
   * @throws UsageError `read-only`, `response-sent`, `csrf-unchecked`
   * @throws CookieTooLargeError `cookie-too-large` if this message alone does not fit. Nothing is written then.
   */
  async flash(message: string, category = 'message'): Promise<void> {
    return runChange(this.#ctx, () => addFlash(this.#ctx, { category, message }))
  }

  /** The messages that wait; they stay. */
  async peekFlashes(): Promise<readonly Flash[]> {
    return this.#ctx.runTransaction(() => peekFlashes(this.#ctx))
  }

  /**
   * The messages that wait, of these categories or all; they are gone then. A HEAD, a prefetch and a prerender read them
   * without taking them, because the visitor may never see that response.
   *
   * @throws UsageError `read-only`, `response-sent`: they would come again. `peekFlashes()` reads them.
   */
  async takeFlashes(options: { categories?: readonly string[] } = {}): Promise<readonly Flash[]> {
    return this.#ctx.runTransaction(() => takeFlashes(this.#ctx, options.categories))
  }

  /**
   * Where to go after the login: the form's `next` where handed over, else the query's, else the session's; the first that
   * is a page of this origin or of one in the option `nextOrigins` (open redirects, CWE-601), else the fallback, which is not
   * checked.
   */
  async nextUrl(fallback = '/', options: { next?: string | null } = {}): Promise<string> {
    return this.#ctx.runTransaction(() => getNextUrl(this.#ctx, fallback, options.next))
  }

  /**
   * The address of the login view (or another), with the page to come back to.
   *
   * @throws UsageError `no-login-view` where none is configured and none is given; `off-origin-view` where a view function
   * leads elsewhere.
   */
  loginUrl(view?: View, next?: string): string {
    const target = view ?? this.#ctx.services.settings.everywhere.loginView
    if (target !== null) return getLoginUrl(this.#ctx, target, next ?? null)
    throw new UsageError(
      'no-login-view',
      'loginUrl() has no view to lead to: set the option loginView, or give it one.',
    )
  }

  /**
   * A CSRF token for a form of this session. Each is spelled differently (BREACH); all are good until login or logout.
   *
   * @throws UsageError `read-only`, `response-sent` if the visitor has neither a login nor a token yet.
   */
  async csrfToken(): Promise<string> {
    return this.#ctx.runTransaction(() => issueToken(this.#ctx))
  }

  /** Whether a form's token is of this session. With `csrf: 'token'`, once it is true the request may change the login. */
  async checkCsrf(token: unknown): Promise<boolean> {
    return this.#ctx.runTransaction(() => checkToken(this.#ctx, token))
  }

  #identify(): Identity<User> | Promise<Identity<User>> {
    const { outcome } = this.#ctx
    this.#ctx.cacheTracker.applyPaused()
    if (outcome.identity !== null && !this.#ctx.owesRenewal) return outcome.identity
    return this.#ctx.runTransaction(() => identify(this.#ctx))
  }
}

/** Tells the lines whenever they are others than before; those that were refused are told again. */
function createCookieEmitter(linesNow: () => readonly string[], listener: CookieListener): () => void {
  let told = ''
  return () => {
    const lines = linesNow()
    if (lines.join() === told) return
    listener(lines)
    told = lines.join()
  }
}
