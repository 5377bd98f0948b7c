// iron-session on Node's request and response.
import express from 'express'
import { getIronSession } from 'iron-session'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

const OPTIONS = { password: SECRET, cookieName: 'iron' }

export function ironSessionOnExpress() {
  const app = express()
  // An altered cookie is an error of its own here: Express need not print it.
  app.set('env', 'test')
  app.get('/login/:id', async (req, res) => {
    const session = await getIronSession<{ userId?: string }>(req, res, OPTIONS)
    session.userId = req.params.id
    await session.save()
    res.sendStatus(204)
  })
  app.get(PAGE, async (req, res) => {
    const { userId } = await getIronSession<{ userId?: string }>(req, res, OPTIONS)
    const user = userId === undefined ? undefined : users.get(userId)
    if (user === undefined) res.status(401).type('text/plain').send(REFUSED)
    else res.type('text/plain').send(greeting(user))
  })
  return app
}
