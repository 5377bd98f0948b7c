// Real servers on this machine, and a client that returns each header line of a response and its interim responses (1xx).
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll } from 'vitest'

/** A response as the client received it, without its date, which changes every second. */
export interface ReceivedResponse {
  readonly status: number
  readonly message: string
  readonly headers: Headers
  /** The header lines, as `name: value`. */
  readonly lines: readonly string[]
  readonly cookies: readonly string[]
  readonly body: string
  /** The status codes of the interim responses (1xx). */
  readonly interim: readonly number[]
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const servers = new Set<Server>()

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Creates a server that runs until the tests of the file have completed. Returns its origin. */
export function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener))
}

/** Starts a server that runs until the tests of the file have completed. Returns its origin. */
export async function listen(server: Server): Promise<string> {
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function send(
  url: string,
  { method = 'GET', headers = {}, body }: RequestOptions = {},
): Promise<ReceivedResponse> {
  const interim: number[] = []
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, resolve)
    sent.on('information', ({ statusCode }) => interim.push(statusCode))
    sent.on('error', reject)
    sent.end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  const pairs = toPairs(message.rawHeaders).filter(([name]) => name.toLowerCase() !== 'date')
  return {
    status: message.statusCode ?? 0,
    message: message.statusMessage ?? '',
    headers: new Headers(pairs),
    lines: pairs.map((pair) => pair.join(': ')),
    cookies: pairs.flatMap(([name, value]) => (name.toLowerCase() === 'set-cookie' ? [value] : [])),
    body: Buffer.concat(chunks).toString(),
    interim,
  }
}

/** Sends the lines unchanged, and reads the response until the server closes the connection. */
export async function sendRaw(
  origin: string,
  first: string,
  lines: readonly string[] = [],
  body = '',
): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port, host } = new URL(origin)
  const hosts = lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${host}`]
  const request = [first, ...hosts, ...lines, 'Connection: close', '', body].join('\r\n')
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  socket.write(Buffer.from(request, 'latin1'))
  const chunks: Buffer[] = []
  try {
    for await (const chunk of socket) chunks.push(chunk)
  } catch (error) {
    // A server that refuses a request may close the connection before it has received all of it.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
  socket.destroy()
  const text = Buffer.concat(chunks).toString('latin1')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text }
}

/** Sends a Fetch API request over HTTP, for the test client. */
export async function fetchOverHttp(request: Request): Promise<Response> {
  const { method, url } = request
  const body = await request.text()
  const headers = Object.fromEntries(request.headers)
  const response = await send(url, { method, headers, ...(body !== '' && { body }) })
  const hasBody = ![204, 304].includes(response.status)
  return new Response(hasBody ? response.body : null, { status: response.status, headers: response.headers })
}

function toPairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []) as [string, string][])
}
