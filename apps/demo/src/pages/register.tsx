// A new account.
import { Hono } from 'hono'
import type { Demo } from '../demo'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, type Form, validated } from '../site/form'
import { PASSWORD_LENGTH, RegisterForm } from '../users/forms'

export function registerRoutes({ addressOf, auth, page, checkedForm, registrations, users }: Demo): Hono {
  const app = new Hono()

  app.get('/register', async (c) => {
    if ((await auth(c).currentUser()) !== null) return c.redirect(await auth(c).nextUrl('/dashboard'))
    return page(c, 'Register', <RegisterPage csrfToken={await auth(c).csrfToken()} />)
  })

  app.post('/register', checkedForm, async (c) => {
    const again = async (errors: Errors, status: 422 | 429 = 422) =>
      page(
        c,
        'Register',
        <RegisterPage form={c.var.form} errors={errors} csrfToken={await auth(c).csrfToken()} />,
        status,
      )

    const given = validated(RegisterForm, c.var.form)
    if (!given.ok) return again(given.errors)
    const waitSeconds = await registrations.count({ email: given.value.email, address: addressOf(c) })
    if (waitSeconds !== null) return again({ email: 'Too many new accounts from here. Try again later.' }, 429)
    if ((await users.add(given.value)) === null) return again({ email: 'This e-mail address is taken.' })
    await auth(c).flash('You are registered. Please log in.', 'success')
    return c.redirect(auth(c).loginUrl('/login', await auth(c).nextUrl('/dashboard')), 303)
  })

  return app
}

interface RegisterPageProps {
  readonly csrfToken: string
  readonly form?: Form
  readonly errors?: Errors
}

function RegisterPage({ csrfToken, form = {}, errors }: RegisterPageProps) {
  return (
    <>
      <h1>Register</h1>
      <form class="card narrow" method="post" novalidate>
        <CsrfField token={csrfToken} />
        <ErrorSummary errors={errors} />
        <Field name="name" label="Name" value={form.name} autocomplete="name" errors={errors} />
        <Field name="email" label="E-mail" type="email" value={form.email} autocomplete="username" errors={errors} />
        <NewPassword errors={errors} />
        <button type="submit">Register</button>
        <p class="hint">
          You have an account? <a href="/login">Log in</a>
        </p>
      </form>
    </>
  )
}

/** A password, twice. */
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
