// Sends requests to Fastify apps over HTTP and by Fastify's own inject(). Responses contain each header line.
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll } from 'vitest'

/** A response as the client received it. */
export interface ReceivedResponse {
  readonly status: number
  readonly headers: Headers
  /** The header lines, as `name: value` with lower-case names, without those of the connection and the date. */
  readonly lines: readonly string[]
  readonly cookies: readonly string[]
  readonly body: string
  /** Whether the connection ended before the body was complete. */
  readonly broken: boolean
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends requests to one app. */
export interface ServedApp {
  readonly origin: string
  send(path: string, options?: RequestOptions): Promise<ReceivedResponse>
  /** Sends a Fetch API request, for the test client. */
  fetch(request: Request): Promise<Response>
}

export type Transport = 'over HTTP' | 'by inject'
export const TRANSPORTS: readonly Transport[] = ['over HTTP', 'by inject']

// biome-ignore lint/suspicious/noExplicitAny: any server, logger and type provider
type AnyApp = FastifyInstance<any, any, any, any, any>

const apps = new Set<AnyApp>()

afterAll(async () => {
  for (const app of apps) {
    app.server.closeAllConnections?.()
    await app.close()
  }
})

/** Starts an app that runs until the tests of the file have completed. */
export async function serve(app: AnyApp, transport: Transport = 'over HTTP'): Promise<ServedApp> {
  apps.add(app)
  if (transport === 'by inject') {
    await app.ready()
    return createServedApp('http://127.0.0.1', (url, options) => inject(app, url, options))
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  return createServedApp(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, sendOverHttp)
}

function createServedApp(
  origin: string,
  sendTo: (url: URL, options: RequestOptions) => Promise<ReceivedResponse>,
): ServedApp {
  const send = (path: string, options: RequestOptions = {}): Promise<ReceivedResponse> =>
    sendTo(new URL(origin + path), options)
  const fetch = async (request: Request): Promise<Response> => {
    const { method, url } = request
    const body = await request.text()
    const headers = Object.fromEntries(request.headers)
    const response = await sendTo(new URL(url), { method, headers, ...(body !== '' && { body }) })
    const hasBody = ![204, 304].includes(response.status)
    return new Response(hasBody ? response.body : null, { status: response.status, headers: response.headers })
  }
  return { origin, send, fetch }
}

async function sendOverHttp(
  url: URL,
  { method = 'GET', headers = {}, body }: RequestOptions,
): Promise<ReceivedResponse> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const clientRequest = request(url, { method, headers: { ...headers, ...length }, agent: false }, resolve)
    clientRequest.on('error', reject)
    clientRequest.end(body)
  })
  const chunks: Buffer[] = []
  let broken = false
  try {
    for await (const chunk of message) chunks.push(chunk)
  } catch {
    broken = true
  }
  const pairs = message.rawHeaders.flatMap((name, index, raw) =>
    index % 2 === 0 ? [toPair(name, raw[index + 1])] : [],
  )
  return createResponse(message.statusCode ?? 0, pairs, Buffer.concat(chunks).toString(), broken)
}

async function inject(
  app: AnyApp,
  url: URL,
  { method = 'GET', headers = {}, body }: RequestOptions,
): Promise<ReceivedResponse> {
  const payload = body === undefined ? {} : { payload: body }
  const response = await app.inject({
    method: method as 'GET',
    url: url.pathname + url.search,
    headers: { host: url.host, ...headers },
    ...payload,
  })
  const pairs = Object.entries(response.headers).flatMap(([name, value]) =>
    [value].flat().map((one) => toPair(name, one)),
  )
  return createResponse(response.statusCode, pairs, response.body, false)
}

type Pair = [name: string, value: string]

function toPair(name: string, value: unknown): Pair {
  return [name.toLowerCase(), String(value)]
}

// Headers of the connection and the date, which differ between two responses.
const CONNECTION_HEADERS = ['date', 'connection', 'keep-alive', 'transfer-encoding']

function createResponse(status: number, pairs: Pair[], body: string, broken: boolean): ReceivedResponse {
  return {
    status,
    headers: new Headers(pairs),
    lines: pairs.filter(([name]) => !CONNECTION_HEADERS.includes(name)).map((toPair) => toPair.join(': ')),
    cookies: pairs.flatMap(([name, value]) => (name === 'set-cookie' ? [value] : [])),
    body,
    broken,
  }
}
