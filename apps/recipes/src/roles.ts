// Roles. Every page requires a login by default, some pages are public, and some require a role.
// region setup
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'

export type Role = 'editor' | 'admin'

export interface User {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
}

export interface Note {
  readonly ownerId: string
  readonly text: string
}

export interface RoleOptions {
  readonly secret: string
  readonly users: {
    find(id: string): Promise<User | undefined>
    check(name: string, password: string): Promise<User | undefined>
  }
  readonly notes: { find(id: string): Promise<Note | undefined> }
}

export function createApp({ secret, users, notes }: RoleOptions): Hono {
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    loginView: '/login',
    refreshView: '/login',
  })
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)
  const hasRole = (role: Role) => (user: User) => user.roles.includes(role)

  const app = new Hono()
  app.use(loginMiddleware)
  // endregion

  // region guards
  // A new route without a guard of its own requires a login. The guard always admits the login view.
  app.use(loginRequired({ except: ['/health', '/about/*'] }))
  app.use('/drafts/*', loginRequired({ allow: hasRole('editor') }))
  app.use('/admin/*', freshLoginRequired({ withinSeconds: 600, allow: hasRole('admin') }))
  // endregion

  // region routes
  app.get('/health', (c) => c.text('ok'))
  app.get('/about/:page', (c) => c.text(`About ${c.req.param('page')}`))
  app.get('/', (c) => c.text(`Hello ${auth(c).user.name}`))
  app.get('/drafts', (c) => c.text('The drafts'))
  app.get('/admin/users', (c) => c.text('The users'))
  app.delete('/drafts/:id', loginRequired({ allow: hasRole('admin') }), (c) => c.body(null, 204))
  // endregion

  // region owner
  app.get('/notes/:id', async (c) => {
    const note = await notes.find(c.req.param('id'))
    const { user } = auth(c)
    // Not 403, which would reveal that the note exists.
    if (note === undefined || (note.ownerId !== user.id && !hasRole('admin')(user))) return c.notFound()
    return c.text(note.text)
  })
  // endregion

  app.get('/login', (c) => c.html('<form method="post"><input name="name"><input name="password"><button>Go</button>'))
  app.post('/login', async (c) => {
    const { name, password } = await c.req.parseBody()
    const user = await users.check(String(name), String(password))
    if (!user || !(await auth(c).loginUser(user, { method: 'pwd' }))) return c.text('Wrong name or password.', 403)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  return app
}
