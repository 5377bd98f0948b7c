// Creates the header `WWW-Authenticate`. It lists the credentials that a client may send (RFC 9110 §11.6.1), and the
// reason why the received one was rejected (RFC 6750 §3.1).
import type { LoaderNote, RequestLoader } from '../options/types'
import type { RequestContext } from '../request/context'
import type { FreshnessPolicy } from '../state/freshness'
import { isFromScript, wantsPage } from '../wire/headers/accept'
import { parseScheme, removeBasic } from '../wire/headers/authorization'

/** Header names and values. */
export type HeaderPairs = readonly (readonly [string, string])[]

/** Returns the challenges of all request loaders, each with the reason why its loader rejected the credential. */
export function getChallenges<User, Guest>(ctx: RequestContext<User, Guest>): HeaderPairs {
  return toHeaderPairs(ctx, (loader) => {
    const rejection = isAuthenticated(ctx) ? null : getRejection(ctx, loader)
    return rejection === null ? '' : ERRORS[rejection]
  })
}

/** Returns the challenges that request a more recent login (RFC 9470). */
export function getStepUpChallenges<User, Guest>(
  ctx: RequestContext<User, Guest>,
  { withinSeconds }: FreshnessPolicy,
): HeaderPairs {
  const age = withinSeconds === undefined ? '' : `, max_age="${Math.floor(withinSeconds)}"`
  return toHeaderPairs(ctx, () => {
    return `error="insufficient_user_authentication", error_description="A more recent login is required"${age}`
  })
}

function toHeaderPairs<User, Guest>(
  ctx: RequestContext<User, Guest>,
  errorOf: (loader: RequestLoader<User>) => string,
): HeaderPairs {
  const keepsBasic = !ctx.isSpeculative && !isFromScript(ctx.request)
  return ctx.services.settings.requestLoaders.flatMap((loader) => {
    const challenge = keepsBasic ? loader.challenge : removeBasic(loader.challenge ?? '')
    if (challenge === undefined || challenge === '') return []
    return [['www-authenticate', withError(challenge, errorOf(loader))] as const]
  })
}

/** Adds an error to a challenge of an OAuth scheme, which alone defines these parameters, unless it has one. */
function withError(challenge: string, error: string): string {
  if (error === '' || !/^(?:bearer|dpop)(?:\s|$)/i.test(challenge) || /[\s,]error\s*=/i.test(challenge))
    return challenge
  return `${challenge}${challenge.includes('=') ? ',' : ''} ${error}`
}

function toInvalidTokenParameters(description: string): string {
  return `error="invalid_token", error_description="${description}"`
}

const ERRORS: Readonly<Record<LoaderNote, string>> = {
  'ambiguous-header': 'error="invalid_request", error_description="The request has more than one access token"',
  'bad-format': toInvalidTokenParameters('The access token is malformed'),
  'bad-encoding': toInvalidTokenParameters('The access token is malformed'),
  'bad-signature': toInvalidTokenParameters('The signature of the access token is invalid'),
  'bad-claims': toInvalidTokenParameters(
    'The access token is not valid here: wrong issuer, audience, type or time, or a missing claim',
  ),
  expired: toInvalidTokenParameters('The access token expired'),
  'unknown-user': toInvalidTokenParameters('The user of the access token was not found'),
}

/**
 * Returns why a loader rejected the credential of this request. Returns null if the loader did not run, or found no
 * credential.
 */
function getRejection<User, Guest>(ctx: RequestContext<User, Guest>, loader: RequestLoader<User>): LoaderNote | null {
  const recorded = ctx.reasons.getRejection(loader)
  if (recorded !== null || ctx.identity === null) return recorded
  const scheme = parseScheme(ctx.request.headers.get('authorization'))
  return scheme !== null && scheme === parseScheme(loader.challenge ?? null) ? 'unknown-user' : null
}

function isAuthenticated<User, Guest>({ identity }: RequestContext<User, Guest>): boolean {
  return identity !== null && identity.user !== null
}

/** Returns whether the refusal is shown as a page. A client whose own credential was rejected gets problem details. */
export function isForPage<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  return wantsPage(ctx.request) && !hasRejectedCredential(ctx)
}

/** Schemes that browsers send automatically, perhaps for a proxy in front of the app. */
const BROWSER_SCHEMES: readonly (string | null)[] = ['basic', 'digest', 'negotiate', 'ntlm']

/** Returns whether the request has a credential of its own that did not identify a user. */
export function hasRejectedCredential<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  const { requestLoaders } = ctx.services.settings
  if (requestLoaders.length === 0 || isAuthenticated(ctx)) return false
  if (requestLoaders.some((loader) => isRejectedBy(ctx, loader))) return true
  const scheme = parseScheme(ctx.request.headers.get('authorization'))
  if (scheme !== null && !BROWSER_SCHEMES.includes(scheme)) return true
  return requestLoaders.some(isOpaque) && hasCredentialHeader(ctx)
}

/** Returns whether a loader rejected a credential that browsers do not send. A link may contain a key in its query. */
function isRejectedBy<User, Guest>(ctx: RequestContext<User, Guest>, loader: RequestLoader<User>): boolean {
  if (loader.carries?.(ctx.request) === true) return true
  const rejection = getRejection(ctx, loader)
  return rejection !== null && (rejection !== 'unknown-user' || isBasic(loader))
}

function isBasic<User>({ challenge }: RequestLoader<User>): boolean {
  return parseScheme(challenge ?? null) === 'basic'
}

/** Returns whether the loader is a plain function, which does not declare the headers that it reads. */
function isOpaque<User>({ challenge, carries }: RequestLoader<User>): boolean {
  return challenge === undefined && carries === undefined
}

/** Returns whether a loader read a header that looks like a credential. A navigating browser sends no such header. */
function hasCredentialHeader<User, Guest>({ request, cacheTracker }: RequestContext<User, Guest>): boolean {
  if (request.headers.get('sec-fetch-mode') === 'navigate') return false
  return cacheTracker.headers.some(
    (name) => /^authorization$|key|token/.test(name) && request.headers.get(name) !== null,
  )
}
