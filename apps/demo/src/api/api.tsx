// The API. A key identifies the user for one request: it starts no session and sets no cookie.
import { Hono, type MiddlewareHandler } from 'hono'
import type { Demo } from '../demo'
import { openApi } from './openapi'
import { ApiPage } from './page'
import { problemJson } from './problem'

const iso = (at: number): string => new Date(at * 1000).toISOString()

export function apiRoutes({ auth, page, clock }: Demo): Hono {
  const app = new Hono()

  /** Like `loginRequired()`, but a browser receives JSON as well and is not redirected. */
  const requireUser: MiddlewareHandler = async (c, next) => {
    const decision = await auth(c).require()
    if (decision.ok) return next()
    if (decision.reason !== 'unauthorized') return decision.respond()
    return problemJson(c, 401, 'Unauthorized', 'Send an API key in the header x-api-key, or log in.')
  }

  /** Requires a session. An API key is not sufficient. */
  const requireSession: MiddlewareHandler = async (c, next) => {
    if ((await auth(c).currentLogin())?.session) return next()
    return problemJson(c, 401, 'Unauthorized', 'This address requires a session: log in with a browser.')
  }

  app.get('/api', (c) => page(c, 'API', <ApiPage origin={new URL(c.req.url).origin} />))
  app.get('/api/openapi.json', (c) => c.json(openApi))

  app.get('/api/profile', requireUser, async (c) => {
    const { id, name, email, role, createdAt } = auth(c).user
    const by = (await auth(c).currentLogin())?.session ? 'session' : 'key'
    return c.json({ id, name, email, role, createdAt: iso(createdAt), by })
  })

  app.get('/api/data', requireSession, async (c) => {
    const login = await auth(c).currentLogin()
    const { since = clock(), fresh = false } = login?.session ?? {}
    return c.json({ message: `Hello, ${(await auth(c).currentUser())?.name}`, since: iso(since), fresh })
  })

  app.all('/api/*', (c) =>
    problemJson(c, 404, 'Not Found', 'This address does not exist. The page /api lists the addresses.'),
  )
  return app
}
