// Cookies (RFC 6265bis). Reads one cookie without parsing all of them, and creates the `Set-Cookie` headers that set or
// clear one. A cookie is cleared only with the attributes with which it was set.

/** The requests from other sites with which a browser sends a cookie (RFC 6265bis §5.6.7). */
export type SameSite = 'lax' | 'strict' | 'none'

/** The name and the attributes of a cookie. */
export interface CookieSpec {
  readonly name: string
  readonly path: string
  readonly domain: string | null
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: SameSite | null
  readonly partitioned: boolean
}

/** The maximum size of name and value in bytes. Browsers ignore a larger cookie. */
export const COOKIE_LIMIT_BYTES = 4096

/** The maximum number of cookies with one name that are read. It limits the work for a hostile request. */
export const MAX_DUPLICATES = 32

/** Returns the value of the first cookie with this name, without one pair of double quotes (RFC 6265 §4.1.1), or null. */
export function readCookie(header: string | null, name: string): string | null {
  if (header === null || !header.includes(name)) return null
  const start = findValue(header, name, 0)
  return start < 0 ? null : readValueAt(header, start)
}

/** Returns all values of a cookie that arrived more than once, {@link MAX_DUPLICATES} at most. Otherwise returns an empty list. */
export function readDuplicates(header: string | null, name: string): readonly string[] {
  if (header === null || !isRepeated(header, name)) return NO_DUPLICATES
  const values: string[] = []
  let start = findValue(header, name, 0)
  while (start >= 0 && values.length < MAX_DUPLICATES) {
    values.push(readValueAt(header, start))
    start = findValue(header, name, findIndexOrEnd(header, ';', start) + 1)
  }
  return values.length > 1 ? values : NO_DUPLICATES
}

const NO_DUPLICATES: readonly string[] = Object.freeze([])

/** Returns whether a name occurs twice. It copies nothing, because almost every request ends here. */
function isRepeated(header: string, name: string): boolean {
  const first = header.indexOf(name)
  return first >= 0 && header.indexOf(name, first + name.length) >= 0
}

/** Returns the index of the next value with this name, or -1. `from` is the beginning of a pair. */
function findValue(header: string, name: string, from: number): number {
  let start = from
  let cut = -1
  while (start < header.length) {
    const end = findIndexOrEnd(header, ';', start)
    // The index is reused until it is passed. Otherwise a header with many short pairs would be searched to its end for each.
    if (cut < start) cut = findIndexOrEnd(header, '=', start)
    if (cut < end && trimBlanks(header, start, cut) === name) return cut + 1
    start = end + 1
  }
  return -1
}

function readValueAt(header: string, start: number): string {
  const value = trimBlanks(header, start, findIndexOrEnd(header, ';', start))
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
  return isQuoted ? value.slice(1, -1) : value
}

/** Returns the rest of each cookie name that begins with `prefix`. */
export function findCookieNames(header: string | null, prefix: string): readonly string[] {
  if (header === null || !header.includes(prefix)) return []
  return header
    .split(';')
    .flatMap((pair) => getName(pair) ?? [])
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
}

/**
 * Removes spaces and tabs at both ends, and no other characters. If a no-break space was removed as well, a cookie that any
 * subdomain can set would be accepted as one with the prefix `__Host-`.
 */
function trimBlanks(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function findIndexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from)
  return index < 0 ? text.length : index
}

/**
 * Returns a `Set-Cookie` header that sets a cookie.
 *
 * @param maxAgeSeconds The lifetime in seconds, or null if the browser removes the cookie when it closes.
 */
export function setCookieLine(spec: CookieSpec, value: string, maxAgeSeconds: number | null): string {
  let line = `${spec.name}=${value}`
  if (maxAgeSeconds !== null) line += `; Max-Age=${maxAgeSeconds}`
  if (spec.domain !== null) line += `; Domain=${spec.domain}`
  line += `; Path=${spec.path}`
  if (spec.secure) line += '; Secure'
  if (spec.httpOnly) line += '; HttpOnly'
  if (spec.sameSite !== null) line += `; SameSite=${SAME_SITE[spec.sameSite]}`
  if (spec.partitioned) line += '; Partitioned'
  return line
}

const SAME_SITE: Readonly<Record<SameSite, string>> = { lax: 'Lax', strict: 'Strict', none: 'None' }

/**
 * Returns a `Set-Cookie` header that clears a cookie. It has `Expires` as well, because Next.js rewrites cookies if the app
 * sets one of its own, and then ignores a `Max-Age` of 0.
 */
export function clearCookieLine(spec: CookieSpec): string {
  return `${setCookieLine(spec, '', 0)}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`
}

/**
 * Returns the other cookies with this name that this host can receive: with and without `Partitioned`, host-only, and for
 * the parent domains. A browser ignores those that it does not accept.
 */
export function getTwins(spec: CookieSpec, host: string): readonly CookieSpec[] {
  const flipped = spec.secure ? [{ ...spec, partitioned: !spec.partitioned }] : []
  if (/^__host-/i.test(spec.name)) return flipped
  const domains = [null, ...getDomainsAbove(host)].filter((domain) => domain !== spec.domain)
  return [...flipped, ...domains.map((domain) => ({ ...spec, domain }))]
}

/**
 * Returns the host and its parent domains, without the top-level domain. Returns an empty list for an IP address or a
 * single label.
 */
function getDomainsAbove(host: string): readonly string[] {
  const labels = host.replace(/:\d+$/, '').toLowerCase().split('.')
  const isDomain = labels.every((label) => /^[a-z0-9-]{1,63}$/.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
  if (!isDomain || labels.length > MAX_LABELS) return []
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
}

const MAX_LABELS = 8

/**
 * Returns the `Cookie` header that a browser sends after these `Set-Cookie` headers. A proxy forwards it, so that the page
 * receives the changes of the proxy. All other cookies stay in their order.
 */
export function cookiesAfter(header: string | null, lines: readonly string[]): string {
  const changed = new Map(lines.map((line) => [getName(line), line]))
  const kept = (header ?? '').split(';').filter((pair) => !changed.has(getName(pair)))
  const set = [...changed.values()].filter((line) => !ENDED.test(line))
  const pairs = [...kept, ...set].map((text) => trimBlanks(text, 0, findIndexOrEnd(text, ';', 0)))
  return pairs.filter((pair) => pair !== '').join('; ')
}

const ENDED = /;\s*max-age=(?:-|0\b)/i

/** Returns the name of a pair or a header; null without a name. */
function getName(text: string): string | null {
  const cut = text.indexOf('=')
  return cut < 0 ? null : trimBlanks(text, 0, cut)
}

/** Returns the default name with the strictest prefix that the attributes allow. */
export function addPrefix(base: string, spec: Omit<CookieSpec, 'name'>): string {
  if (!spec.secure) return base
  return spec.path === '/' && spec.domain === null ? `__Host-${base}` : `__Secure-${base}`
}

/** Returns why a browser rejects a cookie with this name and these attributes, or null. */
export function findPrefixProblem(spec: CookieSpec): string | null {
  const name = spec.name.toLowerCase()
  if (name.startsWith('__secure-') && !spec.secure) return 'the prefix __Secure- needs secure: true'
  if (!name.startsWith('__host-')) return null
  if (!spec.secure) return 'the prefix __Host- needs secure: true'
  if (spec.domain !== null) return 'the prefix __Host- forbids a domain'
  return spec.path === '/' ? null : "the prefix __Host- needs path: '/'"
}

/** Returns whether a text can be the name of a cookie (a token of RFC 9110). */
export function isCookieName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
}
