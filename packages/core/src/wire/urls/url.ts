// Addresses: the login view with `next` in its query, and the check that prevents open redirects (CWE-601). A `next` is
// accepted only if it is certainly of this site.
import { toUtf8 } from '../../base/bytes'
import { parseUrl } from './parsed-url'

/** The origin of a request whose own origin is unknown. */
export const NOWHERE = 'http://unknown.invalid'

/** The maximum size of `next` in bytes: in the query of an address, and in the session cookie. */
export const NEXT_LIMIT_BYTES = { query: 4096, session: 1024 } as const

/** Returns the length of an address in bytes. */
export function countBytes(address: string): number {
  return toUtf8(address).length
}

/**
 * Returns an address that is safe to redirect to, re-serialised, or null. An address of this origin is returned as
 * path, query and fragment, and an address of one of the `others` in full. The result is parsed again as a second
 * check.
 */
export function toSafeUrl(candidate: string, origin: string, others: readonly string[] = []): string | null {
  if (hasTraps(candidate) || candidate.startsWith('//') || isTooLong(candidate)) return null
  if (!candidate.startsWith('/') && !/^https?:\/\/[^/]/i.test(candidate)) return null
  const url = parseUrl(candidate, origin)
  if (url === null || url.username !== '' || url.password !== '') return null
  const written = url.origin === origin ? toPath(url) : others.includes(url.origin) ? url.href : null
  return written !== null && isSame(parseUrl(written, origin), url) ? written : null
}

function isTooLong(candidate: string): boolean {
  return candidate.length > NEXT_LIMIT_BYTES.query || countBytes(candidate) > NEXT_LIMIT_BYTES.query
}

/** Returns whether browsers read the text differently: backslashes, control characters, and spaces at the ends. */
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

/** Returns path, query and fragment of `href`, because `search` and `hash` are empty for a single `?` or `#`. */
function toPath({ href, origin }: URL): string {
  return href.slice(origin.length)
}

/**
 * Returns the address that a view function returned for a request at `page`, checked as by {@link toSafeUrl}. A view can
 * also begin with `//host`, or be relative to the page.
 */
export function toSafeView(view: string, page: Page, isAllowed: (origin: string) => boolean): string | null {
  const [path, rest] = splitAtQuery(view)
  const given = path + encodeTraps(rest)
  if (given === '' || hasTraps(given)) return null
  const address = given.startsWith('//') ? new URL(page.origin).protocol + given : given
  const isRelative = !address.startsWith('/') && !/^[^/?#]*:/.test(address)
  const full = isRelative ? (parseUrl(address, page.origin + page.path)?.href ?? '') : address
  const there = toOrigin(full)
  return toSafeUrl(full, page.origin, there !== null && isAllowed(there) ? [there] : [])
}

/** Splits an address before its query or fragment. */
function splitAtQuery(address: string): [path: string, rest: string] {
  const at = address.search(/[?#]/)
  return at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at)]
}

/** Encodes the characters that {@link hasTraps} finds, because a view function may copy a hostile query. */
function encodeTraps(text: string): string {
  return Array.from(text, (char) => (hasTraps(char) ? encodeURIComponent(char) : char)).join('')
}

/** The page of a request. */
interface Page {
  readonly origin: string
  readonly path: string
}

/**
 * Returns a configured view, re-serialised: a path, or an address with its host. Returns null if it is not an address.
 */
export function parseView(view: string): string | null {
  if (view.startsWith('//')) return parseView(`https:${view}`)?.slice('https:'.length) ?? null
  const origin = toOrigin(view)
  return toSafeUrl(view, NOWHERE, origin === null ? [] : [origin])
}

/** Returns an address as a lax router compares it: origin, and path without case, escapes and duplicate slashes. */
export function toLaxUrl(address: string, origin: string): string | null {
  const url = parseUrl(address, origin)
  if (url === null) return null
  const segments = decodeField(url.pathname).toLowerCase().split('/')
  return `${url.origin}/${segments.filter((segment) => segment !== '').join('/')}`
}

/** Returns the origin of an absolute address, or null. */
export function toOrigin(address: string): string | null {
  return /^https?:\/\//i.test(address) ? (parseUrl(address, 'http://localhost')?.origin ?? null) : null
}

/** Returns a host as the URL standard writes it, with its port; null if it is not a host. */
export function toHost(host: string): string | null {
  const scheme = host.endsWith(':443') ? 'http' : 'https'
  return host === '' ? null : (parseUrl(`${scheme}://${host}`)?.host ?? null)
}

/** The unchanged parts of an address. */
interface Parts {
  readonly scheme: string
  readonly host: string | null
  readonly path: string
  readonly query: string
  readonly fragment: string
}

function splitUrl(address: string): Parts {
  const [, scheme = '', host, path = '', query = '', fragment = ''] =
    /^(?:([a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(address) ?? []
  return { scheme, host: host ?? null, path, query, fragment }
}

function joinUrl({ scheme, host, path, query, fragment }: Parts): string {
  return (host === null ? '' : `${scheme}//${host}`) + path + query + fragment
}

/** Returns the view with `next` in its query. It replaces a present `next`, or is appended. */
export function withNext(view: string, field: string, next: string): string {
  const parts = splitUrl(view)
  const pair = `${encodeURIComponent(field)}=${encodeURIComponent(toWellFormed(next))}`
  const pairs = parts.query
    .slice(1)
    .split('&')
    .filter((one) => one !== '')
  const index = pairs.findIndex((one) => getName(one) === field)
  const rest = pairs.filter((one, at) => at === index || getName(one) !== field)
  const query = index < 0 ? [...rest, pair] : rest.map((one) => (getName(one) === field ? pair : one))
  return joinUrl({ ...parts, query: `?${query.join('&')}` })
}

/** Replaces lone surrogates, which have no encoding, by U+FFFD. */
export function toWellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Returns an address without these fields of its query. */
export function removeFields(address: string, fields: readonly string[]): string {
  const parts = splitUrl(address)
  if (fields.length === 0 || parts.query === '') return address
  const rest = parts.query
    .slice(1)
    .split('&')
    .filter((pair) => !fields.includes(getName(pair)))
  return joinUrl({ ...parts, query: rest.length === 0 ? '' : `?${rest.join('&')}` })
}

/** Returns a field of the query of an address, decoded; null if it is absent. */
export function getQueryField(address: string, field: string): string | null {
  return new URLSearchParams(splitUrl(address).query).get(field)
}

function getName(pair: string): string {
  return decodeField((pair.split('=')[0] as string).replaceAll('+', ' '))
}

function decodeField(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Returns the view with another host. A view without a scheme becomes relative to the scheme of the page. */
export function withHost(view: string, host: string): string {
  return joinUrl({ ...splitUrl(view), host })
}

/** Returns whether this origin serves a view: a relative one, or one with the same host. */
export function isHere(view: string, origin: string | null): boolean {
  const { scheme, host } = splitUrl(view)
  if (host === null) return true
  if (origin === null || host.includes('@')) return false
  return toOrigin(`${scheme === '' ? splitUrl(origin).scheme : scheme}//${host}`) === origin
}

/** Returns the path of a view that this origin serves. */
export function getViewPath(view: string): string {
  const { host, path } = splitUrl(view)
  return host !== null && path === '' ? '/' : path
}
