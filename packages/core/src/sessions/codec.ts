// Claims <-> state. The claims are OpenID Connect's where it has a word (sub, sid, iat, exp, auth_time, amr).
import { freeze, type Json } from '../base/json'
import type { KeptFlash } from '../state/flash'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'
import { type FlashClaim, isRememberClaims, isSessionClaims, type SessionClaims, VERSION } from './claims'

/** What was proven about a cookie, so that equal inputs need no second HMAC. */
export interface VerifiedClaims {
  /** The client that its claim is of. */
  client?: string
  /** The stamp that its claim is of. */
  stamp?: string
  /** A claim is keyed with a previous secret: key it anew. */
  old?: boolean
}

/** What a good session cookie held. */
export interface OpenedSession {
  readonly state: SessionState
  readonly issuedAt: number
  readonly expiresAt: number
  /** A previous secret or form wrote it: write it anew. */
  readonly old: boolean
  readonly proven: VerifiedClaims
}

/** What a session cookie says of a state, from now until its end. */
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

/** What a session cookie held, or null where it is none of this version. */
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

/** The login, null where there is none, undefined where it is half there. */
function decodeLogin({ login, sub, sid, auth_time, amr }: SessionClaims): Login | null | undefined {
  if (login === undefined) return sub === undefined ? null : undefined
  if (sub === undefined || sid === undefined || auth_time === undefined || amr === undefined) return undefined
  return { userId: sub, sessionId: sid, authTime: auth_time, methods: amr, ...login }
}

/** The parsed JSON; undefined where it is none. */
function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

/** What a remember cookie says. */
export function encodeRemember({ userId, tokenId, authTime, issuedAt, expiresAt, stamp }: RememberToken): string {
  const claims = { v: VERSION, sub: userId, jti: tokenId, iat: issuedAt, exp: expiresAt, auth_time: authTime, stamp }
  return JSON.stringify(claims)
}

/** What a remember cookie said, or null where it is none of this version. */
export function decodeRemember(payload: string): RememberToken | null {
  const claims = parseJson(payload)
  if (!isRememberClaims(claims)) return null
  const { sub, jti, auth_time, iat, exp, stamp } = claims
  return { userId: sub, tokenId: jti, authTime: auth_time, issuedAt: iat, expiresAt: exp, stamp }
}
