// An app on Express that exports all it makes, as the built packages type it.
import type { AnonymousUser } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import express, { type Express, type Request, Router } from 'express'
import { exactly } from './exactly.js'
import { type Employee, manager, staffManager, type User } from './manager.js'

export const login = expressLogin(manager)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = login
export const staff = expressLogin(staffManager, { property: 'staffAuth', address: (req) => req.socket.remoteAddress })

export const guard = loginRequired({ allow: (user) => exactly<User>()(user).role === 'admin' })
export const freshGuard = freshLoginRequired({ withinSeconds: 600, area: 'admin' })

// Express' own inferred types cannot be named where its declarations are nested, guards or not: so both are annotated.
export const router: Router = Router()
  .get('/bare/:id', (req, res) => {
    exactly<{ id: string }>()(req.params)
    res.json(req.params.id)
  })
  .get('/orders/:id/:line', loginRequired(), guard, (req, res) => {
    exactly<string>()(req.params.id)
    exactly<string>()(req.params.line)
    // @ts-expect-error There is no such parameter.
    req.params.lines
    res.json({ id: req.params.id, name: exactly<User>()(auth(req).user).name })
  })
  .get<'/typed/:id', { id: string }, { ok: boolean }, { text: string }, { page: string }>(
    '/typed/:id',
    freshGuard,
    (req, res) => {
      exactly<{ text: string }>()(req.body)
      exactly<{ page: string }>()(req.query)
      res.json({ ok: req.params.id === req.query.page })
    },
  )
  .get('/staff', staff.loginRequired(), (req, res) => {
    res.send(exactly<Employee>()(staff.auth(req).user).department)
  })

export const app: Express = express().use(loginMiddleware, staff.loginMiddleware).use('/admin', freshGuard).use(router)

export const decide = (req: Request) => auth(req).require({ withinSeconds: 600 })
export const whoever = async (req: Request) => exactly<User | null>()(await auth(req).currentUser())
export const guest = async (req: Request) => exactly<Employee | AnonymousUser>()(await staff.auth(req).currentUser())

// @ts-expect-error No global type knows the handle here: who wants that imports '@fetch-login/express/types'.
export const unregistered = (req: Request): unknown => req.auth
