// A forgotten password: a link by mail, good once and for half an hour; and every login from before it ends.
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
  /** Salted, so that it changes with every password that is set, even with the same one. */
  readonly passwordHash: string
}

export interface ResetOptions {
  readonly secret: string
  /** Where the app is: `https://app.example`. The link leads there, whatever host a request names. */
  readonly origin: string
  /** Epoch seconds. */
  readonly clock: () => number
  readonly counter: Counter
  readonly sendMail: (to: string, text: string) => Promise<void>
  /** Hears what went wrong after the answer was given. */
  readonly onError: (error: unknown) => void
  readonly users: {
    find(id: string): Promise<User | undefined>
    findByEmail(email: string): Promise<User | undefined>
    check(email: string, password: string): Promise<User | undefined>
    setPassword(id: string, password: string): Promise<void>
  }
  readonly resets: {
    add(reset: { tokenHash: string; userId: string; until: number }): Promise<void>
    /** Removes it, and all others of its user, in one step: of two at the same time one gets it. */
    take(tokenHash: string): Promise<{ userId: string; until: number } | undefined>
  }
}

const LINK_SECONDS = 1800
const MAILS_AN_HOUR = 3

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
  // The token is in the address of a page: no link there tells it to another site.
  app.use(secureHeaders({ referrerPolicy: 'same-origin' }))
  app.use(loginMiddleware)
  // endregion

  // region forgot
  app.get('/forgot', (c) => c.html('<form method="post"><input name="email" type="email"><button>Send</button></form>'))

  app.post('/forgot', async (c) => {
    const { email } = await c.req.parseBody()
    // After the answer: neither its words nor its time tell whether somebody has this address.
    setTimeout(() => sendLink(String(email)).catch(onError))
    return c.text('If somebody has this address here, there is mail now. The link is good for half an hour.')
  })

  async function sendLink(email: string): Promise<void> {
    const user = await users.findByEmail(email)
    if (user === undefined || (await counter.count(`mails ${user.id}`, 3600)) > MAILS_AN_HOUR) return
    const token = randomBytes(32).toString('base64url')
    await resets.add({ tokenHash: hashOf(token), userId: user.id, until: clock() + LINK_SECONDS })
    await sendMail(user.email, `Choose a new password: ${origin}/reset?token=${token}`)
  }

  /** Whoever reads the table finds no link in it. */
  function hashOf(token: string): string {
    return createHash('sha256').update(token).digest('base64url')
  }
  // endregion

  // region reset
  app.get('/reset', (c) => {
    // Looking uses nothing up: mail scanners open every link.
    c.header('cache-control', 'no-store')
    return c.html(html`<form method="post">
      <input type="hidden" name="token" value="${c.req.query('token') ?? ''}">
      <input type="password" name="password" autocomplete="new-password"><button>Set</button>
    </form>`)
  })

  app.post('/reset', async (c) => {
    const { token, password } = await c.req.parseBody()
    if (typeof password !== 'string' || password.length < 12) return c.text('Take 12 characters at least.', 422)
    const reset = await resets.take(hashOf(String(token)))
    if (reset === undefined || reset.until <= clock()) return c.text('This link was used, or is too old.', 403)
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
