// Where a login begins: the options are checked, the keys derived, and everything frozen. Then it opens handles.
import { Auth, type CookieListener } from './auth'
import { passGuard } from './auth-operations'
import { createArgumentError, describeValue } from './base/argument'
import { markCopy } from './base/copy'
import { type AnonymousGuardOptions, createAnonymousGuard } from './guards/anonymous-guard'
import { createGuard, type GuardOptions, type GuardOutcome } from './guards/guard'
import type { LoginManagerOptions as Options } from './options/types'
import { resolveOptions } from './options/validation'
import type { Listener, LoginEventName } from './request/events'
import { createServices } from './request/services'
import { signed } from './sessions/session-cookies'
import { copyView, type RequestView } from './wire/headers/request'
import { createKeyring } from './wire/tokens/keyring'
import { signText, verifyText } from './wire/tokens/signed-text'

/**
 * All that `createLoginManager` takes.
 *
 * @typeParam Exempt The methods of `exemptMethods`. With any, the user behind a guard may be undefined.
 */
export interface LoginManagerOptions<User, Guest = null, Exempt extends string = never>
  extends Options<User, Guest, Exempt, Auth<User, Guest>> {}

/** How a request is opened. */
export interface OpenOptions {
  /** The client's address, as the host app vouches for it. Default: the request's `address`, else unknown. */
  readonly address?: string | undefined
  /** For adapters: the path that the router matches, if it is another than the one that was sent. Default: the one sent. */
  readonly routedPath?: string | undefined
  /** The answer cannot carry cookies: nothing is written, and whoever tries is told. Default false. */
  readonly readOnly?: boolean | undefined
  /**
   * For adapters whose answer is not in their hands (a server action): told the `Set-Cookie` lines whenever they change,
   * all of them each time. When it throws, the step is not done. Default: they wait for `commit()`.
   */
  readonly onCookies?: CookieListener | undefined
}

/** Decides about the request of a handle: let it pass, or answer with `outcome.respond()`. */
export type Guard<User, Guest = null> = (auth: Auth<User, Guest>) => GuardOutcome<User> | Promise<GuardOutcome<User>>

/**
 * What an app has one of (or one for each kind of user).
 *
 * @typeParam Exempt The methods that its guards let through. With any, the user behind a guard may be undefined.
 */
export interface LoginManager<User, Guest = null, Exempt extends string = never> {
  /** The handle of a request: a Fetch API `Request`, or what `requestView()` made of something else. */
  open(request: RequestView, options?: OpenOptions): Auth<User, Guest>
  /** Listens to an event; the result ends it. What a listener returns is awaited; when it throws, the step is undone. */
  on<Name extends LoginEventName>(name: Name, listener: Listener<User, Name>): () => void
  /**
   * A guard for a route or a prefix: what adapters make their middleware of. Its options are checked here and now.
   *
   * @throws OptionsError `invalid-options`
   */
  guard(options?: GuardOptions<User>): Guard<User, Guest>
  /**
   * Creates a guard that lets only anonymous requests pass, for a login or registration page. A logged-in user is
   * redirected to the `next` of the query if it is safe, else to `home`; a program receives 403. It lets every request
   * pass at the path of a refresh view: if login and refresh view are one page, a logged-in user must be able to prove
   * again who they are. A view that is a function is not compared.
   *
   * @throws OptionsError `invalid-options`
   */
  guardAnonymous(options?: AnonymousGuardOptions): Guard<User, Guest>
  /** For adapters: signs the address of a request, which a proxy hands to the page behind it, with a key of its own. */
  signUrl(url: string): string
  /** For adapters: returns the address that {@link LoginManager.signUrl} signed, or null for any other text. */
  verifyUrl(signed: string): string | null
  /** Whether the fingerprint looks at the client's address, which the adapter then has to name. */
  readonly needsAddress: boolean
  /** The methods that its guards let through without a look at the user. */
  readonly exemptMethods: readonly Exempt[]
}

/** @throws UsageError `invalid-argument`. No header is read: a server may keep them unparsed. */
function assertView(request: unknown): void {
  if (typeof request !== 'object' || request === null || !('headers' in request))
    throw createArgumentError(
      `open() must receive a request, but received ${describeValue(request)}: manager.open(request).`,
    )
  if ('rawHeaders' in request || 'raw' in request)
    throw createArgumentError(
      'open() must receive a Fetch API request, but received one of Node: manager.open(nodeRequestView(req)), imported from @fetch-login/core/node.',
    )
}

/**
 * Creates a login manager.
 *
 * @example
 * const manager = createLoginManager({ loadUser: (id) => users.find(id), secrets: process.env.LOGIN_SECRET, loginView: '/login' })
 * @throws OptionsError `invalid-options`, which lists every wrong option and what to write instead.
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
    needsAddress: settings.fingerprint.some((part) => part !== 'userAgent'),
  }
  return Object.freeze(markCopy(manager))
}
