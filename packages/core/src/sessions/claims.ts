// Checks the claims of cookies. Signed cookies are checked as well, because an older version of the app may have written
// them. The checks do not use valibot: in each request a schema would cost as much as the signature.

import type { FlashOrigin } from '../state/flash'

/** The claims of a session cookie. Names are those of OpenID Connect if it defines one. */
export interface SessionClaims {
  readonly v: typeof VERSION
  readonly iat: number
  readonly exp: number
  readonly login?: LoginClaims
  readonly sub?: string
  readonly sid?: string
  readonly auth_time?: number
  readonly amr?: readonly string[]
  readonly permanent?: boolean
  readonly data?: readonly (readonly [string, unknown])[]
  readonly flashes?: readonly FlashClaim[]
  readonly next?: string | null
}

/** Category, text, and the origin if the message is not the app's. */
export type FlashClaim = readonly [category: string, message: string, origin?: FlashOrigin]

interface LoginClaims {
  readonly since: number
  readonly fresh: boolean
  readonly level: number
  readonly forced: boolean
  readonly client: string | null
  readonly suspect?: string
  readonly stamp: string | null
}

/** The claims of a remember cookie. */
export interface RememberClaims {
  readonly v: typeof VERSION
  readonly sub: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly auth_time: number
  readonly stamp: string | null
}

/** The version of the claims. It is incremented when their meaning changes. */
export const VERSION = 1

type Claims = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

/** Returns whether a value has the claims of a session cookie. Unknown claims are ignored. */
export function isSessionClaims(value: unknown): value is SessionClaims {
  if (!isClaims(value)) return false
  const { v, iat, exp, login, sub, sid, auth_time, amr, permanent, data, flashes, next } = value
  return (
    v === VERSION &&
    isTime(iat) &&
    isTime(exp) &&
    isAbsentOr(isLogin, login) &&
    isAbsentOr(isText, sub) &&
    isAbsentOr(isText, sid) &&
    isAbsentOr(isTime, auth_time) &&
    isAbsentOr(isTexts, amr) &&
    isAbsentOr(isFlag, permanent) &&
    isAbsentOr(isEntries, data) &&
    isAbsentOr(isMessages, flashes) &&
    isAbsentOr(isTextOrNull, next)
  )
}

/** Returns whether a value has the claims of a remember cookie. Unknown claims are ignored. */
export function isRememberClaims(value: unknown): value is RememberClaims {
  if (!isClaims(value)) return false
  const { v, sub, jti, iat, exp, auth_time, stamp } = value
  const isNamed = v === VERSION && isText(sub) && isText(jti) && isTextOrNull(stamp)
  return isNamed && isTime(iat) && isTime(exp) && isTime(auth_time)
}

function isLogin(value: unknown): boolean {
  if (!isClaims(value)) return false
  const { since, fresh, level, forced, client, suspect, stamp } = value
  const isAuthentication = isTime(since) && isFlag(fresh) && typeof level === 'number' && isFlag(forced)
  return isAuthentication && isTextOrNull(client) && isAbsentOr(isText, suspect) && isTextOrNull(stamp)
}

const isClaims = (value: unknown): value is Claims => typeof value === 'object' && value !== null
const isAbsentOr = (is: Check, value: unknown): boolean => value === undefined || is(value)
const isTime: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isText: Check = (value) => typeof value === 'string'
const isTextOrNull: Check = (value) => value === null || typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText)
const isPair = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length === 2
const isEntries: Check = (value) => Array.isArray(value) && value.every((pair) => isPair(pair) && isText(pair[0]))
const isMessages: Check = (value) => Array.isArray(value) && value.every(isMessage)
const isMessage: Check = (value) => isTexts(value) && (isPair(value) || isFromLibrary(value as readonly unknown[]))
const isFromLibrary = (message: readonly unknown[]): boolean => message.length === 3 && ORIGINS.includes(message[2])
const ORIGINS: readonly unknown[] = ['login', 'refresh', 'visitor'] satisfies FlashOrigin[]
