// Writes headers and refusals to a reply of Fastify. Fastify itself applies a Fetch API response after every hook, replaces
// `Vary`, and fails for HEAD routes.
import type { Refused } from '@fetch-login/core'
import type { HeaderTarget } from '@fetch-login/core/adapter'
import { addVary, putHeaders } from '@fetch-login/core/node'
import type { FastifyReply } from 'fastify'
import type { AnyReply } from './types'

/**
 * The headers of a reply, including those of Node's response. If the payload is a Fetch API response, Fastify replaces
 * the headers of the reply by those of the payload after every hook. So this class changes a copy of the payload.
 */
export class ReplyHeaders implements HeaderTarget {
  readonly #reply: FastifyReply
  #sent: Response | null = null
  #changed: Headers | null = null
  /** The headers that were set. They apply to another response too, which Fastify sends if a hook throws. */
  readonly #written = new Map<string, string>()

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  get isEnded(): boolean {
    return this.#reply.raw.writableEnded
  }

  /** Sets the payload that Fastify is about to send. */
  setPayload(payload: unknown): this {
    this.#sent = isResponse(payload) && !payload.bodyUsed && payload.status >= 200 ? payload : null
    this.#changed = null
    for (const [name, value] of this.#written) name === 'vary' ? addVary(this, value) : this.set(name, value)
    return this
  }

  /** The status that Fastify is about to send. */
  get status(): number {
    return this.#sent?.status ?? this.#reply.statusCode
  }

  /** The response to send instead of the payload, or null. */
  get payload(): Response | null {
    return this.#sent === null || this.#changed === null ? this.#sent : copyResponse(this.#sent, this.#changed)
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
    // Fastify appends cookies, and replaces all other headers.
    if (name === 'set-cookie') this.#reply.removeHeader(name)
    this.#written.set(name, value)
    this.#reply.header(name, value)
    if (this.#sent === null) return
    this.#changed ??= new Headers(this.#sent.headers)
    this.#changed.set(name, value)
  }

  /**
   * Adds a value. Fastify's headers replace those of Node's response of the same name, so the latter are copied first.
   */
  append(name: string, value: string): void {
    const present = this.#reply.getHeader(name)
    if (present !== undefined && present === this.#reply.raw.getHeader(name)) this.#reply.header(name, present)
    this.#reply.header(name, value)
  }
}

function copyResponse({ body, status, statusText }: Response, headers: Headers): Response {
  return new Response(body, { status, statusText, headers })
}

/** Accepts a response of any realm or package, as Fastify does. */
function isResponse(payload: unknown): payload is Response {
  return Object.prototype.toString.call(payload) === '[object Response]'
}

/**
 * Sends a refusal and ends the chain of hooks. The wait also ends if the client disconnects, and Fastify would then call the
 * handler: `hijack()` prevents that.
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

/**
 * Logs an error and responds with it, because Fastify does not handle errors of a hijacked reply. The error handler of the
 * app receives those of the other replies.
 */
export function failHijacked({ raw, log }: FastifyReply, error: unknown): void {
  log.error(error)
  if (raw.writableEnded) return
  if (raw.headersSent) return void raw.destroy()
  const { code, message } = error as { code?: string; message?: string }
  raw.writeHead(500, { 'content-type': 'application/json; charset=utf-8' })
  raw.end(JSON.stringify({ statusCode: 500, code, error: 'Internal Server Error', message }))
}
