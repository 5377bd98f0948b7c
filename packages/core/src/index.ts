// The public names of @fetch-login/core.

// The manager and its Auth objects
export type { Auth, CookieListener } from './auth'
export type { SessionData } from './actions/session-data'
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
} from './options/types'
export { signed } from './sessions/session-cookies'
export type { Clock } from './base/clock'
export type { Random } from './base/random'
export type { Awaitable } from './base/task'
export type { ProtectionMode } from './state/protection'
export type { KeepData } from './state/transitions'
export type { ClientPart } from './wire/headers/client'
export type { SameSite } from './wire/cookies/cookie'
export type { Key, Keyring } from './wire/tokens/keyring'
export type { DecodedToken, TokenCodec, TokenProblem } from './wire/tokens/token'

// Request loaders
export {
  type ApiKeyPlace,
  apiKey,
  basicAuth,
  bearer,
  type ChallengeOptions,
  type FindUser,
} from './identify/request-loaders'

// Guards and decisions
export type { Decision, Policy, RefusalReason, Refused } from './guards/authorize'
export type { GuardOptions, GuardOutcome } from './guards/guard'
export type { AnonymousGuardOptions } from './guards/anonymous-guard'
export type { FreshnessPolicy } from './state/freshness'

// Options and results of operations, and events
export type { LoginOptions } from './actions/login'
export type { LogoutOptions } from './actions/logout'
export type { ConfirmOptions } from './actions/confirm'
export type { Assurance } from './actions/assurance'
export type { CurrentLogin, SessionFacts } from './actions/current-login'
export type { AnonymousReason } from './sessions/read-result'
export type { CsrfReason, Ended, EndedLogin, Listener, LoginEvent, LoginEventName, LoginEvents } from './request/events'
export type { Flash } from './state/flash'
export type { Json } from './base/json'

// Users as classes
export { AnonymousUser, UserMixin } from './state/user'

// Requests, and the manager that an adapter receives
export type { ManagerSource } from './manager-resolver'
export type { HeaderView, RequestSource, RequestView } from './wire/headers/request'

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
