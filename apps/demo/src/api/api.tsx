// For programs. A key names the user for one request: no session is started, no cookie set.
import { Hono, type MiddlewareHandler } from 'hono'
import type { Demo } from '../demo'
import { openApi } from './openapi'
import { ApiPage } from './page'
import { problemJson } from './problem'

const iso = (at: number): string => new Date(at * 1000).toISOString()

export function apiRoutes({ auth, page, clock }: Demo): Hono {
  const app = new Hono()

  /** As loginRequired(), but a browser too gets JSON here and is sent nowhere. */
  const known: MiddlewareHandler = async (c, next) => {
    const decision = await auth(c).require()
    if (decision.ok) return next()
    if (decision.reason !== 'unauthorized') return decision.respond()
    return problemJson(c, 401, 'Unauthorized', 'Send an API key in the header x-api-key, or log in.')
  }

  /** A key is not enough. */
  const bySession: MiddlewareHandler = async (c, next) => {
    if ((await auth(c).currentLogin())?.session) return next()
    return problemJson(c, 401, 'Unauthorized', 'This needs a session: log in with a browser.')
  }

  app.get('/api', (c) => page(c, 'API', <ApiPage origin={new URL(c.req.url).origin} />))
  app.get('/api/openapi.json', (c) => c.json(openApi))

  app.get('/api/profile', known, async (c) => {
    const { id, name, email, role, createdAt } = auth(c).user
    const by = (await auth(c).currentLogin())?.session ? 'session' : 'key'
    return c.json({ id, name, email, role, createdAt: iso(createdAt), by })
  })

  app.get('/api/data', bySession, async (c) => {
    const login = await auth(c).currentLogin()
    const { since = clock(), fresh = false } = login?.session ?? {}
    return c.json({ message: `Hello, ${(await auth(c).currentUser())?.name}`, since: iso(since), fresh })
  })

  app.all('/api/*', (c) => problemJson(c, 404, 'Not Found', 'There is nothing here: see /api for what there is.'))
  return app
}
