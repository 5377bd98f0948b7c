// The request of a page or an action. Next.js provides access to the headers, but not to the address and the method.
// The proxy passes the address on in its own header.
import type { RequestView } from '@fetch-login/core'
import type { ReadonlyHeaders } from './types'

/** The header in which the proxy passes the signed address of the request to pages. An unsigned address is ignored. */
export const URL_HEADER = 'x-fetch-login-url'

/** Headers that mark a page as a visit of a browser, whatever the router of Next.js sends to load it. */
const VISIT_HEADERS: readonly (readonly [string, string | null])[] = [
  [URL_HEADER, null],
  ['accept', 'text/html'],
  ['sec-fetch-mode', 'navigate'],
  ['rsc', null],
  ['x-requested-with', null],
  // A page of Next.js cannot set the response header that htmx reads, so it redirects.
  ['hx-request', null],
]

/** Returns the view of a request for a page, with the cookies as they are now, and its address if the proxy signed it. */
export function createPageView(
  method: string,
  requestHeaders: ReadonlyHeaders,
  cookie: string | null,
  verify: (signed: string) => string | null,
): RequestView {
  const replaced = new Map([...VISIT_HEADERS, ['cookie', cookie]])
  const get = (name: string): string | null => {
    const value = replaced.get(name.toLowerCase())
    return value === undefined ? requestHeaders.get(name) : value
  }
  const signed = requestHeaders.get(URL_HEADER)
  return { method, url: signed === null ? '' : (verify(signed) ?? ''), headers: { get } }
}

const SENT_WITH_WRITES = ['next-action', 'origin', 'content-type', 'content-length', 'transfer-encoding']

/**
 * Returns `POST` if a header indicates a method that writes, else `GET`. An action is always a POST. A route handler
 * without a wrapper may be either, and the CSRF check must run unless the request is certainly a GET.
 */
export function guessMethod(requestHeaders: ReadonlyHeaders): string {
  return SENT_WITH_WRITES.some((name) => requestHeaders.get(name) !== null) ? 'POST' : 'GET'
}
