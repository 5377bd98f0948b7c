// The results of reading a cookie. Hostile or outdated input results in a reason, never in an error.
import { type TokenProblem, UNKNOWN_KEY } from '../wire/tokens/token'

export type { AnonymousReason } from '../options/types'

/** The reason why a cookie is invalid. */
export type CookieProblem = TokenProblem | 'logged-out' | 'duplicate-cookie' | 'expired' | 'idle' | 'not-yet-valid'

/** The content of a cookie, or the reason why it is invalid. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: CookieProblem }

/** The result for several cookies of one name, of which another instance may accept one. It is compared by identity. */
export const DUPLICATES_ELSEWHERE: Read<never> = Object.freeze({ ok: false, reason: 'duplicate-cookie' })

/** Returns whether another instance may accept the cookie: its key is unknown here, or the clock there is ahead. */
export function isReadableElsewhere(read: Read<unknown>): boolean {
  return (
    read === DUPLICATES_ELSEWHERE || read === (UNKNOWN_KEY as unknown) || (!read.ok && read.reason === 'not-yet-valid')
  )
}
