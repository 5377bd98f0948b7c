// hono-sessions with its encrypted cookie; it prolongs the session with each answer, as it does by default.
import { Hono } from 'hono'
import { CookieStore, type Session, sessionMiddleware } from 'hono-sessions'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

export function honoSessions() {
  const app = new Hono<{ Variables: { session: Session<{ userId: string }>; session_key_rotation: boolean } }>()
  app.use(
    sessionMiddleware({
      store: new CookieStore(),
      encryptionKey: SECRET,
      expireAfterSeconds: 3600,
      cookieOptions: { sameSite: 'Lax', path: '/', httpOnly: true },
    }),
  )
  app.get('/login/:id', (c) => {
    c.get('session').set('userId', c.req.param('id'))
    return c.body(null, 204)
  })
  app.get(PAGE, (c) => {
    const id = c.get('session').get('userId')
    const user = id === null ? undefined : users.get(id)
    return user === undefined ? c.text(REFUSED, 401) : c.text(greeting(user))
  })
  return app
}
