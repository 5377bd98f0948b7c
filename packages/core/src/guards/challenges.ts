// WWW-Authenticate: which credentials a program may send (RFC 9110 §11.6.1), and what is wrong with the one that it sent
// (RFC 6750 §3.1).
import type { LoaderNote, RequestLoader } from '../options/types'
import type { Exchange } from '../request/context'
import type { FreshnessPolicy } from '../state/freshness'
import { isFromScript, wantsPage } from '../wire/headers/accept'
import { authorizationScheme, withoutBasic } from '../wire/headers/authorization'

/** Header names and values. */
export type HeaderPairs = readonly (readonly [string, string])[]

/** Returns the challenges of all request loaders, each with what is wrong with the credential that its loader rejected. */
export function challenges<User, Guest>(exchange: Exchange<User, Guest>): HeaderPairs {
  return headersOf(exchange, (loader) => {
    const rejection = isKnown(exchange) ? null : rejectionBy(exchange, loader)
    return rejection === null ? '' : ERRORS[rejection]
  })
}

/** Returns the challenges that request a more recent login (RFC 9470). */
export function stepUp<User, Guest>(exchange: Exchange<User, Guest>, { within }: FreshnessPolicy): HeaderPairs {
  const age = within === undefined ? '' : `, max_age="${Math.floor(within)}"`
  return headersOf(exchange, () => {
    return `error="insufficient_user_authentication", error_description="A more recent login is required"${age}`
  })
}

function headersOf<User, Guest>(
  exchange: Exchange<User, Guest>,
  errorOf: (loader: RequestLoader<User>) => string,
): HeaderPairs {
  const keepsBasic = !exchange.isSpeculative && !isFromScript(exchange.request)
  return exchange.runtime.settings.requestLoaders.flatMap((loader) => {
    const challenge = keepsBasic ? loader.challenge : withoutBasic(loader.challenge ?? '')
    if (challenge === undefined || challenge === '') return []
    return [['www-authenticate', withError(challenge, errorOf(loader))] as const]
  })
}

/** Only the schemes of OAuth have such parameters. A challenge of the app's own that states an error keeps it. */
function withError(challenge: string, error: string): string {
  if (error === '' || !/^(?:bearer|dpop)(?:\s|$)/i.test(challenge) || /[\s,]error\s*=/i.test(challenge))
    return challenge
  return `${challenge}${challenge.includes('=') ? ',' : ''} ${error}`
}

function invalidToken(description: string): string {
  return `error="invalid_token", error_description="${description}"`
}

const ERRORS: Readonly<Record<LoaderNote, string>> = {
  'ambiguous-header': 'error="invalid_request", error_description="The request has more than one access token"',
  'bad-format': invalidToken('The access token is malformed'),
  'bad-encoding': invalidToken('The access token is malformed'),
  'bad-signature': invalidToken('The signature of the access token is invalid'),
  'bad-claims': invalidToken(
    'The access token is not valid here: wrong issuer, audience, type or time, or a missing claim',
  ),
  expired: invalidToken('The access token expired'),
  'unknown-user': invalidToken('The access token belongs to no user'),
}

/** Returns why a loader rejected the credential of this request; null if it had none, or was not called. */
function rejectionBy<User, Guest>(exchange: Exchange<User, Guest>, loader: RequestLoader<User>): LoaderNote | null {
  const noted = exchange.rejectionBy(loader)
  if (noted !== null || exchange.identity === null) return noted
  const scheme = authorizationScheme(exchange.request.headers.get('authorization'))
  return scheme !== null && scheme === authorizationScheme(loader.challenge ?? null) ? 'unknown-user' : null
}

function isKnown<User, Guest>({ identity }: Exchange<User, Guest>): boolean {
  return identity !== null && identity.user !== null
}

/** Returns whether the refusal is for a page. A request whose own credential was rejected is one of a program. */
export function isForPage<User, Guest>(exchange: Exchange<User, Guest>): boolean {
  return wantsPage(exchange.request) && !hasRejectedCredential(exchange)
}

/** Browsers send these by themselves, perhaps for a proxy in front of the app. */
const SENT_BY_BROWSERS: readonly (string | null)[] = ['basic', 'digest', 'negotiate', 'ntlm']

/** Returns whether the request brought a credential of its own that gave no user. */
export function hasRejectedCredential<User, Guest>(exchange: Exchange<User, Guest>): boolean {
  const { requestLoaders } = exchange.runtime.settings
  if (requestLoaders.length === 0 || isKnown(exchange)) return false
  if (requestLoaders.some((loader) => isRejectedBy(exchange, loader))) return true
  const scheme = authorizationScheme(exchange.request.headers.get('authorization'))
  if (scheme !== null && !SENT_BY_BROWSERS.includes(scheme)) return true
  return requestLoaders.some(isOpaque) && hasCredentialHeader(exchange)
}

/** A link may have a key in its query: a browser that follows one navigates all the same. */
function isRejectedBy<User, Guest>(exchange: Exchange<User, Guest>, loader: RequestLoader<User>): boolean {
  if (loader.carries?.(exchange.request) === true) return true
  const rejection = rejectionBy(exchange, loader)
  return rejection !== null && (rejection !== 'unknown-user' || isBasic(loader))
}

function isBasic<User>({ challenge }: RequestLoader<User>): boolean {
  return authorizationScheme(challenge ?? null) === 'basic'
}

/** A loader that is only a function does not state what it reads. */
function isOpaque<User>({ challenge, carries }: RequestLoader<User>): boolean {
  return challenge === undefined && carries === undefined
}

/** Whether a loader read a header that looks like a credential. A browser that navigates sends none of its own. */
function hasCredentialHeader<User, Guest>({ request, traces }: Exchange<User, Guest>): boolean {
  if (request.headers.get('sec-fetch-mode') === 'navigate') return false
  return traces.headers.some((name) => /^authorization$|key|token/.test(name) && request.headers.get(name) !== null)
}
