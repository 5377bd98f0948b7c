// The cookie jar of the test client: stores and sends cookies as a browser does (RFC 6265bis §5.5 to §5.8). SameSite and
// HttpOnly are not modelled: every request counts as same-site, and there are no scripts.
import type { Clock } from '../../base/clock'
import { COOKIE_LIMIT_BYTES } from './cookie'
import { parseCookieDate } from './cookie-date'
import { isPublicSuffix } from './public-suffix'

interface StoredCookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly isHostOnly: boolean
  readonly path: string
  readonly isSecure: boolean
  readonly isPartitioned: boolean
  /** Epoch seconds, or null if the cookie ends with the browser. */
  readonly endsAt: number | null
}

type Attributes = ReadonlyMap<string, string>

const LONGEST_ATTRIBUTE_BYTES = 1024
/** Browsers shorten longer lifetimes to 400 days. */
const LONGEST_LIFETIME_SECONDS = 400 * 86_400

/** Stores cookies by host and path, and returns those that belong to a request. */
export class CookieJar {
  readonly #clock: Clock
  readonly #cookies = new Map<string, StoredCookie>()

  /** @param clock Returns the time in epoch seconds. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Stores, replaces or removes the cookie of a `Set-Cookie` header in the response to this URL. */
  store(line: string, url: URL): void {
    const cookie = parseCookie(line, url, this.#clock())
    if (cookie === null || this.#shadowsSecure(cookie, url)) return
    // A Map keeps the place of a replaced key, as a browser keeps the creation time.
    if (this.#isLive(cookie)) this.#cookies.set(getKey(cookie), cookie)
    else this.#cookies.delete(getKey(cookie))
  }

  /** Returns the `Cookie` header of a request for this URL. Returns an empty string if no cookie matches. */
  getHeader(url: URL): string {
    return this.#sorted()
      .filter((cookie) => belongsTo(cookie, url))
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
      .join('; ')
  }

  /** Returns names and values of all cookies of a host. The longest path comes first. */
  getCookies(host: string): readonly (readonly [name: string, value: string])[] {
    return this.#sorted()
      .filter((cookie) => isOfHost(cookie, host))
      .map(({ name, value }) => [name, value] as const)
  }

  /** Replaces all cookies with this name by a host-only session cookie. The rules of browsers are not applied. */
  plant(name: string, value: string, host: string): void {
    this.remove(name, host)
    const place = { domain: host, isHostOnly: true, path: '/', isSecure: false, isPartitioned: false }
    const cookie: StoredCookie = { ...place, name, value, endsAt: null }
    this.#cookies.set(getKey(cookie), cookie)
  }

  /** Removes all cookies with this name that the host receives. */
  remove(name: string, host: string): void {
    this.#removeIf((cookie) => cookie.name === name && isOfHost(cookie, host))
  }

  /** Removes the cookies without a lifetime, as a browser does when it closes. */
  restart(): void {
    this.#removeIf(({ endsAt }) => endsAt === null)
  }

  #removeIf(isRemoved: (cookie: StoredCookie) => boolean): void {
    for (const [key, cookie] of this.#cookies) if (isRemoved(cookie)) this.#cookies.delete(key)
  }

  #isLive({ endsAt }: StoredCookie): boolean {
    return endsAt === null || endsAt > this.#clock()
  }

  /** Returns the live cookies, longest path first, then oldest first. The sort is stable. */
  #sorted(): StoredCookie[] {
    this.#removeIf((cookie) => !this.#isLive(cookie))
    return [...this.#cookies.values()].sort((one, other) => other.path.length - one.path.length)
  }

  /**
   * Returns whether plain HTTP would replace or hide a Secure cookie, which browsers do not allow (RFC 6265bis §5.7).
   */
  #shadowsSecure(cookie: StoredCookie, { protocol }: URL): boolean {
    if (cookie.isSecure || protocol === 'https:') return false
    return this.#sorted().some(
      (kept) =>
        kept.isSecure &&
        kept.name === cookie.name &&
        (isSameOrBelow(kept.domain, cookie.domain) || isSameOrBelow(cookie.domain, kept.domain)) &&
        isBelow(cookie.path, kept.path),
    )
  }
}

const getKey = ({ name, domain, isHostOnly, path, isPartitioned }: StoredCookie): string =>
  JSON.stringify([name, domain, isHostOnly, path, isPartitioned])

function belongsTo(cookie: StoredCookie, url: URL): boolean {
  return (
    isOfHost(cookie, url.hostname) && isBelow(url.pathname, cookie.path) && (!cookie.isSecure || isTrustworthy(url))
  )
}

function isOfHost({ domain, isHostOnly }: StoredCookie, host: string): boolean {
  return isHostOnly ? host === domain : isSameOrBelow(host, domain)
}

/** Returns whether a host is the domain or a subdomain of it (RFC 6265bis §5.1.3). */
function isSameOrBelow(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !isAddress(host))
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.startsWith('[')
}

/** Returns whether a cookie path matches the path of a request (RFC 6265bis §5.1.4). */
function isBelow(path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

/** Returns whether browsers treat the origin as secure: HTTPS, or localhost. */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

function parseCookie(line: string, url: URL, now: number): StoredCookie | null {
  const [pair = '', ...rest] = line.split(';')
  const [name, value] = parsePair(pair)
  const attributes = parseAttributes(rest)
  const site = parseDomain(attributes.get('domain') ?? '', url.hostname)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers reject these characters
  if (site === null || name + value === '' || /[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return null
  if (name.length + value.length > COOKIE_LIMIT_BYTES) return null
  const cookie = {
    ...{ name, value, ...site, path: parsePath(attributes.get('path') ?? '', url.pathname) },
    ...{ isSecure: attributes.has('secure'), isPartitioned: attributes.has('partitioned') },
    endsAt: parseEnd(attributes, now),
  }
  return isRefused(cookie, attributes, url) ? null : cookie
}

/** Parses the name and the value. A pair without an equals sign is a value without a name. */
function parsePair(pair: string): readonly [name: string, value: string] {
  const cut = pair.indexOf('=')
  return cut < 0 ? ['', trimBlanks(pair)] : [trimBlanks(pair.slice(0, cut)), trimBlanks(pair.slice(cut + 1))]
}

const trimBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

/** Parses the attributes. The last one of a name takes precedence. An invalid lifetime is ignored. */
function parseAttributes(parts: readonly string[]): Attributes {
  const attributes = new Map<string, string>()
  for (const part of parts) {
    const cut = part.includes('=') ? part.indexOf('=') : part.length
    const name = trimBlanks(part.slice(0, cut)).toLowerCase()
    const value = trimBlanks(part.slice(cut + 1))
    if (value.length <= LONGEST_ATTRIBUTE_BYTES && isValid(name, value)) attributes.set(name, value)
  }
  return attributes
}

function isValid(name: string, value: string): boolean {
  if (name === 'max-age') return /^-?\d+$/.test(value)
  return name !== 'expires' || parseCookieDate(value) !== null
}

/** Returns the domain of the cookie, or null if this host may not set it. */
function parseDomain(attribute: string, host: string): Pick<StoredCookie, 'domain' | 'isHostOnly'> | null {
  const domain = attribute.replace(/^\./, '').toLowerCase()
  if (domain === '') return { domain: host, isHostOnly: true }
  if (isPublicSuffix(domain)) return domain === host ? { domain: host, isHostOnly: true } : null
  return isSameOrBelow(host, domain) ? { domain, isHostOnly: false } : null
}

/** Returns the path of the cookie. Without the attribute, it is the folder of the page that set the cookie. */
function parsePath(attribute: string, requestPath: string): string {
  if (attribute.startsWith('/')) return attribute
  return requestPath.slice(0, requestPath.lastIndexOf('/')) || '/'
}

/** Returns the end of the cookie. `Max-Age` takes precedence over `Expires`. */
function parseEnd(attributes: Attributes, now: number): number | null {
  const maxAge = attributes.get('max-age')
  const expires = attributes.get('expires')
  if (maxAge === undefined && expires === undefined) return null
  const endsAt = maxAge === undefined ? parseCookieDate(expires ?? '') : now + Number(maxAge)
  return Math.min(endsAt ?? now, now + LONGEST_LIFETIME_SECONDS)
}

function isRefused(cookie: StoredCookie, attributes: Attributes, url: URL): boolean {
  const { name, value, isSecure, isPartitioned, isHostOnly } = cookie
  if (isSecure && !isTrustworthy(url)) return true
  if (!isSecure && (isPartitioned || attributes.get('samesite')?.toLowerCase() === 'none')) return true
  const lower = name.toLowerCase()
  if (name === '' && /^__(?:secure|host)-/i.test(value)) return true
  if (lower.startsWith('__secure-')) return !isSecure
  return (
    lower.startsWith('__host-') &&
    !(isSecure && isHostOnly && !attributes.get('domain') && attributes.get('path') === '/')
  )
}
