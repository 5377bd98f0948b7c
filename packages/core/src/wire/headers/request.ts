// The view of a request that core reads. A Fetch API `Request` is a valid view. Adapters create the view from raw header
// lines, so that a duplicated header is detected.
import { parseUrl } from '../urls/parsed-url'

/** The headers of a request. Names are not case-sensitive. */
export interface HeaderView {
  /** Returns the value, or null. The values of a duplicated header are joined by a comma. */
  get(name: string): string | null
  /**
   * Returns whether the server has two different values of a header, so that neither is used.
   *
   * @default () => false
   */
  isAmbiguous?(name: string): boolean
  /** Returns the number of header lines with this name that the client sent; null if the server does not provide it. */
  countLines?(name: string): number | null
}

/** The parts of a request that the library reads. */
export interface RequestView {
  /** The method, in capitals. */
  readonly method: string
  /**
   * The address: absolute (Fetch API), or path and query (Node). It is empty if it is unknown (a page of Next.js
   * without its proxy). A redirect to the login view then has no `next`.
   */
  readonly url: string
  /**
   * Path and query as they were sent, if they are known without the address.
   *
   * @default the path and query of `url`
   */
  readonly target?: string | undefined
  /**
   * The path that the router matches, if a rewrite changed it.
   *
   * @default the path that was sent
   */
  readonly routedPath?: string | undefined
  /** The headers. */
  readonly headers: HeaderView
  /** The client's IP address, which the app provides. The library does not read forwarding headers. */
  readonly address?: string | undefined
}

/** The source of a view: its headers are Fetch API `Headers` (or an object with `get`), or raw pairs `[name, value, …]`. */
export interface RequestSource {
  /** The method, in capitals. */
  readonly method: string
  /** The address: absolute (Fetch API), or path and query (Node). */
  readonly url: string
  /** The headers, as an object with `get`, or as raw pairs (Node's `rawHeaders`). */
  readonly headers: HeaderView | readonly string[]
}

/**
 * Returns the view of a request. Raw header lines with one name are joined as RFC 9110 defines (`Cookie` by `; `), so that a
 * duplicated credential is detected and rejected.
 *
 * @param address The client's IP address.
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

/** The property of a view that refers to the original request. */
export const SOURCE: unique symbol = Symbol.for('@fetch-login/source')

/** Returns the original request of a view, or the request itself. All views of one request return the same object. */
export function getSource(request: object): object {
  const source = (request as { readonly [SOURCE]?: object })[SOURCE]
  return source === undefined ? request : getSource(source)
}

/** Returns a view with other headers or another address. Getters of the original request stay lazy. */
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
 * Returns the value of a header in raw pairs, several values joined, or null. Few names are read in a request, so searching
 * all pairs costs less than creating a map.
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

/** Returns the number of header lines with this name; null if the pairs have none, because it may be unknown to them. */
export function countHeader(pairs: readonly string[], name: string): number | null {
  const wanted = name.toLowerCase()
  return pairs.filter((found, index) => index % 2 === 0 && found.toLowerCase() === wanted).length || null
}

// Only an origin that all parsers read alike is removed. Some parsers read the paths /b and /:b/c in x://a/b and
// http://a:b/c. One router reads /b in http://a?/b.
const ADDRESS = /^(?:https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?=\/))?([^#]*)/i

/** Returns path and query of the request as they were sent, without a fragment. */
export function getTarget(request: Pick<RequestView, 'url' | 'target'>): string {
  return request.target ?? toTarget(request.url)
}

/** Returns path and query of an address or a request target. The origin of an absolute one (RFC 9112 §3.2.2) is removed. */
export function toTarget(url: string): string {
  if (url.startsWith('/') && !url.includes('#')) return url
  const target = ADDRESS.exec(url)?.[1] ?? ''
  return target.startsWith('/') ? target : `/${target}`
}

/** Returns whether the request visits an address: a browser can repeat GET and HEAD there, and nothing else. */
export function isVisit({ method }: RequestView): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Returns the path of the request. */
export function getPath(request: RequestView): string {
  return toPath(getTarget(request))
}

/** Returns the path of a request target. */
export function toPath(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** Returns the first query parameter with this name, decoded, or null. */
export function getQueryParameter(request: RequestView, name: string): string | null {
  const target = getTarget(request)
  const query = target.indexOf('?')
  return query < 0 ? null : new URLSearchParams(target.slice(query)).get(name)
}

/** Returns the origin of the request: the option `publicOrigin`, or the `Host` header as it was sent. */
export function getRequestOrigin(request: RequestView, publicOrigin: string | null): string | null {
  if (publicOrigin !== null) return publicOrigin
  return toOrigin(request.url.startsWith('https:'), request.headers.get('host') ?? getAuthority(request.url))
}

function toOrigin(secure: boolean, host: string | null): string | null {
  if (host === null || !HOST.test(host)) return null
  return parseUrl(`${secure ? 'https' : 'http'}://${host}`)?.origin ?? null
}

/** Returns the absolute address of a request target. An invalid `Host` header is replaced, because it could change the path. */
export function toAbsoluteUrl(secure: boolean, host: string | null, target: string): string {
  const origin = toOrigin(secure, host) ?? (secure ? 'https://unknown.invalid' : 'http://unknown.invalid')
  return origin + toTarget(target)
}

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

function getAuthority(url: string): string | null {
  return /^https?:\/\/([^/?#]+)/i.exec(url)?.[1] ?? null
}
