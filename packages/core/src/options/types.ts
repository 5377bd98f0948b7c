// The options of an app, and the settings of the library: the same values, complete, checked and frozen.
import type { Clock } from '../base/clock'
import type { Random } from '../base/random'
import type { Awaitable } from '../base/task'
import type { ProtectionMode } from '../state/protection'
import type { KeepData } from '../state/transitions'
import type { CookieSpec, SameSite } from '../wire/cookies/cookie'
import type { ClientPart } from '../wire/headers/client'
import type { RequestView } from '../wire/headers/request'
import type { Keyring } from '../wire/tokens/keyring'
import type { TokenCodec, TokenProblem } from '../wire/tokens/token'

/** A page of the app: a path, a URL, or a function that returns one for a request. */
export type View = string | ((request: RequestView) => string)

/** One audience for all requests, or a function that returns the audience of a request, or null if the request belongs to no tenant. */
export type Audience = string | ((request: RequestView) => string | null | undefined)

/** The current secret and the previous ones. */
export interface Secrets {
  /** Signs and encrypts new cookies. At least 32 random bytes (`openssl rand -base64 32`). */
  readonly current: string | Uint8Array
  /**
   * Former values of `current`. They verify cookies and never sign them.
   *
   * @default none
   */
  readonly previous?: readonly (string | Uint8Array)[] | undefined
}

/** Describes why a request loader rejected the credential of a request. */
export type LoaderNote =
  /**
   * The request has two `Authorization` or API key headers.
   *
   * Remedy: Send the header once. Check the proxy, which may add a second one.
   */
  | 'ambiguous-header'
  /**
   * The cookie or the credential cannot be parsed.
   *
   * Remedy: Check that a proxy or client does not shorten it. A cookie of another library needs another cookie name.
   */
  | 'bad-format'
  /**
   * A Basic credential is not in UTF-8, or not in Unicode's composed form NFC, and matched no user.
   *
   * Remedy: Send the user name and the password in UTF-8 and NFC.
   */
  | 'bad-encoding'
  /**
   * The signature is invalid: another secret, audience or cookie name signed it, or the content was changed.
   *
   * Remedy: Give all instances the same `secrets`. After a change of the secret, list the former one in `secrets.previous`.
   */
  | 'bad-signature'
  /**
   * A JWT has another audience, issuer or type, is not valid yet, or lacks a claim.
   *
   * Remedy: Compare the claims of the token with the options `issuer`, `audience` and `type` of `jwtBearer()`.
   */
  | 'bad-claims'
  | 'expired'
  | 'unknown-user'

/** Describes why a request is anonymous. */
export type AnonymousReason =
  | TokenProblem
  | LoaderNote
  /**
   * The request had neither a session cookie, nor a remember cookie, nor another credential.
   *
   * Remedy: Log in. If the user has just logged in, check the `Path`, `Domain` and `SameSite` attributes of the cookie,
   * and that the code awaits `loginUser()`.
   */
  | 'no-cookie'
  /**
   * The request has several cookies of one name, and none of them is valid.
   *
   * Remedy: List former attributes in `session.cookie.former`, so that the library clears these cookies. Use other names for other apps of the domain.
   */
  | 'duplicate-cookie'
  /**
   * The session is valid and does not contain a login.
   *
   * Remedy: Log in. The session may contain data of an anonymous visitor.
   */
  | 'no-login'
  /**
   * The login reached its absolute age, or the remember cookie or the token expired.
   *
   * Remedy: Log in again. The options `session.absoluteSeconds` and `remember.seconds` set the lifetimes.
   */
  | 'expired'
  /**
   * The session was not used for longer than its idle time.
   *
   * Remedy: Log in again. The options `session.idleSeconds` and `session.permanentSeconds` set the idle time.
   */
  | 'idle'
  /**
   * The cookie was issued in the future, by more than 60 seconds.
   *
   * Remedy: Synchronise the clocks of the servers. The option `clock` must return epoch seconds.
   */
  | 'not-yet-valid'
  /**
   * The session stamp of the user changed, or the deny list contains the login.
   *
   * Remedy: Log in again. This is the effect of `sessionStamp`, `revokeUser` and `isRevoked`.
   */
  | 'revoked'
  /**
   * `loadUser` or a request loader did not find the user.
   *
   * Remedy: Check that `loadUser` finds the id that `userId` returns, with the same type (string).
   */
  | 'unknown-user'
  /**
   * The user is inactive.
   *
   * Remedy: Check `user.isActive` or the option `isActive`.
   */
  | 'inactive'
  /**
   * The client changed, and the option `sessionProtection` is `strong`.
   *
   * Remedy: Log in again. Check the option `fingerprint` if the addresses of your users change.
   */
  | 'protected'
  /**
   * The user logged out in this request, or the cookie belongs to a login that ended in this browser minutes ago.
   *
   * Remedy: Log in again.
   */
  | 'logged-out'
  /**
   * The cookies are Secure and the page was requested over plain HTTP, so the browser does not send them.
   *
   * Remedy: Use https. On http://localhost set `cookies: { secure: false }`. Behind a proxy set `publicOrigin`.
   */
  | 'insecure-transport'

/** Finds the user of a request that has its own credential: an API key, HTTP Basic, a bearer token. */
export interface RequestLoader<User> {
  /**
   * Finds the user of a request.
   *
   * @param request - The request.
   * @param note - Records the reason for `whyAnonymous()`.
   * @returns The user, or null or undefined if there is none.
   */
  load(request: RequestView, note: (reason: LoaderNote) => void): Awaitable<User | null | undefined>
  /**
   * The `WWW-Authenticate` challenge of refusals (RFC 9110 §11.6.1), such as `Bearer realm="api"`.
   *
   * @default none
   */
  readonly challenge?: string | undefined
  /**
   * Returns whether the request has the credential in a form that a page of another site cannot make a browser send.
   *
   * @default the CSRF check treats the credential like a cookie
   */
  readonly carries?: ((request: RequestView) => boolean) | undefined
  /**
   * Query parameters that contain the credential. `next` never repeats them.
   *
   * @default none
   */
  readonly queryFields?: readonly string[] | undefined
}

/** The attributes of a cookie (RFC 6265bis). */
export interface CookieOptions {
  /**
   * The name of the cookie. A default name gets the strongest prefix that the attributes allow. `__Host-` requires
   * `secure`, the path `/` and no domain, so a subdomain cannot set it. `__Secure-` requires `secure`. A name that you set gets no prefix.
   *
   * @default `session` and `remember_token`, with the prefix
   */
  readonly name?: string | undefined
  /**
   * The `Path` attribute: browsers send the cookie to this path and below.
   *
   * @default `/`, or the option `basePath` if it is a string
   */
  readonly path?: string | undefined
  /**
   * The `Domain` attribute: browsers send the cookie to this domain and its subdomains.
   *
   * @default none: the cookie belongs to one host
   */
  readonly domain?: string | undefined
  /**
   * The `Secure` attribute: browsers send the cookie over https only. Set `false` for http://localhost.
   *
   * @default true
   */
  readonly secure?: boolean | undefined
  /**
   * The `HttpOnly` attribute: scripts cannot read the cookie, so XSS cannot copy it.
   *
   * @default true
   */
  readonly httpOnly?: boolean | undefined
  /**
   * The `SameSite` attribute: whether browsers send the cookie with requests that another site causes. `lax` sends it with
   * links only. null omits the attribute.
   *
   * @default `lax`
   */
  readonly sameSite?: SameSite | null | undefined
  /**
   * The `Partitioned` attribute (CHIPS): one cookie for each embedding site. Requires `sameSite: 'none'`.
   *
   * @default false
   */
  readonly partitioned?: boolean | undefined
  /**
   * Attributes that this cookie had before, such as `[{ path: '/app' }, { partitioned: false }]`. A login and a logout also
   * clear the cookie with these attributes.
   *
   * @default none
   */
  readonly former?: readonly FormerCookie[] | undefined
}

/** Describes how a cookie was set before. An omitted attribute has its current value. */
export interface FormerCookie {
  /**
   * The former name.
   *
   * @default the current name, or the default name for these attributes
   */
  readonly name?: string | undefined
  /**
   * The former path.
   *
   * @default the current path
   */
  readonly path?: string | undefined
  /**
   * The former domain. null describes a cookie of one host.
   *
   * @default the current domain
   */
  readonly domain?: string | null | undefined
  /**
   * Whether the cookie was partitioned.
   *
   * @default the current value
   */
  readonly partitioned?: boolean | undefined
}

/** The format of the session cookie: `signed()` or `encrypted()`. */
export interface SessionCodec {
  /** The name of the format, for debugging. */
  readonly name: string
  /**
   * Creates the codec of one cookie, with its own keys.
   *
   * @param keyring - Derives the keys from the secrets.
   * @param cookieName - The name of the cookie.
   * @returns The codec.
   */
  create(keyring: Keyring, cookieName: string): TokenCodec
}

/** Sets the lifetime and the format of sessions. */
export interface SessionOptions {
  /**
   * The name and the attributes of the session cookie.
   *
   * @default `__Host-session`, Secure, HttpOnly, SameSite=Lax
   */
  readonly cookie?: CookieOptions | undefined
  /**
   * Seconds without a request that reads the login, after which the session ends.
   *
   * @default 86,400 (1 day)
   */
  readonly idleSeconds?: number | undefined
  /**
   * Seconds after the login at which the session ends, even if it is in use. If null, the session does not have an
   * absolute end.
   *
   * @default 2,678,400 (31 days)
   */
  readonly absoluteSeconds?: number | null | undefined
  /**
   * Seconds without a request after which a permanent session ends. It is also the lifetime of its cookie.
   *
   * @default 2,678,400 (31 days)
   */
  readonly permanentSeconds?: number | undefined
  /**
   * Selects when an unchanged session is sent again to extend its lifetime.
   *
   * - `whenUsed`: if a request reads the login, and a hundredth of the idle time or 60 seconds have passed since it was sent.
   * - `everyRequest`: with each response if the session is permanent, as in Flask. Other sessions behave as with `whenUsed`.
   * - `never`: a session ends after its idle time, used or not.
   *
   * @default `whenUsed`
   */
  readonly renew?: 'whenUsed' | 'everyRequest' | 'never' | undefined
  /**
   * Returns whether a request counts as a use of the session, which extends it. Return false for a request that a page
   * sends by itself (polling). Such a request can read and write the session.
   *
   * @default each request counts
   */
  readonly isActivity?: ((request: RequestView) => boolean) | undefined
  /**
   * Whether the session is sent if a request loader found the user and the app wrote to the session.
   *
   * @default true
   */
  readonly writeForRequestUsers?: boolean | undefined
  /**
   * The format of the cookie: `signed()` or `encrypted()`. The user can read a signed cookie, and cannot change it.
   *
   * @default `signed()`
   */
  readonly codec?: SessionCodec | undefined
  /**
   * A former format. Cookies in this format are read, and sent again in the current format.
   *
   * @default none
   */
  readonly previousCodec?: SessionCodec | undefined
}

/** Configures the remember cookie, which `loginUser(user, { remember: true })` sets. */
export interface RememberOptions {
  /**
   * The name and the attributes of the remember cookie.
   *
   * @default `__Host-remember_token`, Secure, HttpOnly, SameSite=Lax
   */
  readonly cookie?: CookieOptions | undefined
  /**
   * Seconds for which the remember cookie can restore a login.
   *
   * @default 2,592,000 (30 days)
   */
  readonly seconds?: number | undefined
  /**
   * `everyRequest` sends the valid cookie of the logged-in user again with each response.
   *
   * @default `never`
   */
  readonly renew?: 'never' | 'everyRequest' | undefined
}

/** The views and messages of an area (Flask: a blueprint). */
export interface AreaOptions {
  /**
   * The page to which an anonymous request is redirected. false sends 401 instead.
   *
   * @default the option `loginView` of the manager, also if null
   */
  readonly loginView?: View | false | null | undefined
  /**
   * The page to which a request is redirected if its login is not fresh. false sends 401 instead.
   *
   * @default the option `refreshView` of the manager, also if null
   */
  readonly refreshView?: View | false | null | undefined
  /**
   * The message that is flashed before a redirect to the login view. null flashes nothing.
   *
   * @default the option `loginMessage` of the manager
   */
  readonly loginMessage?: string | null | undefined
  /**
   * The message that is flashed before a redirect to the refresh view. null flashes nothing.
   *
   * @default the option `needsRefreshMessage` of the manager
   */
  readonly needsRefreshMessage?: string | null | undefined
}

/** Describes a refusal to a handler of the app. `Refusal<Auth<User>>` types its `auth`. */
export interface Refusal<Handle = unknown> {
  /** The request that is refused. */
  readonly request: RequestView
  /** The area of the guard, or null. */
  readonly area: string | null
  /** The reason: the request is anonymous, the login is not fresh, `allow` returned false, or the CSRF check failed. */
  readonly reason: 'unauthorized' | 'stale' | 'forbidden' | 'forged'
  /** The result of `auth.whyAnonymous()`. null if a user was found, or the user was not loaded. */
  readonly whyAnonymous: AnonymousReason | null
  /** The `Auth` object of the request. A handler may use it as a route does. */
  readonly auth: Handle
}

/**
 * Responds to a refusal. If it returns undefined, the library responds as if there were no handler. It runs once for a
 * refusal: if it causes the same kind of refusal for its own request, that call throws a UsageError `reentered`.
 */
// biome-ignore lint/suspicious/noExplicitAny: the layers below do not import the Auth object
export type RefusalHandler<Handle = any> = (refusal: Refusal<Handle>) => Awaitable<Response | null | undefined>

/** Describes a probable mistake of the app or its deployment. */
export interface LoginWarning {
  /**
   * `insecure-transport`: a response over plain http sets Secure cookies, which the browser drops. `is-active`:
   * `isActive` was neither true nor false. `busy-handlers`: so many refusal handlers wait that the library responded by
   * itself. `not-awaited`: the response was sent before the app awaited a login, a logout or another change.
   * `guarded-view`: a guard refused the page that a view function returned, or a page to which the view redirects.
   * `dropped-guard`: a guard did not let a request pass, or was created and never ran, and the response is not its
   * refusal. It is emitted only with the option `debug`. `large-cookies`: the `Set-Cookie` lines of one response have
   * more than 4,096 bytes, which nginx does not take by default. `refused`: a request was refused. Only the option
   * `onWarning` and the console receive it.
   */
  readonly code:
    | 'insecure-transport'
    | 'is-active'
    | 'busy-handlers'
    | 'not-awaited'
    | 'guarded-view'
    | 'dropped-guard'
    | 'large-cookies'
    | 'refused'
  /** The problem and its remedy. */
  readonly message: string
}

/** Selects how forged requests are detected: by their headers, by headers and a token, or not at all. */
export type CsrfMode = 'origin' | 'token' | false

/** Configures the CSRF check with exceptions. */
export interface CsrfOptions {
  /**
   * The mode of the check, as in the option `csrf`.
   *
   * @default `origin`
   */
  readonly mode?: CsrfMode | undefined
  /**
   * Exact paths to which other sites may send requests, such as `/saml/acs`. Compared with the whole path as it was sent.
   * A handler of such a path must not rely on cookies for its changes.
   *
   * @default none
   */
  readonly except?: readonly string[] | undefined
}

/**
 * The options of `createLoginManager`.
 *
 * @typeParam Exempt The methods of `exemptMethods`. If there are any, the user behind a guard may be undefined.
 * @typeParam Handle The `Auth` object that refusal handlers receive.
 */
// biome-ignore lint/suspicious/noExplicitAny: the layers below do not import the Auth object
export interface LoginManagerOptions<User, Guest = null, Exempt extends string = never, Handle = any> {
  /**
   * Finds the user of a session or remember cookie by id (Flask-Login's `user_loader`). Returns null or undefined if
   * the user does not exist. It receives the request too, for an app whose users depend on the host. Its errors are thrown
   * to the caller that reads the user. Guards respond to a `StoreError` with 503.
   *
   * @default none; then `loadUserFromRequest` is required
   */
  readonly loadUser?: ((id: string, request: RequestView) => Awaitable<User | null | undefined>) | undefined
  /**
   * Finds the user by a credential of the request (Flask-Login's `request_loader`), if no cookie did. Several loaders run
   * in order. No session is stored, and such a user is never fresh.
   *
   * @default none
   */
  readonly loadUserFromRequest?: RequestLoaderOption<User> | readonly RequestLoaderOption<User>[] | undefined
  /**
   * The secret, or the current one and the previous ones. It signs or encrypts all cookies. At least 32 random bytes
   * (`openssl rand -base64 32`). The library derives one key for each purpose (HKDF).
   */
  readonly secrets: string | Uint8Array | Secrets | undefined
  /**
   * Separates two apps, or two tenants of one app, that share a secret: neither accepts the logins of the other. A function
   * returns the tenant of the request. If it does not return a string, the request is anonymous and `loginUser()` throws.
   *
   * @default `''`
   */
  readonly audience?: Audience | undefined
  /**
   * Returns the value of `currentUser()` for an anonymous request.
   *
   * @default a function that returns null
   */
  readonly anonymousUser?: (() => Guest) | undefined
  /**
   * Returns the id of a user as a string: `(user) => user._id`. The types require it if the users have neither an `id` (a
   * string, a number or a bigint) nor a method `getId()`.
   *
   * @default `user.getId()`, else `user.id`
   */
  readonly userId?: ((user: User) => string) | undefined
  /**
   * Returns whether a user may be logged in. It runs at each login and each time a user is loaded.
   *
   * @default `user.isActive`, or true if the user has no such property
   */
  readonly isActive?: ((user: User) => Awaitable<boolean>) | undefined
  /**
   * Returns a value that changes when all logins of a user must end (a version, or the hash of the password). Sessions
   * and remember cookies contain an HMAC of it. A cookie with another stamp, or none, is rejected.
   *
   * @default none: a copy of a cookie is valid until it expires
   */
  readonly sessionStamp?: ((user: User) => Awaitable<string | number>) | undefined
  /**
   * A deny list: returns whether this session (`sid`) or remember token (`jti`) was ended before its time. It runs each
   * time a cookie is accepted. The events contain the ids to deny (`ended`).
   *
   * @default none: a copy of a cookie is valid until it expires
   */
  readonly isRevoked?: ((id: string) => Awaitable<boolean>) | undefined
  /**
   * Changes the value that `sessionStamp` returns, for `logoutUser({ everywhere: true })`.
   *
   * @default none
   */
  readonly revokeUser?: ((user: User) => Awaitable<unknown>) | undefined
  /**
   * The page to which an anonymous request is redirected.
   *
   * @default none: the response is 401
   */
  readonly loginView?: View | null | undefined
  /**
   * The page to which a request is redirected if its login is not fresh.
   *
   * @default none: the response is 401
   */
  readonly refreshView?: View | null | undefined
  /**
   * The message that is flashed before a redirect to the login view. null flashes nothing.
   *
   * @default `Please log in to access this page.`
   */
  readonly loginMessage?: string | null | undefined
  /**
   * The flash category of `loginMessage`.
   *
   * @default `message`
   */
  readonly loginMessageCategory?: string | undefined
  /**
   * The message that is flashed before a redirect to the refresh view. null flashes nothing.
   *
   * @default `Please reauthenticate to access this page.`
   */
  readonly needsRefreshMessage?: string | null | undefined
  /**
   * The flash category of `needsRefreshMessage`.
   *
   * @default `message`
   */
  readonly needsRefreshMessageCategory?: string | undefined
  /**
   * Returns a message of the library in the visitor's language. `whyAnonymous` is the reason why the visitor is anonymous
   * (`expired`, `idle`, …), or null.
   *
   * @default the message is not translated
   */
  readonly localize?: Localizer | undefined
  /**
   * Responds to an anonymous request that a guard refuses. The library then does not flash a message or send a
   * redirect. If it returns undefined, the library responds.
   *
   * @default none
   */
  readonly unauthorizedHandler?: RefusalHandler<Handle> | undefined
  /**
   * Responds to a request whose login is not fresh, as `unauthorizedHandler` does.
   *
   * @default none
   */
  readonly needsRefreshHandler?: RefusalHandler<Handle> | undefined
  /**
   * Responds to a user whom `allow` rejected, as `unauthorizedHandler` does.
   *
   * @default none: the response is 403
   */
  readonly forbiddenHandler?: RefusalHandler<Handle> | undefined
  /**
   * Responds to a request that the CSRF check rejected (option `csrf`), as `unauthorizedHandler` does.
   *
   * @default none: the response is 403
   */
  readonly csrfHandler?: RefusalHandler<Handle> | undefined
  /**
   * Parts of the app with their own views and messages, by name (Flask: blueprints).
   *
   * @default none
   */
  readonly areas?: Readonly<Record<string, AreaOptions>> | undefined
  /**
   * Whether the requested page is stored in the session instead of the login URL.
   *
   * @default false
   */
  readonly useSessionForNext?: boolean | undefined
  /**
   * The query parameter that holds the requested page.
   *
   * @default `next`
   */
  readonly nextParam?: string | undefined
  /**
   * The host of login and refresh URLs, whatever host the request has: `example.org`, or with a port.
   *
   * @default none
   */
  readonly forceHostForRedirects?: string | undefined
  /**
   * Methods that every guard lets pass without reading the user. Flask-Login exempts `['OPTIONS']`. Handlers behind a
   * guard then run without a user for these methods, and the types of the adapters reflect it. With explicit type arguments,
   * name them: `createLoginManager<User, null, 'OPTIONS'>`.
   *
   * @default `[]`: a CORS middleware in front of the guards responds to preflight requests
   */
  readonly exemptMethods?: readonly Exempt[] | undefined
  /**
   * Selects the reaction to a changed client, which may be a stolen cookie. `basic` makes the login stale. `strong` ends it
   * and the remember cookie (a permanent session becomes stale only). false does nothing.
   *
   * @default `basic`
   */
  readonly sessionProtection?: ProtectionMode | undefined
  /**
   * Selects the properties that identify a client: `userAgent`, `address`, or its `network` (/24 of IPv4, /64 of IPv6) for
   * clients whose address changes. The last two require an adapter that supplies the address.
   *
   * @default `['userAgent']`
   */
  readonly fingerprint?: readonly ClientPart[] | undefined
  /**
   * Attributes of both cookies, such as `secure: false` on http://localhost. `session.cookie` and `remember.cookie`
   * override them.
   *
   * @default Secure, HttpOnly, SameSite=Lax, Path=/
   */
  readonly cookies?: Omit<CookieOptions, 'name'> | undefined
  /**
   * The lifetime of sessions, and the session cookie.
   *
   * @default the defaults of its members
   */
  readonly session?: SessionOptions | undefined
  /**
   * The lifetime of remembered logins, and the remember cookie.
   *
   * @default the defaults of its members
   */
  readonly remember?: RememberOptions | undefined
  /**
   * Selects the session data of an anonymous visitor that is kept at login: all (true), none (false), or a list of keys.
   *
   * @default true
   */
  readonly keepAnonymousData?: KeepData | undefined
  /**
   * CSRF protection. `origin` checks `Sec-Fetch-Site` and `Origin` of unsafe requests and of WebSocket handshakes.
   * `token` also requires a token, in the header `x-csrf-token` or passed to `checkCsrf()`. false leaves the check to the app. A
   * request with an API key or bearer token and without a cookie of the library is not checked.
   *
   * @default `origin`
   */
  readonly csrf?: CsrfMode | CsrfOptions | undefined
  /**
   * The path prefix that clients use and the app does not receive: `/app` behind nginx with `location /app/ {
   * proxy_pass http://app/; }`, or for `app.mount('/app', …)` of Hono. Views, `except`, `next` of a policy and the
   * fallback of `nextUrl()` are paths without the prefix. The library adds it to the URLs that it sends. A function of
   * the request can read a header that your proxy overwrites, such as `x-forwarded-prefix`. A value that is not a path
   * is ignored. A string is also the default path of both cookies.
   *
   * @default none
   */
  readonly basePath?: string | ((request: RequestView) => string | null | undefined) | undefined
  /**
   * The origin that clients use, if the app runs behind a proxy: `https://example.org`.
   *
   * @default the origin of the request
   */
  readonly publicOrigin?: string | undefined
  /**
   * Other origins whose pages may send requests to the app. An entry is an exact origin of any scheme
   * (`capacitor://localhost`), or `https://*.example.org` for every host with one more label. View functions may return
   * URLs of these origins too.
   *
   * @default none
   */
  readonly origins?: readonly string[] | undefined
  /**
   * Other origins to which `nextUrl()` and view functions may lead. Exact origins of http or https.
   *
   * @default none
   */
  readonly nextOrigins?: readonly string[] | undefined
  /**
   * Receives probable mistakes of the app or its deployment, each kind once: `({ message }) => console.warn(message)`.
   * The same as a listener of the event `warning`. It also receives one line for each refused request (code `refused`)
   * with the option `debug`, and otherwise the first line of each kind.
   *
   * @default none
   */
  readonly onWarning?: ((warning: LoginWarning) => unknown) | undefined
  /**
   * Whether the app is under development. If true, the console receives warnings and one line for each refused request,
   * unless `onWarning` is set. An operation without `await` is an error even if it completed. A guard whose refusal the
   * handler drops is reported (`dropped-guard`).
   *
   * @default whether `NODE_ENV` is `development`, or is missing on Node
   */
  readonly debug?: boolean | undefined
  /**
   * The maximum size of the cache of verified cookies, in bytes. 0 switches it off.
   *
   * @default 4,194,304
   */
  readonly cacheBytes?: number | undefined
  /**
   * Returns the current time in epoch seconds.
   *
   * @default the system clock
   */
  readonly clock?: Clock | undefined
  /**
   * Returns this number of random bytes, for ids and tokens.
   *
   * @default the platform's secure random generator
   */
  readonly random?: Random | undefined
}

/** Returns a message in the visitor's language. */
export type Localizer = (message: string, request: RequestView, whyAnonymous: AnonymousReason | null) => string

/** A request loader, or just its function. */
export type RequestLoaderOption<User> =
  | RequestLoader<User>
  | ((request: RequestView) => Awaitable<User | null | undefined>)

/** Makes every option present. `Unset` names the options that are null if the app does not set them. */
type Resolved<Options, Unset extends keyof Options = never> = {
  readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> | (Name extends Unset ? null : never)
}

/** The attributes of a cookie, and of its former versions. */
interface CookieSettings {
  readonly cookie: CookieSpec
  readonly formerCookies: readonly CookieSpec[]
}

/** The settings of sessions. */
export interface SessionSettings
  extends CookieSettings,
    Resolved<Omit<SessionOptions, 'cookie'>, 'isActivity' | 'previousCodec'> {}

/** The settings of the remember cookie. */
export interface RememberSettings extends CookieSettings, Resolved<Omit<RememberOptions, 'cookie'>> {}

/** The views and messages of an area, or of routes without an area. */
export type AreaSettings = {
  readonly [Name in keyof AreaOptions]-?: Exclude<AreaOptions[Name], undefined | false>
}

/** The options whose setting has another form or another name. {@link Settings} declares it. */
type ConvertedOption =
  | keyof AreaOptions
  | 'secrets'
  | 'loadUserFromRequest'
  | 'areas'
  | 'cookies'
  | 'session'
  | 'remember'
  | 'csrf'
  | 'basePath'

/** The options that are null in the settings if the app does not set them. */
type UnsetOption =
  | 'loadUser'
  | 'sessionStamp'
  | 'isRevoked'
  | 'revokeUser'
  | 'unauthorizedHandler'
  | 'needsRefreshHandler'
  | 'forbiddenHandler'
  | 'csrfHandler'
  | 'forceHostForRedirects'
  | 'publicOrigin'
  | 'onWarning'

/** The options, complete and checked. A new option is here without a further line, and `applyDefaults()` must set it. */
export interface Settings<User, Guest>
  extends Resolved<Omit<LoginManagerOptions<User, Guest, string>, ConvertedOption>, UnsetOption> {
  readonly secrets: readonly Uint8Array[]
  readonly requestLoaders: readonly RequestLoader<User>[]
  readonly everywhere: AreaSettings
  readonly areas: ReadonlyMap<string, AreaSettings>
  readonly session: SessionSettings
  readonly remember: RememberSettings
  readonly csrf: CsrfMode
  readonly csrfExcept: readonly string[]
  readonly basePath: Exclude<LoginManagerOptions<User>['basePath'], undefined>
}
