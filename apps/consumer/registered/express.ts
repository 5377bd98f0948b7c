// An app with the opt-in types of Express. `req.auth` has a type in the whole app, and no other type changes.
import '@fetch-login/express/types'
import type { Auth } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import express, { type Express, type Request } from 'express'
import { assertExactly } from '../src/assert-exactly.js'
import { manager, type User } from '../src/manager.js'

declare module '@fetch-login/express/types' {
  interface Register {
    user: User
  }
}

export const { loginMiddleware, loginRequired, auth } = expressLogin(manager)

export const app: Express = express()
app.use(loginMiddleware)
app.get('/orders/:id', loginRequired(), (req, res) => {
  assertExactly<{ id: string }>()(req.params)
  assertExactly<Auth<User, null>>()(req.auth)
  res.send(assertExactly<User>()(req.auth.user).name)
})

export const readUser = (req: Request) => req.auth.currentUser()
