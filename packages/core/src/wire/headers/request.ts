// What the core sees of a request: four fields. A Web `Request` fits as it is; adapters build the view from raw
// header lines, so that a header sent twice is noticed instead of joined or half dropped.
import { parseUrl } from '../urls/parsed-url'

/** The headers of a request: by name in any case, null where absent. */
export interface HeaderView {
  /** The value, or null. Of a header that was sent twice, both values joined by a comma. */
  get(name: string): string | null
  /** Whether the server holds two different values of this header, so that neither counts. Default: it never does. */
  isAmbiguous?(name: string): boolean
  /** The number of lines of this name that the client sent, if the server knows it; null if it does not. */
  countLines?(name: string): number | null
}

/** A request, as far as a login needs it. */
export interface RequestView {
  /** The method, in capitals. */
  readonly method: string
  /**
   * The address: absolute (Fetch API), or path and query (Node). Empty where it is unknown (a page of Next.js without its
   * proxy): then there is no page to come back to.
   */
  readonly url: string
  /** Path and query as they were sent, where they are known without the address. Default: those of `url`. */
  readonly target?: string | undefined
  /** The path that the router matches, if a rewrite made it another than the one that was sent. Default: the one sent. */
  readonly routedPath?: string | undefined
  /** The headers. */
  readonly headers: HeaderView
  /** The client's address, as the host app vouches for it. The library trusts no forwarding header. */
  readonly address?: string | undefined
}

/** Where a request comes from: a Fetch API `Headers` (or anything with `get`), or raw pairs `[name, value, …]`. */
export interface RequestSource {
  /** The method, in capitals. */
  readonly method: string
  /** The address: absolute (Fetch API), or path and query (Node). */
  readonly url: string
  /** The headers, as an object with `get`, or as raw pairs (Node's `rawHeaders`). */
  readonly headers: HeaderView | readonly string[]
}

/**
 * The view of a request. Of raw header lines, two of one name are joined as RFC 9110 says (`Cookie` by `; `), so that a
 * credential that was sent twice is noticed, and taken for none.
 */
export function requestView(source: RequestSource, address?: string): RequestView {
  const { headers } = source
  return {
    method: source.method,
    url: source.url,
    headers: isPairs(headers) ? createLinesView(headers) : headers,
    address,
  }
}

function createLinesView(pairs: readonly string[]): HeaderView {
  return { get: (name) => findHeaderLine(pairs, name), countLines: (name) => countHeader(pairs, name) }
}

/** The property by which a view refers to the request that it was made of. */
export const SOURCE: unique symbol = Symbol.for('@fetch-login/source')

/** Returns the request that a view was made of, or the request itself: the same object for all views of one request. */
export function getSource(request: object): object {
  const source = (request as { readonly [SOURCE]?: object })[SOURCE]
  return source === undefined ? request : getSource(source)
}

/** The same request with other headers or another address. What is worked out when somebody asks still is. */
export function copyView(request: RequestView, { headers, address, routedPath }: ViewChanges): RequestView {
  return {
    get method() {
      return request.method
    },
    headers: headers ?? request.headers,
    get url() {
      return request.url
    },
    get target() {
      return request.target
    },
    get routedPath() {
      return routedPath ?? request.routedPath
    },
    get address() {
      return address ?? request.address
    },
    [SOURCE]: request,
  } as RequestView
}

type ViewChanges = { readonly [Part in 'headers' | 'address' | 'routedPath']?: RequestView[Part] }

function isPairs(headers: HeaderView | readonly string[]): headers is readonly string[] {
  return Array.isArray(headers)
}

/**
 * The value of a header in raw pairs, several joined; null where there is none. A request is asked for a few names, if
 * any: to look through all pairs for each costs less than a map of them.
 */
export function findHeaderLine(pairs: readonly string[], name: string): string | null {
  const wanted = name.toLowerCase()
  let value: string | null = null
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const found = pairs[i] as string
    if (found.length !== wanted.length || found.toLowerCase() !== wanted) continue
    const line = pairs[i + 1] as string
    value = value === null ? line : value + (wanted === 'cookie' ? '; ' : ', ') + line
  }
  return value
}

/** Returns how many lines of this name raw pairs hold; null if there are none, as they may stand elsewhere. */
export function countHeader(pairs: readonly string[], name: string): number | null {
  const wanted = name.toLowerCase()
  return pairs.filter((found, index) => index % 2 === 0 && found.toLowerCase() === wanted).length || null
}

// Only what all parsers read alike is an origin: in x://a/b and http://a:b/c some see the paths /b and /:b/c, and in
// http://a?/b one router sees /b.
const ADDRESS = /^(?:https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?=\/))?([^#]*)/i

/** Path and query of the address asked for, as they were sent; no fragment. What is no path (`*`) is none that exists. */
export function getTarget(request: Pick<RequestView, 'url' | 'target'>): string {
  return request.target ?? toTarget(request.url)
}

/** Path and query of an address, or of a request line: those of an absolute one (RFC 9112 §3.2.2) without its origin. */
export function toTarget(url: string): string {
  if (url.startsWith('/') && !url.includes('#')) return url
  const target = ADDRESS.exec(url)?.[1] ?? ''
  return target.startsWith('/') ? target : `/${target}`
}

/** Returns whether the request visits an address: a browser can repeat GET and HEAD there, and nothing else. */
export function isVisit({ method }: RequestView): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The path alone. */
export function getPath(request: RequestView): string {
  return toPath(getTarget(request))
}

/** The path of a target. */
export function toPath(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** A parameter of the query, decoded; the first where there are several. */
export function getQueryParameter(request: RequestView, name: string): string | null {
  const target = getTarget(request)
  const query = target.indexOf('?')
  return query < 0 ? null : new URLSearchParams(target.slice(query)).get(name)
}

/** The scheme, host and port that the client asked; by configuration, or by the Host header as sent. */
export function getRequestOrigin(request: RequestView, publicOrigin: string | null): string | null {
  if (publicOrigin !== null) return publicOrigin
  return toOrigin(request.url.startsWith('https:'), request.headers.get('host') ?? getAuthority(request.url))
}

function toOrigin(secure: boolean, host: string | null): string | null {
  if (host === null || !HOST.test(host)) return null
  return parseUrl(`${secure ? 'https' : 'http'}://${host}`)?.origin ?? null
}

/** The absolute address of what was asked for. A Host header that is none could move what is path and what is not. */
export function toAbsoluteUrl(secure: boolean, host: string | null, target: string): string {
  const origin = toOrigin(secure, host) ?? (secure ? 'https://unknown.invalid' : 'http://unknown.invalid')
  return origin + toTarget(target)
}

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

function getAuthority(url: string): string | null {
  return /^https?:\/\/([^/?#]+)/i.exec(url)?.[1] ?? null
}
