// The example application: every route, top to bottom. Pages are in pages/, the login's options in login.ts.
import type { LoginManager } from '@fetch-login/core'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'
import { HTTPException } from 'hono/http-exception'
import type { Child } from 'hono/jsx'
import { secureHeaders } from 'hono/secure-headers'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { assets } from './assets'
import { type Form, readForm } from './form'
import { createLogin, type DemoOptions, VAULT_SECONDS } from './login'
import { HomePage } from './pages/home'
import { Layout } from './pages/layout'
import { LoginPage } from './pages/login'
import { ProblemPage } from './pages/problem'
import { ReauthenticatePage } from './pages/reauthenticate'
import { SecretPage } from './pages/secret'
import { VaultPage } from './pages/vault'
import type { User } from './users'

export function createApp(options: DemoOptions): { app: Hono; manager: LoginManager<User> } {
  const { manager, loginManager, loginRequired, freshLoginRequired, auth } = createLogin(options)
  const { users } = options

  /** A whole page: with the messages that wait, and the way out for who is logged in. */
  const page = async (c: Context, title: string, content: Child, status: ContentfulStatusCode = 200) => {
    const user = await auth(c).currentUser()
    const csrfToken = user === null ? null : await auth(c).csrfToken()
    const flashes = await auth(c).takeFlashes()
    const frame = { title, path: c.req.path, user, csrfToken, flashes }
    return c.html(html`<!doctype html>${<Layout {...frame}>{content}</Layout>}`, status)
  }

  const problem = (c: Context, status: ContentfulStatusCode, title: string, detail: string) =>
    page(c, title, <ProblemPage title={title} detail={detail} />, status)

  /** Behind it `c.var.form` is a form of this visitor: nothing was changed before its token was looked at. */
  const checkedForm = createMiddleware<{ Variables: { form: Form } }>(async (c, next) => {
    const form = await readForm(c)
    if (!(await auth(c).checkCsrf(form('csrf_token'))))
      return problem(c, 403, 'This form is out of date', 'Nothing was changed. Load the page again, then send it.')
    c.set('form', form)
    return next()
  })

  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      // The default, no-referrer, makes browsers send `Origin: null` with every form.
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      // For https alone, and the demo speaks http.
      strictTransportSecurity: false,
    }),
  )
  app.route('/', assets)
  app.use(bodyLimit({ maxSize: 16 * 1024 }))
  app.use(loginManager)

  app.get('/', async (c) => {
    const content = (
      <HomePage
        user={await auth(c).currentUser()}
        reason={await auth(c).whyAnonymous()}
        fresh={await auth(c).loginFresh()}
        recent={await auth(c).loginFresh({ within: VAULT_SECONDS })}
        remembered={await auth(c).loginRemembered()}
      />
    )
    return page(c, 'Home', content)
  })

  app.get('/login', async (c) => {
    if ((await auth(c).currentUser()) !== null) return c.redirect(await auth(c).nextUrl('/secret'))
    return page(c, 'Log in', <LoginPage csrfToken={await auth(c).csrfToken()} />)
  })

  app.post('/login', checkedForm, async (c) => {
    const form = c.var.form
    const user = await users.check(form('email'), form('password'))
    const remember = form('remember') === 'yes'
    if (user !== null && (await auth(c).loginUser(user, { remember, method: 'pwd' }))) {
      await auth(c).flash(`Welcome, ${user.name}.`, 'success')
      return c.redirect(await auth(c).nextUrl('/secret'), 303)
    }
    const error = user === null ? 'This e-mail address and password do not match.' : 'This account is suspended.'
    const again = { error, email: form('email'), remember, csrfToken: await auth(c).csrfToken() }
    return page(c, 'Log in', <LoginPage {...again} />, 422)
  })

  app.get('/secret', loginRequired(), (c) => page(c, 'Secret', <SecretPage user={c.var.user} />))

  app.get('/vault', freshLoginRequired({ within: VAULT_SECONDS }), (c) =>
    page(c, 'Vault', <VaultPage user={c.var.user} />),
  )

  app.get('/reauthenticate', loginRequired(), async (c) =>
    page(c, 'Is it you?', <ReauthenticatePage user={c.var.user} csrfToken={await auth(c).csrfToken()} />),
  )

  app.post('/reauthenticate', loginRequired(), checkedForm, async (c) => {
    const { user, form } = c.var
    if ((await users.check(user.email, form('password'))) !== null) {
      await auth(c).confirmLogin({ method: 'pwd' })
      return c.redirect(await auth(c).nextUrl('/vault'), 303)
    }
    const again = { user, error: 'This is not your password.', csrfToken: await auth(c).csrfToken() }
    return page(c, 'Is it you?', <ReauthenticatePage {...again} />, 422)
  })

  app.post('/logout', checkedForm, async (c) => {
    await auth(c).logoutUser()
    await auth(c).flash('You are logged out.', 'info')
    return c.redirect('/', 303)
  })

  app.notFound((c) =>
    problem(c, 404, 'Nothing is here', 'The address may be mistyped, or a form was opened as a page.'),
  )
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    console.error(error)
    return c.text('500 Internal Server Error\n\nSomething went wrong here, not with you.\n', 500)
  })
  return { app, manager }
}
