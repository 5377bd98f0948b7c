// Reads and writes the session cookie. The expiry is checked last, so that a cached cookie expires as well.
import { isPending } from '../base/task'
import type { SessionCodec, SessionSettings } from '../options/types'
import { CLOCK_TOLERANCE_SECONDS } from '../state/freshness'
import type { SessionState } from '../state/session'
import type { Keyring } from '../wire/tokens/keyring'
import { createSignedTokens } from '../wire/tokens/signed-tokens'
import { type DecodedToken, type TokenCodec, UNKNOWN_KEY } from '../wire/tokens/token'
import { decodeSession, encodeSession, type OpenedSession } from './codec'
import type { CookieProblem, Read } from './read-result'
import type { VerifiedCookies } from './verified-cookies'

/** The `typ` of session cookies. */
export const SESSION_TYPE = 'session+jwt'

/** A session in use is renewed at least this often, in seconds. */
const RENEWAL_SECONDS = 60

/**
 * Returns the default codec: a compact JWS (RFC 7515). The user of the browser can read it, but cannot change it.
 *
 * @returns A value for the option `session.codec`.
 */
export function signed(): SessionCodec {
  return {
    name: 'signed',
    create: (keyring, cookieName) => createSignedTokens(keyring.keys('session', cookieName), SESSION_TYPE),
  }
}

/** The cache of verified cookies of all audiences, each with the keys that verified it. */
export type VerifiedSessions = VerifiedCookies<{ readonly keys: object; readonly session: OpenedSession }>

/** A session cookie to set. */
export interface WrittenSession {
  /** The value of the cookie. */
  readonly token: string | Promise<string>
  /** The `Max-Age` of the cookie in seconds; null if the browser removes it when it closes. */
  readonly maxAgeSeconds: number | null
  /** The end of the session, in epoch seconds. */
  readonly endsAt: number
}

/** Reads and writes the session cookie of one audience. */
export class SessionCookies {
  readonly #settings: SessionSettings
  readonly #codec: TokenCodec
  readonly #previous: TokenCodec | null
  readonly #verified: VerifiedSessions
  /** Identifies the keys in the cache. Another audience has other keys, and must not read these entries. */
  readonly #keys = {}

  constructor(settings: SessionSettings, keyring: Keyring, verified: VerifiedSessions) {
    this.#settings = settings
    this.#codec = settings.codec.create(keyring, settings.cookie.name)
    this.#previous = settings.previousCodec?.create(keyring, settings.cookie.name) ?? null
    this.#verified = verified
  }

  /** Verifies a cookie. Returns its session, or why it is invalid. Returns a promise only if the codec does. */
  read(cookie: string, now: number): Read<OpenedSession> | Promise<Read<OpenedSession>> {
    const known = this.#verified.get(cookie)
    if (known?.keys === this.#keys) return this.#checkDates(known.session, now)
    const opened = this.#codec.decode(cookie)
    if (isPending(opened) || (!opened.ok && this.#previous !== null)) return this.#readSlowly(cookie, opened, now)
    return this.#decode(cookie, opened, now)
  }

  async #readSlowly(
    cookie: string,
    opening: DecodedToken | Promise<DecodedToken>,
    now: number,
  ): Promise<Read<OpenedSession>> {
    const opened = await opening
    if (opened.ok || this.#previous === null) return this.#decode(cookie, opened, now)
    const former = await this.#previous.decode(cookie)
    const refused = opened === UNKNOWN_KEY ? former : opened
    return this.#decode(cookie, former.ok ? { ...former, old: true } : refused, now)
  }

  #decode(cookie: string, opened: DecodedToken, now: number): Read<OpenedSession> {
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

  /**
   * Signs or encrypts a session.
   *
   * @param kept The cookie whose dates the session keeps, or null to renew the session.
   */
  write(state: SessionState, now: number, kept: OpenedSession | null): WrittenSession {
    const issuedAt = kept?.issuedAt ?? now
    const endsAt = kept === null ? this.getEnd(state, now) : this.getKeptEnd(state, kept)
    const token = this.#codec.encode(encodeSession(state, issuedAt, endsAt))
    return { token, maxAgeSeconds: state.permanent ? Math.max(1, endsAt - now) : null, endsAt }
  }

  /** Returns the end of a session that keeps the dates of its cookie. If the app changes `permanent`, the end changes. */
  getKeptEnd(state: SessionState, { issuedAt, expiresAt, state: before }: OpenedSession): number {
    const end = this.getEnd(state, issuedAt)
    return state.permanent === before.permanent ? Math.min(end, expiresAt) : end
  }

  /** Returns the end of a session that is not used after `writtenAt`, in epoch seconds. */
  getEnd(state: SessionState, writtenAt: number): number {
    return Math.min(writtenAt + this.#getIdleSeconds(state), this.#getAbsoluteEnd(state))
  }

  /** Returns the end of the last copy of a session. A copy may be from a time when the session was permanent. */
  getLastEnd(state: SessionState, now: number): number {
    const { idleSeconds, permanentSeconds } = this.#settings
    return Math.min(now + Math.max(idleSeconds, permanentSeconds), this.#getAbsoluteEnd(state))
  }

  /**
   * Returns whether the session must be renewed. The idle end is exact to a hundredth of the idle time, and to a minute.
   * Smaller steps would set a cookie with almost every response, and parallel responses would overwrite each other.
   * Permanent sessions under `renew: 'everyRequest'` are renewed elsewhere.
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
