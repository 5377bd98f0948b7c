// Cookies by RFC 6265bis: read one without parsing all, write one so that a browser keeps it, clear it with the
// attributes it was set with (or a `__Host-` cookie stays for ever).

/** With which requests from other sites a cookie is sent (RFC 6265bis §5.6.7). */
export type SameSite = 'lax' | 'strict' | 'none'

/** Where a cookie lives and who may see it. */
export interface CookieSpec {
  readonly name: string
  readonly path: string
  readonly domain: string | null
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: SameSite | null
  readonly partitioned: boolean
}

/** Bytes of name and value together, above which browsers drop a cookie without a word. */
export const COOKIE_LIMIT_BYTES = 4096

/** The most cookies of one name that are read. The work for a request is bounded by it, whatever a client sends. */
export const MOST_DUPLICATES = 32

/** Returns the value of a cookie, or null: the first of several, without one pair of double quotes (RFC 6265 §4.1.1). */
export function readCookie(header: string | null, name: string): string | null {
  if (header === null || !header.includes(name)) return null
  const start = findValue(header, name, 0)
  return start < 0 ? null : readValueAt(header, start)
}

/** Returns all values of a cookie that arrived more than once, {@link MOST_DUPLICATES} at most; else an empty list. */
export function readDuplicates(header: string | null, name: string): readonly string[] {
  if (header === null || !isRepeated(header, name)) return NO_DUPLICATES
  const values: string[] = []
  let start = findValue(header, name, 0)
  while (start >= 0 && values.length < MOST_DUPLICATES) {
    values.push(readValueAt(header, start))
    start = findValue(header, name, findIndexOrEnd(header, ';', start) + 1)
  }
  return values.length > 1 ? values : NO_DUPLICATES
}

const NO_DUPLICATES: readonly string[] = Object.freeze([])

/** Two searches without a copy: nearly every request ends here. */
function isRepeated(header: string, name: string): boolean {
  const first = header.indexOf(name)
  return first >= 0 && header.indexOf(name, first + name.length) >= 0
}

/** Returns where the next value of this name begins, or -1. `from` is the beginning of a pair. */
function findValue(header: string, name: string, from: number): number {
  let start = from
  let cut = -1
  while (start < header.length) {
    const end = findIndexOrEnd(header, ';', start)
    // Not searched for again before it is passed: a header of many small pieces would be read to its end for each.
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

/** Returns what follows `prefix` in the names of the cookies that begin with it. */
export function findCookieNames(header: string | null, prefix: string): readonly string[] {
  if (header === null || !header.includes(prefix)) return []
  return header
    .split(';')
    .flatMap((pair) => getName(pair) ?? [])
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
}

/**
 * Without blanks and tabs at the edges, and nothing else: where a server strips more (a no-break space), a cookie that
 * any subdomain may set passes for one with the prefix `__Host-`.
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

/** A `Set-Cookie` line; `maxAgeSeconds` null ends the cookie with the browser. */
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
 * The line that makes a browser forget the cookie: the same attributes, no value, no life. Said twice, because what
 * rewrites the cookies of an answer (Next.js, where the app sets one of its own) takes a `Max-Age` of 0 for none.
 */
export function clearCookieLine(spec: CookieSpec): string {
  return `${setCookieLine(spec, '', 0)}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`
}

/**
 * Returns how else a cookie of this name may have been set for this host: with and without `Partitioned`, for the host
 * alone, and for the domains above it. A browser ignores those that it does not accept.
 */
export function getTwins(spec: CookieSpec, host: string): readonly CookieSpec[] {
  const flipped = spec.secure ? [{ ...spec, partitioned: !spec.partitioned }] : []
  if (/^__host-/i.test(spec.name)) return flipped
  const domains = [null, ...getDomainsAbove(host)].filter((domain) => domain !== spec.domain)
  return [...flipped, ...domains.map((domain) => ({ ...spec, domain }))]
}

/** The host and its parents, without the top-level domain; none for an address or a host without a dot. */
function getDomainsAbove(host: string): readonly string[] {
  const labels = host.replace(/:\d+$/, '').toLowerCase().split('.')
  const isDomain = labels.every((label) => /^[a-z0-9-]{1,63}$/.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
  if (!isDomain || labels.length > MOST_LABELS) return []
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
}

const MOST_LABELS = 8

/**
 * The `Cookie` header that a browser sends once it has these `Set-Cookie` lines, for a proxy that hands a request on: the
 * page behind it then sees what the proxy changed. All others stay as they came, in their order.
 */
export function cookiesAfter(header: string | null, lines: readonly string[]): string {
  const changed = new Map(lines.map((line) => [getName(line), line]))
  const kept = (header ?? '').split(';').filter((pair) => !changed.has(getName(pair)))
  const set = [...changed.values()].filter((line) => !ENDED.test(line))
  const pairs = [...kept, ...set].map((text) => trimBlanks(text, 0, findIndexOrEnd(text, ';', 0)))
  return pairs.filter((pair) => pair !== '').join('; ')
}

const ENDED = /;\s*max-age=(?:-|0\b)/i

/** The name in a pair or a line; null where there is none. */
function getName(text: string): string | null {
  const cut = text.indexOf('=')
  return cut < 0 ? null : trimBlanks(text, 0, cut)
}

/** The default name with the strongest prefix that its attributes allow. */
export function addPrefix(base: string, spec: Omit<CookieSpec, 'name'>): string {
  if (!spec.secure) return base
  return spec.path === '/' && spec.domain === null ? `__Host-${base}` : `__Secure-${base}`
}

/** Why a browser would refuse a cookie of this name with these attributes, or null. */
export function findPrefixProblem(spec: CookieSpec): string | null {
  const name = spec.name.toLowerCase()
  if (name.startsWith('__secure-') && !spec.secure) return 'the prefix __Secure- needs secure: true'
  if (!name.startsWith('__host-')) return null
  if (!spec.secure) return 'the prefix __Host- needs secure: true'
  if (spec.domain !== null) return 'the prefix __Host- forbids a domain'
  return spec.path === '/' ? null : "the prefix __Host- needs path: '/'"
}

/** Whether the text can be a cookie's name (RFC 9110 token). */
export function isCookieName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
}
