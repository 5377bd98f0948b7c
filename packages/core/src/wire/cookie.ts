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

/** The value of a cookie, or null. Of two of one name the first counts: the one of the longer path. */
export function readCookie(header: string | null, name: string): string | null {
  if (header === null || !header.includes(name)) return null
  let start = 0
  let cut = -1
  while (start < header.length) {
    const end = indexOrEnd(header, ';', start)
    // Not searched for again before it is passed: a header of many small pieces would be read to its end for each.
    if (cut < start) cut = indexOrEnd(header, '=', start)
    if (cut < end && trimmed(header, start, cut) === name) return trimmed(header, cut + 1, end)
    start = end + 1
  }
  return null
}

/**
 * Without blanks and tabs at the edges, and nothing else: where a server strips more (a no-break space), a cookie that
 * any subdomain may set passes for one with the prefix `__Host-`.
 */
function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function indexOrEnd(text: string, character: string, from: number): number {
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
 * The `Cookie` header that a browser sends once it has these `Set-Cookie` lines, for a proxy that hands a request on: the
 * page behind it then sees what the proxy changed. All others stay as they came, in their order.
 */
export function cookiesAfter(header: string | null, lines: readonly string[]): string {
  const changed = new Map(lines.map((line) => [nameOf(line), line]))
  const kept = (header ?? '').split(';').filter((pair) => !changed.has(nameOf(pair)))
  const set = [...changed.values()].filter((line) => !ENDED.test(line))
  const pairs = [...kept, ...set].map((text) => trimmed(text, 0, indexOrEnd(text, ';', 0)))
  return pairs.filter((pair) => pair !== '').join('; ')
}

const ENDED = /;\s*max-age=(?:-|0\b)/i

/** The name in a pair or a line; null where there is none. */
function nameOf(text: string): string | null {
  const cut = text.indexOf('=')
  return cut < 0 ? null : trimmed(text, 0, cut)
}

/** The default name with the strongest prefix that its attributes allow. */
export function prefixedName(base: string, spec: Omit<CookieSpec, 'name'>): string {
  if (!spec.secure) return base
  return spec.path === '/' && spec.domain === null ? `__Host-${base}` : `__Secure-${base}`
}

/** Why a browser would refuse a cookie of this name with these attributes, or null. */
export function prefixProblem(spec: CookieSpec): string | null {
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
