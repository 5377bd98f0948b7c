// Request loaders for standard credentials. The library reads the credential, and the app looks up the user.
import { assertFunction } from '../base/argument'
import { type OptionProblem, OptionsError } from '../base/errors'
import { type Awaitable, isPending } from '../base/task'
import type { LoaderNote, RequestLoader } from '../options/types'
import {
  type Credential,
  readAuthorization,
  readBasicCredentials,
  readSingleHeader,
} from '../wire/headers/authorization'
import { getQueryParameter, type RequestView } from '../wire/headers/request'
import { isFound } from './found-user'

/** Looks up the user of a credential. Returns null or undefined if the user was not found. */
export type FindUser<User, Given> = (given: Given, request: RequestView) => Awaitable<User | null | undefined>

/** The parameters of the `WWW-Authenticate` challenge of a loader. */
export interface ChallengeOptions {
  /**
   * The protection space of the credential (RFC 9110 §11.5).
   *
   * @default undefined, for Basic `login`
   */
  readonly realm?: string | undefined
  /**
   * More parameters, such as `{ resource_metadata: 'https://api.example.org/.well-known/oauth-protected-resource' }`
   * (RFC 9728). Values are ASCII without quotes and backslashes. The library adds `error` itself.
   *
   * @default {}
   */
  readonly challengeParameters?: Readonly<Record<string, string>> | undefined
}

/**
 * Creates a request loader for bearer tokens (RFC 6750): `Authorization: Bearer …`.
 *
 * @param find Looks up the user of a token.
 * @returns A value for the option `loadUserFromRequest`.
 * @example loadUserFromRequest: bearer((token) => tokens.userOf(token))
 * @throws OptionsError `invalid-options` if the challenge cannot contain an option.
 */
export function bearer<User>(find: FindUser<User, string>, options: ChallengeOptions = {}): RequestLoader<User> {
  const read = (request: RequestView): Credential<string> => readAuthorization(request, 'Bearer')
  return {
    load: loadWith(read, find),
    challenge: createChallenge('Bearer', options),
    carries: (request) => read(request).ok,
  }
}

/**
 * Creates a request loader for HTTP Basic (RFC 7617). Browsers send these credentials automatically, so the CSRF check applies
 * to them as to a cookie.
 *
 * @param find Looks up the user and checks the password.
 * @returns A value for the option `loadUserFromRequest`.
 * @throws OptionsError `invalid-options` if the challenge cannot contain an option.
 */
export function basicAuth<User>(
  find: FindUser<User, { username: string; password: string }>,
  options: ChallengeOptions = {},
): RequestLoader<User> {
  return {
    load: loadWith(readBasicCredentials, find, getBasicReason),
    challenge: `${createChallenge('Basic', { ...options, realm: options.realm ?? 'login' })}, charset="UTF-8"`,
  }
}

/**
 * Returns the reason for a rejected name and password. Unicode can encode many characters in two ways, and clients should
 * send the composed one (RFC 8265).
 */
function getBasicReason({ username, password }: { username: string; password: string }): LoaderNote {
  const text = username + password
  return text === text.normalize('NFC') ? 'unknown-user' : 'bad-encoding'
}

/** The place of an API key in the request. */
export interface ApiKeyPlace {
  /**
   * The name of a separate header.
   *
   * @default 'x-api-key', unless `scheme` or `query` is set
   */
  readonly header?: string | undefined
  /**
   * The scheme in the `Authorization` header: `Authorization: Api-Key …`.
   *
   * @default undefined
   */
  readonly scheme?: string | undefined
  /**
   * The name of a query parameter. Prefer a header, because addresses are written to logs. `next` never contains the key.
   *
   * @default undefined
   */
  readonly query?: string | undefined
}

/**
 * Creates a request loader for API keys, in a separate header, the `Authorization` header or the query.
 *
 * @param find Looks up the user of a key.
 * @param place The place of the key.
 * @returns A value for the option `loadUserFromRequest`.
 * @throws OptionsError `invalid-options` if `scheme` is not a word.
 */
export function apiKey<User>(find: FindUser<User, string>, place: ApiKeyPlace = {}): RequestLoader<User> {
  const fromHeaders = createHeaderReader(place)
  const read = (request: RequestView): Credential<string> => {
    const key = fromHeaders(request)
    return key.ok || key.reason !== 'no-credential' || place.query === undefined
      ? key
      : readQueryKey(request, place.query)
  }
  const loader = {
    load: loadWith(read, find),
    carries: (request: RequestView) => fromHeaders(request).ok,
    queryFields: place.query === undefined ? [] : [place.query],
  }
  return place.scheme === undefined ? loader : { ...loader, challenge: createChallenge(place.scheme, {}) }
}

function createHeaderReader({ header, scheme, query }: ApiKeyPlace): (request: RequestView) => Credential<string> {
  if (scheme !== undefined) return (request) => readAuthorization(request, scheme)
  if (header === undefined && query !== undefined) return () => ({ ok: false, reason: 'no-credential' })
  return (request) => readSingleHeader(request, header ?? 'x-api-key')
}

function readQueryKey(request: RequestView, name: string): Credential<string> {
  const value = getQueryParameter(request, name)
  return value === null || value === '' ? { ok: false, reason: 'no-credential' } : { ok: true, value }
}

function loadWith<User, Given>(
  read: (request: RequestView) => Credential<Given>,
  find: FindUser<User, Given>,
  reasonOf: (given: Given) => LoaderNote = () => 'unknown-user',
): RequestLoader<User>['load'] {
  assertFunction(
    find,
    'The function that looks up the user',
    'Call the loader: loadUserFromRequest: bearer((token) => user).',
  )
  return (request, note) => {
    const credential = read(request)
    if (credential.ok) return noteIfMissing(find(credential.value, request), () => note(reasonOf(credential.value)))
    if (credential.reason !== 'no-credential') note(credential.reason)
    return null
  }
}

function noteIfMissing<User>(finding: Awaitable<User | null | undefined>, note: () => void): Awaitable<User | null> {
  return isPending(finding)
    ? Promise.resolve(finding).then((user) => assertFound(user, note))
    : assertFound(finding, note)
}

function assertFound<User>(user: User | null | undefined, note: () => void): User | null {
  if (isFound(user)) return user
  note()
  return null
}

const RESERVED: readonly string[] = ['realm', 'error', 'error_description', 'max_age', 'charset']

/** @throws OptionsError `invalid-options` if a header cannot contain the challenge. */
function createChallenge(scheme: string, { realm, challengeParameters = {} }: ChallengeOptions): string {
  const problems: OptionProblem[] = []
  if (!isToken(scheme)) problems.push({ path: 'scheme', message: 'must be a word such as Api-Key' })
  if (realm !== undefined && !isQuotable(realm)) problems.push({ path: 'realm', message: NOT_QUOTABLE })
  for (const [name, value] of Object.entries(challengeParameters)) {
    const path = `challengeParameters.${name}`
    if (!isToken(name) || RESERVED.includes(name.toLowerCase()))
      problems.push({ path, message: 'must have the name of a parameter, and not one that the library sets' })
    else if (!isQuotable(value)) problems.push({ path, message: NOT_QUOTABLE })
  }
  if (problems.length > 0) throw new OptionsError(`A loader for ${scheme}`, problems)
  const pairs = Object.entries({ ...(realm !== undefined && { realm }), ...challengeParameters })
  return [scheme, pairs.map(([name, value]) => `${name}="${value}"`).join(', ')].filter(Boolean).join(' ')
}

const NOT_QUOTABLE = 'must be ASCII without quotes and backslashes: it is written into the header WWW-Authenticate'

function isToken(name: unknown): boolean {
  return typeof name === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
}

function isQuotable(value: unknown): boolean {
  return typeof value === 'string' && /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(value)
}
