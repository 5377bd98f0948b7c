// What an app may say (options), and what the library works with (settings: the same, complete, checked, frozen).
import type { Clock } from './base/clock'
import type { Random } from './base/random'
import type { ProtectionMode } from './state/protection'
import type { KeepData } from './state/transitions'
import type { ClientPart } from './wire/client'
import type { CookieSpec, SameSite } from './wire/cookie'
import type { Keyring } from './wire/keyring'
import type { RequestView } from './wire/request'
import type { TokenCodec } from './wire/token'

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** A page of the app: a path, an address, or a function of the request that gives one. */
export type View = string | ((request: RequestView) => string)

/** The secret that seals new cookies, and those that still open old ones. */
export interface Secrets {
  readonly current: string | Uint8Array
  /** Secrets that were current before. They verify and never sign. Default none. */
  readonly previous?: readonly (string | Uint8Array)[] | undefined
}

/** Why a request loader gave nobody, where it is more than "no credential". */
export type LoaderNote = 'ambiguous-header' | 'bad-format' | 'bad-signature' | 'expired' | 'unknown-user'

/** Finds the user of a request that brings its own credential: an API key, HTTP Basic, a bearer token. */
export interface RequestLoader<User> {
  /** The user, or null or undefined for nobody; `note` tells why, for `whyAnonymous()`. */
  load(request: RequestView, note: (reason: LoaderNote) => void): Awaitable<User | null | undefined>
  /** A `WWW-Authenticate` challenge for refusals (RFC 9110 §11.6.1), such as `Bearer realm="api"`. */
  readonly challenge?: string
  /** Whether this request carries the credential in a way that no other site can make a browser send. */
  carries?(request: RequestView): boolean
}

/** The attributes of a cookie. */
export interface CookieOptions {
  /** Default `session` and `remember_token`, with the strongest prefix the attributes allow (`__Host-`, `__Secure-`). */
  readonly name?: string | undefined
  /** Default `/`. */
  readonly path?: string | undefined
  /** Default none: this host alone. */
  readonly domain?: string | undefined
  /** Default true. `false` has to be said, and is for http://localhost. */
  readonly secure?: boolean | undefined
  /** Default true. */
  readonly httpOnly?: boolean | undefined
  /** Default `lax`; null leaves the attribute out. */
  readonly sameSite?: SameSite | null | undefined
  /** CHIPS: a separate jar for each embedding site. Default false. */
  readonly partitioned?: boolean | undefined
}

/** The form of the session cookie: `signed()` or `encrypted()`. */
export interface SessionCodec {
  readonly name: string
  create(keyring: Keyring, cookieName: string): TokenCodec
}

export interface SessionOptions {
  readonly cookie?: CookieOptions | undefined
  /** Seconds without a request after which the login ends. Default 86,400 (1 day). */
  readonly idleSeconds?: number | undefined
  /** Seconds after which a login ends however busy it is; null: never. Default 2,678,400 (31 days). */
  readonly absoluteSeconds?: number | null | undefined
  /** Seconds without a request after which a permanent session ends, and the life of its cookie. Default 2,678,400 (31 days). */
  readonly permanentSeconds?: number | undefined
  /**
   * When an unchanged session is sent again to live longer. `whenUsed`: once a tenth of its idle time has passed and
   * somebody asks who is there. `everyRequest`: permanent sessions with every answer, as Flask does. Default `whenUsed`.
   */
  readonly renew?: 'whenUsed' | 'everyRequest' | 'never' | undefined
  /** Where a request loader found the user: keep what the app puts into the session? Default true. */
  readonly keepForRequestUsers?: boolean | undefined
  /** Default `signed()`. */
  readonly codec?: SessionCodec | undefined
  /** A form that is still read and written anew on the way out, never written. Default none. */
  readonly previousCodec?: SessionCodec | undefined
}

export interface RememberOptions {
  readonly cookie?: CookieOptions | undefined
  /** Seconds for which a remembered login can be taken up again. Default 2,592,000 (30 days). */
  readonly seconds?: number | undefined
  /** `everyRequest` sends the valid cookie of the logged-in user again with every answer. Default `never`. */
  readonly renew?: 'never' | 'everyRequest' | undefined
}

/** What an area (Flask: a blueprint) does differently. What it leaves out is as everywhere. */
export interface AreaOptions {
  readonly loginView?: View | null | undefined
  readonly refreshView?: View | null | undefined
  readonly loginMessage?: string | null | undefined
  readonly needsRefreshMessage?: string | null | undefined
}

/** A refusal, as a handler of the app's own gets to see it. */
export interface Refusal {
  readonly request: RequestView
  /** The area of the guard, or null. */
  readonly area: string | null
}

/** Answers a refusal in the library's place. */
export type RefusalHandler = (refusal: Refusal) => Awaitable<Response>

/** All that `createLoginManager` takes. */
export interface LoginManagerOptions<User, Guest = null> {
  /** Finds the user of a session by id (Flask-Login's `user_loader`): null or undefined where there is none. */
  readonly loadUser?: ((id: string) => Awaitable<User | null | undefined>) | undefined
  /** Finds the user by what the request brings (`request_loader`); several are asked in order. Nothing is stored. */
  readonly loadUserFromRequest?: RequestLoaderOption<User> | readonly RequestLoaderOption<User>[] | undefined
  /** Seals all cookies: at least 32 bytes that nobody can guess. One secret gives a key for each purpose (HKDF). */
  readonly secrets: string | Uint8Array | Secrets
  /** Tells apart two apps that share a secret: neither accepts the other's logins. Default ''. */
  readonly audience?: string | undefined
  /** What `currentUser()` gives where nobody is logged in. Default null. */
  readonly anonymousUser?: (() => Guest) | undefined
  /** The id of a user. Default `user.getId()`, else `user.id`. */
  readonly userId?: ((user: User) => string) | undefined
  /** Whether a user may be logged in. Default `user.isActive`, and true where there is no such property. */
  readonly isActive?: ((user: User) => Awaitable<boolean>) | undefined
  /** Anything that changes when all logins of a user shall end (a version, the password's hash). Default none. */
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
  /** Default `message`. */
  readonly loginMessageCategory?: string | undefined
  /** Flashed on the way to the refresh view; null: nothing is. Default `Please reauthenticate to access this page.` */
  readonly needsRefreshMessage?: string | null | undefined
  /** Default `message`. */
  readonly needsRefreshMessageCategory?: string | undefined
  /** Puts a message of the library into the visitor's language. Default: as it is. */
  readonly localize?: ((message: string, request: RequestView) => string) | undefined
  /** Answers a visitor without a login; nothing is flashed or redirected then. */
  readonly unauthorizedHandler?: RefusalHandler | undefined
  /** Answers a visitor whose login is not fresh. */
  readonly needsRefreshHandler?: RefusalHandler | undefined
  /** Parts of the app with views and messages of their own, by name (Flask: blueprints). */
  readonly areas?: Readonly<Record<string, AreaOptions>> | undefined
  /** Keep the page asked for in the session instead of the login address. Default false. */
  readonly useSessionForNext?: boolean | undefined
  /** The field of the query that carries the page asked for. Default `next`. */
  readonly nextField?: string | undefined
  /** The host of login addresses, whatever the request says. Default none. */
  readonly forceHostForRedirects?: string | undefined
  /** Methods that no guard looks at. Default `['OPTIONS']`. */
  readonly exemptMethods?: readonly string[] | undefined
  /** What a changed client means: `basic` asks for the password again, `strong` ends the login. Default `basic`. */
  readonly sessionProtection?: ProtectionMode | undefined
  /** What a client is known by. Default `['userAgent']`; `address` and `network` need the adapter to name an address. */
  readonly fingerprint?: readonly ClientPart[] | undefined
  readonly session?: SessionOptions | undefined
  readonly remember?: RememberOptions | undefined
  /** What an anonymous visitor's session data becomes at login: all kept, none, or these keys. Default true. */
  readonly keepAnonymousData?: KeepData | undefined
  /**
   * Forged requests (CSRF). `origin` looks at Sec-Fetch-Site and Origin of unsafe requests; `token` wants a token too;
   * false leaves it to the app. Default `origin`.
   */
  readonly csrf?: 'origin' | 'token' | false | undefined
  /** The origin that clients see, behind a proxy: `https://example.org`. Default: what the request says. */
  readonly publicOrigin?: string | undefined
  /** Other origins that belong to the app: trusted by the CSRF check and by `nextUrl()`. Default none. */
  readonly origins?: readonly string[] | undefined
  /** Bytes that the cache of verified cookies may take; 0 switches it off. Default 4,194,304. */
  readonly cacheBytes?: number | undefined
  /** Epoch seconds. Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Default: the platform's secure random bytes. */
  readonly random?: Random | undefined
}

/** A request loader, or just its function. */
export type RequestLoaderOption<User> =
  | RequestLoader<User>
  | ((request: RequestView) => Awaitable<User | null | undefined>)

/** The session's part of the settings. */
export interface SessionSettings {
  readonly cookie: CookieSpec
  readonly idleSeconds: number
  readonly absoluteSeconds: number | null
  readonly permanentSeconds: number
  readonly renew: 'whenUsed' | 'everyRequest' | 'never'
  readonly keepForRequestUsers: boolean
  readonly codec: SessionCodec
  readonly previousCodec: SessionCodec | null
}

/** The remember cookie's part of the settings. */
export interface RememberSettings {
  readonly cookie: CookieSpec
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
  readonly audience: string
  readonly loadUser: ((id: string) => Awaitable<User | null | undefined>) | null
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
  readonly localize: (message: string, request: RequestView) => string
  readonly unauthorizedHandler: RefusalHandler | null
  readonly needsRefreshHandler: RefusalHandler | null
  readonly useSessionForNext: boolean
  readonly nextField: string
  readonly forceHostForRedirects: string | null
  readonly exemptMethods: readonly string[]
  readonly sessionProtection: ProtectionMode
  readonly fingerprint: readonly ClientPart[]
  readonly session: SessionSettings
  readonly remember: RememberSettings
  readonly keepAnonymousData: KeepData
  readonly csrf: 'origin' | 'token' | false
  readonly publicOrigin: string | null
  readonly origins: readonly string[]
  readonly cacheBytes: number
  readonly clock: Clock
  readonly random: Random
}
