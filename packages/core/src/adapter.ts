// The entry point @fetch-login/core/adapter: functions that adapters and embedding libraries need, and apps do not.

// The request: its view, its Auth object
export { isAuth } from './auth'
export {
  checkRequest,
  commit,
  commitHeaders,
  commitRemaining,
  dismissRefusals,
  keepPrivate,
  renew,
  reportNotAwaited,
} from './auth-operations'
// Arguments and errors
export { assertFunction, createArgumentError, describeValue } from './base/argument'
export type { HeaderTarget } from './commit'
// Managers and guards
export { withFreshness } from './guards/guard'
export { isFound } from './identify/found-user'
export { guardResolver, type ManagerOf, type ManagerSource, managerResolver } from './manager-resolver'
export { recordGuard } from './request/guard-calls'
export { createRequestMap, getAuthMap, type RequestMap } from './request/request-map'
export { cookiesAfter } from './wire/cookies/cookie'
export { type HeaderView, type RequestSource, type RequestView, requestView } from './wire/headers/request'
