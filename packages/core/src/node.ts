// `@fetch-login/core/node`: for adapters of servers on Node's http (Express, Fastify, connect), where headers leave
// whenever somebody writes. By shape alone: nothing of Node is imported here.
import type { Auth } from './auth'
import { UsageError } from './base/errors'
import { type HeaderTarget, mergedVary } from './flow/commit'
import { absoluteUrl, type HeaderView, type RequestView, requestView } from './wire/request'

/** What is needed of a request of Node's http (`IncomingMessage`). */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly rawHeaders: readonly string[]
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean }
}

/** What a framework knows better: behind mounts, rewrites and the proxies that the app trusts. */
export interface NodeFacts {
  /** Path and query as they were sent. Default: `url`. */
  readonly originalUrl?: string | undefined
  /** Default: `https` where the socket is encrypted. */
  readonly protocol?: string | undefined
  /** The client's address. Default: that of the socket. */
  readonly ip?: string | undefined
}

/** What is needed of a response of Node's http (`ServerResponse`). */
export interface NodeResponse {
  statusCode: number
  readonly headersSent: boolean
  readonly writableEnded: boolean
  getHeader(name: string): number | string | readonly string[] | undefined
  setHeader(name: string, value: string | readonly string[]): unknown
  appendHeader(name: string, value: string | readonly string[]): unknown
  writeHead(status: number, ...rest: never[]): unknown
  end(body?: Uint8Array): unknown
}

/** The view of a request of Node's http. Nothing is read or computed before somebody asks. */
export function nodeRequestView(request: NodeRequest, facts: NodeFacts = request as NodeFacts): RequestView {
  return new NodeRequestView(request, facts)
}

class NodeRequestView implements RequestView {
  readonly method: string
  readonly headers: HeaderView
  readonly #request: NodeRequest
  readonly #facts: NodeFacts

  constructor(request: NodeRequest, facts: NodeFacts) {
    this.method = request.method ?? 'GET'
    this.headers = headersOf(request)
    this.#request = request
    this.#facts = facts
  }

  get url(): string {
    const { socket, url = '/' } = this.#request
    const isSecure = this.#facts.protocol === undefined ? socket.encrypted === true : this.#facts.protocol === 'https'
    return absoluteUrl(isSecure, this.headers.get('host'), this.#facts.originalUrl ?? url)
  }

  get address(): string | undefined {
    return this.#facts.ip ?? this.#request.socket.remoteAddress
  }
}

/** In HTTP/2 the host is called `:authority` (RFC 9113 §8.3.1), and such names come first. */
function headersOf({ rawHeaders }: NodeRequest): HeaderView {
  const { headers } = requestView({ method: '', url: '', headers: rawHeaders })
  if (!rawHeaders[0]?.startsWith(':')) return headers
  return { get: (name) => headers.get(name) ?? (name.toLowerCase() === 'host' ? headers.get(':authority') : null) }
}

/**
 * Puts the headers of a handle onto a response at the last moment, in whatever way its headers come to be written. Where
 * they left already, the handle can only be read.
 */
export function commitOnHeaders<User, Guest>(response: NodeResponse, auth: Auth<User, Guest>): void {
  if (response.headersSent) {
    auth.commitHeaders(NOWHERE)
    return
  }
  const writeHead = response.writeHead as (status: number, ...rest: unknown[]) => unknown
  response.writeHead = (status: number, ...rest: unknown[]): unknown => {
    // What is only informational comes before the answer.
    if (status < 200) return writeHead.call(response, status, ...rest)
    const given = new GivenHeaders(response, rest)
    auth.commitHeaders(given)
    return writeHead.call(response, status, ...given.rest)
  }
}

const NOWHERE: HeaderTarget = { get: () => null, set: () => undefined, append: () => undefined }

/** The headers of a response and those handed to `writeHead()`, which join the others once one of them is needed. */
class GivenHeaders implements HeaderTarget {
  readonly #response: NodeResponse
  #rest: readonly unknown[]

  /** @param rest What `writeHead()` was given after the status: a message, headers, both or neither. */
  constructor(response: NodeResponse, rest: readonly unknown[]) {
    this.#response = response
    this.#rest = rest
  }

  /** What is still to be handed to `writeHead()`. */
  get rest(): readonly unknown[] {
    return this.#rest
  }

  get(name: string): string | null {
    return textOf(this.#joined().getHeader(name))
  }

  set(name: string, value: string): void {
    this.#joined().setHeader(name, value)
  }

  append(name: string, value: string): void {
    this.#joined().appendHeader(name, value)
  }

  #joined(): NodeResponse {
    const [first, second] = this.#rest
    const message = typeof first === 'string' ? [first] : []
    const given = message.length === 0 ? (second ?? first) : second
    if (typeof given === 'object' && given !== null) join(this.#response, given)
    this.#rest = message
    return this.#response
  }
}

type Value = string | readonly string[]

/** As `writeHead()` does: an object replaces what was set before; a list too, and keeps the lines of one name. */
function join(response: NodeResponse, given: object): void {
  const names = new Set<string>()
  for (const [name, value] of pairsOf(given)) {
    const isNext = Array.isArray(given) && names.has(name.toLowerCase())
    names.add(name.toLowerCase())
    if (isNext) response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
}

/** An object, a list of pairs, or a flat list of names and values. */
function pairsOf(given: object): readonly (readonly [name: string, value: Value])[] {
  if (!Array.isArray(given)) return Object.entries(given)
  if (given.every((entry) => Array.isArray(entry))) return given as [string, Value][]
  return given.flatMap((name, index) => (index % 2 === 0 ? [[name, given[index + 1]]] : []) as [string, Value][])
}

function textOf(value: number | string | readonly string[] | undefined): string | null {
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
}

/**
 * Answers with a Fetch API response: a refusal, say. Headers that the app set before stay, where it names none of them.
 * What was answered already (a timeout, say) stays as it is.
 *
 * @throws UsageError `response-sent` where another answer has begun, and is not through.
 */
export async function sendResponse(to: NodeResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer())
  if (to.writableEnded) return
  if (to.headersSent) throw begun()
  to.statusCode = response.status
  putHeaders(new GivenHeaders(to, []), response)
  if (to.getHeader('content-length') !== undefined) to.setHeader('content-length', String(body.length))
  to.end(body)
}

function begun(): UsageError {
  return new UsageError(
    'response-sent',
    'This request was refused after its answer had begun: put loginManager and the guards before whatever writes.',
  )
}

/** Puts the headers of a Fetch API response onto an answer: cookies beside its cookies, `Vary` merged, others replaced. */
export function putHeaders(to: HeaderTarget, response: Response): void {
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') to.append(name, value)
    else if (name === 'vary') addVary(to, value)
    else to.set(name, value)
  }
}

/** Adds the names of a `Vary` to those of an answer. */
export function addVary(to: HeaderTarget, names: string): void {
  const added = names.split(',').flatMap((name) => name.trim() || [])
  to.set('vary', mergedVary(to.get('vary'), added))
}
