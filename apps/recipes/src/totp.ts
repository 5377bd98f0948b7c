// A code of an authenticator app as the second step (TOTP, RFC 6238), by otpauth.
// region setup
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'
import { TOTP } from 'otpauth'
import type { Counter } from './counter.js'

export interface User {
  readonly id: string
  readonly name: string
  /** The secret shared with the authenticator app, base32; null for a user without a second factor. */
  readonly totpSecret: string | null
}

export interface TotpOptions {
  readonly secret: string
  /** Epoch seconds. */
  readonly clock: () => number
  readonly counter: Counter
  readonly users: {
    find(id: string): Promise<User | undefined>
    check(name: string, password: string): Promise<User | undefined>
  }
}

const PENDING_SECONDS = 300
const TRIES = 5
const TRIES_SECONDS = 3600
const REFUSED = 'This is wrong, or used already, or one try too many: wait an hour then.'

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
    // No login: only who is being asked for the code, and until when.
    const pending: Pending = { userId: user.id, remember: options.remember, until: clock() + PENDING_SECONDS }
    await auth(c).session.set('pending', pending)
    return c.redirect(auth(c).loginUrl('/login/code', await auth(c).nextUrl('/')), 303)
  })

  app.get('/login/code', (c) => c.html(form('code')))

  app.post('/login/code', async (c) => {
    const pending = (await auth(c).session.get('pending')) as Pending | undefined
    const isOpen = pending !== undefined && pending.until > clock()
    const user = isOpen ? await users.find(pending.userId) : undefined
    if (!isOpen || !user) return c.redirect(auth(c).loginUrl('/login', await auth(c).nextUrl('/')), 303)
    const { code } = await c.req.parseBody()
    if (!(await isRightCode(user, String(code)))) return c.text(REFUSED, 403)
    await auth(c).session.delete('pending')
    const proof = { method: ['pwd', 'otp'], level: 2 }
    if (!(await auth(c).loginUser(user, { ...proof, remember: pending.remember })))
      return c.text('This account is suspended.', 403)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  // endregion

  // region code
  /** Each try is counted before it is judged, and each code is good once: both at the server, by user. */
  async function isRightCode({ id, totpSecret }: User, code: string): Promise<boolean> {
    if (totpSecret === null || (await counter.count(`tries ${id}`, TRIES_SECONDS)) > TRIES) return false
    const totp = new TOTP({ secret: totpSecret })
    const timestamp = clock() * 1000
    const delta = totp.validate({ token: code, timestamp, window: 1 })
    if (delta === null) return false
    const step = totp.counter({ timestamp }) + delta
    if ((await counter.count(`step ${id} ${step}`, 4 * totp.period)) > 1) return false
    await counter.forget(`tries ${id}`)
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
    const isRight = await isRightCode(user, String(code))
    // A remember cookie is no first factor: who comes with one types the password too.
    const isFresh = await auth(c).loginFresh()
    const isKnown = isFresh || (await users.check(user.name, String(password)))?.id === user.id
    const proof = { method: isFresh ? 'otp' : ['pwd', 'otp'], level: 2 }
    if (!isRight || !isKnown || !(await auth(c).confirmLogin(proof))) return c.text(REFUSED, 403)
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
