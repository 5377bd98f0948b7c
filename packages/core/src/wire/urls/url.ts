// Where to go: the address of a login view with `next` in it, and the check that keeps `next` on this site. An open
// redirect lends the site's name to a thief's form (CWE-601), so what is not provably here is not taken.
import { utf8 } from '../../base/bytes'
import { parsedUrl } from './parsed-url'

/** The origin of a request whose own origin is unknown. */
export const NOWHERE = 'http://unknown.invalid'

/** Bytes above which a page to come back to is not kept: in the query of an address, and in the session cookie. */
export const NEXT_LIMIT_BYTES = { query: 4096, session: 1024 } as const

/** Returns the length of an address in bytes. */
export function bytesOf(address: string): number {
  return utf8(address).length
}

/**
 * Returns an address that is safe to redirect to, re-serialised: path, query and fragment if it is of this origin, in
 * full if it is of one of the `others`; else null. It is parsed again after it was written.
 */
export function safeAddress(candidate: string, origin: string, others: readonly string[] = []): string | null {
  if (hasTraps(candidate) || candidate.startsWith('//') || isTooLong(candidate)) return null
  if (!candidate.startsWith('/') && !/^https?:\/\/[^/]/i.test(candidate)) return null
  const url = parsedUrl(candidate, origin)
  if (url === null || url.username !== '' || url.password !== '') return null
  const written = url.origin === origin ? pathOf(url) : others.includes(url.origin) ? url.href : null
  return written !== null && isSame(parsedUrl(written, origin), url) ? written : null
}

function isTooLong(candidate: string): boolean {
  return candidate.length > NEXT_LIMIT_BYTES.query || bytesOf(candidate) > NEXT_LIMIT_BYTES.query
}

/** Backslashes, control characters and blanks at the edges: browsers read them otherwise than this library does. */
function hasTraps(text: string): boolean {
  if (text.includes('\\') || text.trim() !== text) return true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || (code >= 127 && code < 160)) return true
  }
  return false
}

function isSame(one: URL | null, two: URL): boolean {
  return one !== null && one.href === two.href
}

/** Returns path, query and fragment as they stand in `href`: `search` and `hash` are empty for a lone `?` or `#`. */
function pathOf({ href, origin }: URL): string {
  return href.slice(origin.length)
}

/**
 * Returns the address that a view function gave for a request at `page`, by the rule of {@link safeAddress}. A view may
 * also begin with `//host`, or be relative to the page.
 */
export function safeView(view: string, page: Page, isAllowed: (origin: string) => boolean): string | null {
  const [path, rest] = atQuery(view)
  const given = path + encodeTraps(rest)
  if (given === '' || hasTraps(given)) return null
  const address = given.startsWith('//') ? new URL(page.origin).protocol + given : given
  const isRelative = !address.startsWith('/') && !/^[^/?#]*:/.test(address)
  const full = isRelative ? (parsedUrl(address, page.origin + page.path)?.href ?? '') : address
  const there = originOf(full)
  return safeAddress(full, page.origin, there !== null && isAllowed(there) ? [there] : [])
}

/** Splits an address in front of its query or fragment. */
function atQuery(address: string): [path: string, rest: string] {
  const at = address.search(/[?#]/)
  return at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at)]
}

/** Encodes what {@link hasTraps} finds: a view function may repeat a query that a hostile request sent. */
function encodeTraps(text: string): string {
  return Array.from(text, (char) => (hasTraps(char) ? encodeURIComponent(char) : char)).join('')
}

/** Where a request was sent to. */
interface Page {
  readonly origin: string
  readonly path: string
}

/** Returns a configured view, re-serialised: a path, or an address with its host. Null if it is not an address. */
export function configuredView(view: string): string | null {
  if (view.startsWith('//')) return configuredView(`https:${view}`)?.slice('https:'.length) ?? null
  const origin = originOf(view)
  return safeAddress(view, NOWHERE, origin === null ? [] : [origin])
}

/** Returns what a lax router compares of an address: origin, and path without case, escapes and superfluous slashes. */
export function laxAddress(address: string, origin: string): string | null {
  const url = parsedUrl(address, origin)
  if (url === null) return null
  const segments = decoded(url.pathname).toLowerCase().split('/')
  return `${url.origin}/${segments.filter((segment) => segment !== '').join('/')}`
}

/** The origin of an absolute address, or null. */
export function originOf(address: string): string | null {
  return /^https?:\/\//i.test(address) ? (parsedUrl(address, 'http://localhost')?.origin ?? null) : null
}

/** Returns a host as the URL standard writes it, with its port; null if it is not a host. */
export function hostOf(host: string): string | null {
  const scheme = host.endsWith(':443') ? 'http' : 'https'
  return host === '' ? null : (parsedUrl(`${scheme}://${host}`)?.host ?? null)
}

/** An address taken apart without being changed. */
interface Parts {
  readonly scheme: string
  readonly host: string | null
  readonly path: string
  readonly query: string
  readonly fragment: string
}

function partsOf(address: string): Parts {
  const [, scheme = '', host, path = '', query = '', fragment = ''] =
    /^(?:([a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(address) ?? []
  return { scheme, host: host ?? null, path, query, fragment }
}

function written({ scheme, host, path, query, fragment }: Parts): string {
  return (host === null ? '' : `${scheme}//${host}`) + path + query + fragment
}

/** The view with `next` in its query: in its old place if it has one, else at the end. Nothing else is changed. */
export function withNext(view: string, field: string, next: string): string {
  const parts = partsOf(view)
  const pair = `${encodeURIComponent(field)}=${encodeURIComponent(wellFormed(next))}`
  const pairs = parts.query
    .slice(1)
    .split('&')
    .filter((one) => one !== '')
  const index = pairs.findIndex((one) => nameOf(one) === field)
  const rest = pairs.filter((one, at) => at === index || nameOf(one) !== field)
  const query = index < 0 ? [...rest, pair] : rest.map((one) => (nameOf(one) === field ? pair : one))
  return written({ ...parts, query: `?${query.join('&')}` })
}

/** Lone surrogates have no encoding: they become what a browser would show for them. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Returns an address without these fields of its query. Nothing else is changed. */
export function withoutFields(address: string, fields: readonly string[]): string {
  const parts = partsOf(address)
  if (fields.length === 0 || parts.query === '') return address
  const rest = parts.query
    .slice(1)
    .split('&')
    .filter((pair) => !fields.includes(nameOf(pair)))
  return written({ ...parts, query: rest.length === 0 ? '' : `?${rest.join('&')}` })
}

/** Returns a field of the query of an address, decoded; null if it is absent. */
export function queryField(address: string, field: string): string | null {
  return new URLSearchParams(partsOf(address).query).get(field)
}

function nameOf(pair: string): string {
  return decoded((pair.split('=')[0] as string).replaceAll('+', ' '))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The view with another host, or with a host at all (then relative to the scheme of the page). */
export function withHost(view: string, host: string): string {
  return written({ ...partsOf(view), host })
}

/** Whether a view is served by this origin (a relative one is; `//host` is where the host is the same). */
export function isHere(view: string, origin: string | null): boolean {
  const { scheme, host } = partsOf(view)
  if (host === null) return true
  if (origin === null || host.includes('@')) return false
  return originOf(`${scheme === '' ? partsOf(origin).scheme : scheme}//${host}`) === origin
}

/** The path of a view that is served here. */
export function viewPath(view: string): string {
  const { host, path } = partsOf(view)
  return host !== null && path === '' ? '/' : path
}
