// The public list of @fetch-login/core.

// The manager and its handle
export { Auth, type SessionData } from './auth'
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
export type { Json } from './base/json'
export { type WithLoginOptions, withLogin } from './fetch'
export { signed } from './flow/codec'
export type { CsrfReason, Listener, LoginEvent, LoginEventName, LoginEvents } from './flow/events'

// Guards and decisions
export type { Decision, Guard, GuardOptions, GuardOutcome, Policy, RefusalReason, Refused } from './flow/guard'
// What verbs take and tell
export type { ConfirmOptions, LoginOptions, LogoutOptions, Proof } from './flow/login'
export type { AnonymousReason } from './flow/reasons'
// Loaders by what the request brings
export { type ApiKeyPlace, apiKey, basicAuth, bearer, type FindUser } from './flow/request-loaders'
export { createLoginManager, type LoginManager, type OpenOptions } from './manager'
// Options
export type {
  AreaOptions,
  Awaitable,
  CookieOptions,
  LoaderNote,
  LoginManagerOptions,
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
export type { Flash } from './state/flash'
export type { FreshnessPolicy } from './state/freshness'
// Users as classes
export { AnonymousUser, UserMixin } from './state/user'
// For adapters
export { type HeaderView, type RequestSource, type RequestView, requestView } from './wire/request'
