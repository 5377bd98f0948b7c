// The changes of the session cookie and the remember cookie. They are created before the headers are written, so that
// writing the headers is synchronous.
import { toUtf8 } from '../base/bytes'
import { CookieTooLargeError } from '../base/errors'
import { type Task, wait } from '../base/task'
import { encodeSession, type OpenedSession } from '../sessions/codec'
import type { KeptFlash } from '../state/flash'
import { isEmpty, type Login, type SessionState } from '../state/session'
import type { KeepData } from '../state/transitions'
import { COOKIE_LIMIT_BYTES, setCookieLine } from '../wire/cookies/cookie'
import type { Services } from './services'

/**
 * The cause of a change, which determines the effect of a cookie that is too small:
 *
 * - `app`: the app stores data. The call throws.
 * - `flash`: the app adds a message. Older messages are dropped.
 * - `operation`: the app calls an operation such as `loginUser()`. Messages and `next` are dropped, then the call throws.
 * - `pipeline`: the library changes the session on its own initiative. The change then holds for this request alone.
 */
export type Writer = 'app' | 'flash' | 'operation' | 'pipeline'

/** The effect of the response on a cookie. */
export type CookieChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'set'
      readonly value: string
      readonly maxAgeSeconds: number | null
      /** The end of its content, in epoch seconds. */
      readonly endsAt: number
    }

/** The result for a state that does not fit into a cookie. */
export interface TooLarge {
  readonly kind: 'too-large'
  readonly bytes: number
}

export const KEEP: CookieChange = { kind: 'keep' }
export const CLEAR: CookieChange = { kind: 'clear' }

/**
 * Creates the cookie of a state. An empty state clears the cookie.
 *
 * @param isInBrowser Whether the browser sent the cookie.
 * @param kept The cookie whose dates the session keeps, or null to renew the session.
 */
export function* createSessionChange<User, Guest>(
  { sessions, settings, now }: Services<User, Guest>,
  state: SessionState,
  isInBrowser: boolean,
  kept: OpenedSession | null,
): Task<CookieChange | TooLarge> {
  if (isEmpty(state)) return isInBrowser ? CLEAR : KEEP
  const { token, maxAgeSeconds, endsAt } = sessions.write(state, now(), kept)
  const value = yield* wait(token)
  const change: CookieChange = { kind: 'set', value, maxAgeSeconds, endsAt }
  const bytes = getBytes(change, settings.session.cookie.name)
  return bytes > COOKIE_LIMIT_BYTES ? { kind: 'too-large', bytes } : change
}

/** Returns the bytes of name and value; 0 if no cookie is set. */
export function getBytes(session: CookieChange | TooLarge, name: string): number {
  if (session.kind === 'too-large') return session.bytes
  return session.kind === 'set' ? name.length + session.value.length : 0
}

/** Drops the oldest messages, or `next` if there are none. Returns null if neither can be dropped. */
export function trimState(state: SessionState, excessBytes: number, by: Writer): Trimmed | null {
  const { flashes, next } = state
  const fewer = flashes.slice(findOldest(flashes, excessBytes), flashes.length)
  // The new message stays, and replaces the others.
  const kept = by === 'flash' && fewer.length === 0 ? flashes.slice(-1) : fewer
  if (kept.length < flashes.length) return { dropped: 'flashes', state: { ...state, flashes: kept } }
  return by === 'app' || next === null ? null : { dropped: 'next', state: { ...state, next: null } }
}

/** A state without the dropped part. */
export interface Trimmed {
  readonly dropped: 'flashes' | 'next'
  readonly state: SessionState
}

/** Returns how many of the oldest messages need about this many bytes of a cookie, at least one. */
function findOldest(flashes: readonly KeptFlash[], bytes: number): number {
  let [count, freed] = [0, 0]
  while (count < flashes.length && (count === 0 || freed < bytes)) {
    freed += countCookieBytes(countJsonBytes(flashes[count]))
    count++
  }
  return count
}

/** Returns the bytes of the app's data as JSON. */
export function countDataBytes({ data }: SessionState): number {
  return countJsonBytes([...data])
}

/**
 * Returns the bytes of the cookie of a state with a login.
 *
 * @param known A state and the bytes of its cookie.
 */
export function countBytesWithLogin(
  state: SessionState,
  known: { readonly state: SessionState; readonly bytes: number },
  keepAnonymousData: KeepData,
): number {
  const login = state.login ?? (keepAnonymousData === false ? null : SOME_LOGIN)
  const permanent = state.permanent || login !== state.login
  const full = { ...state, login, permanent, flashes: [], next: null }
  return known.bytes + countCookieBytes(countStateBytes(full) - countStateBytes(known.state))
}

function countStateBytes(state: SessionState): number {
  return toUtf8(encodeSession(state, 0, 0)).length
}

/** Returns the length of bytes as base64url. */
function countCookieBytes(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}

function countJsonBytes(value: unknown): number {
  return toUtf8(JSON.stringify(value)).length
}

/** A login of typical size: an ID of 64 bytes, two methods, client and stamp. */
const SOME_LOGIN: Login = {
  userId: '_'.repeat(64),
  sessionId: '_'.repeat(22),
  authTime: 9_999_999_999,
  since: 9_999_999_999,
  fresh: false,
  methods: ['pwd', 'otp'],
  level: 10,
  forced: false,
  client: '_'.repeat(22),
  stamp: '_'.repeat(22),
}

/**
 * Returns the error for data of the app that does not fit.
 *
 * @param bytesBefore The bytes of the cookie with a login before the change.
 * @param others The bytes of the other `Set-Cookie` headers.
 */
export function createTooLargeError(
  state: SessionState,
  bytes: number,
  bytesBefore: number,
  others: number,
): CookieTooLargeError {
  const entries: [string, unknown][] = [...state.data]
  if (state.flashes.length > 0) entries.push(['(flash messages)', state.flashes])
  const largest = entries
    .map(([key, value]) => ({ key, bytes: toUtf8(key + JSON.stringify(value)).length }))
    .sort((one, two) => two.bytes - one.bytes)
    .slice(0, 3)
  const left = Math.max(0, Math.floor(((COOKIE_LIMIT_BYTES - bytesBefore) * 3) / 4))
  return new CookieTooLargeError(bytes, COOKIE_LIMIT_BYTES, largest, left, bytes + others)
}

/** Returns the bytes of the `Set-Cookie` headers without name and value of the session. */
export function countOtherBytes<User, Guest>({ settings }: Services<User, Guest>, remember: CookieChange): number {
  const attributes = setCookieLine({ ...settings.session.cookie, name: '' }, '', null).length
  if (remember.kind !== 'set') return attributes
  return attributes + setCookieLine(settings.remember.cookie, remember.value, remember.maxAgeSeconds).length
}
