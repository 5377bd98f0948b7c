// Into a server, over HTTP, for its proofs: what is timed over HTTP is a load of its own.
import type { Answer, Door } from './contestant'
import { headersWith } from './request'

export function httpDoor(port: number): Door<Response> {
  return {
    ask: (path, cookie) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: headersWith(cookie), redirect: 'manual' }),
    read: async (response): Promise<Answer> => ({
      status: response.status,
      body: await response.text(),
      setCookies: response.headers.getSetCookie(),
      headerNames: [...response.headers.keys()].sort(),
    }),
  }
}
