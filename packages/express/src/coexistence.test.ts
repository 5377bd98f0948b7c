// One app with express-session and passport, which it had before, and Fetch-Login beside them: each logs in and out by
// itself, the cookies of both stand on one answer, and neither touches what is the other's.
import { createLoginManager } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import type { Express, RequestHandler } from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { Strategy } from 'passport-local'
import { describe, expect, it } from 'vitest'
import { caught, expresses, type Handler } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, over, served } from '../testing/served'
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

const waited = (handler: (...given: Parameters<RequestHandler>) => unknown): RequestHandler =>
  caught(handler as Handler) as unknown as RequestHandler

/** An existing app with the login before or after its own middleware. */
function createApp(express: () => Express, order: 'ours first' | 'ours last'): Express {
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
  app.use(...(order === 'ours first' ? [loginMiddleware, ...theirs] : [...theirs, loginMiddleware]))
  const credentials: RequestHandler = (req, _res, next) => {
    Object.assign(req, { body: { username: 'bob', password: 'any' } })
    next()
  }
  const both: RequestHandler = waited(async (req, res) => {
    const ours = await auth(req).currentUser()
    res.json({ theirs: req.user ?? null, ours, isTheirs: req.isAuthenticated(), session: req.session.id !== undefined })
  })
  app.all('/who', both)
  app.post('/passport/in', credentials, passport.authenticate('local'), both)
  app.post(
    '/passport/out',
    (req, res, next) => void req.logout((error) => (error ? next(error) : both(req, res, next))),
  )
  app.post(
    '/in',
    waited(async (req, res, next) => {
      await auth(req).loginUser(alice, { remember: true })
      both(req, res, next)
    }),
  )
  app.post(
    '/out',
    waited(async (req, res, next) => {
      await auth(req).logoutUser()
      both(req, res, next)
    }),
  )
  app.post(
    '/both/in',
    credentials,
    passport.authenticate('local'),
    waited(async (req, res) => {
      await auth(req).loginUser(alice)
      Object.assign(req.session, { seen: true })
      res.cookie('theme', 'dark').redirect('/guarded')
    }),
  )
  app.post(
    '/regenerate',
    waited(async (req, res, next) => {
      await auth(req).session.set('cart', 3)
      req.session.regenerate((error) => (error ? next(error) : both(req, res, next)))
    }),
  )
  app.get(
    '/cart',
    waited(async (req, res) => res.json((await auth(req).session.get('cart')) ?? null)),
  )
  app.get('/guarded', loginRequired(), both)
  return app
}

const OURS = { theirs: null, ours: alice, isTheirs: false, session: true }
const THEIRS = { theirs: { id: 'passport-bob' }, ours: null, isTheirs: true, session: true }
const names = (lines: readonly string[]): string[] => lines.map((line) => line.slice(0, line.indexOf('=')))

const worlds = expresses.flatMap(([version, express]) =>
  (['ours first', 'ours last'] as const).map((order) => ({ name: `${version}, ${order}`, express, order })),
)

describe.each(worlds)('$name', ({ express, order }) => {
  const visit = async () => {
    const origin = await served(createApp(express, order))
    return { origin, browser: createTestClient<User>(over, { manager, clock, origin }) }
  }

  it('a login of ours is none of passport, and ends by itself', async () => {
    const { browser } = await visit()
    expect(await (await browser.post('/in')).json()).toEqual(OURS)
    expect(browser.cookies.names()).toEqual(['__Host-session', '__Host-remember_token'])
    expect(await (await browser.get('/guarded')).json()).toEqual(OURS)
    await browser.post('/out')
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    expect((await browser.get('/guarded')).status).toBe(302)
  })

  it('a login of passport opens no guard of ours, and ends by itself', async () => {
    const { browser } = await visit()
    expect(await (await browser.post('/passport/in')).json()).toEqual(THEIRS)
    expect(browser.cookies.names()).toEqual(['connect.sid'])
    expect((await browser.get('/guarded')).status).toBe(302)
    await browser.post('/passport/out')
    expect(await (await browser.get('/who')).json()).toMatchObject({ theirs: null, ours: null })
  })

  it('both stand side by side, and each logs out alone', async () => {
    const { browser } = await visit()
    await browser.post('/in')
    expect(await (await browser.post('/passport/in')).json()).toEqual({ ...THEIRS, ours: alice })
    await browser.post('/passport/out')
    expect(await (await browser.get('/who')).json()).toEqual(OURS)
    await browser.post('/passport/in')
    await browser.post('/out')
    expect(await (await browser.get('/who')).json()).toEqual(THEIRS)
  })

  it('sets the cookies of both and of the app once on one response', async () => {
    const { origin, browser } = await visit()
    const answer = await ask(`${origin}/both/in`, { method: 'POST' })
    expect(answer.status).toBe(302)
    expect(names(answer.cookies).sort()).toEqual(['__Host-session', 'connect.sid', 'theme'])
    await browser.post('/both/in')
    expect(await (await browser.get('/guarded')).json()).toEqual({ ...THEIRS, ours: alice })
  })

  it('keeps the login if passport regenerates its session, and the other way round', async () => {
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

  it('takes no cookie of theirs for ours', async () => {
    const { browser } = await visit()
    await browser.post('/passport/in')
    browser.cookies.set('__Host-session', browser.cookies.get('connect.sid') ?? '')
    expect(await (await browser.get('/who')).json()).toEqual(THEIRS)
  })

  it('looks at forged requests to their routes too', async () => {
    const { origin } = await visit()
    const answer = await ask(`${origin}/passport/in`, { method: 'POST', headers: { origin: 'https://evil.test' } })
    expect(answer.status).toBe(403)
    expect(names(answer.cookies)).toEqual([])
  })
})
