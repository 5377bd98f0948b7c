// Express alone; and with a middleware that writes the headers of a guarded page.
import express, { type Express } from 'express'
import { PAGE } from '../../request'
import { greeting, userAt } from '../../users'

export function bareExpress(): Express {
  const app = express()
  app.get(PAGE, (_req, res) => void res.type('text/plain').send(greeting(userAt(0))))
  return app
}

export function expressWithHeaders(): Express {
  const app = express()
  app.use((_req, res, next) => {
    res.setHeader('vary', 'Cookie')
    res.setHeader('cache-control', 'private, no-store')
    next()
  })
  app.get(PAGE, (_req, res) => void res.type('text/plain').send(greeting(userAt(0))))
  return app
}
