// Serves an app over real HTTP on 127.0.0.1, and closes the server at the end of the test.
import { request } from 'node:http'
import { createTestClient, type TestClient, type TestClientOptions } from '@fetch-login/core/testing'
import { type HttpBindings, serve } from '@hono/node-server'
import { onTestFinished } from 'vitest'

/** The original `fetch`, because a test may replace the global one. */
const originalFetch = globalThis.fetch

interface FetchApp {
  fetch(request: Request, env: HttpBindings): Response | Promise<Response>
}

/** Serves an app on a free port. `createApp` receives the origin, which many apps need. */
export async function serveApp<App extends FetchApp>(
  createApp: (origin: string) => App | Promise<App>,
): Promise<{ app: App; origin: string }> {
  let app: App | null = null
  const fetch = (request: Request, env: unknown) => (app as App).fetch(request, env as HttpBindings)
  const origin = await new Promise<string>((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => resolve(`http://127.0.0.1:${port}`))
    onTestFinished(() => new Promise<void>((closed) => void server.close(() => closed())))
  })
  app = await createApp(origin)
  return { app, origin }
}

/** Returns a test client that sends its requests over HTTP. */
export function createBrowser<User = never>(
  origin: string,
  options: Omit<TestClientOptions<User, null>, 'origin'> = {},
): TestClient<User> {
  return createTestClient<User>((request) => originalFetch(request), { ...options, origin })
}

export interface RawResponse {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** Sends a request without changes. `fetch` would normalise the path and set the host itself. */
export function sendRaw(
  origin: string,
  path: string,
  { headers = {}, form }: { headers?: Record<string, string>; form?: Record<string, string> } = {},
): Promise<RawResponse> {
  const { hostname, port } = new URL(origin)
  const contentType = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const options = { hostname, port, path, method: form === undefined ? 'GET' : 'POST' }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...options, headers: { accept: 'text/html', ...contentType, ...headers } },
      (incoming) => {
        let body = ''
        incoming.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, location: incoming.headers.location, body }),
        )
      },
    )
    outgoing.on('error', reject).end(form && new URLSearchParams(form).toString())
  })
}
