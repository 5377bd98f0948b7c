import type { HeaderTarget } from '../commit'
import { mergeVary } from '../wire/headers/vary'

/** The members of Node's `ServerResponse` that a login uses. */
export interface NodeResponse {
  /** The status that is sent if `writeHead()` receives none. */
  statusCode: number
  /** Whether the headers were sent. */
  readonly headersSent: boolean
  /** Whether `end()` was called. */
  readonly writableEnded: boolean
  /** Returns the value, or a list of values if the header has several lines. */
  getHeader(name: string): number | string | readonly string[] | undefined
  /** Sets a header and replaces all its values. */
  setHeader(name: string, value: string | readonly string[]): unknown
  /** Adds a value to a header. */
  appendHeader(name: string, value: string | readonly string[]): unknown
  /** Removes a header. */
  removeHeader(name: string): unknown
  /** Sends the status and the headers. */
  writeHead(status: number, ...rest: never[]): unknown
  /** Sends the rest of the body, and ends the response. */
  end(body?: Uint8Array): unknown
}

/**
 * The headers of a response together with the headers that were passed to `writeHead()`. They are merged into the response
 * when one of them is first read or written.
 */
export class WriteHeadTarget implements HeaderTarget {
  readonly #response: NodeResponse
  #first: unknown
  #second: unknown
  /** The values that the merged headers had before. */
  #before: HeaderValues = new Map()
  /** The headers that were written through this target. */
  readonly #written: [name: string, value: string][] = []

  constructor(response: NodeResponse, first?: unknown, second?: unknown) {
    this.#response = response
    this.#first = first
    this.#second = second
  }

  /** The argument to pass to `writeHead()` after the status. */
  get first(): unknown {
    return this.#first
  }

  /** The argument to pass to `writeHead()` after {@link first}. */
  get second(): unknown {
    return this.#second
  }

  get isEnded(): boolean {
    return this.#response.writableEnded
  }

  get(name: string): string | null {
    return toHeaderText(this.#merged().getHeader(name))
  }

  getSetCookie(): readonly string[] {
    const value = this.#merged().getHeader('set-cookie')
    return value === undefined ? [] : Array.isArray(value) ? value : [String(value)]
  }

  set(name: string, value: string): void {
    this.#merged().setHeader(name, value)
    this.#written.push([name, value])
  }

  append(name: string, value: string): void {
    this.#merged().appendHeader(name, value)
    this.#written.push([name, value])
  }

  /** Writes the headers of an earlier target that could not be sent. Its cookies are still on the response. */
  repeat(failed: WriteHeadTarget): void {
    for (const [name, value] of failed.#written) {
      if (name === 'vary') this.set(name, mergeVary(this.get(name), value.split(', ')))
      else if (name !== 'set-cookie') this.set(name, value)
    }
  }

  /**
   * Removes the headers that were passed to a `writeHead()` that threw. The app sends another response, which needs the
   * headers of the login but none of those.
   */
  rollback(): void {
    for (const [name, value] of this.#before) restoreHeader(this.#response, name, value)
    for (const [name, value] of this.#written) if (this.#before.has(name)) this.#rewrite(name, value)
    const setsCookies = this.#written.some(([name]) => name === 'set-cookie')
    if (setsCookies && this.#response.getHeader('cache-control') === undefined) this.#rewrite(...NO_STORE)
  }

  #rewrite(name: string, value: string): void {
    if (name === 'set-cookie') this.#response.appendHeader(name, value)
    else if (name === 'vary') this.#response.setHeader(name, mergeVary(this.get(name), value.split(', ')))
    else this.#response.setHeader(name, value)
  }

  #merged(): NodeResponse {
    const message = typeof this.#first === 'string' ? this.#first : undefined
    const passed = message === undefined ? (this.#second ?? this.#first) : this.#second
    if (typeof passed === 'object' && passed !== null) this.#before = mergeHeaders(this.#response, passed)
    this.#first = message
    this.#second = undefined
    return this.#response
  }
}

const NO_STORE = ['cache-control', 'private, no-store'] as const

type HeaderValue = string | readonly string[]
type HeaderValues = ReadonlyMap<string, ReturnType<NodeResponse['getHeader']>>

/**
 * Sets headers as `writeHead()` does: an object replaces earlier values, and a list keeps the lines of one name. If one
 * header is invalid, none is set. Otherwise the error response would have the content length of this one.
 *
 * @returns The values that the headers had before.
 */
function mergeHeaders(response: NodeResponse, passed: object): HeaderValues {
  const before = new Map<string, ReturnType<NodeResponse['getHeader']>>()
  try {
    for (const [name, value] of toPairs(passed)) {
      const isFirst = !before.has(name.toLowerCase())
      if (isFirst) before.set(name.toLowerCase(), response.getHeader(name))
      if (isFirst || !Array.isArray(passed)) response.setHeader(name, value)
      else response.appendHeader(name, value)
    }
    return before
  } catch (error) {
    for (const [name, value] of before) restoreHeader(response, name, value)
    throw error
  }
}

function restoreHeader(response: NodeResponse, name: string, value: ReturnType<NodeResponse['getHeader']>): void {
  if (value === undefined) response.removeHeader(name)
  else response.setHeader(name, value as HeaderValue)
}

/** Converts an object, a list of pairs, or a flat list of names and values to pairs. */
function toPairs(passed: object): readonly (readonly [name: string, value: HeaderValue])[] {
  if (!Array.isArray(passed)) return Object.entries(passed)
  if (passed.every((entry) => Array.isArray(entry))) return passed as [string, HeaderValue][]
  return passed.flatMap(
    (name, index) => (index % 2 === 0 ? [[name, passed[index + 1]]] : []) as [string, HeaderValue][],
  )
}

/** Converts the value of a header to one string, or to null if the header is absent. */
export function toHeaderText(value: number | string | readonly string[] | undefined): string | null {
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
}
