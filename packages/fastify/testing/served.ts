// Requests to Fastify apps over real HTTP on this machine, and by Fastify's own inject(), with each header line of the response.
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll } from 'vitest'

/** A response as it was received. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Names (in lower case) and values, line by line, without those that change every second. */
  readonly lines: readonly string[]
  readonly cookies: readonly string[]
  readonly body: string
  /** Whether the connection ended before the body did. */
  readonly broken: boolean
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends requests to one app. */
export interface Served {
  readonly origin: string
  ask(path: string, asked?: Asked): Promise<Answer>
  /** The same as a Fetch API app, for the test client. */
  fetch(request: Request): Promise<Response>
}

export type Way = 'over HTTP' | 'by inject'
export const WAYS: readonly Way[] = ['over HTTP', 'by inject']

// biome-ignore lint/suspicious/noExplicitAny: any server, logger and type provider
type AnyApp = FastifyInstance<any, any, any, any, any>

const apps = new Set<AnyApp>()

afterAll(async () => {
  for (const app of apps) {
    app.server.closeAllConnections?.()
    await app.close()
  }
})

/** Serves until the tests of the file have completed. */
export async function served(app: AnyApp, way: Way = 'over HTTP'): Promise<Served> {
  apps.add(app)
  if (way === 'by inject') {
    await app.ready()
    return serving('http://127.0.0.1', (url, asked) => injected(app, url, asked))
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  return serving(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, sent)
}

function serving(origin: string, go: (url: URL, asked: Asked) => Promise<Answer>): Served {
  const ask = (path: string, asked: Asked = {}): Promise<Answer> => go(new URL(origin + path), asked)
  const fetch = async (request: Request): Promise<Response> => {
    const { method, url } = request
    const body = await request.text()
    const headers = Object.fromEntries(request.headers)
    const answer = await go(new URL(url), { method, headers, ...(body !== '' && { body }) })
    const hasBody = ![204, 304].includes(answer.status)
    return new Response(hasBody ? answer.body : null, { status: answer.status, headers: answer.headers })
  }
  return { origin, ask, fetch }
}

async function sent(url: URL, { method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const asking = request(url, { method, headers: { ...headers, ...length }, agent: false }, resolve)
    asking.on('error', reject)
    asking.end(body)
  })
  const chunks: Buffer[] = []
  let broken = false
  try {
    for await (const chunk of message) chunks.push(chunk)
  } catch {
    broken = true
  }
  const pairs = message.rawHeaders.flatMap((name, index, raw) => (index % 2 === 0 ? [pair(name, raw[index + 1])] : []))
  return answerOf(message.statusCode ?? 0, pairs, Buffer.concat(chunks).toString(), broken)
}

async function injected(app: AnyApp, url: URL, { method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  const payload = body === undefined ? {} : { payload: body }
  const answer = await app.inject({
    method: method as 'GET',
    url: url.pathname + url.search,
    headers: { host: url.host, ...headers },
    ...payload,
  })
  const pairs = Object.entries(answer.headers).flatMap(([name, value]) => [value].flat().map((one) => pair(name, one)))
  return answerOf(answer.statusCode, pairs, answer.body, false)
}

type Pair = [name: string, value: string]

function pair(name: string, value: unknown): Pair {
  return [name.toLowerCase(), String(value)]
}

// How the connection goes on, and when it was.
const PASSING = ['date', 'connection', 'keep-alive', 'transfer-encoding']

function answerOf(status: number, pairs: Pair[], body: string, broken: boolean): Answer {
  return {
    status,
    headers: new Headers(pairs),
    lines: pairs.filter(([name]) => !PASSING.includes(name)).map((pair) => pair.join(': ')),
    cookies: pairs.flatMap(([name, value]) => (name === 'set-cookie' ? [value] : [])),
    body,
    broken,
  }
}
