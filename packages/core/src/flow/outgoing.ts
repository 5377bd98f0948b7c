// What an answer does to the two cookies, decided before the headers are written: writing them is then synchronous.
import { utf8 } from '../base/bytes'
import { CookieTooLargeError } from '../base/errors'
import { type Steps, settled } from '../base/steps'
import { isEmpty, type SessionState } from '../state/session'
import { COOKIE_LIMIT_BYTES } from '../wire/cookie'
import type { Runtime } from './runtime'

/** What the answer does to a cookie. */
export type CookieChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'set'; readonly value: string; readonly maxAgeSeconds: number | null }

export const KEEP: CookieChange = { kind: 'keep' }
export const CLEAR: CookieChange = { kind: 'clear' }

/** The cookie that carries a state; an empty one clears what the browser has, and needs none where it has nothing. */
export function* sessionChange<User, Guest>(
  { sessions, settings, now }: Runtime<User, Guest>,
  state: SessionState,
  isInBrowser: boolean,
): Steps<CookieChange | { readonly kind: 'too-large'; readonly bytes: number }> {
  if (isEmpty(state)) return isInBrowser ? CLEAR : KEEP
  const { token, maxAgeSeconds } = sessions.write(state, now())
  const value = yield* settled(token)
  const bytes = settings.session.cookie.name.length + value.length
  return bytes > COOKIE_LIMIT_BYTES ? { kind: 'too-large', bytes } : { kind: 'set', value, maxAgeSeconds }
}

/** What the library keeps for comfort, and gives up where the cookie is too small: flashes first, then `next`. */
export function trimmed(
  state: SessionState,
): { readonly dropped: 'flashes' | 'next'; readonly state: SessionState } | null {
  if (state.flashes.length > 0) return { dropped: 'flashes', state: { ...state, flashes: [] } }
  return state.next === null ? null : { dropped: 'next', state: { ...state, next: null } }
}

/** The app's own data is too much: what is largest, and the way out. */
export function tooLarge(state: SessionState, bytes: number): CookieTooLargeError {
  const entries: [string, unknown][] = [...state.data]
  if (state.flashes.length > 0) entries.push(['(flash messages)', state.flashes])
  const largest = entries
    .map(([key, value]) => ({ key, bytes: utf8(key + JSON.stringify(value)).length }))
    .sort((one, two) => two.bytes - one.bytes)
    .slice(0, 3)
  return new CookieTooLargeError(bytes, COOKIE_LIMIT_BYTES, largest)
}
