// Passkeys: registration and login by WebAuthn, checked by SimpleWebAuthn.
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
  /** Where the app is: `https://app.example`. Passkeys are bound to it. */
  readonly origin: string
  /** Epoch seconds. */
  readonly clock: () => number
  readonly counter: Counter
  readonly users: { find(id: string): Promise<User | undefined> }
  readonly passkeys: {
    find(id: string): Promise<Passkey | undefined>
    of(user: User): Promise<Passkey[]>
    /** False where there is one of this id: it is somebody's already. */
    add(passkey: Passkey): Promise<boolean>
    /** The authenticator's own count of its signatures. */
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
  /** The challenge belongs to this browser, to this ceremony, and to the next minutes. */
  const keepChallenge = (c: Context, ceremony: string, challenge: string) =>
    auth(c).session.set(ceremony, { challenge, until: clock() + CHALLENGE_SECONDS })

  /** Gives it back once, and not to a copy of the cookie either; null where there is none to answer. */
  const takeChallenge = async (c: Context, ceremony: string): Promise<string | null> => {
    const given = (await auth(c).session.get(ceremony)) as { challenge: string; until: number } | undefined
    await auth(c).session.delete(ceremony)
    if (given === undefined || given.until <= clock()) return null
    return (await counter.count(`challenge ${given.challenge}`, CHALLENGE_SECONDS)) === 1 ? given.challenge : null
  }
  const here = { expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true }
  // endregion

  // region register
  app.post('/passkeys/challenge', freshLoginRequired({ withinSeconds: 600 }), async (c) => {
    const { user } = c.var
    const options = await generateRegistrationOptions({
      rpName: 'Recipes',
      rpID,
      userName: user.name,
      userID: new TextEncoder().encode(user.id),
      excludeCredentials: (await passkeys.of(user)).map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    await keepChallenge(c, 'register', options.challenge)
    return c.json(options)
  })

  app.post('/passkeys', freshLoginRequired({ withinSeconds: 600 }), async (c) => {
    const expectedChallenge = await takeChallenge(c, 'register')
    const response = await c.req.json().catch(() => null)
    if (!expectedChallenge) return c.json({ error: 'There is no challenge to answer.' }, 400)
    const asked = { response, expectedChallenge, ...here }
    const checked = await verifyRegistrationResponse(asked).catch(() => null)
    if (!checked?.verified) return c.json({ error: 'This is no answer to the challenge.' }, 400)
    const added = await passkeys.add({ ...checked.registrationInfo.credential, userId: c.var.user.id })
    return added ? c.json({}, 201) : c.json({ error: 'This passkey is registered already.' }, 409)
  })
  // endregion

  // region login
  app.get('/login', (c) => c.html('<button id="login">Log in with a passkey</button>'))
  app.post('/login/challenge', async (c) => {
    const options = await generateAuthenticationOptions({ rpID, userVerification: 'required' })
    await keepChallenge(c, 'login', options.challenge)
    return c.json(options)
  })

  app.post('/login', async (c) => {
    const expectedChallenge = await takeChallenge(c, 'login')
    const response = await c.req.json().catch(() => null)
    const credential = await passkeys.find(String(response?.id))
    const user = credential && (await users.find(credential.userId))
    // The authenticator says whose passkey it is, and that has to be so here too (WebAuthn §7.2, step 6).
    if (!expectedChallenge || !user || response.response?.userHandle !== Buffer.from(user.id).toString('base64url'))
      return c.json({ error: 'This is no passkey of somebody here.' }, 403)
    const asked = { response, credential, expectedChallenge, ...here }
    const checked = await verifyAuthenticationResponse(asked).catch(() => null)
    if (!checked?.verified) return c.json({ error: 'This is no answer to the challenge.' }, 403)
    await passkeys.setCounter(credential.id, checked.authenticationInfo.newCounter)
    // Having the device, and being verified by it: two factors in one gesture.
    const proof = { method: 'hwk', level: 2 }
    const isThere = (await auth(c).currentUser())?.id === user.id
    const isIn = isThere ? await auth(c).confirmLogin(proof) : await auth(c).loginUser(user, proof)
    if (!isIn) return c.json({ error: 'This account is suspended.' }, 403)
    return c.json({ next: await auth(c).nextUrl('/') })
  })
  // endregion

  // region pages
  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  app.get('/vault', freshLoginRequired({ withinSeconds: 600, level: 2 }), (c) => c.text('The vault'))
  return app
}
// endregion
