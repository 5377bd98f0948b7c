// An app on Express that exports each of its values, with the types of the built packages.
import type { AnonymousUser } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import express, { type Express, type Request, Router } from 'express'
import { assertExactly } from './assert-exactly.js'
import { type Employee, manager, staffManager, type User } from './manager.js'

export const login = expressLogin(manager)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = login
export const staff = expressLogin(staffManager, { property: 'staffAuth', address: (req) => req.socket.remoteAddress })

export const guard = loginRequired({ allow: (user) => assertExactly<User>()(user).role === 'admin' })
export const freshGuard = freshLoginRequired({ withinSeconds: 600, area: 'admin' })

// TypeScript cannot name the inferred types of Express in nested installations, so the router and the app have annotations.
export const router: Router = Router()
  .get('/bare/:id', (req, res) => {
    assertExactly<{ id: string }>()(req.params)
    res.json(req.params.id)
  })
  .get('/orders/:id/:line', loginRequired(), guard, (req, res) => {
    assertExactly<string>()(req.params.id)
    assertExactly<string>()(req.params.line)
    // @ts-expect-error The route does not have this parameter.
    req.params.lines
    res.json({ id: req.params.id, name: assertExactly<User>()(auth(req).user).name })
  })
  .get<'/typed/:id', { id: string }, { ok: boolean }, { text: string }, { page: string }>(
    '/typed/:id',
    freshGuard,
    (req, res) => {
      assertExactly<{ text: string }>()(req.body)
      assertExactly<{ page: string }>()(req.query)
      res.json({ ok: req.params.id === req.query.page })
    },
  )
  .get('/staff', staff.loginRequired(), (req, res) => {
    res.send(assertExactly<Employee>()(staff.auth(req).user).department)
  })

export const app: Express = express().use(loginMiddleware, staff.loginMiddleware).use('/admin', freshGuard).use(router)

export const decide = (req: Request) => auth(req).require({ withinSeconds: 600 })
export const readUser = async (req: Request) => assertExactly<User | null>()(await auth(req).currentUser())
export const readEmployee = async (req: Request) =>
  assertExactly<Employee | AnonymousUser>()(await staff.auth(req).currentUser())

// @ts-expect-error `req.auth` has a type only in an app that imports '@fetch-login/express/types'.
export const unregistered = (req: Request): unknown => req.auth
