// Hono's own signed cookie with the user's id in it, and nothing else: no expiry, no stamp, no protection.
import { Hono } from 'hono'
import { getSignedCookie, setSignedCookie } from 'hono/cookie'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

export function honoSignedCookie() {
  const app = new Hono()
  app.get('/login/:id', async (c) => {
    await setSignedCookie(c, 'user', c.req.param('id'), SECRET, { httpOnly: true, secure: true, sameSite: 'Lax' })
    return c.body(null, 204)
  })
  app.get(PAGE, async (c) => {
    const id = await getSignedCookie(c, SECRET, 'user')
    const user = typeof id === 'string' ? users.get(id) : undefined
    return user === undefined ? c.text(REFUSED, 401) : c.text(greeting(user))
  })
  return app
}
