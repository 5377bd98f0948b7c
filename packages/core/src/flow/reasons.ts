// Why nobody is logged in. Hostile or outdated input is a value with one of these reasons, never an error.
import type { LoaderNote } from '../settings'
import { type TokenProblem, UNKNOWN_KEY } from '../wire/token'

/** Why the visitor is anonymous. */
export type AnonymousReason =
  | TokenProblem
  | LoaderNote
  /** Neither a session nor a remember cookie came, and no other credential. */
  | 'no-cookie'
  /** Several cookies of one name arrived, and none of them is valid. */
  | 'duplicate-cookie'
  /** There is a session, but no login in it. */
  | 'no-login'
  /** The login reached its absolute age, or the remember cookie its end. */
  | 'expired'
  /** Nobody used the session for too long. */
  | 'idle'
  /** It was issued later than now, by more than clocks may differ. */
  | 'not-yet-valid'
  /** The user's session stamp changed: all their logins ended. */
  | 'revoked'
  /** The user is gone. */
  | 'unknown-user'
  /** The user may not be logged in now. */
  | 'inactive'
  /** The client changed, under strong protection. */
  | 'protected'
  /** They logged out in this request, or the cookie is of a login that ended in this browser minutes ago. */
  | 'logged-out'
  /** The cookies are Secure and the page came over plain HTTP, so the browser keeps them to itself. */
  | 'insecure-transport'

/** Why a cookie gave nothing. */
export type CookieProblem = TokenProblem | 'logged-out' | 'duplicate-cookie' | 'expired' | 'idle' | 'not-yet-valid'

/** What was read, or why nothing was. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: CookieProblem }

/** Several cookies of one name, none of them valid here and one perhaps elsewhere; compared by identity. */
export const DUPLICATES_ELSEWHERE: Read<never> = Object.freeze({ ok: false, reason: 'duplicate-cookie' })

/** Whether another instance may accept a cookie that this one cannot: its key is unknown here, or the clock there is ahead. */
export function isReadableElsewhere(read: Read<unknown>): boolean {
  return (
    read === DUPLICATES_ELSEWHERE || read === (UNKNOWN_KEY as unknown) || (!read.ok && read.reason === 'not-yet-valid')
  )
}
