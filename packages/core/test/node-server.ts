// Node servers on a free port, and the raw headers of their responses.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

interface StartedServer {
  close(): unknown
  closeAllConnections?(): void
}

const servers: StartedServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections?.()
  }
})

/** Starts a server that is closed after the test. Returns its port. */
export async function listen(
  server: NodeJS.EventEmitter & StartedServer & { listen(...args: never[]): unknown; address(): unknown },
): Promise<number> {
  servers.push(server)
  server.listen(...([0, '127.0.0.1'] as never[]))
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Starts an HTTP server. As in a framework, an error of the handler results in a response with status 500. */
export function serve(handler: Handler): Promise<number> {
  const server = createServer((req, res) => {
    res.sendDate = false
    void (async () => handler(req, res))().catch((error: NodeJS.ErrnoException) => {
      if (res.headersSent) res.destroy()
      else {
        res.statusCode = 500
        res.end(`failed: ${error.code ?? error.message}`)
      }
    })
  })
  return listen(server)
}

export interface ReceivedResponse {
  readonly status: number
  readonly message: string
  readonly raw: readonly string[]
  readonly body: string
  /** The status codes of the informational responses. */
  readonly informational: readonly number[]
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly path?: string
}

/** Starts a server, sends one request, and returns the response. */
export async function requestFrom(
  handler: Handler,
  { method = 'GET', headers = {}, path = '/page' }: RequestOptions = {},
): Promise<ReceivedResponse> {
  const port = await serve(handler)
  const call = request({ port, host: '127.0.0.1', method, headers, path, agent: false })
  const informational: number[] = []
  call.on('information', ({ statusCode }) => informational.push(statusCode))
  call.end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const { statusCode = 0, statusMessage = '', rawHeaders } = response
  return {
    status: statusCode,
    message: statusMessage,
    raw: rawHeaders,
    body: Buffer.concat(chunks).toString(),
    informational,
  }
}

/** Returns the headers as pairs, with names in lower case. */
export const toPairs = (raw: readonly string[]): [name: string, value: string][] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] as string]] : []))

/** Returns the values of one header. */
export const getValues = (raw: readonly string[], name: string): string[] =>
  toPairs(raw).flatMap(([one, value]) => (one === name ? [value] : []))

/** Matches a `Set-Cookie` value of the library that is not empty. */
export const LOGIN_COOKIE = /^__Host-(session|remember_token)=[\w.-]+; /

/** Returns whether a header sets a cookie of the library. */
export const isLoginCookie = ([name, value]: [string, string]): boolean =>
  name === 'set-cookie' && LOGIN_COOKIE.test(value)
