// `@fetch-login/core/jwt`: a request loader for JWT bearer tokens of an identity provider, verified with its keys.
// Issuer, audience and algorithms are required (RFC 8725), so that a token for another service is not accepted.
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

/** The claims of a valid token (RFC 7519). The type has its own name, so that apps need not import jose. */
export interface JwtClaims extends JWTPayload {}

/** Options of `jwtBearer()`. */
export interface JwtBearerOptions<User> extends ChallengeOptions {
  /** The accepted values of the claim `iss`. */
  readonly issuer: string | readonly string[]
  /** The accepted values of the claim `aud`, which name this service. */
  readonly audience: string | readonly string[]
  /** The accepted signature algorithms (RFC 8725 §3.1), such as `['ES256']`. They must be asymmetric. */
  readonly algorithms: readonly string[]
  /** The keys of the issuer, or their URL. If they cannot be fetched, the loader throws a `StoreError` (status 503). */
  readonly jwks: string | URL | JSONWebKeySet | JWTVerifyGetKey
  /** Returns the user of a valid token, or null. */
  readonly loadUser: (claims: JwtClaims, request: RequestView) => Awaitable<User | null | undefined>
  /**
   * The required header parameter `typ`, such as `at+jwt`.
   *
   * @default any type, except those of the library's own tokens
   */
  readonly type?: string | undefined
  /**
   * The accepted difference between the clocks, in seconds.
   *
   * @default 60
   */
  readonly clockToleranceSeconds?: number | undefined
  /**
   * The time for which the last fetched keys are used while their URL cannot be fetched, in seconds. A key that the
   * issuer removes during this time is still accepted.
   *
   * @default 86400 (one day)
   */
  readonly keepKeysSeconds?: number | undefined
  /**
   * Fetches the keys, for proxies and tests. It must observe `init.signal`.
   *
   * @default the global `fetch`
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /**
   * Returns the time in seconds since the epoch, by which the fetched keys expire.
   *
   * @default the system clock
   */
  readonly clock?: Clock | undefined
}

/**
 * Creates a request loader for JWT bearer tokens (RFC 7519, RFC 6750).
 *
 * @param options - The accepted tokens, the keys, and the user loader.
 * @returns A loader for the option `loadUserFromRequest`.
 * @example
 * loadUserFromRequest: jwtBearer({ issuer: 'https://id.example.org', audience: 'api', algorithms: ['ES256'],
 *   jwks: 'https://id.example.org/jwks.json', loadUser: ({ sub }) => users.find(sub) })
 * @throws OptionsError `invalid-options` if a required option is missing, or an option is invalid.
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
    const { payload, protectedHeader } = await verify(token, withStoreError(keys), toVerifyOptions(options))
    if (!isOwnType(protectedHeader.typ)) return payload
    note('bad-signature')
    return null
  } catch (error) {
    note(getReason(error))
    return null
  }
}

function toVerifyOptions<User>(options: JwtBearerOptions<User>): JWTVerifyOptions {
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

/** The limit of keys to try for one token, because an attacker chooses the token. */
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

/** Compares media types: case is ignored, and `application/` may be omitted (RFC 7515 §4.1.9). */
function isOwnType(typ: unknown): boolean {
  const type = String(typ)
    .toLowerCase()
    .replace(/^application\//, '')
  return type === SESSION_TYPE || type === REMEMBER_TYPE
}

/** Returns why the token was rejected. A `StoreError` is thrown again, because the keys could not be fetched. */
function getReason(error: unknown): LoaderNote {
  if (error instanceof StoreError) throw error
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) return 'bad-claims'
  const isUnreadable = error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid
  return isUnreadable || error instanceof errors.JOSENotSupported ? 'bad-format' : 'bad-signature'
}

/** Wraps errors of the key source in a `StoreError`, except those that the token caused, such as an unknown key ID. */
function withStoreError(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (isCausedByToken(error)) throw error
      throw new StoreError(
        'The keys that verify bearer tokens could not be fetched. Check that the URL in jwtBearer({ jwks }) is correct and reachable.',
        { cause: error },
      )
    }
  }
}

function isCausedByToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

type KeyOptions = Pick<JwtBearerOptions<unknown>, 'jwks' | 'fetch' | 'clock' | 'keepKeysSeconds'>

/** Creates the key source. Returns null if the option `jwks` is invalid. */
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

/** Fetches keys with one request at a time and with pauses, and uses the last valid keys for a limited time. */
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
