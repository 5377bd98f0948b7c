// Registration: creates an account and logs the user in.
import { type Context, Hono } from 'hono'
import type { Demo } from '../demo'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, type Form, validateForm } from '../site/form'
import { PASSWORD_LENGTH, RegisterForm } from '../users/forms'

export function registerRoutes({ addressOf, auth, page, checkedForm, registrations, users }: Demo): Hono {
  const app = new Hono()

  const showForm = async (c: Context, more: Pick<RegisterPageProps, 'form' | 'errors'> = {}, status: Status = 200) => {
    const loginUrl = auth(c).loginUrl('/login', await auth(c).nextUrl('/dashboard'))
    const content = <RegisterPage {...more} loginUrl={loginUrl} csrfToken={await auth(c).csrfToken()} />
    return page(c, 'Register', content, status)
  }

  app.get('/register', async (c) => {
    if ((await auth(c).currentUser()) !== null) return c.redirect(await auth(c).nextUrl('/dashboard'))
    return showForm(c)
  })

  app.post('/register', checkedForm, async (c) => {
    const refuse = (errors: Errors, status: Status = 422) => showForm(c, { form: c.var.form, errors }, status)

    const given = validateForm(RegisterForm, c.var.form)
    if (!given.ok) return refuse(given.errors)
    const waitSeconds = await registrations.count({ email: given.value.email, address: addressOf(c) })
    if (waitSeconds !== null) return refuse({ email: 'Too many new accounts from your network. Try again later.' }, 429)
    const user = await users.add(given.value)
    if (user === null) return refuse({ email: 'This e-mail address is taken.' })
    const next = await auth(c).nextUrl('/dashboard')
    await auth(c).loginUser(user, { method: 'pwd' })
    await auth(c).flash(`Welcome, ${user.name}. Your account is created.`, 'success')
    return c.redirect(next, 303)
  })

  return app
}

type Status = 200 | 422 | 429

interface RegisterPageProps {
  readonly csrfToken: string
  /** The address of the login page, with `next`. */
  readonly loginUrl: string
  readonly form?: Form
  readonly errors?: Errors
}

function RegisterPage({ csrfToken, loginUrl, form = {}, errors }: RegisterPageProps) {
  return (
    <div class="split">
      <section>
        <h1>Register</h1>
        <form class="card" method="post" novalidate>
          <CsrfField token={csrfToken} />
          <ErrorSummary errors={errors} />
          <Field name="name" label="Name" value={form.name} autocomplete="name" errors={errors} />
          <Field name="email" label="E-mail" type="email" value={form.email} autocomplete="username" errors={errors} />
          <NewPassword errors={errors} />
          <button type="submit">Register</button>
          <p class="hint">
            You have an account? <a href={loginUrl}>Log in</a>
          </p>
        </form>
      </section>
      <AccountFacts />
    </div>
  )
}

function AccountFacts() {
  return (
    <section aria-labelledby="account">
      <h2 id="account">Your account</h2>
      <ul class="notes">
        <li class="card">
          <strong>Logged in at once.</strong> This browser is logged in after registration, until you close it.
        </li>
        <li class="card">
          <strong>The role “user”.</strong> The admin page responds with 403. Bob, a demo account, is an admin.
        </li>
        <li class="card">
          <strong>Stored on this server only.</strong> The database contains an argon2id hash of the password, not the
          password. The e-mail address receives no messages.
        </li>
      </ul>
    </section>
  )
}

/** The fields of a new password and its repetition. */
export function NewPassword({ label = 'Password', errors }: { label?: string; errors?: Errors | undefined }) {
  const type = 'password'
  const hint = `At least ${PASSWORD_LENGTH} characters.`
  return (
    <>
      <Field name="password" label={label} type={type} hint={hint} autocomplete="new-password" errors={errors} />
      <Field name="repeat" label="Repeat the password" type={type} autocomplete="new-password" errors={errors} />
    </>
  )
}
