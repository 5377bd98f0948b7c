// cookie-session: the session itself in a signed cookie.
import cookieSession from 'cookie-session'
import express from 'express'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

export function cookieSessionOnExpress() {
  const app = express()
  app.use(cookieSession({ name: 'session', keys: [SECRET], maxAge: 24 * 60 * 60 * 1000 }))
  app.get('/login/:id', (req, res) => {
    held(req).session = { userId: req.params.id }
    res.sendStatus(204)
  })
  app.get(PAGE, (req, res) => {
    const user = users.get(held(req).session?.userId ?? '')
    if (user === undefined) res.status(401).type('text/plain').send(REFUSED)
    else res.type('text/plain').send(greeting(user))
  })
  return app
}

/** The types of express-session say of the same property what is not true here. */
function held(req: object): { session: { userId?: string } | null } {
  return req as { session: { userId?: string } | null }
}
