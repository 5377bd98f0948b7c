// An app on Hono that exports each of its values, with the types of the built packages.
import type { AnonymousUser } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { type Context, Hono } from 'hono'
import { hc } from 'hono/client'
import { validator } from 'hono/validator'
import { assertExactly } from './assert-exactly.js'
import { type Employee, type Env, manager, staffManager, type User } from './manager.js'

export const login = honoLogin(manager)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = login
export const staff = honoLogin(staffManager, { variable: 'employee' })
export const onWorkers = honoLogin((env: Env) => ({
  loadUser: (id: string) => env.USERS.get(id),
  secrets: env.LOGIN_SECRET,
}))

export const guard = loginRequired({ allow: (user) => assertExactly<User>()(user).role === 'admin' })
export const freshGuard = freshLoginRequired({ withinSeconds: 600, area: 'admin' })

const query = validator('query', () => ({ page: 1 }))

export const app = new Hono<{ Bindings: Env; Variables: { tenant: string } }>()
  .use(loginMiddleware, staff.loginMiddleware)
  .get('/bare/:id', query, (c) => {
    assertExactly<string>()(c.req.param('id'))
    assertExactly<{ page: number }>()(c.req.valid('query'))
    return c.json({ id: c.req.param('id') })
  })
  .get('/orders/:id', loginRequired(), guard, query, (c) => {
    assertExactly<string>()(c.req.param('id'))
    assertExactly<{ page: number }>()(c.req.valid('query'))
    assertExactly<Env>()(c.env)
    assertExactly<string>()(c.var.tenant)
    assertExactly<User>()(auth(c).user)
    return c.json({ id: c.req.param('id'), name: assertExactly<User>()(c.var.user).name })
  })
  .get('/staff', staff.loginRequired(), (c) => c.text(assertExactly<Employee>()(c.var.employee).department))

export const workers = new Hono<{ Bindings: Env }>()
  .use(onWorkers.loginMiddleware)
  .get('/', onWorkers.loginRequired(), (c) => c.text(assertExactly<User>()(c.get('user')).name))

export const client = hc<typeof app>('https://example.org')

export async function fetchOrder(): Promise<string> {
  const response = await client.orders[':id'].$get({ param: { id: '1' }, query: { page: '1' } })
  if (!response.ok) return ''
  return assertExactly<{ id: string; name: string }>()(await response.json()).name
}

export const decide = (c: Context) => auth(c).require({ withinSeconds: 600 })
export const readUser = async (c: Context) => assertExactly<User | null>()(await auth(c).currentUser())
export const readEmployee = async (c: Context) =>
  assertExactly<Employee | AnonymousUser>()(await staff.auth(c).currentUser())
