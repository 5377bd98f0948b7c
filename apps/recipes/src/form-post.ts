// Login by a provider that sends its result as a form from its own site, such as Apple (`response_mode=form_post`) or SAML.
// region setup
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'

export interface User {
  readonly id: string
  readonly name: string
}

export interface FormPostOptions {
  readonly secret: string
  readonly users: { find(id: string): Promise<User | undefined> }
  readonly provider: {
    /** Returns the URL of the login at the provider. The form that the provider sends contains `state`. */
    loginUrl(state: string): string
    /** Sends the code to the provider over TLS, and returns the user of the code. A code is valid once. */
    redeem(code: string): Promise<User | undefined>
  }
  /** Stores the result at the server until the browser fetches it: in a map with an expiry, in Redis or in a table. */
  readonly results: { put(result: Result): Promise<string>; take(key: string): Promise<Result | undefined> }
}

export interface Result {
  readonly state: string
  readonly code: string
}

export function createApp({ secret, users, provider, results }: FormPostOptions): Hono {
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    loginView: '/login',
    csrf: { except: ['/callback'] },
  })
  const { loginMiddleware, loginRequired, auth } = honoLogin(manager)
  const app = new Hono()
  app.use(loginMiddleware)
  // endregion

  // region login
  app.get('/login', async (c) => {
    const state = crypto.randomUUID()
    await auth(c).session.set('state', state)
    await auth(c).session.set('next', await auth(c).nextUrl('/'))
    return c.redirect(provider.loginUrl(state))
  })
  // endregion

  // region callback
  // Any site can send this form, and the browser sends it without our cookies: this handler logs no user in.
  app.post('/callback', async (c) => {
    const { state, code } = await c.req.parseBody()
    const key = await results.put({ state: String(state), code: String(code) })
    return c.redirect(`/callback?key=${encodeURIComponent(key)}`, 303)
  })
  // endregion

  // region finish
  // The browser follows the redirect by GET, and sends the session cookie in which the login began.
  app.get('/callback', async (c) => {
    const expected = await auth(c).session.get('state')
    const next = await auth(c).session.get('next')
    await auth(c).session.delete('state')
    const result = await results.take(c.req.query('key') ?? '')
    if (typeof expected !== 'string' || result?.state !== expected) return c.text('Please begin again.', 400)
    const user = await provider.redeem(result.code)
    if (!user || !(await auth(c).loginUser(user))) return c.text('The login was refused.', 403)
    return c.redirect(typeof next === 'string' ? next : '/', 303)
  })
  // endregion

  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  app.post('/other', (c) => c.text('changed'))
  return app
}
