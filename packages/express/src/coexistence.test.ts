// An app with express-session, passport and Fetch-Login. Each has its own logins and cookies, and leaves those of the other
// unchanged. One response may set the cookies of both.
import { createLoginManager } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import type { Express, RequestHandler } from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { Strategy } from 'passport-local'
import { describe, expect, it } from 'vitest'
import { getCookieNames } from '../../core/test/adapters/login'
import { expressVersions, forwardRejections, type Handler } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { fetchOverHttp, send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const clock = createTestClock()
const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  clock,
})
const { loginMiddleware, loginRequired, auth } = expressLogin(manager)

const forwardRejection = (handler: (...given: Parameters<RequestHandler>) => unknown): RequestHandler =>
  forwardRejections(handler as Handler) as unknown as RequestHandler

/** Creates an app that installs loginMiddleware before or after express-session and passport. */
function createApp(express: () => Express, order: 'login first' | 'login last'): Express {
  const passport = new Passport()
  passport.use(new Strategy((username, _password, done) => done(null, { id: `passport-${username}` })))
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const theirs = [
    session({ secret: 'theirs', resave: false, saveUninitialized: false }),
    passport.initialize(),
    passport.session(),
  ]
  const app = express()
  app.use(...(order === 'login first' ? [loginMiddleware, ...theirs] : [...theirs, loginMiddleware]))
  const credentials: RequestHandler = (req, _res, next) => {
    Object.assign(req, { body: { username: 'bob', password: 'any' } })
    next()
  }
  const showBoth: RequestHandler = forwardRejection(async (req, res) => {
    const ours = await auth(req).currentUser()
    res.json({ theirs: req.user ?? null, ours, isTheirs: req.isAuthenticated(), session: req.session.id !== undefined })
  })
  app.all('/who', showBoth)
  app.post('/passport/in', credentials, passport.authenticate('local'), showBoth)
  app.post(
    '/passport/out',
    (req, res, next) => void req.logout((error) => (error ? next(error) : showBoth(req, res, next))),
  )
  app.post(
    '/in',
    forwardRejection(async (req, res, next) => {
      await auth(req).loginUser(alice, { remember: true })
      showBoth(req, res, next)
    }),
  )
  app.post(
    '/out',
    forwardRejection(async (req, res, next) => {
      await auth(req).logoutUser()
      showBoth(req, res, next)
    }),
  )
  app.post(
    '/both/in',
    credentials,
    passport.authenticate('local'),
    forwardRejection(async (req, res) => {
      await auth(req).loginUser(alice)
      Object.assign(req.session, { seen: true })
      res.cookie('theme', 'dark').redirect('/guarded')
    }),
  )
  app.post(
    '/regenerate',
    forwardRejection(async (req, res, next) => {
      await auth(req).session.set('cart', 3)
      req.session.regenerate((error) => (error ? next(error) : showBoth(req, res, next)))
    }),
  )
  app.get(
    '/cart',
    forwardRejection(async (req, res) => res.json((await auth(req).session.get('cart')) ?? null)),
  )
  app.get('/guarded', loginRequired(), showBoth)
  return app
}

const OURS = { theirs: null, ours: alice, isTheirs: false, session: true }
const THEIRS = { theirs: { id: 'passport-bob' }, ours: null, isTheirs: true, session: true }
const setups = expressVersions.flatMap(([version, express]) =>
  (['login first', 'login last'] as const).map((order) => ({ name: `${version}, ${order}`, express, order })),
)

describe.each(setups)('$name', ({ express, order }) => {
  const visit = async () => {
    const origin = await serve(createApp(express, order))
    return { origin, browser: createTestClient<User>(fetchOverHttp, { manager, clock, origin }) }
  }

  it('a login of Fetch-Login does not log in to passport, and its logout leaves passport unchanged', async () => {
    const { browser } = await visit()
    expect(await (await browser.post('/in')).json()).toEqual(OURS)
    expect(browser.cookies.names()).toEqual(['__Host-session', '__Host-remember_token'])
    expect(await (await browser.get('/guarded')).json()).toEqual(OURS)
    await browser.post('/out')
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    expect((await browser.get('/guarded')).status).toBe(302)
  })

  it('a login of passport does not pass a guard of Fetch-Login, and its logout leaves Fetch-Login unchanged', async () => {
    const { browser } = await visit()
    expect(await (await browser.post('/passport/in')).json()).toEqual(THEIRS)
    expect(browser.cookies.names()).toEqual(['connect.sid'])
    expect((await browser.get('/guarded')).status).toBe(302)
    await browser.post('/passport/out')
    expect(await (await browser.get('/who')).json()).toMatchObject({ theirs: null, ours: null })
  })

  it('a user may be logged in to both, and each logs out separately', async () => {
    const { browser } = await visit()
    await browser.post('/in')
    expect(await (await browser.post('/passport/in')).json()).toEqual({ ...THEIRS, ours: alice })
    await browser.post('/passport/out')
    expect(await (await browser.get('/who')).json()).toEqual(OURS)
    await browser.post('/passport/in')
    await browser.post('/out')
    expect(await (await browser.get('/who')).json()).toEqual(THEIRS)
  })

  it('one response sets the cookies of both and of the app once', async () => {
    const { origin, browser } = await visit()
    const response = await send(`${origin}/both/in`, { method: 'POST' })
    expect(response.status).toBe(302)
    expect(getCookieNames(response.cookies).sort()).toEqual(['__Host-session', 'connect.sid', 'theme'])
    await browser.post('/both/in')
    expect(await (await browser.get('/guarded')).json()).toEqual({ ...THEIRS, ours: alice })
  })

  it('a new session of passport keeps the login of Fetch-Login, and a new login keeps that of passport', async () => {
    const { browser } = await visit()
    await browser.post('/in')
    await browser.post('/passport/in')
    const before = browser.cookies.get('connect.sid')
    await browser.post('/regenerate')
    expect(await (await browser.get('/who')).json()).toEqual(OURS)
    expect(await (await browser.get('/cart')).json()).toBe(3)
    await browser.post('/passport/in')
    expect(browser.cookies.get('connect.sid')).not.toBe(before)
    await browser.post('/in')
    expect(await (await browser.get('/who')).json()).toEqual({ ...THEIRS, ours: alice })
  })

  it('the session cookie of express-session is not accepted as one of Fetch-Login', async () => {
    const { browser } = await visit()
    await browser.post('/passport/in')
    browser.cookies.set('__Host-session', browser.cookies.get('connect.sid') ?? '')
    expect(await (await browser.get('/who')).json()).toEqual(THEIRS)
  })

  it('a forged request to a route of passport is refused', async () => {
    const { origin } = await visit()
    const response = await send(`${origin}/passport/in`, { method: 'POST', headers: { origin: 'https://evil.test' } })
    expect(response.status).toBe(403)
    expect(getCookieNames(response.cookies)).toEqual([])
  })
})
