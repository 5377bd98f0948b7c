// What an answer does to the two cookies, decided before the headers are written: writing them is then synchronous.
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
 * Who changes the session: the app with its own data, which has to fit; the app with a message, for which older ones
 * give way; a verb it called, which has to fit once the library gave up its own comforts; or the pipeline by itself, whose
 * change then holds for this request alone.
 */
export type Writer = 'app' | 'flash' | 'operation' | 'pipeline'

/** What the answer does to a cookie. */
export type CookieChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'set'
      readonly value: string
      readonly maxAgeSeconds: number | null
      /** When its content ends, epoch seconds. */
      readonly endsAt: number
    }

/** A state that no cookie can carry. */
export interface TooLarge {
  readonly kind: 'too-large'
  readonly bytes: number
}

export const KEEP: CookieChange = { kind: 'keep' }
export const CLEAR: CookieChange = { kind: 'clear' }

/** The cookie that carries a state; an empty one clears what the browser has, and needs none where it has nothing. */
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

/** Bytes of name and value; 0 if no cookie is set. */
export function getBytes(session: CookieChange | TooLarge, name: string): number {
  if (session.kind === 'too-large') return session.bytes
  return session.kind === 'set' ? name.length + session.value.length : 0
}

/** What gives way if the cookie is too small: the oldest messages first, then `next`. */
export function trimState(state: SessionState, excessBytes: number, by: Writer): Trimmed | null {
  const { flashes, next } = state
  const fewer = flashes.slice(findOldest(flashes, excessBytes), flashes.length)
  // The message that is being said stays: it takes the place of others.
  const kept = by === 'flash' && fewer.length === 0 ? flashes.slice(-1) : fewer
  if (kept.length < flashes.length) return { dropped: 'flashes', state: { ...state, flashes: kept } }
  return by === 'app' || next === null ? null : { dropped: 'next', state: { ...state, next: null } }
}

/** A state without something that gave way. */
export interface Trimmed {
  readonly dropped: 'flashes' | 'next'
  readonly state: SessionState
}

/** How many of the oldest messages make this many bytes of a cookie, roughly; one at the least. */
function findOldest(flashes: readonly KeptFlash[], bytes: number): number {
  let [count, freed] = [0, 0]
  while (count < flashes.length && (count === 0 || freed < bytes)) {
    freed += countCookieBytes(countJsonBytes(flashes[count]))
    count++
  }
  return count
}

/** Bytes of the app's data as JSON. */
export function countDataBytes({ data }: SessionState): number {
  return countJsonBytes([...data])
}

/** Bytes of the cookie of a state once it has a login, by the bytes of another cookie. */
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

/** Base64url of as many bytes, and what the padding of a cipher adds. */
function countCookieBytes(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}

function countJsonBytes(value: unknown): number {
  return toUtf8(JSON.stringify(value)).length
}

/** A login as large as most are: an id of 64 bytes, two methods, client and stamp. */
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

/** The app's own data is too much: what is largest, how much would fit, and the way out. */
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

/** Bytes of the `Set-Cookie` lines beside name and value of the session: its attributes, and the remember cookie. */
export function countOtherBytes<User, Guest>({ settings }: Services<User, Guest>, remember: CookieChange): number {
  const attributes = setCookieLine({ ...settings.session.cookie, name: '' }, '', null).length
  if (remember.kind !== 'set') return attributes
  return attributes + setCookieLine(settings.remember.cookie, remember.value, remember.maxAgeSeconds).length
}
