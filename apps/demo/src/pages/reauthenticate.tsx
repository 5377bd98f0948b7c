// The password once more: the same session goes on, and is fresh again.
import { Hono } from 'hono'
import type { Demo } from '../demo'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, validated } from '../site/form'
import { checkPassword } from '../users/check'
import { ConfirmForm } from '../users/forms'
import type { User } from '../users/user'

const TITLE = 'Confirm it is you'

export function reauthenticateRoutes(demo: Demo): Hono {
  const { auth, loginRequired, page, checkedForm } = demo
  const app = new Hono()

  app.get('/reauthenticate', loginRequired(), async (c) =>
    page(c, TITLE, <ReauthenticatePage user={c.var.user} csrfToken={await auth(c).csrfToken()} />),
  )

  app.post('/reauthenticate', loginRequired(), checkedForm, async (c) => {
    const { user, form } = c.var
    const again = async (errors: Errors, status: 422 | 429 = 422) => {
      const csrfToken = await auth(c).csrfToken()
      return page(c, TITLE, <ReauthenticatePage user={user} errors={errors} csrfToken={csrfToken} />, status)
    }

    const given = validated(ConfirmForm, form)
    if (!given.ok) return again(given.errors)
    const attempt = { email: user.email, address: demo.addressOf(c) }
    const checked = await checkPassword(demo, attempt, given.value.password, 'This is not your password.')
    if (checked.user === null) {
      if (checked.waitSeconds !== undefined) c.header('retry-after', String(checked.waitSeconds))
      return again({ password: checked.error }, checked.status)
    }
    await auth(c).confirmLogin({ method: 'pwd' })
    await auth(c).flash('Thank you: your login is fresh.', 'success')
    return c.redirect(await auth(c).nextUrl('/your-login'), 303)
  })

  return app
}

interface ReauthenticatePageProps {
  readonly user: User
  readonly csrfToken: string
  readonly errors?: Errors
}

/** The address is there for password managers, and cannot be changed: only the one logged in can become fresh. */
function ReauthenticatePage({ user, csrfToken, errors }: ReauthenticatePageProps) {
  return (
    <>
      <h1>{TITLE}</h1>
      <p class="lead">
        You are logged in as {user.name}. What comes next is only for somebody who typed the password just now.
      </p>
      <form class="card narrow" method="post" novalidate>
        <CsrfField token={csrfToken} />
        <ErrorSummary errors={errors} />
        <Field name="email" label="E-mail" type="email" value={user.email} autocomplete="username" readOnly />
        <Field name="password" label="Password" type="password" autocomplete="current-password" errors={errors} />
        <button type="submit">Confirm it is you</button>
      </form>
    </>
  )
}
