// Into a server on Node's http, without a socket: Node's own request and response, whose bytes go nowhere but here.
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { Answer, Door } from '../../contestant'
import { headersWith } from '../../request'

type NodeApp = (request: IncomingMessage, response: ServerResponse) => unknown

/** A finished response, and the bytes it sent. */
interface Sent {
  readonly response: ServerResponse
  readonly bytes: readonly Buffer[]
}

export function nodeDoor(app: NodeApp): Door<Sent> {
  return {
    ask: (path, cookie) =>
      new Promise((resolve, reject) => {
        const socket = new Drain()
        const request = requestOn(socket, path, headersWith(cookie))
        const response = new ServerResponse(request)
        response.assignSocket(socket as unknown as Socket)
        response.on('finish', () => resolve({ response, bytes: socket.bytes }))
        response.on('error', reject)
        app(request, response)
      }),
    read: async ({ response, bytes }) => answerOf(response, Buffer.concat(bytes).toString()),
  }
}

/** A socket that takes what comes. */
class Drain extends Writable {
  readonly remoteAddress = '127.0.0.1'
  readonly bytes: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytes.push(chunk)
    done()
  }
}

function requestOn(socket: Drain, path: string, headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(socket as unknown as Socket)
  request.method = 'GET'
  request.url = path
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  request.httpVersion = '1.1'
  request.headers = headers
  request.rawHeaders = Object.entries(headers).flat()
  return request
}

function answerOf(response: ServerResponse, text: string): Answer {
  const setCookie = response.getHeader('set-cookie') ?? []
  return {
    status: response.statusCode,
    body: text.slice(text.indexOf('\r\n\r\n') + 4),
    setCookies: Array.isArray(setCookie) ? setCookie : [String(setCookie)],
    headerNames: response.getHeaderNames(),
  }
}
