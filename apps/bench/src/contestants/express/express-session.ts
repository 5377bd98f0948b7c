// express-session with its store in memory.
import express from 'express'
import session from 'express-session'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

declare module 'express-session' {
  interface SessionData {
    userId: string
  }
}

export function expressSession() {
  const app = express()
  app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }))
  app.get('/login/:id', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.userId = req.params.id
      res.sendStatus(204)
    })
  })
  app.get(PAGE, (req, res) => {
    const user = req.session.userId === undefined ? undefined : users.get(req.session.userId)
    if (user === undefined) res.status(401).type('text/plain').send(REFUSED)
    else res.type('text/plain').send(greeting(user))
  })
  return app
}
