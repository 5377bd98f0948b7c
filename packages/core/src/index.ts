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
// What verbs take and tell
export type { ConfirmOptions } from './flow/confirm'
// Guards and decisions
export type { Decision, Policy, RefusalReason, Refused } from './flow/decision'
export type { CsrfReason, Listener, LoginEvent, LoginEventName, LoginEvents } from './flow/events'
export type { Guard, GuardOptions, GuardOutcome } from './flow/guard'
export type { LoginOptions } from './flow/login'
export type { LogoutOptions } from './flow/logout'
export type { Proof } from './flow/proof'
export type { AnonymousReason } from './flow/reasons'
// Loaders by what the request brings
export { type ApiKeyPlace, apiKey, basicAuth, bearer, type FindUser } from './flow/request-loaders'
export { signed } from './flow/session-cookies'
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
