// Creates a login manager: validates the options and derives the keys. The manager creates `Auth` objects and guards.
import { Auth, type CookieListener } from './auth'
import { passGuard } from './auth-operations'
import { createArgumentError, describeValue } from './base/argument'
import { markCopy } from './base/copy'
import { type AnonymousGuardOptions, createAnonymousGuard } from './guards/anonymous-guard'
import { createGuard, type GuardOptions, type GuardOutcome } from './guards/guard'
import type { LoginManagerOptions as Options } from './options/types'
import type { UserIdOption } from './options/user-id'
import { resolveOptions } from './options/validation'
import type { Listener, LoginEventName } from './request/events'
import { createServices } from './request/services'
import { signed } from './sessions/session-cookies'
import { needsAddress } from './wire/headers/client'
import { copyView, type RequestView } from './wire/headers/request'
import { createKeyring } from './wire/tokens/keyring'
import { signText, verifyText } from './wire/tokens/signed-text'

/**
 * The options of `createLoginManager()`.
 *
 * @typeParam Exempt - The methods of `exemptMethods`. If there are any, the user behind a guard may be undefined.
 */
export type LoginManagerOptions<User, Guest = null, Exempt extends string = never> = UserIdOption<User> &
  Options<User, Guest, Exempt, Auth<User, Guest>>

/** Options of `manager.open()`. */
export interface OpenOptions {
  /**
   * The address of the client, from a source that the app trusts.
   *
   * @default `request.address`
   */
  readonly address?: string | undefined
  /**
   * For adapters: the path that the router matches, if it differs from the path that the client sent.
   *
   * @default `request.routedPath`, else the path that the client sent
   */
  readonly routedPath?: string | undefined
  /**
   * Whether the response cannot set cookies. Changes then reject with a `UsageError` (`read-only`).
   *
   * @default false
   */
  readonly readOnly?: boolean | undefined
  /**
   * For adapters that do not create the response, such as a server action of Next.js: receives all `Set-Cookie` lines
   * after each change. If it throws, the change is rolled back.
   *
   * @default none: `commit()` writes the lines
   */
  readonly onCookies?: CookieListener | undefined
}

/**
 * Checks the request of an `Auth` object.
 *
 * @param auth - The `Auth` object of the request.
 * @returns `{ ok: true, user }`, or a refusal whose `respond()` creates the response.
 */
export type Guard<User, Guest = null> = (auth: Auth<User, Guest>) => GuardOutcome<User> | Promise<GuardOutcome<User>>

/**
 * Creates the `Auth` objects and the guards of an app, or of one kind of user of an app.
 *
 * @typeParam Exempt - The methods that its guards let pass unchecked. If there are any, the user behind a guard may be
 *   undefined.
 */
export interface LoginManager<User, Guest = null, Exempt extends string = never> {
  /**
   * Creates the `Auth` object of a request. No cookie is read yet.
   *
   * @param request - A Fetch API `Request`, or the result of `requestView()` or `nodeRequestView()`.
   * @param options - The address of the client, and how cookies are set.
   * @returns The `Auth` object.
   * @example
   * const auth = manager.open(request)
   * const user = await auth.currentUser()
   * @throws UsageError `invalid-argument` if `request` is not a request.
   */
  open(request: RequestView, options?: OpenOptions): Auth<User, Guest>
  /**
   * Adds a listener for an event. The promise of a listener is awaited. If a listener throws, the operation is rolled
   * back.
   *
   * @param name - The name of the event.
   * @param listener - Receives the event.
   * @returns A function that removes the listener.
   * @example
   * manager.on('userLoggedIn', ({ user }) => log.info({ user: user.id }, 'logged in'))
   */
  on<Name extends LoginEventName>(name: Name, listener: Listener<User, Name>): () => void
  /**
   * Creates a guard for a route or a prefix. Adapters wrap it in middleware.
   *
   * @param options - The conditions that a request must meet, and the paths that pass unchecked.
   * @returns The guard.
   * @throws OptionsError `invalid-options`
   */
  guard(options?: GuardOptions<User>): Guard<User, Guest>
  /**
   * Creates a guard that lets only anonymous requests pass, for a login or registration page. A logged-in user is
   * redirected to the `next` of the query if it is safe, else to `home`. A client that does not accept pages receives
   * 403. On the path of a refresh view every request passes, because login view and refresh view may be one page. A
   * view that is a function is not compared.
   *
   * @param options - The page to which a logged-in user is redirected.
   * @returns The guard.
   * @throws OptionsError `invalid-options`
   */
  guardAnonymous(options?: AnonymousGuardOptions): Guard<User, Guest>
  /**
   * For adapters: signs the URL of a request, so that a proxy can pass it to the page behind it.
   *
   * @param url - The URL of the request.
   * @returns The URL with its signature.
   */
  signUrl(url: string): string
  /**
   * For adapters: verifies a URL that {@link LoginManager.signUrl} signed.
   *
   * @param signed - The URL with its signature.
   * @returns The URL, or null if the signature is invalid.
   */
  verifyUrl(signed: string): string | null
  /** Whether the fingerprint includes the address of the client, which the adapter then must pass to `open()`. */
  readonly needsAddress: boolean
  /** The methods that the guards of this manager let pass unchecked. */
  readonly exemptMethods: readonly Exempt[]
}

/**
 * Validates the argument of `open()` without reading a header, because a server may parse headers on first use.
 *
 * @throws UsageError `invalid-argument` if it is not a request.
 */
function assertView(request: unknown): void {
  if (typeof request !== 'object' || request === null || !('headers' in request))
    throw createArgumentError(
      `open() must receive a request, but received ${describeValue(request)}. Call manager.open(request).`,
    )
  if ('rawHeaders' in request || 'raw' in request)
    throw createArgumentError(
      'open() must receive a Fetch API request, but received a request of Node. Call manager.open(nodeRequestView(req)), and import nodeRequestView from @fetch-login/core/node.',
    )
}

/**
 * Creates a login manager. All options are validated here.
 *
 * @param options - `secrets` is required, and `loadUser` or `loadUserFromRequest`.
 * @returns The manager, frozen.
 * @example const manager = createLoginManager({ loadUser: (id) => users.find(id), secrets: process.env.LOGIN_SECRET,
 *   loginView: '/login' })
 * @throws OptionsError `invalid-options`, which lists every invalid option and its remedy.
 */
export function createLoginManager<User, Guest = null, Exempt extends string = never>(
  options: LoginManagerOptions<User, Guest, Exempt>,
): LoginManager<User, Guest, Exempt> {
  const settings = resolveOptions(options, signed())
  const { events, getServices } = createServices(settings)
  const keyring = createKeyring(settings.secrets, '')
  const urlKeys = () => keyring.keys('url', settings.session.cookie.name)
  const manager = {
    open: (request: RequestView, { address, routedPath, readOnly = false, onCookies }: OpenOptions = {}) => {
      assertView(request)
      const view =
        address === undefined && routedPath === undefined ? request : copyView(request, { address, routedPath })
      return new Auth(getServices(request), view, readOnly, onCookies)
    },
    on: <Name extends LoginEventName>(name: Name, listener: Listener<User, Name>) => events.on(name, listener),
    guard: (guardOptions: GuardOptions<User> = {}) => {
      const check = createGuard(settings, guardOptions)
      return (auth: Auth<User, Guest>) => passGuard(auth, check)
    },
    guardAnonymous: (guardOptions: AnonymousGuardOptions = {}) => {
      const check = createAnonymousGuard(settings, guardOptions)
      return (auth: Auth<User, Guest>) => passGuard(auth, check)
    },
    signUrl: (url: string) => signText(urlKeys(), url),
    verifyUrl: (signed: string) => verifyText(urlKeys(), signed),
    exemptMethods: settings.exemptMethods as readonly Exempt[],
    needsAddress: needsAddress(settings.fingerprint),
  }
  return Object.freeze(markCopy(manager))
}
