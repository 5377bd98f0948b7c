// The session cookie, read and written: sealed, remembered once verified, and dated. Expiry is looked at last, after
// the seal and after the cache.
import { isPending } from '../base/task'
import type { SessionCodec, SessionSettings } from '../options/types'
import { CLOCK_TOLERANCE_SECONDS } from '../state/freshness'
import type { SessionState } from '../state/session'
import type { Keyring } from '../wire/tokens/keyring'
import { createSignedTokens } from '../wire/tokens/signed-tokens'
import { type OpenedToken, type TokenCodec, UNKNOWN_KEY } from '../wire/tokens/token'
import { decodeSession, encodeSession, type OpenedSession } from './codec'
import type { CookieProblem, Read } from './read-result'
import type { VerifiedCookies } from './verified-cookies'

/** The `typ` of session cookies. */
export const SESSION_TYPE = 'session+jwt'

/** A use of a session is written down after this many seconds at the latest. */
const RENEWAL_SECONDS = 60

/** The form of cookies by default: a compact JWS, readable by its owner, sealed against change. */
export function signed(): SessionCodec {
  return {
    name: 'signed',
    create: (keyring, cookieName) => createSignedTokens(keyring.keys('session', cookieName), SESSION_TYPE),
  }
}

/** Verified cookies of all audiences, each with the keys that verified it. */
export type VerifiedSessions = VerifiedCookies<{ readonly keys: object; readonly session: OpenedSession }>

/** A session, ready to be sent. */
export interface WrittenSession {
  /** The value of the cookie. */
  readonly token: string | Promise<string>
  /** Seconds for which the browser keeps the cookie; null: as long as it is open. */
  readonly maxAgeSeconds: number | null
  /** When the session ends, epoch seconds. */
  readonly endsAt: number
}

/** Reads and writes the session cookie. */
export class SessionCookies {
  readonly #settings: SessionSettings
  readonly #codec: TokenCodec
  readonly #previous: TokenCodec | null
  readonly #verified: VerifiedSessions
  /** Of the keys: another audience has other ones, and may not read what these verified. */
  readonly #keys = {}

  constructor(settings: SessionSettings, keyring: Keyring, verified: VerifiedSessions) {
    this.#settings = settings
    this.#codec = settings.codec.create(keyring, settings.cookie.name)
    this.#previous = settings.previousCodec?.create(keyring, settings.cookie.name) ?? null
    this.#verified = verified
  }

  /** What the cookie holds, or why it holds nothing. Waits only where the form of the cookie does. */
  read(cookie: string, now: number): Read<OpenedSession> | Promise<Read<OpenedSession>> {
    const known = this.#verified.get(cookie)
    if (known?.keys === this.#keys) return this.#checkDates(known.session, now)
    const opened = this.#codec.open(cookie)
    if (isPending(opened) || (!opened.ok && this.#previous !== null)) return this.#readSlowly(cookie, opened, now)
    return this.#keep(cookie, opened, now)
  }

  async #readSlowly(
    cookie: string,
    opening: OpenedToken | Promise<OpenedToken>,
    now: number,
  ): Promise<Read<OpenedSession>> {
    const opened = await opening
    if (opened.ok || this.#previous === null) return this.#keep(cookie, opened, now)
    const former = await this.#previous.open(cookie)
    const refused = opened === UNKNOWN_KEY ? former : opened
    return this.#keep(cookie, former.ok ? { ...former, old: true } : refused, now)
  }

  #keep(cookie: string, opened: OpenedToken, now: number): Read<OpenedSession> {
    if (!opened.ok) return opened
    const session = decodeSession(opened.payload, opened.old)
    if (session === null) return { ok: false, reason: 'bad-format' }
    this.#verified.set(cookie, { keys: this.#keys, session })
    return this.#checkDates(session, now)
  }

  #checkDates(session: OpenedSession, now: number): Read<OpenedSession> {
    const problem = this.#findDateProblem(session, now)
    return problem === null ? { ok: true, value: session } : { ok: false, reason: problem }
  }

  #findDateProblem({ state, issuedAt, expiresAt }: OpenedSession, now: number): CookieProblem | null {
    const latest = Math.max(issuedAt, state.login?.authTime ?? 0)
    if (latest > now + CLOCK_TOLERANCE_SECONDS) return 'not-yet-valid'
    if (this.#getAbsoluteEnd(state) <= now) return 'expired'
    return Math.min(expiresAt, issuedAt + this.#getIdleSeconds(state)) <= now ? 'idle' : null
  }

  /** Writes a session that begins to be idle now, or one that keeps the dates of the cookie that came. */
  write(state: SessionState, now: number, kept: OpenedSession | null): WrittenSession {
    const issuedAt = kept?.issuedAt ?? now
    const endsAt = kept === null ? this.getEnd(state, now) : this.getKeptEnd(state, kept)
    const token = this.#codec.seal(encodeSession(state, issuedAt, endsAt))
    return { token, maxAgeSeconds: state.permanent ? Math.max(1, endsAt - now) : null, endsAt }
  }

  /** When a session ends that keeps the dates of its cookie; an app that changes how long it lives changes the end. */
  getKeptEnd(state: SessionState, { issuedAt, expiresAt, state: before }: OpenedSession): number {
    const end = this.getEnd(state, issuedAt)
    return state.permanent === before.permanent ? Math.min(end, expiresAt) : end
  }

  /** When a session ends that nobody uses after it was written, epoch seconds. */
  getEnd(state: SessionState, writtenAt: number): number {
    return Math.min(writtenAt + this.#getIdleSeconds(state), this.#getAbsoluteEnd(state))
  }

  /** When the last copy of a session ends, whoever holds it: it may have been permanent before. */
  getLastEnd(state: SessionState, now: number): number {
    const { idleSeconds, permanentSeconds } = this.#settings
    return Math.min(now + Math.max(idleSeconds, permanentSeconds), this.#getAbsoluteEnd(state))
  }

  /**
   * Returns whether a use of the session must be written to its cookie. The idle end is exact to a hundredth of the idle
   * time, and to a minute: finer steps would set a cookie with nearly every response, and parallel responses would undo
   * each other. `renew: 'everyRequest'` writes permanent sessions elsewhere.
   */
  isDue({ state, issuedAt }: OpenedSession, now: number): boolean {
    const step = Math.min(this.#getIdleSeconds(state) / 100, RENEWAL_SECONDS)
    return this.#settings.renew !== 'never' && now > issuedAt && now - issuedAt >= step
  }

  #getIdleSeconds(state: SessionState): number {
    return state.permanent ? this.#settings.permanentSeconds : this.#settings.idleSeconds
  }

  #getAbsoluteEnd({ login }: SessionState): number {
    const { absoluteSeconds } = this.#settings
    return absoluteSeconds === null || login === null ? Number.POSITIVE_INFINITY : login.since + absoluteSeconds
  }
}
