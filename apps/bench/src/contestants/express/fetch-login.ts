// @fetch-login/express.
import type { LoginManager } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import express, { type Express } from 'express'
import { PAGE } from '../../request'
import { greeting, type User } from '../../users'

export function guardedExpress(manager: LoginManager<User>): Express {
  const { auth, loginMiddleware, loginRequired } = expressLogin(manager)
  const app = express()
  app.use(loginMiddleware)
  app.get(PAGE, loginRequired(), (req, res) => void res.type('text/plain').send(greeting(auth(req).user)))
  return app
}
