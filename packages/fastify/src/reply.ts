// A reply of Fastify as a place for headers and for refusals. What Fastify does by itself with a Fetch API response is not
// enough: it comes after every hook, replaces `Vary`, and HEAD routes choke on it.
import type { HeaderTarget, Refused } from '@fetch-login/core'
import { addVary, putHeaders } from '@fetch-login/core/node'
import type { FastifyReply } from 'fastify'
import type { AnyReply } from './types'

/** The headers of a reply, those included that something below Fastify set on the raw response. */
export class ReplyHeaders implements HeaderTarget {
  readonly #reply: FastifyReply
  #isVaried = false

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  get(name: string): string | null {
    const value = this.#reply.getHeader(name)
    return value === undefined ? null : String(value)
  }

  set(name: string, value: string): void {
    this.#isVaried ||= name === 'vary'
    this.#reply.header(name, value)
  }

  /** Fastify's own headers replace the raw ones of the same name, so those join them first. */
  append(name: string, value: string): void {
    const present = this.#reply.getHeader(name)
    if (present !== undefined && present === this.#reply.raw.getHeader(name)) this.#reply.header(name, present)
    this.#reply.header(name, value)
  }

  /** A Fetch API response, whose headers replace those of the reply, without what was merged into them. */
  keptBy(payload: unknown): unknown {
    if (!this.#isVaried || !isResponse(payload) || payload.bodyUsed) return payload
    const vary = payload.headers.get('vary')
    if (vary === null) return payload
    addVary(this, vary)
    const answer = new Response(payload.body, payload)
    answer.headers.delete('vary')
    return answer
  }
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
