// State <-> cookie. The claims are OpenID Connect's where it has a word (sub, sid, iat, exp, auth_time, amr); what
// comes in is checked against a schema even though it is signed, because an older version of the app may have
// written it. Expiry is looked at here, after the signature and after the cache.
import * as v from 'valibot'
import { frozen, type Json } from '../base/json'
import type { SessionCodec, SessionSettings } from '../settings'
import { CLOCK_TOLERANCE_SECONDS } from '../state/freshness'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'
import type { Keyring } from '../wire/keyring'
import { createSignedTokens } from '../wire/sign'
import type { OpenedToken, TokenCodec, TokenProblem } from '../wire/token'
import { VerifiedCookies } from './verified'

/** The form of cookies by default: a compact JWS, readable by its owner, sealed against change. */
export function signed(): SessionCodec {
  return {
    name: 'signed',
    create: (keyring, cookieName) => createSignedTokens(keyring.keys('session', cookieName), SESSION_TYPE),
  }
}

export const SESSION_TYPE = 'session+jwt'
export const REMEMBER_TYPE = 'remember+jwt'
const VERSION = 1

/** Why a cookie gave nothing. */
export type CookieProblem = TokenProblem | 'expired' | 'idle' | 'not-yet-valid'

/** What a good session cookie held. */
export interface OpenedSession {
  readonly state: SessionState
  readonly issuedAt: number
  readonly expiresAt: number
  /** A previous secret or form wrote it: write it anew. */
  readonly old: boolean
  /** What was proven about these very bytes, so that equal inputs need no second HMAC. */
  readonly proven: { client?: string; stamp?: string }
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: CookieProblem }

const epochSeconds = v.pipe(v.number(), v.integer(), v.minValue(0))
const cut = v.nullable(v.string())

const sessionClaims = v.object({
  v: v.literal(VERSION),
  iat: epochSeconds,
  exp: epochSeconds,
  login: v.optional(
    v.object({
      since: epochSeconds,
      fresh: v.boolean(),
      level: v.number(),
      forced: v.boolean(),
      client: cut,
      stamp: cut,
    }),
  ),
  sub: v.optional(v.string()),
  sid: v.optional(v.string()),
  auth_time: v.optional(epochSeconds),
  amr: v.optional(v.array(v.string())),
  permanent: v.optional(v.boolean(), false),
  data: v.optional(v.array(v.strictTuple([v.string(), v.unknown()])), []),
  flashes: v.optional(v.array(v.strictTuple([v.string(), v.string()])), []),
  next: v.optional(cut, null),
  csrf: v.optional(cut, null),
})

const rememberClaims = v.object({
  v: v.literal(VERSION),
  sub: v.string(),
  jti: v.string(),
  iat: epochSeconds,
  exp: epochSeconds,
  auth_time: epochSeconds,
  stamp: cut,
})

type SessionClaims = v.InferOutput<typeof sessionClaims>

/** Reads and writes the session cookie. */
export class SessionCookies {
  readonly #settings: SessionSettings
  readonly #codec: TokenCodec
  readonly #previous: TokenCodec | null
  readonly #verified: VerifiedCookies<OpenedSession>

  constructor(settings: SessionSettings, keyring: Keyring, cacheBytes: number) {
    this.#settings = settings
    this.#codec = settings.codec.create(keyring, settings.cookie.name)
    this.#previous = settings.previousCodec?.create(keyring, settings.cookie.name) ?? null
    this.#verified = new VerifiedCookies(cacheBytes)
  }

  /** What the cookie holds, or why it holds nothing. Waits only where the form of the cookie does. */
  read(cookie: string, now: number): Read<OpenedSession> | Promise<Read<OpenedSession>> {
    const known = this.#verified.get(cookie)
    if (known !== undefined) return this.#dated(known, now)
    const opened = this.#codec.open(cookie)
    if (opened instanceof Promise || (!opened.ok && this.#previous !== null))
      return this.#readSlowly(cookie, opened, now)
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
    return this.#keep(cookie, former.ok ? { ...former, old: true } : opened, now)
  }

  #keep(cookie: string, opened: OpenedToken, now: number): Read<OpenedSession> {
    if (!opened.ok) return opened
    const claims = parsed(sessionClaims, opened.payload)
    const session = claims === null ? null : openedFrom(claims, opened.old)
    if (session === null) return { ok: false, reason: 'bad-format' }
    this.#verified.set(cookie, session)
    return this.#dated(session, now)
  }

  #dated(session: OpenedSession, now: number): Read<OpenedSession> {
    const problem = this.#problemAt(session, now)
    return problem === null ? { ok: true, value: session } : { ok: false, reason: problem }
  }

  #problemAt({ state, issuedAt, expiresAt }: OpenedSession, now: number): CookieProblem | null {
    const latest = Math.max(issuedAt, state.login?.authTime ?? 0)
    if (latest > now + CLOCK_TOLERANCE_SECONDS) return 'not-yet-valid'
    if (this.#absoluteEnd(state) <= now) return 'expired'
    return Math.min(expiresAt, issuedAt + this.#idleSeconds(state)) <= now ? 'idle' : null
  }

  /** The cookie's value for this state, and the seconds it lives in the browser (null: as long as the browser). */
  write(state: SessionState, now: number): { token: string | Promise<string>; maxAgeSeconds: number | null } {
    const end = Math.min(now + this.#idleSeconds(state), this.#absoluteEnd(state))
    const token = this.#codec.seal(JSON.stringify(claimsOf(state, now, end)))
    return { token, maxAgeSeconds: state.permanent ? Math.max(1, end - now) : null }
  }

  /** Whether a tenth of the idle time has passed, so that a request should make the session live longer. */
  isDue({ state, issuedAt }: OpenedSession, now: number): boolean {
    return now - issuedAt >= this.#idleSeconds(state) / 10
  }

  #idleSeconds(state: SessionState): number {
    return state.permanent ? this.#settings.permanentSeconds : this.#settings.idleSeconds
  }

  #absoluteEnd({ login }: SessionState): number {
    const { absoluteSeconds } = this.#settings
    return absoluteSeconds === null || login === null ? Number.POSITIVE_INFINITY : login.since + absoluteSeconds
  }
}

function claimsOf(state: SessionState, now: number, end: number): SessionClaims {
  return {
    v: VERSION,
    iat: now,
    exp: end,
    ...loginClaims(state.login),
    ...(state.permanent && { permanent: true }),
    ...(state.data.size > 0 && { data: [...state.data] }),
    ...(state.flashes.length > 0 && {
      flashes: state.flashes.map(({ category, message }): [string, string] => [category, message]),
    }),
    ...(state.next !== null && { next: state.next }),
    ...(state.csrf !== null && { csrf: state.csrf }),
  } as SessionClaims
}

function loginClaims(login: Login | null): Partial<SessionClaims> {
  if (login === null) return {}
  const { since, fresh, level, forced, client, stamp } = login
  return {
    sub: login.userId,
    sid: login.sessionId,
    auth_time: login.authTime,
    amr: [...login.methods],
    login: { since, fresh, level, forced, client, stamp },
  }
}

function openedFrom(claims: SessionClaims, old: boolean): OpenedSession | null {
  const login = loginFrom(claims)
  if (login === undefined) return null
  const state: SessionState = frozen({
    login,
    permanent: claims.permanent,
    data: new Map(claims.data.map(([key, value]) => [key, frozen(value) as Json])),
    flashes: claims.flashes.map(([category, message]) => ({ category, message })),
    next: claims.next,
    csrf: claims.csrf,
  })
  return { state, issuedAt: claims.iat, expiresAt: claims.exp, old, proven: {} }
}

/** The login, null where there is none, undefined where it is half there. */
function loginFrom({ login, sub, sid, auth_time, amr }: SessionClaims): Login | null | undefined {
  if (login === undefined) return sub === undefined ? null : undefined
  if (sub === undefined || sid === undefined || auth_time === undefined || amr === undefined) return undefined
  return { userId: sub, sessionId: sid, authTime: auth_time, methods: amr, ...login }
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, payload: string): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(payload))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

/** Reads and writes the remember cookie: always signed, never waiting. */
export class RememberCookies {
  readonly #codec: { seal(payload: string): string; open(token: string): OpenedToken }

  constructor(keyring: Keyring, cookieName: string) {
    this.#codec = createSignedTokens(keyring.keys('remember', cookieName), REMEMBER_TYPE)
  }

  read(cookie: string, now: number): Read<RememberToken> {
    const opened = this.#codec.open(cookie)
    if (!opened.ok) return opened
    const claims = parsed(rememberClaims, opened.payload)
    if (claims === null) return { ok: false, reason: 'bad-format' }
    if (claims.iat > now + CLOCK_TOLERANCE_SECONDS) return { ok: false, reason: 'not-yet-valid' }
    if (claims.exp <= now) return { ok: false, reason: 'expired' }
    const { sub, jti, auth_time, iat, exp, stamp } = claims
    return { ok: true, value: { userId: sub, tokenId: jti, authTime: auth_time, issuedAt: iat, expiresAt: exp, stamp } }
  }

  write({ userId, tokenId, authTime, issuedAt, expiresAt, stamp }: RememberToken): string {
    return this.#codec.seal(
      JSON.stringify({
        v: VERSION,
        sub: userId,
        jti: tokenId,
        iat: issuedAt,
        exp: expiresAt,
        auth_time: authTime,
        stamp,
      }),
    )
  }
}
