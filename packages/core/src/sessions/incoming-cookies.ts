// The values of the incoming cookies, before they are verified, and properties of the request.
import type { Settings } from '../options/types'
import { findCookieNames, readCookie, readDuplicates } from '../wire/cookies/cookie'
import type { RequestView } from '../wire/headers/request'

/** The values of the cookies, not verified; null if a cookie did not arrive. */
export interface RawCookies {
  readonly session: string | null
  readonly remember: string | null
  /** All values of the session cookie if several arrived; otherwise empty. */
  readonly sessions: readonly string[]
  /** All values of the remember cookie if several arrived; otherwise empty. */
  readonly remembers: readonly string[]
  /** The values of the tombstone of logins that ended in this browser. */
  readonly ended: readonly string[]
  /** The IDs of the visitor cookies, which bind the CSRF tokens of a visitor without a login. */
  readonly visitors: readonly string[]
}

/** Reads the values of the library's cookies. The rare ones are parsed at the first read. */
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
      return readAllValues(header, getTombstoneName(one))
    },
    get visitors() {
      return findCookieNames(header, getVisitorName(one, '')).filter(isVisitorId).slice(0, MAX_VISITORS)
    },
  }
}

/** Returns all values of a cookie. Several arrive if a sibling subdomain set one, or if the attributes were changed. */
function readAllValues(header: string | null, name: string): readonly string[] {
  const values = readDuplicates(header, name)
  const value = values.length > 0 ? null : readCookie(header, name)
  return value === null ? values : [value]
}

/** Returns the name of the tombstone. It begins with the name of the session cookie, so that it has the same prefix. */
export function getTombstoneName(session: string): string {
  return `${session}_ended`
}

/** Returns the name of a visitor cookie. Two parallel first responses set two of them, and both are accepted. */
export function getVisitorName(session: string, id: string): string {
  return `${session}_csrf_${id}`
}

/** Returns whether a name ends with a visitor ID. Another cookie with the same beginning is the app's. */
function isVisitorId(id: string): boolean {
  return /^[\w-]{22}$/.test(id)
}

/** The maximum number of visitor cookies that are read. */
const MAX_VISITORS = 8

/** Returns whether the browser cannot send the session cookie, because it is `Secure` and the request uses plain HTTP. */
export function isInsecure<User, Guest>(
  request: RequestView,
  { session, publicOrigin }: Settings<User, Guest>,
): boolean {
  if (!session.cookie.secure || !(publicOrigin ?? request.url).startsWith('http://')) return false
  return !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(request.headers.get('host') ?? '')
}

/** Returns whether a request is a WebSocket handshake. Browsers send cookies with it from any site, and set none. */
export function isUpgrade({ method, headers }: RequestView): boolean {
  return method === 'GET' && headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/** Returns whether a request needs no check before the handler: its method is safe, and no cookie is renewed. */
export function isPlain<User, Guest>(request: RequestView, { session, remember }: Settings<User, Guest>): boolean {
  const renews = session.renew === 'everyRequest' || remember.renew === 'everyRequest'
  return (request.method === 'GET' || request.method === 'HEAD') && !renews && !isUpgrade(request)
}
