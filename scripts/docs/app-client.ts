// Sends requests to an app of a document. It calls an app or handler of the Fetch API directly, and reaches an app of
// Express or Fastify through a server on 127.0.0.1.
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface AppClient {
  send(request: Request): Promise<Response>
  /** Closes the server, if there is one. */
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

/** @throws Error if `app` is not an app of a known framework. */
export async function createAppClient(app: unknown): Promise<AppClient> {
  if (isFetchApp(app)) return { send: async (request) => app.fetch(request), close: async () => undefined }
  if (isFastify(app)) {
    await app.listen({ host: '127.0.0.1', port: 0 })
    return { send: (request) => sendToServer(app.server, request), close: () => app.close() }
  }
  if (typeof app !== 'function')
    throw new Error('The document exports a value that is not an app of Fetch API, Express or Fastify.')
  const server = createServer(app as RequestListener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { send: (request) => sendToServer(server, request), close: () => closeServer(server) }
}

function isFetchApp(app: unknown): app is FetchApp {
  return typeof (app as Partial<FetchApp>).fetch === 'function'
}

function isFastify(app: unknown): app is FastifyApp {
  return typeof (app as { inject?: unknown }).inject === 'function'
}

/** Sends the request by node:http, because fetch() does not accept another `Host` header. */
async function sendToServer(server: Server, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const { port } = server.address() as AddressInfo
  const body = Buffer.from(await request.arrayBuffer())
  const headers = { ...Object.fromEntries(request.headers), host: url.host, 'content-length': String(body.length) }
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = url.pathname + url.search
    httpRequest({ host: '127.0.0.1', port, method: request.method, path, headers, agent: false }, resolve)
      .on('error', reject)
      .end(body)
  })
  return new Response(getBody(message, await buffer(message)), {
    status: message.statusCode ?? 500,
    headers: getHeaderPairs(message),
  })
}

function getBody({ statusCode = 500 }: IncomingMessage, bytes: Buffer): Uint8Array<ArrayBuffer> | null {
  return [204, 205, 304].includes(statusCode) ? null : new Uint8Array(bytes)
}

function getHeaderPairs({ rawHeaders }: IncomingMessage): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []))
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
}
