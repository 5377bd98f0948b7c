// The public list of @fetch-login/core.

// The manager and its handle
export type { Auth, CookieListener } from './auth'
export type { SessionData } from './flow/session-data'
export {
  createLoginManager,
  type Guard,
  type LoginManager,
  type LoginManagerOptions,
  type OpenOptions,
} from './manager'
export { type WithLoginOptions, withLogin } from './fetch'

// Options
export type {
  AreaOptions,
  Audience,
  CookieOptions,
  CsrfMode,
  CsrfOptions,
  LoaderNote,
  Localizer,
  LoginWarning,
  Refusal,
  RefusalHandler,
  RememberOptions,
  RequestLoader,
  RequestLoaderOption,
  Secrets,
  SessionCodec,
  SessionOptions,
  View,
} from './settings'
export { signed } from './flow/session-cookies'
export type { Clock } from './base/clock'
export type { Random } from './base/random'
export type { Awaitable } from './base/steps'
export type { ProtectionMode } from './state/protection'
export type { KeepData } from './state/transitions'
export type { ClientPart } from './wire/client'
export type { SameSite } from './wire/cookie'
export type { Key, Keyring } from './wire/keyring'
export type { OpenedToken, TokenCodec, TokenProblem } from './wire/token'

// Loaders by what the request brings
export {
  type ApiKeyPlace,
  apiKey,
  basicAuth,
  bearer,
  type ChallengeOptions,
  type FindUser,
} from './flow/request-loaders'

// Guards and decisions
export type { Decision, Policy, RefusalReason, Refused } from './flow/decision'
export type { GuardOptions, GuardOutcome } from './flow/guard'
export type { AnonymousGuardOptions } from './flow/guard-anonymous'
export type { FreshnessPolicy } from './state/freshness'

// What verbs take and tell
export type { LoginOptions } from './flow/login'
export type { LogoutOptions } from './flow/logout'
export type { ConfirmOptions } from './flow/confirm'
export type { Proof } from './flow/proof'
export type { CurrentLogin, SessionFacts } from './flow/current-login'
export type { AnonymousReason } from './flow/reasons'
export type { CsrfReason, Ended, EndedLogin, Listener, LoginEvent, LoginEventName, LoginEvents } from './flow/events'
export type { Flash } from './state/flash'
export type { Json } from './base/json'

// Users as classes
export { AnonymousUser, UserMixin } from './state/user'

// For adapters
export { isAuth } from './auth'
export { assertFunction, described, invalidArgument } from './base/argument'
export { type Carrier, authsOf, carrier } from './carrier'
export { isFound } from './flow/found'
export { withFreshness } from './flow/guard'
export { guardSource, type ManagerOf, type ManagerSource, managerSource } from './manager-source'
export type { HeaderTarget } from './flow/commit'
export { cookiesAfter } from './wire/cookie'
export { type HeaderView, type RequestSource, type RequestView, requestView } from './wire/request'

// Errors
export {
  CookieTooLargeError,
  LoginError,
  type LoginErrorCode,
  type OptionProblem,
  OptionsError,
  StoreError,
  UsageError,
} from './base/errors'
