// The dashboard: for every user who is logged in, remembered or not.
import { Hono } from 'hono'
import type { Demo } from '../demo'
import { Time } from '../site/time'
import type { User } from '../users/user'

export function dashboardRoutes({ loginRequired, page }: Demo): Hono {
  const app = new Hono()
  app.get('/dashboard', loginRequired(), (c) => page(c, 'Dashboard', <DashboardPage user={c.var.user} />))
  return app
}

function DashboardPage({ user }: { user: User }) {
  return (
    <>
      <h1>Dashboard</h1>
      <p class="lead">
        The guard <code>loginRequired()</code> admits only requests with a user, so the user is never null here.
      </p>
      <dl class="card facts">
        <dt>User id</dt>
        <dd>{user.id}</dd>
        <dt>Name</dt>
        <dd>{user.name}</dd>
        <dt>E-mail</dt>
        <dd>{user.email}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={user.createdAt} />
        </dd>
        <dt>Last login</dt>
        <dd>{user.lastLoginAt === null ? 'never' : <Time at={user.lastLoginAt} />}</dd>
      </dl>
      <p class="actions">
        <a class="button" href="/profile">
          Edit your profile
        </a>
        <a class="button quiet" href="/your-login">
          Inspect your login
        </a>
      </p>
    </>
  )
}
