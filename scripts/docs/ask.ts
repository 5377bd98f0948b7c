// Asks an app that a document prints, whatever it is made with: an app or handler of Fetch API directly, Express and
// Fastify through a server on this machine.
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A way to ask, and to end it. */
export interface Asked {
  ask(request: Request): Promise<Response>
  close(): Promise<void>
}

interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

interface FastifyApp {
  readonly server: Server
  listen(options: { host: string; port: number }): Promise<string>
  close(): Promise<void>
}

export async function askOf(app: unknown): Promise<Asked> {
  if (isFetchApp(app)) return { ask: async (request) => app.fetch(request), close: async () => undefined }
  if (isFastify(app)) {
    await app.listen({ host: '127.0.0.1', port: 0 })
    return { ask: (request) => over(app.server, request), close: () => app.close() }
  }
  if (typeof app !== 'function') throw new Error('The document exports no app that can be asked.')
  const server = createServer(app as RequestListener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ask: (request) => over(server, request), close: () => closed(server) }
}

function isFetchApp(app: unknown): app is FetchApp {
  return typeof (app as Partial<FetchApp>).fetch === 'function'
}

function isFastify(app: unknown): app is FastifyApp {
  return typeof (app as { inject?: unknown }).inject === 'function'
}

/** By node:http, because fetch() would not send the host that the browser sees. */
async function over(server: Server, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const { port } = server.address() as AddressInfo
  const body = Buffer.from(await request.arrayBuffer())
  const headers = { ...Object.fromEntries(request.headers), host: url.host, 'content-length': String(body.length) }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = url.pathname + url.search
    httpRequest({ host: '127.0.0.1', port, method: request.method, path, headers, agent: false }, resolve)
      .on('error', reject)
      .end(body)
  })
  return new Response(bodyOf(answer, await buffer(answer)), {
    status: answer.statusCode ?? 500,
    headers: pairsOf(answer),
  })
}

function bodyOf({ statusCode = 500 }: IncomingMessage, bytes: Buffer): Uint8Array<ArrayBuffer> | null {
  return [204, 205, 304].includes(statusCode) ? null : new Uint8Array(bytes)
}

function pairsOf({ rawHeaders }: IncomingMessage): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []))
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
}
