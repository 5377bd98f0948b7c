// Password reset by a link in a mail. The link works once within half an hour. Every earlier login of the user ends.
// region setup
import { createHash, randomBytes } from 'node:crypto'
import { createLoginManager } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import type { Counter } from './counter.js'

export interface User {
  readonly id: string
  readonly email: string
  /** The salted hash. It changes with each new password, even if the password is the same. */
  readonly passwordHash: string
}

export interface ResetOptions {
  readonly secret: string
  /** The origin of the app, such as `https://app.example`. The link contains it, and never the host of a request. */
  readonly origin: string
  /** Returns the time in epoch seconds. */
  readonly clock: () => number
  readonly counter: Counter
  readonly sendMail: (to: string, text: string) => Promise<void>
  /** Receives the errors that occur after the response. */
  readonly onError: (error: unknown) => void
  readonly users: {
    find(id: string): Promise<User | undefined>
    findByEmail(email: string): Promise<User | undefined>
    check(email: string, password: string): Promise<User | undefined>
    setPassword(id: string, password: string): Promise<void>
  }
  readonly resets: {
    add(reset: { tokenHash: string; userId: string; until: number }): Promise<void>
    /** Removes the reset and all others of its user in one step. Of two concurrent calls, only one receives it. */
    take(tokenHash: string): Promise<{ userId: string; until: number } | undefined>
  }
}

const LINK_SECONDS = 1800
const MAILS_PER_HOUR = 3

export function createApp(options: ResetOptions): Hono {
  const { secret, origin, clock, counter, sendMail, onError, users, resets } = options
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    clock,
    loginView: '/login',
    sessionStamp: (user) => user.passwordHash,
  })
  const { loginMiddleware, loginRequired, auth } = honoLogin(manager)

  const app = new Hono()
  // The URL of a page contains the token. This header keeps it out of requests to other sites.
  app.use(secureHeaders({ referrerPolicy: 'same-origin' }))
  app.use(loginMiddleware)
  // endregion

  // region forgot
  app.get('/forgot', (c) => c.html('<form method="post"><input name="email" type="email"><button>Send</button></form>'))

  app.post('/forgot', async (c) => {
    const { email } = await c.req.parseBody()
    // Runs after the response, so that neither its text nor its time reveals whether a user has this address.
    setTimeout(() => sendLink(String(email)).catch(onError))
    return c.text('If a user has this address, we sent a link to it. The link is valid for half an hour.')
  })

  async function sendLink(email: string): Promise<void> {
    const user = await users.findByEmail(email)
    if (user === undefined || (await counter.increment(`mails ${user.id}`, 3600)) > MAILS_PER_HOUR) return
    const token = randomBytes(32).toString('base64url')
    await resets.add({ tokenHash: hashToken(token), userId: user.id, until: clock() + LINK_SECONDS })
    await sendMail(user.email, `Choose a new password: ${origin}/reset?token=${token}`)
  }

  /** Returns the value for the table, so that a copy of the table does not contain usable links. */
  function hashToken(token: string): string {
    return createHash('sha256').update(token).digest('base64url')
  }
  // endregion

  // region reset
  app.get('/reset', (c) => {
    // A GET request does not use up the token, because mail scanners open every link.
    c.header('cache-control', 'no-store')
    return c.html(html`<form method="post">
      <input type="hidden" name="token" value="${c.req.query('token') ?? ''}">
      <input type="password" name="password" autocomplete="new-password"><button>Set</button>
    </form>`)
  })

  app.post('/reset', async (c) => {
    const { token, password } = await c.req.parseBody()
    if (typeof password !== 'string' || password.length < 12)
      return c.text('The password needs at least 12 characters.', 422)
    const reset = await resets.take(hashToken(String(token)))
    if (reset === undefined || reset.until <= clock()) return c.text('This link is used or expired.', 403)
    await users.setPassword(reset.userId, password)
    return c.redirect('/login', 303)
  })
  // endregion

  // region login
  app.get('/login', (c) => c.html('<form method="post"><input name="email"><input name="password"><button>Go</button>'))
  app.post('/login', async (c) => {
    const { email, password, remember } = await c.req.parseBody()
    const user = await users.check(String(email), String(password))
    const options = { remember: remember === 'yes', method: 'pwd' }
    if (!user || !(await auth(c).loginUser(user, options))) return c.text('Wrong address or password.', 403)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.email}`))
  return app
}
// endregion
