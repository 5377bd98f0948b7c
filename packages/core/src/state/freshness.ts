// Fresh: the user proved who they are in this session, not by a remember cookie. A policy may ask for more: how long
// ago, how strongly, by which method (step-up, RFC 9470).
import type { Login } from './session'

/** What a page asks of a login beyond its being there. */
export interface FreshnessPolicy {
  /** Seconds since the user last proved who they are, at the most. Default: no limit. */
  readonly withinSeconds?: number | undefined
  /** At least this level, on the app's own scale. Default: any. */
  readonly level?: number | undefined
  /** One of these methods (`amr`) must have been used. Default: any. */
  readonly method?: string | readonly string[] | undefined
}

/** Seconds by which the clocks of two servers may differ. */
export const CLOCK_TOLERANCE_SECONDS = 60

export function isFresh(login: Login, policy: FreshnessPolicy, now: number): boolean {
  return login.fresh && isRecent(login, policy.withinSeconds, now) && isStrong(login, policy)
}

/** Level and method of the last proof; a login that is not fresh proved nothing in this session, or to another client. */
function isStrong(login: Login, policy: FreshnessPolicy): boolean {
  if (policy.level !== undefined && !(login.level >= policy.level)) return false
  if (policy.method === undefined) return true
  const wanted = typeof policy.method === 'string' ? [policy.method] : policy.method
  return wanted.some((method) => login.methods.includes(method))
}

function isRecent(login: Login, withinSeconds: number | undefined, now: number): boolean {
  return withinSeconds === undefined || Math.max(0, now - login.authTime) <= withinSeconds
}
