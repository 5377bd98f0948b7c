// Serves what is tested over real HTTP on this machine, and ends it with the test.
import { request } from 'node:http'
import { createTestClient, type TestClient, type TestClientOptions } from '@fetch-login/core/testing'
import { type HttpBindings, serve } from '@hono/node-server'
import { onTestFinished } from 'vitest'

/** Kept, for a test may put its own in its place. */
const overHttp = globalThis.fetch

interface Fetched {
  fetch(request: Request, env: HttpBindings): Response | Promise<Response>
}

/** Serves on a port that is free; `make` gets the address, which many apps have to know. */
export async function served<App extends Fetched>(
  make: (origin: string) => App | Promise<App>,
): Promise<{ app: App; origin: string }> {
  let app: App | null = null
  const fetch = (request: Request, env: unknown) => (app as App).fetch(request, env as HttpBindings)
  const origin = await new Promise<string>((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => resolve(`http://127.0.0.1:${port}`))
    onTestFinished(() => new Promise<void>((closed) => void server.close(() => closed())))
  })
  app = await make(origin)
  return { app, origin }
}

/** A browser that asks over HTTP. */
export function browserAt<User = never>(
  origin: string,
  options: Omit<TestClientOptions<User, null>, 'origin'> = {},
): TestClient<User> {
  return createTestClient<User>((request) => overHttp(request), { ...options, origin })
}

export interface RawAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** A request as it stands there: `fetch` would tidy the path and name the host itself. */
export function sendRaw(
  origin: string,
  path: string,
  { headers = {}, form }: { headers?: Record<string, string>; form?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin)
  const sent = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const options = { hostname, port, path, method: form === undefined ? 'GET' : 'POST' }
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, headers: { accept: 'text/html', ...sent, ...headers } }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, body }))
    })
    asked.on('error', reject).end(form && new URLSearchParams(form).toString())
  })
}
