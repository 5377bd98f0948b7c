// The lines that describe a refusal of the CSRF check or of a guard to the developer.
import type { RequestContext } from '../request/context'
import type { CsrfReason } from '../request/events'
import { reportRefusal } from '../request/refusal-log'
import { isInsecure } from '../sessions/incoming-cookies'
import type { FreshnessPolicy } from '../state/freshness'
import { escapeText } from '../wire/headers/request-line'
import { getOwnOrigin } from './request-origin'

/** Reports that the CSRF check refused the request. */
export function reportForged<User, Guest>(ctx: RequestContext<User, Guest>, reason: CsrfReason, token?: unknown): void {
  reportRefusal(ctx, reason, () => (reason === 'token' ? describeToken(ctx, token) : describeSender(ctx, reason)))
}

function describeToken<User, Guest>(ctx: RequestContext<User, Guest>, token: unknown): string {
  if (token && isCookieDropped(ctx))
    return 'Received a CSRF token without its cookie: cookies are Secure, and the page is on http. Use https, http://localhost or cookies: { secure: false }.'
  return `Received ${token ? 'a wrong' : 'no'} CSRF token, expected one of csrfToken() since the last login: check checkCsrf() and x-csrf-token.`
}

/** Returns whether the browser dropped the cookies to which a token is bound, because they are `Secure`. */
function isCookieDropped<User, Guest>({ request, services, incoming }: RequestContext<User, Guest>): boolean {
  const { session, remember, visitors } = incoming.raw
  return isInsecure(request, services.settings) && session === null && remember === null && visitors.length === 0
}

function describeSender<User, Guest>(ctx: RequestContext<User, Guest>, reason: CsrfReason): string {
  const { headers } = ctx.request
  const origin = `Origin ${getOrigin(headers.get('origin'))}`
  if (reason === 'origin')
    return `${origin}, expected ${describeOwnOrigin(ctx)}: set publicOrigin or trust proxy, or add it to origins.`
  const site = headers.get('sec-fetch-site') === 'same-site' ? 'same-site' : reason
  return `Sec-Fetch-Site ${site} and ${origin}, expected same-origin: add it to origins, or the path to csrf.except.`
}

function describeOwnOrigin<User, Guest>(ctx: RequestContext<User, Guest>): string {
  const own = getOwnOrigin(ctx)
  return own === null ? 'another Host' : escapeText(own)
}

/** Returns the origin. Another value of the header could contain a credential. */
function getOrigin(origin: string | null): string {
  return origin !== null && /^(?:[\w+.-]+:\/\/[\w.:[\]-]+|null)$/.test(origin) ? escapeText(origin) : 'missing'
}

/** Reports that a guard refused a login that is not fresh, recent or strong enough. A user of a request loader never is. */
export function reportStale<User, Guest>(ctx: RequestContext<User, Guest>, policy: FreshnessPolicy): void {
  reportRefusal(ctx, 'stale', () => {
    const { withinSeconds, level, method } = policy
    const expected = toText({ fresh: true, withinSeconds, level, method })
    return `Expected ${expected}, received ${describeLogin(ctx)}: call confirmLogin() after the user authenticated again.`
  })
}

function describeLogin<User, Guest>({ state, identity, services }: RequestContext<User, Guest>): string {
  const { login } = state
  if (login === null || identity?.source === 'request') return 'a request loader'
  const { fresh, authTime, level, methods } = login
  return toText({ fresh, withinSeconds: services.now() - authTime, level, method: methods })
}

function toText(value: object): string {
  return escapeText(JSON.stringify(value))
}

/** Reports that the function `allow` of a guard rejected the user. Its result may be an object of the app. */
export function reportForbidden<User, Guest>(ctx: RequestContext<User, Guest>, returned: unknown): void {
  reportRefusal(
    ctx,
    'forbidden',
    () => `allow returned ${returned === false ? returned : typeof returned}, expected true.`,
  )
}
