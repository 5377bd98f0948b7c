// Confirms a login by password: the session continues and is fresh again.
import { type Context, Hono } from 'hono'
import type { Demo } from '../demo'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, type Form, validateForm } from '../site/form'
import { ConfirmForm } from '../users/forms'
import type { User } from '../users/user'
import { type Checked, checkPassword, refused } from './password'

const TITLE = 'Confirm your login'

export function reauthenticateRoutes(demo: Demo): Hono {
  const { auth, loginRequired, page, checkedForm } = demo
  const app = new Hono()

  app.get('/reauthenticate', loginRequired(), async (c) =>
    page(c, TITLE, <ReauthenticatePage user={c.var.user} csrfToken={await auth(c).csrfToken()} />),
  )

  app.post('/reauthenticate', loginRequired(), checkedForm, async (c) => {
    const { user, form } = c.var
    const checked = await checkOwnPassword(demo, c, user, form)
    if (checked.user === null) {
      const again = { user, errors: checked.errors, csrfToken: await auth(c).csrfToken() }
      return page(c, TITLE, <ReauthenticatePage {...again} />, checked.status)
    }
    await auth(c).confirmLogin({ method: 'pwd' })
    await auth(c).flash('Your login is fresh.', 'success')
    return c.redirect(await auth(c).nextUrl('/your-login'), 303)
  })

  return app
}

/** Checks the password of the current user. The e-mail address in the form is not read. */
async function checkOwnPassword(demo: Demo, c: Context, { email }: User, form: Form): Promise<Checked> {
  const given = validateForm(ConfirmForm, form)
  if (!given.ok) return refused(given.errors)
  const wording = { field: 'password', wrong: 'This is not your password.' }
  return checkPassword(demo, c, { email, password: given.value.password }, wording)
}

interface ReauthenticatePageProps {
  readonly user: User
  readonly csrfToken: string
  readonly errors?: Errors
}

/** The read-only e-mail address is for password managers: only the current user can confirm the login. */
function ReauthenticatePage({ user, csrfToken, errors }: ReauthenticatePageProps) {
  return (
    <div class="split">
      <section>
        <h1>{TITLE}</h1>
        <form class="card" method="post" novalidate>
          <CsrfField token={csrfToken} />
          <ErrorSummary errors={errors} />
          <Field name="email" label="E-mail" type="email" value={user.email} autocomplete="username" readOnly />
          <Field name="password" label="Password" type="password" autocomplete="current-password" errors={errors} />
          <button type="submit">Confirm your login</button>
        </form>
      </section>
      <section aria-labelledby="why">
        <h2 id="why">Why you see this page</h2>
        <ul class="notes">
          <li class="card">
            <strong>You are logged in as {user.name}.</strong> The page that you opened also requires a password entered
            within the last ten minutes.
          </li>
          <li class="card">
            <strong>Your login is older, or was restored.</strong> A login that the remember cookie restored is not
            fresh, because the cookie does not prove who uses the browser.
          </li>
        </ul>
      </section>
    </div>
  )
}
