// Passkeys. SimpleWebAuthn verifies the registration and the login of WebAuthn.
// region setup
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type WebAuthnCredential,
} from '@simplewebauthn/server'
import { type Context, Hono } from 'hono'
import type { Counter } from './counter.js'

export interface User {
  readonly id: string
  readonly name: string
}

export interface Passkey extends WebAuthnCredential {
  readonly userId: string
}

export interface PasskeyOptions {
  readonly secret: string
  /** The origin of the app, such as `https://app.example`. Passkeys are bound to it. */
  readonly origin: string
  /** Returns the time in epoch seconds. */
  readonly clock: () => number
  readonly counter: Counter
  readonly users: { find(id: string): Promise<User | undefined> }
  readonly passkeys: {
    find(id: string): Promise<Passkey | undefined>
    findByUser(user: User): Promise<Passkey[]>
    /** Returns false if a passkey with this id exists already. */
    add(passkey: Passkey): Promise<boolean>
    /** Stores the number of signatures that the authenticator reports. */
    setCounter(id: string, counter: number): Promise<void>
  }
}

const CHALLENGE_SECONDS = 300

export function createApp({ secret, origin, clock, counter, users, passkeys }: PasskeyOptions): Hono {
  const rpID = new URL(origin).hostname
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    clock,
    loginView: '/login',
    refreshView: '/login',
  })
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)

  const app = new Hono()
  app.use(loginMiddleware)
  // endregion

  // region challenge
  /** Stores the challenge in the session of this browser, for one ceremony and for `CHALLENGE_SECONDS`. */
  const storeChallenge = (c: Context, ceremony: string, challenge: string) =>
    auth(c).session.set(ceremony, { challenge, until: clock() + CHALLENGE_SECONDS })

  /** Returns the challenge once, or null. A copy of the session cookie does not receive it again. */
  const takeChallenge = async (c: Context, ceremony: string): Promise<string | null> => {
    const stored = (await auth(c).session.get(ceremony)) as { challenge: string; until: number } | undefined
    await auth(c).session.delete(ceremony)
    if (stored === undefined || stored.until <= clock()) return null
    return (await counter.increment(`challenge ${stored.challenge}`, CHALLENGE_SECONDS)) === 1 ? stored.challenge : null
  }
  const expected = { expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true }
  // endregion

  // region register
  app.post('/passkeys/challenge', freshLoginRequired({ withinSeconds: 600 }), async (c) => {
    const { user } = c.var
    const options = await generateRegistrationOptions({
      rpName: 'Recipes',
      rpID,
      userName: user.name,
      userID: new TextEncoder().encode(user.id),
      excludeCredentials: (await passkeys.findByUser(user)).map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    await storeChallenge(c, 'register', options.challenge)
    return c.json(options)
  })

  app.post('/passkeys', freshLoginRequired({ withinSeconds: 600 }), async (c) => {
    const expectedChallenge = await takeChallenge(c, 'register')
    const response = await c.req.json().catch(() => null)
    if (!expectedChallenge) return c.json({ error: 'The challenge is missing or expired.' }, 400)
    const ceremony = { response, expectedChallenge, ...expected }
    const checked = await verifyRegistrationResponse(ceremony).catch(() => null)
    if (!checked?.verified) return c.json({ error: 'The response does not match the challenge.' }, 400)
    const added = await passkeys.add({ ...checked.registrationInfo.credential, userId: c.var.user.id })
    return added ? c.json({}, 201) : c.json({ error: 'This passkey is registered already.' }, 409)
  })
  // endregion

  // region login
  app.get('/login', (c) => c.html('<button id="login">Log in with a passkey</button>'))
  app.post('/login/challenge', async (c) => {
    const options = await generateAuthenticationOptions({ rpID, userVerification: 'required' })
    await storeChallenge(c, 'login', options.challenge)
    return c.json(options)
  })

  app.post('/login', async (c) => {
    const expectedChallenge = await takeChallenge(c, 'login')
    const response = await c.req.json().catch(() => null)
    const credential = await passkeys.find(String(response?.id))
    const user = credential && (await users.find(credential.userId))
    // The user handle of the response must be the id of the passkey's user (WebAuthn §7.2, step 6).
    if (!expectedChallenge || !user || response.response?.userHandle !== Buffer.from(user.id).toString('base64url'))
      return c.json({ error: 'This passkey is not registered.' }, 403)
    const ceremony = { response, credential, expectedChallenge, ...expected }
    const checked = await verifyAuthenticationResponse(ceremony).catch(() => null)
    if (!checked?.verified) return c.json({ error: 'The response does not match the challenge.' }, 403)
    await passkeys.setCounter(credential.id, checked.authenticationInfo.newCounter)
    // Two factors in one step: possession of the device, and the verification of the user by the device.
    const assurance = { method: 'hwk', level: 2 }
    const isLoggedIn = (await auth(c).currentUser())?.id === user.id
    const isAccepted = isLoggedIn ? await auth(c).confirmLogin(assurance) : await auth(c).loginUser(user, assurance)
    if (!isAccepted) return c.json({ error: 'This account is suspended.' }, 403)
    return c.json({ next: await auth(c).nextUrl('/') })
  })
  // endregion

  // region pages
  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  app.get('/vault', freshLoginRequired({ withinSeconds: 600, level: 2 }), (c) => c.text('The vault'))
  return app
}
// endregion
