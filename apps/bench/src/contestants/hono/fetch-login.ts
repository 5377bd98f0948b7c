// @fetch-login/hono, as docs/hono.md has it.
import type { LoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'
import { PAGE } from '../../request'
import { greeting, type User } from '../../users'

export function guardedHono(manager: LoginManager<User>) {
  const { loginMiddleware, loginRequired } = honoLogin(manager)
  const app = new Hono()
  app.use(loginMiddleware)
  return app.get(PAGE, loginRequired(), (c) => c.text(greeting(c.var.user)))
}
