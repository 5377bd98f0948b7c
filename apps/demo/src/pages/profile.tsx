// The profile: any login can change the name; password and API key require a recent confirmation.
import { type Context, Hono } from 'hono'
import type { Demo } from '../demo'
import { PROFILE_SECONDS } from '../login'
import { CsrfField, ErrorSummary, Field } from '../site/fields'
import { type Errors, validateForm } from '../site/form'
import { NameForm, PasswordForm } from '../users/forms'
import type { User } from '../users/user'
import { NewPassword } from './register'

export function profileRoutes({ auth, users, loginRequired, freshLoginRequired, page, checkedForm }: Demo): Hono {
  const app = new Hono()
  const requireRecent = freshLoginRequired({ withinSeconds: PROFILE_SECONDS, next: '/profile' })

  const showProfile = async (c: Context, more: Partial<ProfilePageProps> = {}) => {
    const [fresh, csrfToken] = [await auth(c).loginFresh({ withinSeconds: PROFILE_SECONDS }), await auth(c).csrfToken()]
    const content = <ProfilePage user={auth(c).user} fresh={fresh} csrfToken={csrfToken} {...more} />
    return page(c, 'Profile', content, more.errors === undefined ? 200 : 422)
  }

  app.get('/profile', loginRequired(), (c) => showProfile(c))

  app.post('/profile', loginRequired(), checkedForm, async (c) => {
    const given = validateForm(NameForm, c.var.form)
    if (!given.ok) return showProfile(c, { name: c.var.form.name ?? '', errors: given.errors })
    users.rename(c.var.user.id, given.value.name)
    await auth(c).flash('Your name is saved.', 'success')
    return c.redirect('/profile', 303)
  })

  app.post('/profile/password', requireRecent, checkedForm, async (c) => {
    const given = validateForm(PasswordForm, c.var.form)
    if (!given.ok) return showProfile(c, { errors: given.errors })
    const user = await users.setPassword(c.var.user.id, given.value.password)
    // The new session stamp ends every login of this user. `confirmLogin` sends it to this browser, which stays logged in.
    if (user !== null) await auth(c).confirmLogin({ user, method: 'pwd' })
    await auth(c).flash('Your password is changed. All other browsers are logged out.', 'success')
    return c.redirect('/profile', 303)
  })

  // The address of a refused form: a GET of it redirects to the page.
  app.get('/profile/:form', (c) => c.redirect('/profile'))

  app.post('/profile/key', requireRecent, checkedForm, async (c) =>
    showProfile(c, { apiKey: users.makeKey(c.var.user.id) }),
  )

  return app
}

interface ProfilePageProps {
  readonly user: User
  readonly fresh: boolean
  readonly csrfToken: string
  /** The submitted name. */
  readonly name?: string
  /** Shown once, in the response that creates it. */
  readonly apiKey?: string
  readonly errors?: Errors
}

function ProfilePage({ user, fresh, csrfToken, name = user.name, apiKey, errors }: ProfilePageProps) {
  return (
    <>
      <h1>Profile</h1>
      <ErrorSummary errors={errors} />
      <div class="cards">
        <form class="card" method="post" action="/profile" novalidate>
          <h2>Name</h2>
          <CsrfField token={csrfToken} />
          <Field name="name" label="Name" value={name} autocomplete="name" errors={errors} />
          <button type="submit">Save name</button>
        </form>
        {fresh ? <PasswordCard csrfToken={csrfToken} errors={errors} /> : <StaleCard />}
        {fresh && <KeyCard csrfToken={csrfToken} apiKey={apiKey} />}
        <form class="card" method="post" action="/logout-everywhere">
          <h2>All your logins</h2>
          <p>Ends this login and all others, in every browser. You must log in again.</p>
          <CsrfField token={csrfToken} />
          <button type="submit" class="danger">
            Log out everywhere
          </button>
        </form>
      </div>
    </>
  )
}

function PasswordCard({ csrfToken, errors }: { csrfToken: string; errors: Errors | undefined }) {
  return (
    <form class="card tall" method="post" action="/profile/password" novalidate>
      <h2>Password</h2>
      <p>A new password logs out all other browsers. This browser stays logged in.</p>
      <CsrfField token={csrfToken} />
      <NewPassword label="New password" errors={errors} />
      <button type="submit">Change password</button>
    </form>
  )
}

/** Shown instead of the forms that need a recent confirmation. */
function StaleCard() {
  return (
    <section class="card">
      <h2>Password and API key</h2>
      <p>
        These changes require a password entered within the last ten minutes. This login is older, or was restored by
        the remember cookie.
      </p>
      <a class="button" href="/reauthenticate?next=/profile">
        Confirm your login
      </a>
    </section>
  )
}

function KeyCard({ csrfToken, apiKey }: { csrfToken: string; apiKey: string | undefined }) {
  return (
    <form class="card" method="post" action="/profile/key">
      <h2>API key</h2>
      {apiKey === undefined ? (
        <p>
          Gives access to <code>/api/profile</code> without a login. A new key replaces the old one.
        </p>
      ) : (
        <p role="status">
          Your new key, shown only once: <code id="api-key">{apiKey}</code>
        </p>
      )}
      <CsrfField token={csrfToken} />
      <button type="submit" class="quiet">
        Create a new API key
      </button>
    </form>
  )
}
