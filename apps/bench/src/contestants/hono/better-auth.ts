// Better Auth with its cookie cache on, so that a request needs no database; the manual's five minutes are made an hour, so
// that none of them ends while it is timed. Its own user has our user's id for a name.
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { Hono } from 'hono'
import { ORIGIN, PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

export function betterAuthCached() {
  const auth = betterAuth({
    baseURL: ORIGIN,
    secret: SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, maxAge: 3600 } },
    telemetry: { enabled: false },
  })
  const app = new Hono()
  app.get('/login/:id', (c) => {
    const id = c.req.param('id')
    const body = { name: id, email: `visitor-${id}@bench.test`, password: SECRET }
    return auth.api.signUpEmail({ body, headers: c.req.raw.headers, asResponse: true })
  })
  app.get(PAGE, async (c) => {
    const session = await auth.api.getSession({ headers: c.req.raw.headers })
    const user = session === null ? undefined : users.get(session.user.name)
    return user === undefined ? c.text(REFUSED, 401) : c.text(greeting(user))
  })
  return app
}
