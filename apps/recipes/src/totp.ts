// Login with a password and a code of an authenticator app (TOTP, RFC 6238). otpauth verifies the code.
// region setup
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'
import { TOTP } from 'otpauth'
import type { Counter } from './counter.js'

export interface User {
  readonly id: string
  readonly name: string
  /** The secret in base32 that the authenticator app has too. Null for a user without a second factor. */
  readonly totpSecret: string | null
}

export interface TotpOptions {
  readonly secret: string
  /** Returns the time in epoch seconds. */
  readonly clock: () => number
  readonly counter: Counter
  readonly users: {
    find(id: string): Promise<User | undefined>
    check(name: string, password: string): Promise<User | undefined>
  }
}

const PENDING_SECONDS = 300
const MAX_ATTEMPTS = 5
const ATTEMPT_SECONDS = 3600
const REFUSED = 'The code is wrong or used, or there were too many attempts. Wait an hour after five attempts.'

export function createApp({ secret, clock, counter, users }: TotpOptions): Hono {
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    clock,
    loginView: '/login',
    refreshView: '/confirm',
  })
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)

  const app = new Hono()
  app.use(loginMiddleware)
  // endregion

  // region login
  type Pending = { userId: string; remember: boolean; until: number }

  app.get('/login', (c) => c.html(form('name', 'password', 'remember')))

  app.post('/login', async (c) => {
    const { name, password, remember } = await c.req.parseBody()
    const user = await users.check(String(name), String(password))
    await auth(c).session.delete('pending')
    if (user === undefined) return c.text('Wrong name or password.', 403)
    const options = { remember: remember === 'yes', method: 'pwd' }
    if (user.totpSecret === null) {
      if (!(await auth(c).loginUser(user, options))) return c.text('This account is suspended.', 403)
      return c.redirect(await auth(c).nextUrl('/'), 303)
    }
    // This is not a login. The session stores only the user who must enter a code, and the end of the waiting time.
    const pending: Pending = { userId: user.id, remember: options.remember, until: clock() + PENDING_SECONDS }
    await auth(c).session.set('pending', pending)
    return c.redirect(auth(c).loginUrl('/login/code', await auth(c).nextUrl('/')), 303)
  })

  app.get('/login/code', (c) => c.html(form('code')))

  app.post('/login/code', async (c) => {
    const pending = (await auth(c).session.get('pending')) as Pending | undefined
    const isPending = pending !== undefined && pending.until > clock()
    const user = isPending ? await users.find(pending.userId) : undefined
    if (!isPending || !user) return c.redirect(auth(c).loginUrl('/login', await auth(c).nextUrl('/')), 303)
    const { code } = await c.req.parseBody()
    if (!(await verifyCode(user, String(code)))) return c.text(REFUSED, 403)
    await auth(c).session.delete('pending')
    const assurance = { method: ['pwd', 'otp'], level: 2 }
    if (!(await auth(c).loginUser(user, { ...assurance, remember: pending.remember })))
      return c.text('This account is suspended.', 403)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  // endregion

  // region code
  /** Counts each attempt before it verifies the code, and accepts each code once. The server counts both for each user. */
  async function verifyCode({ id, totpSecret }: User, code: string): Promise<boolean> {
    if (totpSecret === null || (await counter.increment(`attempts ${id}`, ATTEMPT_SECONDS)) > MAX_ATTEMPTS) return false
    const totp = new TOTP({ secret: totpSecret })
    const timestamp = clock() * 1000
    const delta = totp.validate({ token: code, timestamp, window: 1 })
    if (delta === null) return false
    const step = totp.counter({ timestamp }) + delta
    if ((await counter.increment(`step ${id} ${step}`, 4 * totp.period)) > 1) return false
    await counter.reset(`attempts ${id}`)
    return true
  }
  // endregion

  // region step-up
  app.get('/confirm', loginRequired(), async (c) =>
    c.html((await auth(c).loginFresh()) ? form('code') : form('password', 'code')),
  )

  app.post('/confirm', loginRequired(), async (c) => {
    const { user } = c.var
    const { password, code } = await c.req.parseBody()
    const isCodeRight = await verifyCode(user, String(code))
    // A remember cookie does not replace the first factor. A remembered user must type the password too.
    const isFresh = await auth(c).loginFresh()
    const isKnown = isFresh || (await users.check(user.name, String(password)))?.id === user.id
    const assurance = { method: isFresh ? 'otp' : ['pwd', 'otp'], level: 2 }
    if (!isCodeRight || !isKnown || !(await auth(c).confirmLogin(assurance))) return c.text(REFUSED, 403)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })

  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  app.get('/vault', freshLoginRequired({ level: 2, withinSeconds: 600 }), (c) => c.text('The vault'))
  return app
}
// endregion

function form(...fields: string[]): string {
  return `<form method="post">${fields.map((name) => `<input name="${name}">`).join('')}<button>Go on</button></form>`
}
