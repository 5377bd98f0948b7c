// An app on Hono that exports all it makes, as the built packages type it.
import type { AnonymousUser } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { type Context, Hono } from 'hono'
import { hc } from 'hono/client'
import { validator } from 'hono/validator'
import { exactly } from './exactly.js'
import { type Employee, type Env, manager, staffManager, type User } from './manager.js'

export const login = honoLogin(manager)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = login
export const staff = honoLogin(staffManager, { variable: 'employee' })
export const onWorkers = honoLogin((env: Env) => ({
  loadUser: (id: string) => env.USERS.get(id),
  secrets: env.LOGIN_SECRET,
}))

export const guard = loginRequired({ allow: (user) => exactly<User>()(user).role === 'admin' })
export const freshGuard = freshLoginRequired({ withinSeconds: 600, area: 'admin' })

const query = validator('query', () => ({ page: 1 }))

export const app = new Hono<{ Bindings: Env; Variables: { tenant: string } }>()
  .use(loginMiddleware, staff.loginMiddleware)
  .get('/bare/:id', query, (c) => {
    exactly<string>()(c.req.param('id'))
    exactly<{ page: number }>()(c.req.valid('query'))
    return c.json({ id: c.req.param('id') })
  })
  .get('/orders/:id', loginRequired(), guard, query, (c) => {
    exactly<string>()(c.req.param('id'))
    exactly<{ page: number }>()(c.req.valid('query'))
    exactly<Env>()(c.env)
    exactly<string>()(c.var.tenant)
    exactly<User>()(auth(c).user)
    return c.json({ id: c.req.param('id'), name: exactly<User>()(c.var.user).name })
  })
  .get('/staff', staff.loginRequired(), (c) => c.text(exactly<Employee>()(c.var.employee).department))

export const workers = new Hono<{ Bindings: Env }>()
  .use(onWorkers.loginMiddleware)
  .get('/', onWorkers.loginRequired(), (c) => c.text(exactly<User>()(c.get('user')).name))

export const client = hc<typeof app>('https://example.org')

export async function order(): Promise<string> {
  const answer = await client.orders[':id'].$get({ param: { id: '1' }, query: { page: '1' } })
  if (!answer.ok) return ''
  return exactly<{ id: string; name: string }>()(await answer.json()).name
}

export const decide = (c: Context) => auth(c).require({ withinSeconds: 600 })
export const whoever = async (c: Context) => exactly<User | null>()(await auth(c).currentUser())
export const guest = async (c: Context) => exactly<Employee | AnonymousUser>()(await staff.auth(c).currentUser())
