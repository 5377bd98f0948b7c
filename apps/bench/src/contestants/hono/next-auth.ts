// The session token of NextAuth.js: `encode` at login, `getToken` at each request, given its cookies as Next.js would.
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { encode, type GetTokenParams, getToken } from 'next-auth/jwt'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

export function nextAuth() {
  const app = new Hono()
  app.get('/login/:id', async (c) => {
    setCookie(c, 'next-auth.session-token', await encode({ token: { sub: c.req.param('id') }, secret: SECRET }))
    return c.body(null, 204)
  })
  app.get(PAGE, async (c) => {
    const req = { cookies: getCookie(c), headers: c.req.raw.headers } as unknown as GetTokenParams['req']
    const token = await getToken({ req, secret: SECRET })
    const user = token?.sub === undefined ? undefined : users.get(token.sub)
    return user === undefined ? c.text(REFUSED, 401) : c.text(greeting(user))
  })
  return app
}
