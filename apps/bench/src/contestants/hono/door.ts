// Into a Hono app, without a server.
import type { Door } from '../../contestant'
import { headersWith, ORIGIN } from '../../request'

interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

export function honoDoor(app: FetchApp): Door<Response> {
  return {
    ask: (path, cookie) => app.fetch(new Request(ORIGIN + path, { headers: headersWith(cookie) })),
    read: async (response) => ({
      status: response.status,
      body: await response.text(),
      setCookies: response.headers.getSetCookie(),
      headerNames: [...response.headers.keys()],
    }),
  }
}
