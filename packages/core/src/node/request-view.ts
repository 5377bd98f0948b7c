import { UsageError } from '../base/errors'
import {
  countHeader,
  findHeaderLine,
  type HeaderView,
  type RequestView,
  SOURCE,
  toAbsoluteUrl,
  toPath,
  toTarget,
} from '../wire/headers/request'
import { toHeaderText } from './write-head-target'

/** The members of Node's `IncomingMessage` that a login reads. */
export interface NodeRequest {
  /**
   * The method in capitals.
   *
   * @default `GET`
   */
  readonly method?: string | undefined
  /**
   * The path and the query.
   *
   * @default `/`
   */
  readonly url?: string | undefined
  /**
   * The received headers as `[name, value, name, value, …]`. Serverless hosts and mocks leave it empty or undefined; then
   * `headers` is read instead.
   */
  readonly rawHeaders: readonly string[]
  /** The headers by name, as the server parsed them. If `rawHeaders` is present, they are only compared with it. */
  readonly headers?: object | undefined
  /** The connection: the address of the client, and whether the connection uses TLS. */
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean }
}

/** Facts of a framework about a request behind mounts, rewrites and trusted proxies. */
export interface NodeFacts {
  /**
   * The path and the query as the client sent them.
   *
   * @default `request.url`
   */
  readonly originalUrl?: string | undefined
  /** The part of the path that an Express mount removed from `url`. */
  readonly baseUrl?: string | undefined
  /** The path and the query that the router matches after a rewrite (Fastify). */
  readonly url?: string | undefined
  /**
   * The scheme.
   *
   * @default `https` if the socket is encrypted, else `http`
   */
  readonly protocol?: string | undefined
  /**
   * The address of the client.
   *
   * @default `request.socket.remoteAddress`
   */
  readonly ip?: string | undefined
}

/**
 * Creates the view of a request of Node's `http` module. A property is read and computed only when it is used.
 *
 * @param request - The request as Node created it.
 * @param facts - The facts of the framework about the request. Default: the request itself, which Express extends.
 * @returns The view that `manager.open()` accepts.
 */
export function nodeRequestView(request: NodeRequest, facts: NodeFacts = request as NodeFacts): RequestView {
  return new NodeRequestView(request, facts)
}

class NodeRequestView implements RequestView {
  readonly headers: HeaderView
  readonly #request: NodeRequest
  readonly #facts: NodeFacts

  constructor(request: NodeRequest, facts: NodeFacts) {
    this.headers = new NodeHeaders(request)
    this.#request = request
    this.#facts = facts
  }

  /** Reads the method each time, because a method override may run after the view was created. */
  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get url(): string {
    const { socket, url = '/' } = this.#request
    const isSecure = this.#facts.protocol === undefined ? socket?.encrypted === true : isTls(this.#facts.protocol)
    return toAbsoluteUrl(isSecure, this.headers.get('host'), this.#facts.originalUrl ?? url)
  }

  get target(): string {
    return toTarget(this.#facts.originalUrl ?? this.#request.url ?? '/')
  }

  /** Returns undefined for connect, whose mounts remove a part of the path and do not keep it. */
  get routedPath(): string | undefined {
    const [facts, { url = '/' }] = [this.#facts, this.#request]
    if (facts.originalUrl === undefined || facts.originalUrl === url) return undefined
    if (facts.baseUrl !== undefined) return toPath(facts.baseUrl + toTarget(url))
    return facts.url === undefined || (facts as object) === this.#request ? undefined : toPath(toTarget(facts.url))
  }

  /** Makes all views of one request equal as keys of a request map. */
  get [SOURCE](): object {
    return this.#request
  }

  get address(): string | undefined {
    return this.#facts.ip ?? this.#request.socket?.remoteAddress
  }
}

/** Accepts `wss` too: Traefik sends the scheme of a WebSocket in `x-forwarded-proto`. */
function isTls(protocol: string): boolean {
  return protocol === 'https' || protocol === 'wss'
}

/**
 * Reads headers from `rawHeaders`, so that a duplicated header is detected, or from `headers` if a host has no raw headers.
 * If both are present and differ, a middleware changed one of them. Then the value is one that no check accepts.
 */
class NodeHeaders implements HeaderView {
  readonly #request: NodeRequest

  constructor(request: NodeRequest) {
    this.#request = request
  }

  get(name: string): string | null {
    const wanted = name.toLowerCase()
    const { rawHeaders: lines, headers } = this.#request
    if (lines === undefined || lines.length === 0) return readParsedHeader(headers, wanted)
    const sent = readSentHeader(lines, wanted)
    if (agrees(sent, lines, headers, wanted)) return sent
    return wanted === 'cookie' ? null : `${sent ?? ''}, ${readParsedHeader(headers, wanted) ?? ''}`
  }

  isAmbiguous(name: string): boolean {
    const wanted = name.toLowerCase()
    const { rawHeaders: lines, headers } = this.#request
    return lines !== undefined && lines.length > 0 && !agrees(readSentHeader(lines, wanted), lines, headers, wanted)
  }

  /** Returns null without raw headers, because an object of headers holds the lines of one name joined. */
  countLines(name: string): number | null {
    return countHeader(this.#request.rawHeaders ?? [], name)
  }
}

/**
 * Reads a header from `rawHeaders`. HTTP/2 sends the host as `:authority` (RFC 9113 §8.3.1), before all other headers. Two
 * different hosts are joined, and a joined value is not a valid host.
 */
function readSentHeader(lines: readonly string[], wanted: string): string | null {
  const value = findHeaderLine(lines, wanted)
  if (wanted !== 'host' || !lines[0]?.startsWith(':')) return value
  const authority = findHeaderLine(lines, ':authority')
  return value === null || authority === null || value === authority ? (authority ?? value) : `${authority}, ${value}`
}

/** Returns whether `headers` has the values of `rawHeaders`. Of several lines Node keeps the first, or all of them joined. */
function agrees(sent: string | null, lines: readonly string[], headers: object | undefined, wanted: string): boolean {
  if (headers === undefined) return true
  const simple = (headers as Record<string, unknown>)[wanted]
  if (simple === sent || (simple === undefined && sent === null)) return true
  const parsed = readParsedHeader(headers, wanted)
  // `headers` of an HTTP/2 request has no `host`. A missing host cannot be taken for another one.
  if (parsed === sent || (parsed === null && wanted === 'host')) return true
  return parsed !== null && parsed === findFirstLine(lines, wanted)
}

function findFirstLine(lines: readonly string[], wanted: string): string | null {
  const index = lines.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === wanted)
  return index < 0 ? null : (lines[index + 1] ?? null)
}

/**
 * Reads a header from an object of headers, or from a Fetch API `Headers`.
 *
 * @throws UsageError `invalid-argument` if there are no headers. Such a request would pass the CSRF check as a request of a
 *   client that is not a browser.
 */
function readParsedHeader(headers: object | undefined, wanted: string): string | null {
  if (headers === undefined || headers === null) throw createNoHeadersError()
  if ('get' in headers && typeof headers.get === 'function') return toHeaderText(headers.get(wanted) ?? undefined)
  const pairs = Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]))
  return findHeaderLine(pairs, wanted)
}

function createNoHeadersError(): UsageError {
  return new UsageError(
    'invalid-argument',
    'The request has neither `rawHeaders` nor `headers`, so its login cannot be read. Pass the `IncomingMessage` of Node, or an object with `headers`.',
  )
}
