// iron-session on a Fetch API request and response.
import { Hono } from 'hono'
import { getIronSession } from 'iron-session'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

const OPTIONS = { password: SECRET, cookieName: 'iron' }

export function ironSessionOnHono() {
  const app = new Hono()
  // An altered cookie is an error of its own here: Hono need not print it.
  app.onError((_error, c) => c.text(REFUSED, 500))
  app.get('/login/:id', async (c) => {
    const session = await getIronSession<{ userId?: string }>(c.req.raw, c.res, OPTIONS)
    session.userId = c.req.param('id')
    await session.save()
    return c.body(null, 204)
  })
  app.get(PAGE, async (c) => {
    const { userId } = await getIronSession<{ userId?: string }>(c.req.raw, c.res, OPTIONS)
    const user = userId === undefined ? undefined : users.get(userId)
    return user === undefined ? c.text(REFUSED, 401) : c.text(greeting(user))
  })
  return app
}
