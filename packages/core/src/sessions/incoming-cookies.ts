// What comes in, before anything is opened: the two cookies, and whether a request needs a look at all.
import type { Settings } from '../options/types'
import { findCookieNames, readCookie, readDuplicates } from '../wire/cookies/cookie'
import type { RequestView } from '../wire/headers/request'

/** The two cookies as they came; null where they did not. */
export interface RawCookies {
  readonly session: string | null
  readonly remember: string | null
  /** All values of the session cookie if several arrived; else empty. */
  readonly sessions: readonly string[]
  /** All values of the remember cookie if several arrived; else empty. */
  readonly remembers: readonly string[]
  /** The values of the tombstone of logins that ended in this browser. */
  readonly ended: readonly string[]
  /** The IDs of the cookies that CSRF tokens of a visitor without a login are bound to. */
  readonly visitors: readonly string[]
}

export function readRawCookies<User, Guest>(
  request: RequestView,
  { session, remember }: Settings<User, Guest>,
): RawCookies {
  const header = request.headers.get('cookie')
  const [one, other] = [session.cookie.name, remember.cookie.name]
  return {
    session: readCookie(header, one),
    remember: readCookie(header, other),
    sessions: readDuplicates(header, one),
    remembers: readDuplicates(header, other),
    get ended() {
      return allValues(header, getTombstoneName(one))
    },
    get visitors() {
      return findCookieNames(header, getVisitorName(one, '')).filter(isVisitorId).slice(0, MOST_VISITORS)
    },
  }
}

/** Several arrive if a sibling subdomain planted one, or the attributes of the cookie were changed. */
function allValues(header: string | null, name: string): readonly string[] {
  const values = readDuplicates(header, name)
  const value = values.length > 0 ? null : readCookie(header, name)
  return value === null ? values : [value]
}

/** The name of the tombstone: the session cookie's, so that it has the same prefix. */
export function getTombstoneName(session: string): string {
  return `${session}_ended`
}

/** The name of a visitor cookie. Two first responses set two of them, and a form of either one is accepted. */
export function getVisitorName(session: string, id: string): string {
  return `${session}_csrf_${id}`
}

/** Another cookie whose name begins in the same way is of the app: it binds no token, and a login leaves it alone. */
function isVisitorId(id: string): boolean {
  return /^[\w-]{22}$/.test(id)
}

/** Visitor cookies that are considered; a browser has as many as it opened first forms at once. */
const MOST_VISITORS = 8

/** Whether no cookie can have come: browsers keep Secure ones to themselves over plain HTTP, but on localhost. */
export function isInsecure<User, Guest>(
  request: RequestView,
  { session, publicOrigin }: Settings<User, Guest>,
): boolean {
  if (!session.cookie.secure || !(publicOrigin ?? request.url).startsWith('http://')) return false
  return !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(request.headers.get('host') ?? '')
}

/** A WebSocket handshake: a GET that cookies come with from any site, and whose answer has no place for any. */
export function isUpgrade({ method, headers }: RequestView): boolean {
  return method === 'GET' && headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/** Whether nothing has to be looked at before the handler: a safe method, and no cookie to renew. */
export function isPlain<User, Guest>(request: RequestView, { session, remember }: Settings<User, Guest>): boolean {
  const renews = session.renew === 'everyRequest' || remember.renew === 'everyRequest'
  return (request.method === 'GET' || request.method === 'HEAD') && !renews && !isUpgrade(request)
}
