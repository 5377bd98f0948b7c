// @hono/session: an encrypted JWT in a cookie.
import { type SessionEnv, useSession } from '@hono/session'
import { Hono } from 'hono'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

type Data = { sub: string }

export function honoSession() {
  const app = new Hono<SessionEnv<Data>>()
  // 32 bytes, hex-encoded, as the manual asks.
  app.use(
    useSession<Data>({ secret: Buffer.from(SECRET).subarray(0, 32).toString('hex'), duration: { absolute: 86_400 } }),
  )
  // An altered cookie is an error of its own here: Hono need not print it.
  app.onError((_error, c) => c.text(REFUSED, 500))
  app.get('/login/:id', async (c) => {
    await c.var.session.update({ sub: c.req.param('id') })
    return c.body(null, 204)
  })
  app.get(PAGE, async (c) => {
    const data = await c.var.session.get()
    const user = data === null ? undefined : users.get(data.sub)
    return user === undefined ? c.text(REFUSED, 401) : c.text(greeting(user))
  })
  return app
}
