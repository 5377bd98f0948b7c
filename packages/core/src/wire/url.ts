// Where to go: the address of a login view with `next` in it, and the check that keeps `next` on this site. An open
// redirect lends the site's name to a thief's form (CWE-601), so what is not provably here is not taken.
import { utf8 } from '../base/bytes'
import { parsedUrl } from './parsed-url'

/** Bytes above which a `next` is never kept. */
const NEXT_LIMIT_BYTES = 1024

/** Whether a page to come back to is short enough to be kept. */
export function isKeepable(next: string): boolean {
  return next.length <= NEXT_LIMIT_BYTES && utf8(next).length <= NEXT_LIMIT_BYTES
}

/**
 * The address, as safe to redirect to: on this origin as path, query and fragment, on an allow-listed one in full;
 * else null. It is parsed again after it was written.
 */
export function safeAddress(candidate: string, origin: string, others: readonly string[] = []): string | null {
  if (candidate === '' || hasTraps(candidate) || !isKeepable(candidate)) return null
  if (!candidate.startsWith('/') && !/^https?:\/\/[^/]/i.test(candidate)) return null
  const url = parsedUrl(candidate, origin)
  if (url === null || url.username !== '' || url.password !== '') return null
  const written =
    url.origin === origin ? url.pathname + url.search + url.hash : others.includes(url.origin) ? url.href : null
  return written !== null && isSame(parsedUrl(written, origin), url) ? written : null
}

/** Backslashes, control characters and blanks at the edges: browsers read them otherwise than we do. */
function hasTraps(text: string): boolean {
  if (text.includes('\\') || text.startsWith('//') || text.trim() !== text) return true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || (code >= 127 && code < 160)) return true
  }
  return false
}

function isSame(one: URL | null, two: URL): boolean {
  return one !== null && one.href === two.href
}

/** The origin where a browser ends up that is sent to this address from that origin; null: nowhere. */
export function destination(address: string, origin: string): string | null {
  return parsedUrl(address, origin)?.origin ?? null
}

/** The origin of an absolute address, or null. */
export function originOf(address: string): string | null {
  return /^https?:\/\//i.test(address) ? (parsedUrl(address, 'http://localhost')?.origin ?? null) : null
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

function nameOf(pair: string): string {
  const name = (pair.split('=')[0] as string).replaceAll('+', ' ')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
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
