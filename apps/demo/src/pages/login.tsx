// Login and logout.
import { type Context, Hono } from 'hono'
import type { Demo } from '../demo'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, type Form, validateForm } from '../site/form'
import { LoginForm } from '../users/forms'
import { SEEDS, type Seed } from '../users/seeds'
import { type Checked, checkPassword, refused } from './password'

export function loginRoutes(demo: Demo): Hono {
  const { auth, page, checkedForm } = demo
  const app = new Hono()

  app.get('/login', async (c) => {
    const next = await auth(c).nextUrl('/dashboard')
    if ((await auth(c).currentUser()) !== null) return c.redirect(next)
    return page(c, 'Log in', <LoginPage next={next} csrfToken={await auth(c).csrfToken()} />)
  })

  app.post('/login', checkedForm, async (c) => {
    const { form } = c.var
    const checked = await logInByForm(demo, c, form)
    const next = await auth(c).nextUrl('/dashboard')
    if (checked.user !== null) {
      await auth(c).flash(`Welcome, ${checked.user.name}.`, 'success')
      return c.redirect(next, 303)
    }
    const typed = { email: form.email, remember: form.remember === 'yes', errors: checked.errors }
    const content = <LoginPage {...typed} next={next} csrfToken={await auth(c).csrfToken()} />
    return page(c, 'Log in', content, checked.status)
  })

  app.post('/logout', checkedForm, async (c) => {
    await auth(c).logoutUser()
    await auth(c).flash('You are logged out.', 'info')
    return c.redirect('/', 303)
  })

  app.post('/switch-user', checkedForm, async (c) => {
    const next = await auth(c).nextUrl('/dashboard')
    await auth(c).logoutUser()
    await auth(c).flash('You are logged out. Log in as another user.', 'info')
    return c.redirect(auth(c).loginUrl('/login', next), 303)
  })

  app.post('/logout-everywhere', demo.loginRequired({ next: '/your-login' }), checkedForm, async (c) => {
    await auth(c).logoutUser({ everywhere: true })
    await auth(c).flash('You are logged out in this browser and in all others.', 'info')
    return c.redirect('/', 303)
  })

  return app
}

const WORDING = { field: '', wrong: 'This e-mail address and password do not match.' }

/** Validates the form, checks the password, and logs the user in. */
async function logInByForm(demo: Demo, c: Context, form: Form): Promise<Checked> {
  const given = validateForm(LoginForm, form)
  if (!given.ok) return refused(given.errors)
  const checked = await checkPassword(demo, c, given.value, WORDING)
  if (checked.user === null) return checked
  const loggedIn = await demo.auth(c).loginUser(checked.user, { remember: given.value.remember, method: 'pwd' })
  return loggedIn ? checked : refused({ '': 'This account is deactivated.' })
}

interface LoginPageProps {
  readonly csrfToken: string
  /** The redirect target after the login, already validated. */
  readonly next: string
  readonly email?: string | undefined
  readonly remember?: boolean
  readonly errors?: Errors
}

/** The form posts to the address of the page, so `next` stays in the query. */
function LoginPage({ csrfToken, next, email, remember = false, errors }: LoginPageProps) {
  return (
    <div class="split">
      <section>
        <h1>Log in</h1>
        <form class="card" method="post" novalidate>
          <CsrfField token={csrfToken} />
          <ErrorSummary errors={errors} />
          <Field name="email" label="E-mail" type="email" value={email} autocomplete="username" errors={errors} />
          <Field name="password" label="Password" type="password" autocomplete="current-password" errors={errors} />
          <label class="choice">
            <input type="checkbox" name="remember" value="yes" checked={remember} />
            Remember me for 30 days
          </label>
          <button type="submit">Log in</button>
          <p class="hint">
            New here? <a href={`/register?next=${encodeURIComponent(next)}`}>Register</a>
          </p>
        </form>
      </section>
      <DemoAccounts />
    </div>
  )
}

function DemoAccounts() {
  return (
    <section aria-labelledby="accounts">
      <h2 id="accounts">Demo accounts</h2>
      <p>Use one of these, or register your own.</p>
      <ul class="accounts">
        {SEEDS.map((seed) => (
          <DemoAccount seed={seed} />
        ))}
      </ul>
    </section>
  )
}

function DemoAccount({ seed: { name, email, password, role, isActive } }: { seed: Seed }) {
  return (
    <li class="card">
      <strong>{name}</strong> <span class="badge">{isActive ? role : 'deactivated'}</span>
      <dl>
        <dt>E-mail</dt>
        <dd>
          <code>{email}</code>
        </dd>
        <dt>Password</dt>
        <dd>
          <code>{password}</code>
        </dd>
      </dl>
    </li>
  )
}
