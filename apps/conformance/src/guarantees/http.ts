// Starts real servers for the cases on free ports of 127.0.0.1, and returns clients that keep the Host header.
import { once } from 'node:events'
import { type IncomingMessage, request as open, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

const servers = new Set<Server>()

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
})

/** Listens until the tests of the file are completed, and returns a client of the server. */
export async function listening(server: Server): Promise<(request: Request) => Promise<Response>> {
  servers.add(server)
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return (request) => send(request, port)
}

async function send(request: Request, port: number): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = Object.fromEntries(request.headers)
    const sent = open(
      { host: '127.0.0.1', port, path: pathname + search, method: request.method, headers, agent: false },
      resolve,
    )
    sent.on('error', reject)
    sent.end()
  })
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  const { rawHeaders } = message
  const headers = rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
  )
  return new Response(Buffer.concat(chunks), { status: message.statusCode ?? 0, headers })
}
