// Tenants. One app serves several customers. Each customer has its own host and its own users.
// region setup
import { createLoginManager, type RequestView } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'

export interface User {
  readonly id: string
  readonly name: string
}

export interface Tenant {
  readonly id: string
  readonly users: {
    find(id: string): Promise<User | undefined>
    check(name: string, password: string): Promise<User | undefined>
  }
}

export interface TenantOptions {
  readonly secret: string
  /** The tenants by host. A Map, because a client sends the host and may send `constructor`. */
  readonly tenants: ReadonlyMap<string, Tenant>
}

export function createApp({ secret, tenants }: TenantOptions): Hono {
  const findTenant = ({ headers }: Pick<RequestView, 'headers'>): Tenant | undefined =>
    tenants.get(headers.get('host') ?? '')

  const manager = createLoginManager({
    loadUser: (id, request) => findTenant(request)?.users.find(id),
    audience: (request) => findTenant(request)?.id,
    secrets: secret,
    loginView: '/login',
  })
  const { loginMiddleware, loginRequired, auth } = honoLogin(manager)
  // endregion

  // region routes
  const app = new Hono()
  app.use(async (c, next) => (findTenant(c.req.raw) === undefined ? c.text('This site does not exist.', 404) : next()))
  app.use(loginMiddleware)
  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  app.get('/login', (c) => c.html('<form method="post"><input name="name"><input name="password"><button>Go</button>'))
  app.post('/login', async (c) => {
    const { name, password } = await c.req.parseBody()
    const user = await findTenant(c.req.raw)?.users.check(String(name), String(password))
    if (!user || !(await auth(c).loginUser(user, { method: 'pwd' }))) return c.text('Wrong name or password.', 403)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  // endregion
  app.get('/why', async (c) => c.json({ reason: await auth(c).whyAnonymous() }))
  return app
}
