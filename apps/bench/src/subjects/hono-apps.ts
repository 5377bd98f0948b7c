// The apps on Hono. A package that one app needs is imported by that app only.
import type { LoginManager } from '@fetch-login/core'
import type { SessionEnv } from '@hono/session'
import { type Context, Hono } from 'hono'
import type { Session } from 'hono-sessions'
import type { GetTokenParams } from 'next-auth/jwt'
import { createFetchClient } from '../app-client'
import { ORIGIN, PAGE } from '../request'
import { createGreeting, getUserAt, LOGIN_PROMPT, SECRET, type User, users } from '../users'

interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

export function createClient(app: FetchApp) {
  return createFetchClient((path, headers) => app.fetch(new Request(ORIGIN + path, { headers })))
}

export function createBare(): FetchApp {
  return new Hono().get(PAGE, (c) => c.text(createGreeting(getUserAt(0))))
}

/** The Node server is faster for responses whose headers were not read or written. */
export function createWithHeaders(): FetchApp {
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.res.headers.set('vary', 'Cookie')
    c.res.headers.set('cache-control', 'private, no-store')
  })
  return app.get(PAGE, (c) => c.text(createGreeting(getUserAt(0))))
}

export async function createGuarded(manager: LoginManager<User>): Promise<FetchApp> {
  const { honoLogin } = await import('@fetch-login/hono')
  const { loginMiddleware, loginRequired } = honoLogin(manager)
  const app = new Hono()
  app.use(loginMiddleware)
  return app.get(PAGE, loginRequired(), (c) => c.text(createGreeting(c.var.user)))
}

export const PEERS = {
  'signed cookie of Hono': createSignedCookie,
  '@hono/session': createHonoSession,
  'hono-sessions': createHonoSessions,
  'iron-session': createIronSession,
  'next-auth, getToken': createNextAuth,
  'Better Auth, cookie cache': createBetterAuth,
}

function sendPage(c: Context, id: string | null | undefined): Response {
  const user = id == null ? undefined : users.get(id)
  return user === undefined ? c.text(LOGIN_PROMPT, 401) : c.text(createGreeting(user))
}

/** The signed cookie contains only the id of the user. It has no expiry, no stamp and no protection. */
async function createSignedCookie(): Promise<FetchApp> {
  const { getSignedCookie, setSignedCookie } = await import('hono/cookie')
  const app = new Hono()
  app.get('/login/:id', async (c) => {
    await setSignedCookie(c, 'user', c.req.param('id'), SECRET, { httpOnly: true, secure: true, sameSite: 'Lax' })
    return c.body(null, 204)
  })
  return app.get(PAGE, async (c) => sendPage(c, (await getSignedCookie(c, SECRET, 'user')) || undefined))
}

/** An encrypted JWT in a cookie. */
async function createHonoSession(): Promise<FetchApp> {
  const { useSession } = await import('@hono/session')
  const app = new Hono<SessionEnv<{ sub: string }>>()
  // The manual requires 32 bytes, hex-encoded.
  const secret = Buffer.from(SECRET).subarray(0, 32).toString('hex')
  app.use(useSession<{ sub: string }>({ secret, duration: { absolute: 86_400 } }))
  // It throws for an altered cookie. Without this handler Hono prints the error.
  app.onError((_error, c) => c.text(LOGIN_PROMPT, 500))
  app.get('/login/:id', async (c) => {
    await c.var.session.update({ sub: c.req.param('id') })
    return c.body(null, 204)
  })
  return app.get(PAGE, async (c) => sendPage(c, (await c.var.session.get())?.sub))
}

/** An encrypted cookie. By default each response extends the session. */
async function createHonoSessions(): Promise<FetchApp> {
  const { CookieStore, sessionMiddleware } = await import('hono-sessions')
  const app = new Hono<{ Variables: { session: Session<{ userId: string }>; session_key_rotation: boolean } }>()
  app.use(
    sessionMiddleware({
      store: new CookieStore(),
      encryptionKey: SECRET,
      expireAfterSeconds: 3600,
      cookieOptions: { sameSite: 'Lax', path: '/', httpOnly: true },
    }),
  )
  app.get('/login/:id', (c) => {
    c.get('session').set('userId', c.req.param('id'))
    return c.body(null, 204)
  })
  return app.get(PAGE, (c) => sendPage(c, c.get('session').get('userId')))
}

async function createIronSession(): Promise<FetchApp> {
  const { getIronSession } = await import('iron-session')
  const getSession = ({ req, res }: Context) =>
    getIronSession<{ userId?: string }>(req.raw, res, { password: SECRET, cookieName: 'iron' })
  const app = new Hono()
  // It throws for an altered cookie. Without this handler Hono prints the error.
  app.onError((_error, c) => c.text(LOGIN_PROMPT, 500))
  app.get('/login/:id', async (c) => {
    const session = await getSession(c)
    session.userId = c.req.param('id')
    await session.save()
    return c.body(null, 204)
  })
  return app.get(PAGE, async (c) => sendPage(c, (await getSession(c)).userId))
}

/** `encode` at login, and `getToken` at each request, with the cookies that Next.js would pass. */
async function createNextAuth(): Promise<FetchApp> {
  const [{ getCookie, setCookie }, { encode, getToken }] = await Promise.all([
    import('hono/cookie'),
    import('next-auth/jwt'),
  ])
  const app = new Hono()
  app.get('/login/:id', async (c) => {
    setCookie(c, 'next-auth.session-token', await encode({ token: { sub: c.req.param('id') }, secret: SECRET }))
    return c.body(null, 204)
  })
  return app.get(PAGE, async (c) => {
    const req = { cookies: getCookie(c), headers: c.req.raw.headers } as unknown as GetTokenParams['req']
    return sendPage(c, (await getToken({ req, secret: SECRET }))?.sub)
  })
}

/**
 * The cookie cache is on, so that a request does not need the database. It lasts an hour instead of the manual's five
 * minutes, so that it does not expire during the run. The name of its user is the id of ours.
 */
async function createBetterAuth(): Promise<FetchApp> {
  const [{ betterAuth }, { memoryAdapter }] = await Promise.all([
    import('better-auth'),
    import('better-auth/adapters/memory'),
  ])
  const auth = betterAuth({
    baseURL: ORIGIN,
    secret: SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, maxAge: 3600 } },
    telemetry: { enabled: false },
  })
  const app = new Hono()
  app.get('/login/:id', (c) => {
    const id = c.req.param('id')
    const body = { name: id, email: `visitor-${id}@bench.test`, password: SECRET }
    return auth.api.signUpEmail({ body, headers: c.req.raw.headers, asResponse: true })
  })
  return app.get(PAGE, async (c) => sendPage(c, (await auth.api.getSession({ headers: c.req.raw.headers }))?.user.name))
}
