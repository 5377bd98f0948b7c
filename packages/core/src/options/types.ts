// What an app may say (options), and what the library works with (settings: the same, complete, checked, frozen).
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

/** A page of the app: a path, an address, or a function of the request that gives one. */
export type View = string | ((request: RequestView) => string)

/** One audience for all requests, or the audience of a request: a text, or null if the request belongs to no tenant. */
export type Audience = string | ((request: RequestView) => string | null | undefined)

/** The secret that seals new cookies, and those that still open old ones. */
export interface Secrets {
  /** Signs and encrypts all that goes out: at least 32 bytes, drawn at random (`openssl rand -base64 32`). */
  readonly current: string | Uint8Array
  /** Secrets that were current before. They verify and never sign. Default none. */
  readonly previous?: readonly (string | Uint8Array)[] | undefined
}

/** Why a request loader found no user, if the request had a credential. */
export type LoaderNote =
  | 'ambiguous-header'
  | 'bad-format'
  /** A Basic credential is not in UTF-8, or not in Unicode's composed form NFC, and matched no user. */
  | 'bad-encoding'
  | 'bad-signature'
  /** A JWT is for another audience, of another issuer or type, not valid yet, or lacks a claim. */
  | 'bad-claims'
  | 'expired'
  | 'unknown-user'

/** Why the visitor is anonymous. */
export type AnonymousReason =
  | TokenProblem
  | LoaderNote
  /** The request had neither a session cookie, nor a remember cookie, nor another credential. */
  | 'no-cookie'
  /** Several cookies of one name arrived, and none of them is valid. */
  | 'duplicate-cookie'
  /** There is a session, but no login in it. */
  | 'no-login'
  /** The login reached its absolute age, or the remember cookie its end. */
  | 'expired'
  /** The session was not used for longer than its idle time. */
  | 'idle'
  /** The cookie was issued in the future, by more than clocks may differ. */
  | 'not-yet-valid'
  /** The user's session stamp changed: all their logins ended. */
  | 'revoked'
  /** The user does not exist any more. */
  | 'unknown-user'
  /** The user may not be logged in now. */
  | 'inactive'
  /** The client changed, under strong protection. */
  | 'protected'
  /** The user logged out in this request, or the cookie belongs to a login that ended in this browser minutes ago. */
  | 'logged-out'
  /** The cookies are Secure and the page was requested over plain HTTP, so the browser does not send them. */
  | 'insecure-transport'

/** Finds the user of a request that brings its own credential: an API key, HTTP Basic, a bearer token. */
export interface RequestLoader<User> {
  /** The user, or null or undefined for nobody; `note` tells why, for `whyAnonymous()`. */
  load(request: RequestView, note: (reason: LoaderNote) => void): Awaitable<User | null | undefined>
  /** A `WWW-Authenticate` challenge for refusals (RFC 9110 §11.6.1), such as `Bearer realm="api"`. */
  readonly challenge?: string | undefined
  /** Whether this request carries the credential in a way that no other site can make a browser send. */
  readonly carries?: ((request: RequestView) => boolean) | undefined
  /** The fields of the query that hold the credential: `next` never repeats them. Default none. */
  readonly queryFields?: readonly string[] | undefined
}

/** The attributes of a cookie (RFC 6265bis). What is left out has the safe default. */
export interface CookieOptions {
  /**
   * Default `session` and `remember_token`, with the strongest prefix the attributes allow: `__Host-` where secure, path
   * `/` and no domain, so that no subdomain can plant one; else `__Secure-` where secure. A given name stays as it is.
   */
  readonly name?: string | undefined
  /** The part of the site that gets the cookie. Default `/`. */
  readonly path?: string | undefined
  /** Also the subdomains of this domain get the cookie. Default none: this host alone. */
  readonly domain?: string | undefined
  /** Only over https. Default true. `false` has to be said, and is for http://localhost. */
  readonly secure?: boolean | undefined
  /** Out of reach for scripts, so that a script from elsewhere (XSS) cannot carry the cookie off. Default true. */
  readonly httpOnly?: boolean | undefined
  /** Whether requests that other sites cause bring the cookie. Default `lax`: links only; null leaves the attribute out. */
  readonly sameSite?: SameSite | null | undefined
  /** CHIPS: a separate jar for each embedding site. It requires `sameSite: 'none'`. Default false. */
  readonly partitioned?: boolean | undefined
  /**
   * Attributes that this cookie had before, such as `[{ path: '/app' }, { partitioned: false }]`. A logout also clears the
   * cookie with each of them, and so does a login. Default none.
   */
  readonly former?: readonly FormerCookie[] | undefined
}

/** Describes how a cookie was set before. An omitted attribute has its current value. */
export interface FormerCookie {
  /** The former name. Default: the current name, or the default name that these attributes give. */
  readonly name?: string | undefined
  /** The former path. */
  readonly path?: string | undefined
  /** The former domain, or null for a host-only cookie. */
  readonly domain?: string | null | undefined
  /** Whether it was partitioned. */
  readonly partitioned?: boolean | undefined
}

/** The form of the session cookie: `signed()` or `encrypted()`. */
export interface SessionCodec {
  /** What it is called, for people who debug. */
  readonly name: string
  /** For the manager: seals and opens texts for the cookie of this name, with keys of its own from the keyring. */
  create(keyring: Keyring, cookieName: string): TokenCodec
}

/** How long a session lives, and in which form it travels. */
export interface SessionOptions {
  /** The session cookie's name and attributes. Default: `__Host-session`, Secure, HttpOnly, SameSite=Lax. */
  readonly cookie?: CookieOptions | undefined
  /** Seconds without a request that asks who is there, after which the session ends. Default 86,400 (1 day). */
  readonly idleSeconds?: number | undefined
  /** Seconds since its login after which a session ends, however busy it is; null: never. Default 2,678,400 (31 days). */
  readonly absoluteSeconds?: number | null | undefined
  /** Seconds without a request after which a permanent session ends, and the life of its cookie. Default 2,678,400 (31 days). */
  readonly permanentSeconds?: number | undefined
  /**
   * When an unchanged session is sent again to live longer. `whenUsed`: if a request reads the login, and a hundredth of
   * the idle time has passed since the session was last sent, or 60 seconds. `everyRequest`: a permanent session with
   * every response, as in Flask, so its end is exact to the second; other sessions as with `whenUsed`. `never`: a session ends after its idle time, used or not. Default `whenUsed`.
   */
  readonly renew?: 'whenUsed' | 'everyRequest' | 'never' | undefined
  /**
   * Returns whether a request counts as a use of the session, which prolongs it. Return false for a request that a page
   * sends by itself (a poll). Such a request reads and writes as any other. Default: each request.
   */
  readonly isActivity?: ((request: RequestView) => boolean) | undefined
  /** Where a request loader found the user: whether what the app puts into the session is sent. Default true. */
  readonly writeForRequestUsers?: boolean | undefined
  /** The form of the cookie: `signed()` or `encrypted()`. Default `signed()`: its owner can read it, nobody change it. */
  readonly codec?: SessionCodec | undefined
  /** A form that is still read and written anew on the way out, never written. Default none. */
  readonly previousCodec?: SessionCodec | undefined
}

/** The remember cookie: for whom asks for it at login. */
export interface RememberOptions {
  /** The remember cookie's name and attributes. Default: `__Host-remember_token`, Secure, HttpOnly, SameSite=Lax. */
  readonly cookie?: CookieOptions | undefined
  /** Seconds for which a remembered login can be taken up again. Default 2,592,000 (30 days). */
  readonly seconds?: number | undefined
  /** `everyRequest` sends the valid cookie of the logged-in user again with every answer. Default `never`. */
  readonly renew?: 'never' | 'everyRequest' | undefined
}

/** What an area (Flask: a blueprint) does differently. What it leaves out is as everywhere. */
export interface AreaOptions {
  /** Where a visitor without a login is sent. Default, and where null: as everywhere; false: none, 401. */
  readonly loginView?: View | false | null | undefined
  /** Where a visitor whose login is not fresh is sent. Default, and where null: as everywhere; false: none, 401. */
  readonly refreshView?: View | false | null | undefined
  /** Flashed on the way to the login view; null: nothing is. Default: as everywhere. */
  readonly loginMessage?: string | null | undefined
  /** Flashed on the way to the refresh view; null: nothing is. Default: as everywhere. */
  readonly needsRefreshMessage?: string | null | undefined
}

/** Describes a refusal to a handler of the app. `Refusal<Auth<User>>` types its `auth`. */
export interface Refusal<Handle = unknown> {
  /** The request that is refused. */
  readonly request: RequestView
  /** The area of the guard, or null. */
  readonly area: string | null
  /** Why: nobody is logged in, not freshly enough, not allowed to, or the request is a forged one. */
  readonly reason: 'unauthorized' | 'stale' | 'forbidden' | 'forged'
  /** Why the visitor is anonymous, as `auth.whyAnonymous()` returns it; null if a user was found or not looked for. */
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
   * `insecure-transport`: a login over plain http set Secure cookies, which the browser drops. `is-active`: `isActive` was
   * neither true nor false. `busy-handlers`: so many refusal handlers wait that the library responded by itself.
   */
  readonly code: 'insecure-transport' | 'is-active' | 'busy-handlers'
  /** What happened, and the remedy. */
  readonly message: string
}

/** Selects how forged requests are detected: by their headers, by a token too, or not at all. */
export type CsrfMode = 'origin' | 'token' | false

/** Configures the CSRF check with exceptions. */
export interface CsrfOptions {
  /** Default `origin`. */
  readonly mode?: CsrfMode | undefined
  /**
   * Exact paths that other sites may send requests to, such as `/saml/acs`. Compared with the whole path as it was sent.
   * A handler there must not rely on cookies for what it changes. Default none.
   */
  readonly except?: readonly string[] | undefined
}

/**
 * Holds the options of `createLoginManager`.
 *
 * @typeParam Exempt The methods of `exemptMethods`. With any, the user behind a guard may be undefined.
 * @typeParam Handle The `Auth` object that refusal handlers receive.
 */
// biome-ignore lint/suspicious/noExplicitAny: the layers below do not import the Auth object
export interface LoginManagerOptions<User, Guest = null, Exempt extends string = never, Handle = any> {
  /**
   * Finds the user of a session or remember cookie by id (Flask-Login's `user_loader`): null or undefined where there is
   * none. Receives the request too, for an app whose users depend on the host. Its errors are thrown to the caller that read the user. Guards respond to a `StoreError` with 503.
   */
  readonly loadUser?: ((id: string, request: RequestView) => Awaitable<User | null | undefined>) | undefined
  /**
   * Finds the user by what the request brings (`request_loader`), where no cookie named one; several are asked in order.
   * Nothing is stored, and such a user is never fresh.
   */
  readonly loadUserFromRequest?: RequestLoaderOption<User> | readonly RequestLoaderOption<User>[] | undefined
  /** Seals all cookies: at least 32 bytes that nobody can guess. One secret gives a key for each purpose (HKDF). */
  readonly secrets: string | Uint8Array | Secrets | undefined
  /**
   * Separates two apps, or two tenants of one app, that share a secret: neither accepts the logins of the other. A function
   * returns the tenant of the request. If it does not return a string, the request is anonymous and `loginUser()` throws. Default ''.
   */
  readonly audience?: Audience | undefined
  /** What `currentUser()` gives where nobody is logged in. Default null. */
  readonly anonymousUser?: (() => Guest) | undefined
  /** The id of a user. Default `user.getId()`, else `user.id`. */
  readonly userId?: ((user: User) => string) | undefined
  /** Whether a user may be logged in, asked at login and with each load. Default `user.isActive`, and true where there is no such property. */
  readonly isActive?: ((user: User) => Awaitable<boolean>) | undefined
  /**
   * Anything that changes when all logins of a user shall end (a version, the password's hash). Sessions and remember
   * cookies carry it, keyed; one with another stamp, or none, is dead. Default none: then nothing but time ends a copy.
   */
  readonly sessionStamp?: ((user: User) => Awaitable<string | number>) | undefined
  /**
   * A deny list: whether this session (`sid`) or remember token (`jti`) was ended before its time. Asked whenever one is
   * accepted; the events tell what ends (`ended`). Default none: a copy of a cookie lives until it expires.
   */
  readonly isRevoked?: ((id: string) => Awaitable<boolean>) | undefined
  /** Changes what `sessionStamp` returns, for `logoutUser({ everywhere: true })`. Default none. */
  readonly revokeUser?: ((user: User) => Awaitable<unknown>) | undefined
  /** Where a visitor without a login is sent. Default none: 401. */
  readonly loginView?: View | null | undefined
  /** Where a visitor whose login is not fresh is sent. Default none: 401. */
  readonly refreshView?: View | null | undefined
  /** Flashed on the way to the login view; null: nothing is. Default `Please log in to access this page.` */
  readonly loginMessage?: string | null | undefined
  /** The flash category of `loginMessage`. Default `message`. */
  readonly loginMessageCategory?: string | undefined
  /** Flashed on the way to the refresh view; null: nothing is. Default `Please reauthenticate to access this page.` */
  readonly needsRefreshMessage?: string | null | undefined
  /** The flash category of `needsRefreshMessage`. Default `message`. */
  readonly needsRefreshMessageCategory?: string | undefined
  /**
   * Returns a message of the library in the visitor's language. `whyAnonymous` is the reason why the visitor is anonymous
   * (`expired`, `idle`, …), or null. Default: the message as it is.
   */
  readonly localize?: Localizer | undefined
  /**
   * Responds to a visitor without a login; nothing is flashed or redirected then. If it returns undefined, the library
   * responds. Default none.
   */
  readonly unauthorizedHandler?: RefusalHandler<Handle> | undefined
  /** The same for a visitor whose login is not fresh. Default none. */
  readonly needsRefreshHandler?: RefusalHandler<Handle> | undefined
  /** The same for a user whom `allow` rejected. Default none: 403. */
  readonly forbiddenHandler?: RefusalHandler<Handle> | undefined
  /** The same for a request that the CSRF check rejected (option `csrf`). Default none: 403. */
  readonly csrfHandler?: RefusalHandler<Handle> | undefined
  /** Parts of the app with views and messages of their own, by name (Flask: blueprints). */
  readonly areas?: Readonly<Record<string, AreaOptions>> | undefined
  /** Keep the page asked for in the session instead of the login address. Default false. */
  readonly useSessionForNext?: boolean | undefined
  /** The field of the query that carries the page asked for. Default `next`. */
  readonly nextParam?: string | undefined
  /** The host of login and refresh addresses, whatever the request says: `example.org`, or with a port. Default none. */
  readonly forceHostForRedirects?: string | undefined
  /**
   * Methods that every guard lets through without reading the user; Flask-Login exempts `['OPTIONS']`. Handlers behind a
   * guard then run without a user for these methods, and the types of the adapters say so. With explicit type arguments,
   * name them: `createLoginManager<User, null, 'OPTIONS'>`. Default `[]`: a CORS middleware in front of the guards answers
   * preflights.
   */
  readonly exemptMethods?: readonly Exempt[] | undefined
  /**
   * What a changed client means (a stolen cookie, perhaps): `basic` makes the login stale, `strong` ends it and the
   * remember cookie (a permanent session is only made stale), false does nothing. Default `basic`.
   */
  readonly sessionProtection?: ProtectionMode | undefined
  /**
   * What a client is known by: `userAgent`, `address`, or its `network` (/24 of IPv4, /64 of IPv6), for those whose
   * address wanders. The last two need the adapter to name an address. Default `['userAgent']`.
   */
  readonly fingerprint?: readonly ClientPart[] | undefined
  /** What both cookies have in common, such as `secure: false` on http://localhost. Each may still differ. */
  readonly cookies?: Omit<CookieOptions, 'name'> | undefined
  /** How long a session lives, and its cookie. */
  readonly session?: SessionOptions | undefined
  /** How long a remembered login can be taken up again, and its cookie. */
  readonly remember?: RememberOptions | undefined
  /** What an anonymous visitor's session data becomes at login: all kept, none, or these keys. Default true. */
  readonly keepAnonymousData?: KeepData | undefined
  /**
   * Forged requests (CSRF). `origin` looks at Sec-Fetch-Site and Origin of unsafe requests, and of WebSocket handshakes;
   * `token` wants a token too, in the header `x-csrf-token` or shown to `checkCsrf()`; false leaves it to the app. A
   * request that brings an API key or bearer token and no cookie of ours is not looked at. Default `origin`.
   */
  readonly csrf?: CsrfMode | CsrfOptions | undefined
  /**
   * The path in front of the app that clients see and the app does not: `/app` behind nginx with
   * `location /app/ { proxy_pass http://app/; }`, or for `app.mount('/app', …)` of Hono. Views, `except`, `next` of a policy
   * and the fallback of `nextUrl()` stay the app's own paths; the library adds the prefix to the addresses that it sends. A function of the
   * request reads a header that your proxy overwrites, such as `x-forwarded-prefix`. A value that is not a path is ignored.
   * A string is also the default path of both cookies. Default none.
   */
  readonly basePath?: string | ((request: RequestView) => string | null | undefined) | undefined
  /** The origin that clients see, behind a proxy: `https://example.org`. Default: what the request says. */
  readonly publicOrigin?: string | undefined
  /**
   * Other origins whose pages may send requests to the app: an exact origin of any scheme (`capacitor://localhost`), or
   * `https://*.example.org` for every host that is one label longer. View functions may lead there too. Default none.
   */
  readonly origins?: readonly string[] | undefined
  /** Other origins to which `nextUrl()` and view functions may lead, exact ones of http or https. Default none. */
  readonly nextOrigins?: readonly string[] | undefined
  /**
   * Receives probable mistakes of the app or its deployment, each kind once: `({ message }) => console.warn(message)`.
   * The same as a listener of the event `warning`. Default none.
   */
  readonly onWarning?: ((warning: LoginWarning) => unknown) | undefined
  /** Bytes that the cache of verified cookies may take; 0 switches it off. Default 4,194,304. */
  readonly cacheBytes?: number | undefined
  /** Tells the time: a function that gives epoch seconds. Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Draws this many random bytes, for ids and tokens. Default: the platform's secure random bytes. */
  readonly random?: Random | undefined
}

/** Returns a message in the visitor's language. */
export type Localizer = (message: string, request: RequestView, whyAnonymous: AnonymousReason | null) => string

/** A request loader, or just its function. */
export type RequestLoaderOption<User> =
  | RequestLoader<User>
  | ((request: RequestView) => Awaitable<User | null | undefined>)

/** The session's part of the settings. */
export interface SessionSettings {
  readonly cookie: CookieSpec
  readonly formerCookies: readonly CookieSpec[]
  readonly idleSeconds: number
  readonly absoluteSeconds: number | null
  readonly permanentSeconds: number
  readonly renew: 'whenUsed' | 'everyRequest' | 'never'
  readonly isActivity: ((request: RequestView) => boolean) | null
  readonly writeForRequestUsers: boolean
  readonly codec: SessionCodec
  readonly previousCodec: SessionCodec | null
}

/** The remember cookie's part of the settings. */
export interface RememberSettings {
  readonly cookie: CookieSpec
  readonly formerCookies: readonly CookieSpec[]
  readonly seconds: number
  readonly renew: 'never' | 'everyRequest'
}

/** The messages and views of an area, or of everywhere else. */
export interface AreaSettings {
  readonly loginView: View | null
  readonly refreshView: View | null
  readonly loginMessage: string | null
  readonly needsRefreshMessage: string | null
}

/** The options, complete and checked. */
export interface Settings<User, Guest> {
  readonly secrets: readonly Uint8Array[]
  readonly audience: Audience
  readonly loadUser: ((id: string, request: RequestView) => Awaitable<User | null | undefined>) | null
  readonly requestLoaders: readonly RequestLoader<User>[]
  readonly anonymousUser: () => Guest
  readonly userId: (user: User) => string
  readonly isActive: (user: User) => Awaitable<boolean>
  readonly sessionStamp: ((user: User) => Awaitable<string | number>) | null
  readonly isRevoked: ((id: string) => Awaitable<boolean>) | null
  readonly revokeUser: ((user: User) => Awaitable<unknown>) | null
  readonly everywhere: AreaSettings
  readonly areas: ReadonlyMap<string, AreaSettings>
  readonly loginMessageCategory: string
  readonly needsRefreshMessageCategory: string
  readonly localize: Localizer
  readonly unauthorizedHandler: RefusalHandler | null
  readonly needsRefreshHandler: RefusalHandler | null
  readonly forbiddenHandler: RefusalHandler | null
  readonly csrfHandler: RefusalHandler | null
  readonly useSessionForNext: boolean
  readonly nextParam: string
  readonly forceHostForRedirects: string | null
  readonly exemptMethods: readonly string[]
  readonly sessionProtection: ProtectionMode
  readonly fingerprint: readonly ClientPart[]
  readonly session: SessionSettings
  readonly remember: RememberSettings
  readonly keepAnonymousData: KeepData
  readonly csrf: CsrfMode
  readonly csrfExcept: readonly string[]
  readonly basePath: string | ((request: RequestView) => string | null | undefined)
  readonly publicOrigin: string | null
  readonly origins: readonly string[]
  readonly nextOrigins: readonly string[]
  readonly onWarning: ((warning: LoginWarning) => unknown) | null
  readonly cacheBytes: number
  readonly clock: Clock
  readonly random: Random
}
