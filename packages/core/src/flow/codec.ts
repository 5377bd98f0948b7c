// Claims <-> state. The claims are OpenID Connect's where it has a word (sub, sid, iat, exp, auth_time, amr); what comes
// in is checked against a schema even though it is sealed, because an older version of the app may have written it.
import * as v from 'valibot'
import { frozen, type Json } from '../base/json'
import type { RememberToken } from '../state/remember'
import type { Login, SessionState } from '../state/session'

const VERSION = 1

/** What was proven about a cookie, so that equal inputs need no second HMAC. */
export interface Proven {
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
  readonly proven: Proven
}

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

/** What a session cookie says of a state, from now until its end. */
export function sealedText(state: SessionState, now: number, end: number): string {
  const claims = {
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
  return JSON.stringify(claims)
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

/** What a session cookie held, or null where it is none of this version. */
export function openedSession(payload: string, old: boolean): OpenedSession | null {
  const claims = parsed(sessionClaims, payload)
  return claims === null ? null : openedFrom(claims, old)
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

/** What a remember cookie says. */
export function rememberText({ userId, tokenId, authTime, issuedAt, expiresAt, stamp }: RememberToken): string {
  const claims = { v: VERSION, sub: userId, jti: tokenId, iat: issuedAt, exp: expiresAt, auth_time: authTime, stamp }
  return JSON.stringify(claims)
}

/** What a remember cookie said, or null where it is none of this version. */
export function rememberToken(payload: string): RememberToken | null {
  const claims = parsed(rememberClaims, payload)
  if (claims === null) return null
  const { sub, jti, auth_time, iat, exp, stamp } = claims
  return { userId: sub, tokenId: jti, authTime: auth_time, issuedAt: iat, expiresAt: exp, stamp }
}
