// Why nobody is logged in. Hostile or outdated input is a value with one of these reasons, never an error.
import { type TokenProblem, UNKNOWN_KEY } from '../wire/tokens/token'

export type { AnonymousReason } from '../options/types'

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
