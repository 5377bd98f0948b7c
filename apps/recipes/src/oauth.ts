// Login by an OpenID provider. openid-client runs the authorization code flow with PKCE, state and nonce.
// region setup
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { type Context, Hono } from 'hono'
import * as oidc from 'openid-client'

export interface User {
  readonly id: string
  readonly name: string
}

export interface OAuthOptions {
  readonly secret: string
  /** The origin of the app, as registered at the provider. It is not read from a request. */
  readonly origin: string
  /** `await oidc.discovery(new URL('https://provider.example'), clientId, clientSecret)` */
  readonly provider: oidc.Configuration
  /** Receives the reason of a refused login. The response does not contain it. */
  readonly onRefusal: (error: unknown) => void
  readonly users: {
    find(id: string): Promise<User | undefined>
    /** Finds the user by issuer and subject, which never change. Creates the user at the first login. */
    findOrCreate(account: { issuer: string; subject: string; name: string }): Promise<User>
  }
}

/** The values of one login that the authorization response must match. The session stores them until then. */
type Flow = { state: string; nonce: string; verifier: string; prove: boolean; next: string }

export function createApp({ secret, origin, provider, onRefusal, users }: OAuthOptions): Hono {
  oidc.enableNonRepudiationChecks(provider)
  const callback = `${origin}/login/callback`
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    loginView: '/login',
    refreshView: '/reauthenticate',
  })
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)

  const app = new Hono()
  app.use(loginMiddleware)
  // endregion

  // region begin
  const begin = (prove: boolean) => async (c: Context) => {
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
    const flow: Flow = { state, nonce, verifier, prove, next: await auth(c).nextUrl('/') }
    await auth(c).session.set('oidc', flow)
    const address = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: callback,
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(prove && { prompt: 'login', max_age: '0' }),
    })
    return c.redirect(address.href, 303)
  }

  app.get('/login', (c) => c.html('<form method="post"><button>Log in with your provider</button></form>'))
  app.post('/login', begin(false))
  app.get('/reauthenticate', loginRequired(), (c) =>
    c.html('<form method="post"><button>Confirm your identity</button></form>'),
  )
  app.post('/reauthenticate', loginRequired(), begin(true))
  // endregion

  // region callback
  app.get('/login/callback', async (c) => {
    const flow = (await auth(c).session.get('oidc')) as Flow | undefined
    await auth(c).session.delete('oidc')
    const account = flow && (await requestAccount(flow, new URL(c.req.url).search))
    if (!flow || !account) return c.text('The login failed. Please try again at /login.', 400)
    const user = await users.findOrCreate(account)
    if (!(await auth(c).loginUser(user, { method: 'oidc', fresh: flow.prove })))
      return c.text('This account is suspended.', 403)
    return c.redirect(await auth(c).nextUrl('/', { next: flow.next }))
  })

  /** Returns undefined if the provider refused the login, or if its response does not match the request of this browser. */
  async function requestAccount(flow: Flow, search: string) {
    try {
      const tokens = await oidc.authorizationCodeGrant(provider, new URL(search, callback), {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        ...(flow.prove && { maxAge: 0 }),
      })
      const claims = tokens.claims()
      return claims && { issuer: claims.iss, subject: claims.sub, name: String(claims.name ?? claims.sub) }
    } catch (error) {
      const refusals = [oidc.AuthorizationResponseError, oidc.ResponseBodyError, oidc.ClientError]
      if (!refusals.some((refusal) => error instanceof refusal)) throw error
      onRefusal(error)
      return undefined
    }
  }
  // endregion

  // region pages
  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  app.get('/settings', freshLoginRequired({ withinSeconds: 600 }), (c) => c.text('Your settings'))
  app.post('/logout', async (c) => {
    await auth(c).logoutUser()
    return c.redirect('/login', 303)
  })
  return app
}
// endregion
