// `@fetch-login/core/jwt`: users by JWT bearer tokens of somebody else (an identity provider), checked with its keys.
// Issuer, audience and algorithms have to be named (RFC 8725): a token for another service is no login here.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'
import { type Clock, readSystemClock } from './base/clock'
import { StoreError } from './base/errors'
import type { Awaitable } from './base/task'
import { isFound } from './identify/found-user'
import { bearer, type ChallengeOptions } from './identify/request-loaders'
import {
  anything,
  assertNone,
  every,
  findProblems,
  fn,
  isNumber,
  isText,
  object,
  optional,
  rule,
  text,
} from './options/check'
import type { LoaderNote, RequestLoader } from './options/types'
import { REMEMBER_TYPE } from './sessions/remember-cookies'
import { SESSION_TYPE } from './sessions/session-cookies'
import { readAuthorization } from './wire/headers/authorization'
import type { RequestView } from './wire/headers/request'

/** The claims of a good token (RFC 7519): a name of our own, so that who passes them on need not know jose. */
export interface JwtClaims extends JWTPayload {}

/** Which tokens count, with whose keys they are checked, and whom they name. */
export interface JwtBearerOptions<User> extends ChallengeOptions {
  /** The `iss` that the token must name, or several of which it must name one. */
  readonly issuer: string | readonly string[]
  /** The `aud` that the token must name: this service. Without it, a token for another service is a login here. */
  readonly audience: string | readonly string[]
  /** Signature algorithms that are accepted (RFC 8725 §3.1): asymmetric ones, such as `['ES256']`. */
  readonly algorithms: readonly string[]
  /** The issuer's keys: their address, or the keys themselves. Keys that cannot be fetched are a `StoreError` (503). */
  readonly jwks: string | URL | JSONWebKeySet | JWTVerifyGetKey
  /** Finds the user of a good token. */
  readonly loadUser: (claims: JwtClaims, request: RequestView) => Awaitable<User | null | undefined>
  /** The `typ` that the token must have, such as `at+jwt`. Default: any but the library's own. */
  readonly type?: string | undefined
  /** Seconds by which the clocks may differ. Default 60. */
  readonly clockToleranceSeconds?: number | undefined
  /**
   * Seconds for which the last fetched keys stay in use while their address cannot be fetched. Default 86400, one day.
   * A key that the issuer withdraws in that time stays accepted.
   */
  readonly keepKeysSeconds?: number | undefined
  /** Fetches the keys, for proxies and tests. It must observe `init.signal`. Default the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Returns the epoch seconds by which the fetched keys age. Default the system clock. */
  readonly clock?: Clock | undefined
}

/**
 * A request loader for bearer JWTs.
 *
 * @example
 * loadUserFromRequest: jwtBearer({ issuer: 'https://id.example.org', audience: 'api', algorithms: ['ES256'],
 *   jwks: 'https://id.example.org/jwks.json', loadUser: ({ sub }) => users.find(sub) })
 * @throws OptionsError `invalid-options`
 */
export function jwtBearer<User>(options: JwtBearerOptions<User>): RequestLoader<User> {
  assertNone('jwtBearer()', findProblems(JWT_OPTIONS, options, REMEDIES))
  const keys = createKeySource(options) as JWTVerifyGetKey
  const plain = bearer<User>(() => null, options)
  return { ...plain, load: (request, note) => load(request, note, options, keys) }
}

async function load<User>(
  request: RequestView,
  note: (reason: LoaderNote) => void,
  options: JwtBearerOptions<User>,
  keys: JWTVerifyGetKey,
): Promise<User | null> {
  const token = readAuthorization(request, 'Bearer')
  if (!token.ok) {
    if (token.reason !== 'no-credential') note(token.reason)
    return null
  }
  const claims = await verifyToken(token.value, note, options, keys)
  if (claims === null) return null
  const user = await options.loadUser(claims, request)
  if (isFound(user)) return user
  note('unknown-user')
  return null
}

async function verifyToken<User>(
  token: string,
  note: (reason: LoaderNote) => void,
  options: JwtBearerOptions<User>,
  keys: JWTVerifyGetKey,
): Promise<JWTPayload | null> {
  try {
    const { payload, protectedHeader } = await verify(token, withStoreError(keys), verifyOptionsOf(options))
    if (!isOwnType(protectedHeader.typ)) return payload
    note('bad-signature')
    return null
  } catch (error) {
    note(getReason(error))
    return null
  }
}

function verifyOptionsOf<User>(options: JwtBearerOptions<User>): JWTVerifyOptions {
  return {
    issuer: [options.issuer].flat(),
    audience: [options.audience].flat(),
    algorithms: [...options.algorithms],
    clockTolerance: options.clockToleranceSeconds ?? 60,
    requiredClaims: ['exp'],
    ...(options.type !== undefined && { typ: options.type }),
  }
}

/** Verifies a token. Tries each matching key if it names none. */
async function verify(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, options)
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithEach(token, error, options)
    throw error
  }
}

/** A token of an attacker costs at most this many signature checks. */
const MAX_MATCHING_KEYS = 10

async function verifyWithEach(
  token: string,
  matching: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  let tried = 0
  for await (const key of matching) {
    if (++tried > MAX_MATCHING_KEYS) break
    try {
      return await jwtVerify(token, key, options)
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

/** Media types: case says nothing, and `application/` may be left out (RFC 7515 §4.1.9). */
function isOwnType(typ: unknown): boolean {
  const type = String(typ)
    .toLowerCase()
    .replace(/^application\//, '')
  return type === SESSION_TYPE || type === REMEMBER_TYPE
}

/** Whatever is wrong with the token is a reason; that the keys cannot be had is an outside failure. */
function getReason(error: unknown): LoaderNote {
  if (error instanceof StoreError) throw error
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) return 'bad-claims'
  const isUnreadable = error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid
  return isUnreadable || error instanceof errors.JOSENotSupported ? 'bad-format' : 'bad-signature'
}

/** Asks for the key. That there is none for this token is the token's fault; every other failure is outside. */
function withStoreError(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (isTokensFault(error)) throw error
      throw new StoreError(
        'The keys that check bearer tokens cannot be had: is the address in jwtBearer({ jwks }) right and reachable?',
        { cause: error },
      )
    }
  }
}

function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

type KeyOptions = Pick<JwtBearerOptions<unknown>, 'jwks' | 'fetch' | 'clock' | 'keepKeysSeconds'>

/** Where the keys come from; null where they can come from nowhere. */
function createKeySource(options: KeyOptions): JWTVerifyGetKey | null {
  const { jwks } = options
  if (typeof jwks === 'function') return jwks
  try {
    return typeof jwks === 'string' || 'href' in jwks
      ? createRemoteKeys(new URL(jwks), options)
      : createLocalJWKSet(jwks)
  } catch {
    return null
  }
}

const DAY_SECONDS = 86_400
const FRESH_SECONDS = 600
/** The pause before a token with an unknown key, or a failed fetch, causes the next fetch. */
const PAUSE_SECONDS = 30
/** The pause after a failed fetch if there are no keys to use. */
const PAUSE_WITHOUT_KEYS_SECONDS = 5
const FETCH_TIMEOUT_MS = 3000

/** Fetches keys one request at a time, with pauses, and keeps the last good ones for a bounded time. */
function createRemoteKeys(url: URL, options: KeyOptions): JWTVerifyGetKey {
  const { fetch, clock = readSystemClock, keepKeysSeconds = DAY_SECONDS } = options
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    ...(fetch !== undefined && { [customFetch]: fetch }),
  })
  let last: { readonly keys: JWTVerifyGetKey; readonly at: number } | null = null
  let failure: { readonly error: unknown; readonly at: number } | null = null

  const usable = () => (last !== null && clock() - last.at < Math.max(keepKeysSeconds, FRESH_SECONDS) ? last : null)
  const isPaused = () =>
    failure !== null && clock() - failure.at < (usable() === null ? PAUSE_WITHOUT_KEYS_SECONDS : PAUSE_SECONDS)

  const refresh = async (): Promise<void> => {
    if (isPaused()) return
    try {
      await remote.reload() // shared by concurrent requests
      last = { keys: createLocalJWKSet(remote.jwks() as JSONWebKeySet), at: clock() }
      failure = null
    } catch (error) {
      failure = { error, at: clock() }
    }
  }

  const current = () => {
    const found = usable()
    if (found === null) throw failure?.error
    return found
  }

  return async (header, token) => {
    if (last === null || clock() - last.at >= FRESH_SECONDS) await refresh()
    const { keys, at } = current()
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || clock() - at < PAUSE_SECONDS) throw error
      await refresh()
      return current().keys(header, token)
    }
  }
}

const isNames: (value: unknown) => boolean = (value) =>
  [value].flat().length > 0 && every((name) => isText(name) && name !== '')([value].flat())

const JWT_OPTIONS = object({
  issuer: rule([isNames, "must be the `iss` of the tokens, or a list of them: 'https://id.example.org'"]),
  audience: rule([isNames, 'must be the `aud` of this service, or a list of them: other tokens are not logins here']),
  algorithms: rule(
    [(value) => Array.isArray(value) && isNames(value), "must be a list such as ['ES256']"],
    [
      every((algorithm: string) => !algorithm.startsWith('HS') && algorithm !== 'none'),
      'must be asymmetric: with HS* every server that checks tokens can also sign them',
    ],
  ),
  jwks: rule([isKeySource, "must be the URL of the issuer's keys, or the keys { keys: […] }"]),
  loadUser: fn('(claims) => user or null'),
  type: optional(text('a type such as at+jwt')),
  clockToleranceSeconds: optional(rule([isDuration, 'must be a number of seconds, 0 or more'])),
  keepKeysSeconds: optional(rule([isDuration, 'must be a number of seconds, 0 or more'])),
  fetch: optional(fn('(url, init) => Response')),
  clock: optional(fn('() => epoch seconds')),
  realm: anything,
  challengeParameters: anything,
})

const REMEDIES = {
  issuer: 'set the `iss` of the tokens',
  audience: 'set the `aud` of this service, or tokens for other services are logins here',
  algorithms: "set the algorithms of the issuer, such as ['ES256']",
  jwks: "set the URL of the issuer's keys, or the keys",
  loadUser: 'set (claims) => user or null',
}

function isDuration(value: unknown): boolean {
  return isNumber(value) && (value as number) >= 0
}

function isKeySource(jwks: KeyOptions['jwks']): boolean {
  return createKeySource({ jwks }) !== null
}
