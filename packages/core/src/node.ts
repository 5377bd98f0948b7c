// `@fetch-login/core/node`: for adapters of servers on Node's http (Express, Fastify, connect), where headers leave
// whenever somebody writes. By shape alone: nothing of Node is imported here.
import type { Auth } from './auth'
import { commitHeaders, keepPrivate } from './auth-operations'
import { UsageError } from './base/errors'
import type { HeaderTarget } from './commit'
import {
  countHeader,
  findHeaderLine,
  type HeaderView,
  type RequestView,
  SOURCE,
  toAbsoluteUrl,
  toPath,
  toTarget,
} from './wire/headers/request'
import { mergeVary } from './wire/headers/vary'

/** What is needed of a request of Node's http (`IncomingMessage`). */
export interface NodeRequest {
  /** In capitals. Default `GET`. */
  readonly method?: string | undefined
  /** Path and query. Default `/`. */
  readonly url?: string | undefined
  /** Names and values in turn, as they came. Serverless hosts and mocks leave it empty or out: then `headers` counts. */
  readonly rawHeaders: readonly string[]
  /** The headers by name, as the server parsed them. Only compared with `rawHeaders` if there are any. */
  readonly headers?: object | undefined
  /** The connection: who is at its other end, and whether it is TLS. */
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean }
}

/** What a framework knows better: behind mounts, rewrites and the proxies that the app trusts. */
export interface NodeFacts {
  /** Path and query as they were sent. Default: `url`. */
  readonly originalUrl?: string | undefined
  /** The part of the path that a mount took off (Express). */
  readonly baseUrl?: string | undefined
  /** Path and query that the router matches, after a rewrite (Fastify). */
  readonly url?: string | undefined
  /** Default: `https` where the socket is encrypted. */
  readonly protocol?: string | undefined
  /** The client's address. Default: that of the socket. */
  readonly ip?: string | undefined
}

/** What is needed of a response of Node's http (`ServerResponse`). */
export interface NodeResponse {
  /** The status that goes out where `writeHead()` names none. */
  statusCode: number
  /** Whether the headers left. */
  readonly headersSent: boolean
  /** Whether `end()` was called. */
  readonly writableEnded: boolean
  /** The value, or the values of several lines. */
  getHeader(name: string): number | string | readonly string[] | undefined
  /** Replaces all of this name. */
  setHeader(name: string, value: string | readonly string[]): unknown
  /** Adds a line of this name. */
  appendHeader(name: string, value: string | readonly string[]): unknown
  /** Takes all of this name away. */
  removeHeader(name: string): unknown
  /** Sends status and headers. */
  writeHead(status: number, ...rest: never[]): unknown
  /** Sends what is left, and ends the answer. */
  end(body?: Uint8Array): unknown
}

/** The view of a request of Node's http. Nothing is read or computed before somebody asks. */
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

  /** Read each time: a method override may run after the view was created. */
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

  /** Undefined for connect, whose mounts take a part off the address and keep it nowhere. */
  get routedPath(): string | undefined {
    const [facts, { url = '/' }] = [this.#facts, this.#request]
    if (facts.originalUrl === undefined || facts.originalUrl === url) return undefined
    if (facts.baseUrl !== undefined) return toPath(facts.baseUrl + toTarget(url))
    return facts.url === undefined || (facts as object) === this.#request ? undefined : toPath(toTarget(facts.url))
  }

  /** All views of one request of Node lead to it. */
  get [SOURCE](): object {
    return this.#request
  }

  get address(): string | undefined {
    return this.#facts.ip ?? this.#request.socket?.remoteAddress
  }
}

/** Traefik sends the scheme of a WebSocket in `x-forwarded-proto`. */
function isTls(protocol: string): boolean {
  return protocol === 'https' || protocol === 'wss'
}

/**
 * The raw header lines, so that a duplicated header is noticed. A host without raw lines gives `headers` instead. If both
 * are there and disagree (a middleware changed one of them), neither counts: the value is one that no check accepts.
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

  /** Null without raw lines: an object of headers holds several lines of one name joined. */
  countLines(name: string): number | null {
    return countHeader(this.#request.rawHeaders ?? [], name)
  }
}

/** In HTTP/2 the host is called `:authority` (RFC 9113 §8.3.1), and such names come first. Of two hosts neither counts. */
function readSentHeader(lines: readonly string[], wanted: string): string | null {
  const value = findHeaderLine(lines, wanted)
  if (wanted !== 'host' || !lines[0]?.startsWith(':')) return value
  const authority = findHeaderLine(lines, ':authority')
  return value === null || authority === null || value === authority ? (authority ?? value) : `${authority}, ${value}`
}

/** Whether the server parsed what was sent. Of several lines it keeps the first, or all of them joined. */
function agrees(sent: string | null, lines: readonly string[], headers: object | undefined, wanted: string): boolean {
  if (headers === undefined) return true
  const simple = (headers as Record<string, unknown>)[wanted]
  if (simple === sent || (simple === undefined && sent === null)) return true
  const parsed = readParsedHeader(headers, wanted)
  // HTTP/2 has none; and without one there is nothing to take for another host.
  if (parsed === sent || (parsed === null && wanted === 'host')) return true
  return parsed !== null && parsed === findFirstLine(lines, wanted)
}

function findFirstLine(lines: readonly string[], wanted: string): string | null {
  const index = lines.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === wanted)
  return index < 0 ? null : (lines[index + 1] ?? null)
}

/**
 * The value in an object of headers, or in a Fetch API `Headers`.
 *
 * @throws UsageError `invalid-argument` if there are no headers: a request without them would pass for one of a program.
 */
function readParsedHeader(headers: object | undefined, wanted: string): string | null {
  if (headers === undefined || headers === null) throw createNoHeadersError()
  if ('get' in headers && typeof headers.get === 'function') return toText(headers.get(wanted) ?? undefined)
  const pairs = Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]))
  return findHeaderLine(pairs, wanted)
}

function createNoHeadersError(): UsageError {
  return new UsageError(
    'invalid-argument',
    'The request has neither rawHeaders nor headers, so its login cannot be read. Pass the request of Node (IncomingMessage), or an object with headers.',
  )
}

/**
 * Puts the headers of a handle onto a response at the last moment, in whatever way its headers come to be written. Where
 * they left already, the handle can only be read.
 */
export function commitOnHeaders<User, Guest>(response: NodeResponse, auth: Auth<User, Guest>): void {
  if (response.headersSent) {
    commitHeaders(auth, createEmptyTarget(response))
    return
  }
  const write = response.writeHead as WriteHead
  let failed: WriteHeadTarget | null = null
  const writeHead: WriteHead = (status, first, second) => {
    const given = new WriteHeadTarget(response, first, second)
    // What is only informational comes before the answer.
    if (status >= 200) {
      keepPrivate(auth, given)
      commitHeaders(auth, given)
    }
    if (status >= 200 && failed !== null) given.repeat(failed)
    try {
      return write.call(response, status, given.first, given.second)
    } catch (error) {
      given.takeBack()
      failed = given
      throw error
    }
  }
  response.writeHead = writeHead
  // The same under its old name, which would leave without the cookies.
  if ('writeHeader' in response) response.writeHeader = writeHead
}

/** Headers that left before the login could join them. */
function createEmptyTarget(response: NodeResponse): HeaderTarget {
  const nothing = { get: () => null, set: () => undefined, append: () => undefined, keys: () => [] }
  return Object.defineProperty(nothing, 'isEnded', { get: () => response.writableEnded })
}

/** After the status comes a message, headers, both or neither. */
type WriteHead = (status: number, first?: unknown, second?: unknown) => unknown

/** The headers of a response and those handed to `writeHead()`, which join the others once one of them is needed. */
class WriteHeadTarget implements HeaderTarget {
  readonly #response: NodeResponse
  #first: unknown
  #second: unknown
  /** What was there of the names that were given. */
  #before: Before = new Map()
  /** What was put onto it besides. */
  readonly #own: [name: string, value: string][] = []

  constructor(response: NodeResponse, first?: unknown, second?: unknown) {
    this.#response = response
    this.#first = first
    this.#second = second
  }

  /** What is still to be handed to `writeHead()` after the status. */
  get first(): unknown {
    return this.#first
  }

  /** And after that. */
  get second(): unknown {
    return this.#second
  }

  get isEnded(): boolean {
    return this.#response.writableEnded
  }

  get(name: string): string | null {
    return toText(this.#joined().getHeader(name))
  }

  getSetCookie(): readonly string[] {
    const value = this.#joined().getHeader('set-cookie')
    return value === undefined ? [] : Array.isArray(value) ? value : [String(value)]
  }

  set(name: string, value: string): void {
    this.#joined().setHeader(name, value)
    this.#own.push([name, value])
  }

  append(name: string, value: string): void {
    this.#joined().appendHeader(name, value)
    this.#own.push([name, value])
  }

  /** Sets again what was set on a response that could not be sent, but for its cookies, which stay. */
  repeat(failed: WriteHeadTarget): void {
    for (const [name, value] of failed.#own) {
      if (name === 'vary') this.set(name, mergeVary(this.get(name), value.split(', ')))
      else if (name !== 'set-cookie') this.set(name, value)
    }
  }

  /** What was given did not go out: another answer will, with what the handle has to say and nothing else of this one. */
  takeBack(): void {
    for (const [name, value] of this.#before) restore(this.#response, name, value)
    for (const [name, value] of this.#own) if (this.#before.has(name)) this.#putAgain(name, value)
    const setsCookies = this.#own.some(([name]) => name === 'set-cookie')
    if (setsCookies && this.#response.getHeader('cache-control') === undefined) this.#putAgain(...NO_STORE)
  }

  #putAgain(name: string, value: string): void {
    if (name === 'set-cookie') this.#response.appendHeader(name, value)
    else if (name === 'vary') this.#response.setHeader(name, mergeVary(this.get(name), value.split(', ')))
    else this.#response.setHeader(name, value)
  }

  #joined(): NodeResponse {
    const message = typeof this.#first === 'string' ? this.#first : undefined
    const given = message === undefined ? (this.#second ?? this.#first) : this.#second
    if (typeof given === 'object' && given !== null) this.#before = join(this.#response, given)
    this.#first = message
    this.#second = undefined
    return this.#response
  }
}

const NO_STORE = ['cache-control', 'private, no-store'] as const

type Value = string | readonly string[]
type Before = ReadonlyMap<string, ReturnType<NodeResponse['getHeader']>>

/**
 * As `writeHead()` does: an object replaces what was set before; a list too, and keeps the lines of one name. Where one is
 * no header, none is: the answer to that error would carry the length of this one.
 */
function join(response: NodeResponse, given: object): Before {
  const before = new Map<string, ReturnType<NodeResponse['getHeader']>>()
  try {
    for (const [name, value] of toPairs(given)) {
      const isFirst = !before.has(name.toLowerCase())
      if (isFirst) before.set(name.toLowerCase(), response.getHeader(name))
      if (isFirst || !Array.isArray(given)) response.setHeader(name, value)
      else response.appendHeader(name, value)
    }
    return before
  } catch (error) {
    for (const [name, value] of before) restore(response, name, value)
    throw error
  }
}

function restore(response: NodeResponse, name: string, value: ReturnType<NodeResponse['getHeader']>): void {
  if (value === undefined) response.removeHeader(name)
  else response.setHeader(name, value as Value)
}

/** An object, a list of pairs, or a flat list of names and values. */
function toPairs(given: object): readonly (readonly [name: string, value: Value])[] {
  if (!Array.isArray(given)) return Object.entries(given)
  if (given.every((entry) => Array.isArray(entry))) return given as [string, Value][]
  return given.flatMap((name, index) => (index % 2 === 0 ? [[name, given[index + 1]]] : []) as [string, Value][])
}

function toText(value: number | string | readonly string[] | undefined): string | null {
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
}

/** What describes a body, and would describe another one than that of the answer. */
const OF_THE_BODY = ['content-encoding', 'content-language', 'content-length', 'content-range', 'transfer-encoding']

/** What a response that was fetched elsewhere says of that connection. Two lengths of one body are two answers to a proxy. */
const OF_ANOTHER_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding']

/**
 * Answers with a Fetch API response: a refusal, say. Headers that the app set before stay, where it names none of them and
 * they say nothing of the body. What was answered already (a timeout, say) stays as it is. A body that cannot be read
 * rejects before anything of the response is on the answer, so an error handler can still give another.
 *
 * @throws UsageError `response-sent` where another answer has begun, and is not through.
 */
export async function sendResponse(to: NodeResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer())
  if (to.writableEnded) return
  if (to.headersSent) throw createBegunError()
  to.statusCode = response.status
  for (const name of OF_THE_BODY) to.removeHeader(name)
  putHeaders(new WriteHeadTarget(to), response)
  if (response.status !== 204 && response.status !== 304) to.setHeader('content-length', String(body.length))
  to.end(body)
}

function createBegunError(): UsageError {
  return new UsageError(
    'response-sent',
    'This request was refused after its answer had begun: put the login middleware and the guards before whatever writes.',
  )
}

/** Puts the headers of a Fetch API response onto an answer: cookies beside its cookies, `Vary` merged, others replaced. */
export function putHeaders(to: HeaderTarget, response: Response): void {
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') to.append(name, value)
    else if (name === 'vary') addVary(to, value)
    else if (!OF_ANOTHER_CONNECTION.includes(name)) to.set(name, value)
  }
}

/** Adds the names of a `Vary` to those of an answer. */
export function addVary(to: HeaderTarget, names: string): void {
  const added = names.split(',').map((name) => name.trim())
  to.set('vary', mergeVary(to.get('vary'), added))
}

/** What was thrown, as something that no framework takes for nothing, or for a word of its own. */
export function toError(thrown: unknown): object {
  if (typeof thrown === 'object' && thrown !== null) return thrown
  return new Error(`${String(thrown)} was thrown, which is not an Error.`, { cause: thrown })
}
