// Real servers on this machine, and a client that returns each header line of a response and its interim responses (1xx).
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll } from 'vitest'

/** A response as it was received, without its date, which changes every second. */
export interface Answer {
  readonly status: number
  readonly message: string
  readonly headers: Headers
  /** Names and values, line by line. */
  readonly lines: readonly string[]
  readonly cookies: readonly string[]
  readonly body: string
  /** The status codes of the interim responses (1xx). */
  readonly before: readonly number[]
}

export interface Asked {
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

/** Serves until the tests of the file have completed. Returns the origin. */
export function served(listener: RequestListener): Promise<string> {
  return listening(createServer(listener))
}

/** The same for an existing server. */
export async function listening(server: Server): Promise<string> {
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  const before: number[] = []
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, resolve)
    sent.on('information', ({ statusCode }) => before.push(statusCode))
    sent.on('error', reject)
    sent.end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  const pairs = pairsOf(message.rawHeaders).filter(([name]) => name.toLowerCase() !== 'date')
  return {
    status: message.statusCode ?? 0,
    message: message.statusMessage ?? '',
    headers: new Headers(pairs),
    lines: pairs.map((pair) => pair.join(': ')),
    cookies: pairs.flatMap(([name, value]) => (name.toLowerCase() === 'set-cookie' ? [value] : [])),
    body: Buffer.concat(chunks).toString(),
    before,
  }
}

/** Sends raw lines, and returns the response as text up to the end of the connection. */
export async function askRaw(
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
    // A server that refuses what it reads closes before all of it is sent.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
  socket.destroy()
  const text = Buffer.concat(chunks).toString('latin1')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text }
}

/** The same as a Fetch API app, for the test client. */
export async function over(request: Request): Promise<Response> {
  const { method, url } = request
  const body = await request.text()
  const headers = Object.fromEntries(request.headers)
  const answer = await ask(url, { method, headers, ...(body !== '' && { body }) })
  const hasBody = ![204, 304].includes(answer.status)
  return new Response(hasBody ? answer.body : null, { status: answer.status, headers: answer.headers })
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []) as [string, string][])
}
