// The opt-in entry of Express: `req.auth` has a type in the whole app, and nothing else changes.
import '@fetch-login/express/types'
import type { Auth } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import express, { type Express, type Request } from 'express'
import { exactly } from '../src/exactly.js'
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
  exactly<{ id: string }>()(req.params)
  exactly<Auth<User, null>>()(req.auth)
  res.send(exactly<User>()(req.auth.user).name)
})

export const whoever = (req: Request) => req.auth.currentUser()
