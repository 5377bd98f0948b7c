// `@fetch-login/core/node`: for adapters of servers on Node's http (Express, Fastify, connect), where headers leave
// whenever somebody writes. By shape alone: nothing of Node is imported here.
import type { Auth } from './auth'
import { apply, type HeaderTarget } from './flow/commit'
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
    this.headers = requestView({ method: '', url: '', headers: request.rawHeaders }).headers
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

/** Puts the headers of a handle onto a response at the last moment, in whatever way its headers come to be written. */
export function commitOnHeaders<User, Guest>(response: NodeResponse, auth: Auth<User, Guest>): void {
  const writeHead = response.writeHead as (status: number, ...rest: unknown[]) => unknown
  response.writeHead = (status: number, ...rest: unknown[]): unknown => {
    if (status < 200) return writeHead.call(response, status, ...rest)
    const message = typeof rest[0] === 'string' ? [rest[0]] : []
    const given = new GivenHeaders(response, rest[message.length])
    auth.commitHeaders(given)
    return writeHead.call(response, status, ...message, ...given.rest)
  }
}

/** The headers of a response and those handed to `writeHead()`, which join the others once one of them is needed. */
class GivenHeaders implements HeaderTarget {
  readonly #response: NodeResponse
  #given: unknown

  constructor(response: NodeResponse, given: unknown) {
    this.#response = response
    this.#given = given
  }

  /** What is still to be handed to `writeHead()`. */
  get rest(): unknown[] {
    return this.#given === undefined ? [] : [this.#given]
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
    const given = this.#given
    this.#given = undefined
    if (typeof given === 'object' && given !== null) join(this.#response, pairsOf(given))
    return this.#response
  }
}

type Pair = readonly [name: string, value: string | readonly string[]]

/** The first line of a name replaces what was set before, as `writeHead()` does; the next ones stand beside it. */
function join(response: NodeResponse, pairs: readonly Pair[]): void {
  const names = new Set<string>()
  for (const [name, value] of pairs) {
    const isFirst = !names.has(name.toLowerCase())
    names.add(name.toLowerCase())
    if (isFirst) response.setHeader(name, value)
    else response.appendHeader(name, value)
  }
}

/** An object, a list of pairs, or a flat list of names and values. */
function pairsOf(given: object): readonly Pair[] {
  if (!Array.isArray(given)) return Object.entries(given)
  if (given.every((entry) => Array.isArray(entry))) return given as unknown as readonly Pair[]
  return given.flatMap((name, index) => (index % 2 === 0 ? [[name, given[index + 1]] as Pair] : []))
}

function textOf(value: number | string | readonly string[] | undefined): string | null {
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
}

/** Answers with a Fetch API response: a refusal, say. Headers that the app set before stay, where it names none of them. */
export async function sendResponse(to: NodeResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer())
  if (to.headersSent) return
  const vary = (response.headers.get('vary') ?? '').split(',').map((name) => name.trim())
  to.statusCode = response.status
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') to.appendHeader(name, value)
    else if (name !== 'vary') to.setHeader(name, value)
  }
  apply(new GivenHeaders(to, undefined), { cookies: [], vary: vary.filter((name) => name !== ''), noStore: false })
  to.end(body)
}
