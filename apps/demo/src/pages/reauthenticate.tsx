// The password once more: the same session goes on, and is fresh again.
import { type Context, Hono } from 'hono'
import type { Demo } from '../demo'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, type Form, validated } from '../site/form'
import { ConfirmForm } from '../users/forms'
import type { User } from '../users/user'
import { type Checked, checkPassword, refused } from './password'

const TITLE = 'Confirm it is you'

export function reauthenticateRoutes(demo: Demo): Hono {
  const { auth, loginRequired, page, checkedForm } = demo
  const app = new Hono()

  app.get('/reauthenticate', loginRequired(), async (c) =>
    page(c, TITLE, <ReauthenticatePage user={c.var.user} csrfToken={await auth(c).csrfToken()} />),
  )

  app.post('/reauthenticate', loginRequired(), checkedForm, async (c) => {
    const { user, form } = c.var
    const checked = await prove(demo, c, user, form)
    if (checked.user === null) {
      const again = { user, errors: checked.errors, csrfToken: await auth(c).csrfToken() }
      return page(c, TITLE, <ReauthenticatePage {...again} />, checked.status)
    }
    await auth(c).confirmLogin({ method: 'pwd' })
    await auth(c).flash('Thank you: your login is fresh.', 'success')
    return c.redirect(await auth(c).nextUrl('/your-login'), 303)
  })

  return app
}

/** Only the one who is logged in can prove it: the address of the form is not read. */
async function prove(demo: Demo, c: Context, { email }: User, form: Form): Promise<Checked> {
  const given = validated(ConfirmForm, form)
  if (!given.ok) return refused(given.errors)
  const wording = { field: 'password', wrong: 'This is not your password.' }
  return checkPassword(demo, c, { email, password: given.value.password }, wording)
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
