// The admin page: requires the role, and a password entered within the last ten minutes.
import { Hono, type MiddlewareHandler } from 'hono'
import type { Demo } from '../demo'
import { ADMIN_SECONDS } from '../login'
import { CsrfField } from '../site/fields'
import { Time } from '../site/time'
import { isAdmin, type User } from '../users/user'

export function adminRoutes({ auth, users, freshLoginRequired, page, problem, checkedForm }: Demo): Hono {
  const app = new Hono()

  /** Checks the role first, so a user without it is not sent to the confirmation page. */
  const adminsOnly: MiddlewareHandler = async (c, next) => {
    const decision = await auth(c).require({ allow: isAdmin, next: '/admin' })
    if (decision.ok) return next()
    if (decision.reason !== 'forbidden') return decision.respond()
    const user = await auth(c).currentUser()
    const detail = `You are logged in as ${user?.name}, with the role “${user?.role}”. Of the demo accounts, Bob is an admin.`
    return problem(c, 403, 'This page is for admins', detail, <SwitchUser csrfToken={await auth(c).csrfToken()} />)
  }
  const requireFresh = freshLoginRequired({ withinSeconds: ADMIN_SECONDS, next: '/admin' })

  app.get('/admin', adminsOnly, requireFresh, async (c) =>
    page(c, 'Admin', <AdminPage users={users.list()} you={c.var.user} csrfToken={await auth(c).csrfToken()} />),
  )

  app.post('/admin/users/:id', adminsOnly, requireFresh, checkedForm, async (c) => {
    const isActive = c.var.form.active === 'yes'
    const target = users.find(c.req.param('id'))
    if (target?.id === c.var.user.id)
      return problem(c, 422, 'You cannot deactivate yourself', 'Only another admin can deactivate your account.')
    const user = target === null ? null : users.setActive(target.id, isActive)
    if (user === null) return problem(c, 404, 'User not found', 'A user with this id does not exist.')
    const result = isActive ? 'is active and can log in again.' : 'is deactivated and logged out everywhere.'
    await auth(c).flash(`${user.name} ${result}`, 'success')
    return c.redirect('/admin', 303)
  })

  return app
}

interface AdminPageProps {
  readonly users: readonly User[]
  readonly you: User
  readonly csrfToken: string
}

function AdminPage({ users, you, csrfToken }: AdminPageProps) {
  return (
    <>
      <h1>Admin</h1>
      <p class="lead">
        {you.name}, you are an admin, and you entered your password within the last ten minutes:{' '}
        <code>freshLoginRequired({`{ withinSeconds: ${ADMIN_SECONDS} }`})</code>.
      </p>
      <h2 id="users">Users</h2>
      <ul class="people" aria-labelledby="users">
        {users.map((user) => (
          <UserCard user={user} isYou={user.id === you.id} csrfToken={csrfToken} />
        ))}
      </ul>
    </>
  )
}

function UserCard({ user, isYou, csrfToken }: { user: User; isYou: boolean; csrfToken: string }) {
  return (
    <li class="card">
      <div>
        <strong>{user.name}</strong> <span class="badge">{user.role}</span>{' '}
        {!user.isActive && <span class="badge off">deactivated</span>}
        <p>{user.email}</p>
        <p class="hint">Last login: {user.lastLoginAt === null ? 'never' : <Time at={user.lastLoginAt} />}</p>
      </div>
      {isYou ? <p class="hint">This is you.</p> : <ActivationForm user={user} csrfToken={csrfToken} />}
    </li>
  )
}

function ActivationForm({ user: { id, name, isActive }, csrfToken }: { user: User; csrfToken: string }) {
  return (
    <form method="post" action={`/admin/users/${id}`}>
      <CsrfField token={csrfToken} />
      <input type="hidden" name="active" value={isActive ? 'no' : 'yes'} />
      <button type="submit" class={isActive ? 'danger small' : 'quiet small'}>
        {isActive ? 'Deactivate' : 'Activate'} {name}
      </button>
    </form>
  )
}

function SwitchUser({ csrfToken }: { csrfToken: string }) {
  return (
    <form method="post" action="/switch-user?next=/admin">
      <CsrfField token={csrfToken} />
      <button type="submit">Log in as another user</button>
    </form>
  )
}
