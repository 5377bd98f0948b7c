// Freshness: a login is fresh if the user authenticated in this session, and not by a remember cookie. A policy can also
// require a maximum age, a level and a method (step-up authentication, RFC 9470).
import type { Login } from './session'

/** The requirements of a page for the last authentication. */
export interface FreshnessPolicy {
  /**
   * The maximum age of the last authentication, in seconds.
   *
   * @default undefined, no limit
   */
  readonly withinSeconds?: number | undefined
  /**
   * The minimum level, on the app's own scale.
   *
   * @default undefined, any level
   */
  readonly level?: number | undefined
  /**
   * The required authentication method (`amr`). Of a list, one is enough.
   *
   * @default undefined, any method
   */
  readonly method?: string | readonly string[] | undefined
}

/** The tolerated difference between the clocks of two servers, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 60

/** Returns whether a login is fresh and meets the policy. */
export function isFresh(login: Login, policy: FreshnessPolicy, now: number): boolean {
  return login.fresh && isRecent(login, policy.withinSeconds, now) && isStrong(login, policy)
}

/** Compares level and method of the last authentication. */
function isStrong(login: Login, policy: FreshnessPolicy): boolean {
  if (policy.level !== undefined && !(login.level >= policy.level)) return false
  if (policy.method === undefined) return true
  const wanted = typeof policy.method === 'string' ? [policy.method] : policy.method
  return wanted.some((method) => login.methods.includes(method))
}

function isRecent(login: Login, withinSeconds: number | undefined, now: number): boolean {
  return withinSeconds === undefined || Math.max(0, now - login.authTime) <= withinSeconds
}
