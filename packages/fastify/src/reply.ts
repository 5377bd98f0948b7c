// A reply of Fastify as a place for headers and for refusals. What Fastify does by itself with a Fetch API response is not
// enough: it comes after every hook, replaces `Vary`, and HEAD routes choke on it.
import type { Refused } from '@fetch-login/core'
import type { HeaderTarget } from '@fetch-login/core/adapter'
import { addVary, putHeaders } from '@fetch-login/core/node'
import type { FastifyReply } from 'fastify'
import type { AnyReply } from './types'

/**
 * The headers of a reply, those included that something below Fastify set on the raw response. Those of a Fetch API
 * response that is sent come after every hook and replace them, so they are changed on a copy of it.
 */
export class ReplyHeaders implements HeaderTarget {
  readonly #reply: FastifyReply
  #sent: Response | null = null
  #changed: Headers | null = null
  /** What was set: it counts also for another response, which is sent if a hook throws. */
  readonly #own = new Map<string, string>()

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  get isEnded(): boolean {
    return this.#reply.raw.writableEnded
  }

  /** Names what is about to be sent. */
  send(payload: unknown): this {
    this.#sent = isResponse(payload) && !payload.bodyUsed && payload.status >= 200 ? payload : null
    this.#changed = null
    for (const [name, value] of this.#own) name === 'vary' ? addVary(this, value) : this.set(name, value)
    return this
  }

  /** What is to be sent in place of the payload. */
  get payload(): Response | null {
    return this.#sent === null || this.#changed === null ? this.#sent : copyOf(this.#sent, this.#changed)
  }

  get(name: string): string | null {
    const ofReply = this.#reply.getHeader(name)
    const ofResponse = (this.#changed ?? this.#sent?.headers)?.get(name) ?? null
    if (ofReply === undefined) return ofResponse
    if (ofResponse === null) return String(ofReply)
    return name === 'vary' ? `${ofReply}, ${ofResponse}` : ofResponse
  }

  getSetCookie(): readonly string[] {
    const value: unknown = this.#reply.getHeader('set-cookie')
    return value === undefined ? [] : Array.isArray(value) ? value : [String(value)]
  }

  set(name: string, value: string): void {
    // Fastify adds to cookies, and replaces all other headers.
    if (name === 'set-cookie') this.#reply.removeHeader(name)
    this.#own.set(name, value)
    this.#reply.header(name, value)
    if (this.#sent === null) return
    this.#changed ??= new Headers(this.#sent.headers)
    this.#changed.set(name, value)
  }

  /** Fastify's own headers replace the raw ones of the same name, so those join them first. */
  append(name: string, value: string): void {
    const present = this.#reply.getHeader(name)
    if (present !== undefined && present === this.#reply.raw.getHeader(name)) this.#reply.header(name, present)
    this.#reply.header(name, value)
  }
}

function copyOf({ body, status, statusText }: Response, headers: Headers): Response {
  return new Response(body, { status, statusText, headers })
}

/** Of any realm or package, as Fastify sees it. */
function isResponse(payload: unknown): payload is Response {
  return Object.prototype.toString.call(payload) === '[object Response]'
}

/**
 * Answers with a refusal, and ends the chain of hooks. A client that goes away in the meantime ends the wait too, and
 * Fastify would then go on to the handler: the hijack keeps it out.
 */
export async function refuse(any: AnyReply, refused: Refused): Promise<void> {
  const reply = any as FastifyReply
  const response = await refused.respond()
  const body = new Uint8Array(await response.arrayBuffer())
  reply.code(response.status)
  putHeaders(new ReplyHeaders(reply), response)
  reply.send(body.length === 0 ? undefined : body)
  try {
    await reply
  } finally {
    reply.hijack()
  }
}
