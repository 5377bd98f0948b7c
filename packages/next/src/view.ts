// The request behind a page or an action, as far as Next.js shows it: headers, and no address and no method. The proxy
// hands the address on in a header of its own.
import type { RequestView } from '@fetch-login/core'
import type { ReadonlyHeaders } from './types'

/** The header in which the proxy hands the signed address of the request to pages. An unsigned one counts as absent. */
export const URL_HEADER = 'x-fetch-login-url'

/** A page is for people, whatever the router's own request for it accepts. */
const FOR_PEOPLE: readonly (readonly [string, string | null])[] = [
  [URL_HEADER, null],
  ['accept', 'text/html'],
  ['sec-fetch-mode', 'navigate'],
  ['rsc', null],
  ['x-requested-with', null],
  // A page of Next.js redirects by itself, and htmx would only act on a header of the response.
  ['hx-request', null],
]

/** Returns the view of a request for a page, with the cookies as they are now, and its address if the proxy signed it. */
export function pageView(
  method: string,
  given: ReadonlyHeaders,
  cookie: string | null,
  verify: (signed: string) => string | null,
): RequestView {
  const own = new Map([...FOR_PEOPLE, ['cookie', cookie]])
  const get = (name: string): string | null => {
    const value = own.get(name.toLowerCase())
    return value === undefined ? given.get(name) : value
  }
  const signed = given.get(URL_HEADER)
  return { method, url: signed === null ? '' : (verify(signed) ?? ''), headers: { get } }
}

const SENT_WITH_WRITES = ['next-action', 'origin', 'content-type', 'content-length', 'transfer-encoding']

/**
 * An action is always a POST. A route handler that nothing wraps may be either: a GET is only what shows no sign of
 * anything else, so that forgery is looked for in all others.
 */
export function methodOf(given: ReadonlyHeaders): string {
  return SENT_WITH_WRITES.some((name) => given.get(name) !== null) ? 'POST' : 'GET'
}
