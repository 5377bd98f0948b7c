// Encodes the state of a session as claims, and decodes them. OpenID Connect defines sub, sid, iat, exp, auth_time and amr.
import { freeze, type Json } from '../base/json'
import type { KeptFlash } from '../state/flash'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'
import { type FlashClaim, isRememberClaims, isSessionClaims, type SessionClaims, VERSION } from './claims'

/** The claims of a cookie that were verified, so that equal inputs need no second HMAC. */
export interface VerifiedClaims {
  /** The client that matches the client claim. */
  client?: string
  /** The stamp that matches the stamp claim. */
  stamp?: string
  /** Whether a claim was created with a previous secret, so that it must be created again. */
  old?: boolean
}

/** The content of a valid session cookie. */
export interface OpenedSession {
  readonly state: SessionState
  readonly issuedAt: number
  readonly expiresAt: number
  /** Whether a previous secret or codec wrote the cookie, so that it must be written again. */
  readonly old: boolean
  readonly proven: VerifiedClaims
}

/**
 * Encodes a session as JSON.
 *
 * @param now The time of issue, in epoch seconds.
 * @param end The time of expiry, in epoch seconds.
 */
export function encodeSession(state: SessionState, now: number, end: number): string {
  const claims = {
    v: VERSION,
    iat: now,
    exp: end,
    ...encodeLogin(state.login),
    ...(state.permanent && { permanent: true }),
    ...(state.data.size > 0 && { data: [...state.data] }),
    ...(state.flashes.length > 0 && {
      flashes: state.flashes.map(({ category, message, origin }) =>
        origin === undefined ? ([category, message] as const) : ([category, message, origin] as const),
      ),
    }),
    ...(state.next !== null && { next: state.next }),
  } satisfies SessionClaims
  return JSON.stringify(claims)
}

function encodeLogin(login: Login | null): Partial<SessionClaims> {
  if (login === null) return {}
  const { since, fresh, level, forced, client, suspect, stamp } = login
  return {
    sub: login.userId,
    sid: login.sessionId,
    auth_time: login.authTime,
    amr: [...login.methods],
    login: { since, fresh, level, forced, client, ...(suspect !== undefined && { suspect }), stamp },
  }
}

/**
 * Decodes a session from JSON. Returns null if the claims are invalid or of another version.
 *
 * @param old Whether a previous secret or codec wrote the cookie.
 */
export function decodeSession(payload: string, old: boolean): OpenedSession | null {
  const claims = parseJson(payload)
  return isSessionClaims(claims) ? fromClaims(claims, old) : null
}

function fromClaims(claims: SessionClaims, old: boolean): OpenedSession | null {
  const login = decodeLogin(claims)
  if (login === undefined) return null
  const state: SessionState = freeze({
    login,
    permanent: claims.permanent ?? false,
    data: new Map(claims.data?.map(([key, value]) => [key, freeze(value) as Json])),
    flashes: claims.flashes?.map(decodeFlash) ?? [],
    next: claims.next ?? null,
  })
  return { state, issuedAt: claims.iat, expiresAt: claims.exp, old, proven: {} }
}

function decodeFlash([category, message, origin]: FlashClaim): KeptFlash {
  return origin === undefined ? { category, message } : { category, message, origin }
}

/** Returns the login, null without a login, or undefined if claims are missing. */
function decodeLogin({ login, sub, sid, auth_time, amr }: SessionClaims): Login | null | undefined {
  if (login === undefined) return sub === undefined ? null : undefined
  if (sub === undefined || sid === undefined || auth_time === undefined || amr === undefined) return undefined
  return { userId: sub, sessionId: sid, authTime: auth_time, methods: amr, ...login }
}

/** Parses JSON. Returns undefined if it is invalid. */
function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

/** Encodes a remember token as JSON. */
export function encodeRemember({ userId, tokenId, authTime, issuedAt, expiresAt, stamp }: RememberToken): string {
  const claims = { v: VERSION, sub: userId, jti: tokenId, iat: issuedAt, exp: expiresAt, auth_time: authTime, stamp }
  return JSON.stringify(claims)
}

/** Decodes a remember token from JSON. Returns null if the claims are invalid or of another version. */
export function decodeRemember(payload: string): RememberToken | null {
  const claims = parseJson(payload)
  if (!isRememberClaims(claims)) return null
  const { sub, jti, auth_time, iat, exp, stamp } = claims
  return { userId: sub, tokenId: jti, authTime: auth_time, issuedAt: iat, expiresAt: exp, stamp }
}
