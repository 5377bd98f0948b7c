// Ready-made request loaders: the credential is taken from where the standard says, the app looks it up.
import { assertFunction } from '../base/argument'
import { OptionsError } from '../base/errors'
import { type Awaitable, isPending } from '../base/steps'
import type { LoaderNote, RequestLoader } from '../settings'
import { authorization, basicCredentials, type Credential, singleHeader } from '../wire/authorization'
import { queryParameter, type RequestView } from '../wire/request'
import { isFound } from './found'

/** Looks up the user of a credential: null or undefined where there is none. */
export type FindUser<User, Given> = (given: Given, request: RequestView) => Awaitable<User | null | undefined>

/**
 * Users by bearer token (RFC 6750): `Authorization: Bearer …`.
 *
 * @example loadUserFromRequest: bearer((token) => tokens.userOf(token))
 */
export function bearer<User>(
  find: FindUser<User, string>,
  options: { realm?: string | undefined } = {},
): RequestLoader<User> {
  const read = (request: RequestView): Credential<string> => authorization(request, 'Bearer')
  return {
    load: loadWith(read, find),
    challenge: challenge('Bearer', options.realm),
    carries: (request) => read(request).ok,
  }
}

/** Users by HTTP Basic (RFC 7617). Browsers send it by themselves, so it is checked for forgery like a cookie. */
export function basicAuth<User>(
  find: FindUser<User, { username: string; password: string }>,
  options: { realm?: string | undefined } = {},
): RequestLoader<User> {
  return {
    load: loadWith(basicCredentials, find),
    challenge: `${challenge('Basic', options.realm ?? 'login')}, charset="UTF-8"`,
  }
}

/** Where an API key stands. */
export interface ApiKeyPlace {
  /** The name of a header of its own. Default `x-api-key`, unless another place is given. */
  readonly header?: string | undefined
  /** The scheme in the Authorization header: `Authorization: Api-Key …`. */
  readonly scheme?: string | undefined
  /** The name of a query parameter. Addresses end up in logs: prefer a header. `next` never repeats it. */
  readonly query?: string | undefined
}

/** Users by API key, in a header, the Authorization header or the query. */
export function apiKey<User>(find: FindUser<User, string>, place: ApiKeyPlace = {}): RequestLoader<User> {
  const fromHeaders = headerKey(place)
  const read = (request: RequestView): Credential<string> => {
    const key = fromHeaders(request)
    return key.ok || key.reason !== 'no-credential' || place.query === undefined ? key : queryKey(request, place.query)
  }
  const loader = {
    load: loadWith(read, find),
    carries: (request: RequestView) => fromHeaders(request).ok,
    queryFields: place.query === undefined ? [] : [place.query],
  }
  return place.scheme === undefined ? loader : { ...loader, challenge: place.scheme }
}

function headerKey({ header, scheme, query }: ApiKeyPlace): (request: RequestView) => Credential<string> {
  if (scheme !== undefined) return (request) => authorization(request, scheme)
  if (header === undefined && query !== undefined) return () => ({ ok: false, reason: 'no-credential' })
  return (request) => singleHeader(request, header ?? 'x-api-key')
}

function queryKey(request: RequestView, name: string): Credential<string> {
  const value = queryParameter(request, name)
  return value === null || value === '' ? { ok: false, reason: 'no-credential' } : { ok: true, value }
}

function loadWith<User, Given>(
  read: (request: RequestView) => Credential<Given>,
  find: FindUser<User, Given>,
): RequestLoader<User>['load'] {
  assertFunction(find, 'What looks up the user', 'Call the loader: loadUserFromRequest: bearer((token) => user).')
  return (request, note) => {
    const credential = read(request)
    if (credential.ok) return noted(find(credential.value, request), note)
    if (credential.reason !== 'no-credential') note(credential.reason)
    return null
  }
}

function noted<User>(
  finding: Awaitable<User | null | undefined>,
  note: (reason: LoaderNote) => void,
): Awaitable<User | null> {
  return isPending(finding) ? Promise.resolve(finding).then((user) => found(user, note)) : found(finding, note)
}

function found<User>(user: User | null | undefined, note: (reason: LoaderNote) => void): User | null {
  if (isFound(user)) return user
  note('unknown-user')
  return null
}

/** @throws OptionsError `invalid-options` where a header cannot carry the realm. */
function challenge(scheme: string, realm: string | undefined): string {
  if (realm === undefined) return scheme
  if (/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(realm)) return `${scheme} realm="${realm}"`
  const message = 'must be ASCII without quotes and backslashes: it is written into the header WWW-Authenticate'
  throw new OptionsError(`A loader for ${scheme}`, [{ path: 'realm', message }])
}
