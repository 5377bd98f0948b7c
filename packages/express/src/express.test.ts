// Features of both versions of Express that connect does not have: routers, mounted apps, response methods, files, and
// trusted proxies.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import type { ErrorRequestHandler, Express, RequestHandler, Router } from 'express'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { getCookieNames } from '../../core/test/adapters/login'
import { expressVersions, forwardRejections, type Handler } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { fetchOverHttp, send, sendRaw, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const bob: User = { id: 'bob' }
const clock = createTestClock(1_800_000_000)
const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  clock,
}
const manager = createLoginManager(options)
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)

const folder = mkdtempSync(join(tmpdir(), 'express-'))
const file = join(folder, 'report.txt')
writeFileSync(file, 'a private report')
afterAll(() => rmSync(folder, { recursive: true }))

const BOTH = ['__Host-session', '__Host-remember_token']

describe.each(expressVersions)('%s', (_version, express) => {
  /** Passes rejections to `next`, as an app on Express 4 must do. */
  const forwardRejection = (handler: (...given: Parameters<RequestHandler>) => unknown): RequestHandler =>
    forwardRejections(handler as Handler) as unknown as RequestHandler

  const createApp = (fill: (app: Express) => unknown): Express => {
    const app = express()
    app.use(loginMiddleware)
    fill(app)
    return app
  }
  const createBrowser = (origin: string) => createTestClient<User>(fetchOverHttp, { manager, clock, origin })

  describe('a login', () => {
    const createLoginApp = (respond: RequestHandler): Express =>
      createApp((app) =>
        app.get(
          '/',
          forwardRejection(async (req, res, next) => {
            await auth(req).loginUser(alice, { remember: true })
            respond(req, res, next)
          }),
        ),
      )

    it.each<[string, RequestHandler, number]>([
      ['res.redirect()', (_req, res) => res.redirect('/next'), 302],
      ['res.redirect(303)', (_req, res) => res.redirect(303, '/next'), 303],
      ['res.send(text)', (_req, res) => void res.send('hello'), 200],
      ['res.send(buffer)', (_req, res) => void res.send(Buffer.from('hello')), 200],
      ['res.json()', (_req, res) => void res.json({ hello: 1 }), 200],
      ['res.sendStatus(204)', (_req, res) => void res.sendStatus(204), 204],
      ['res.status().end()', (_req, res) => void res.status(418).end(), 418],
      ['res.sendFile()', (_req, res) => res.sendFile(file), 200],
      ['res.download()', (_req, res) => res.download(file), 200],
      ['res.format()', (_req, res) => void res.format({ text: () => res.send('hello') }), 200],
      ['next()', (_req, _res, next) => next(), 404],
      ['next(error)', (_req, _res, next) => next(new Error('broken')), 500],
    ])('sets its cookies on a response by %s to GET and HEAD', async (_way, respond, status) => {
      const origin = await serve(createLoginApp(respond))
      for (const method of ['GET', 'HEAD']) {
        const sent = await send(origin, { method })
        expect([sent.status, getCookieNames(sent.cookies)]).toEqual([status, BOTH])
        expect(sent.headers.get('cache-control')).toBe('private, no-store')
        expect(sent.headers.get('vary')).toMatch(/(^|, )Cookie$/)
      }
    })

    it('keeps the cookies that the app sets and clears', async () => {
      const origin = await serve(
        createLoginApp((_req, res) => {
          res.cookie('theme', 'dark').cookie('seen', 'yes', { maxAge: 1000 }).clearCookie('old').redirect('/')
        }),
      )
      expect(getCookieNames((await send(origin)).cookies)).toEqual(['theme', 'seen', 'old', ...BOTH])
    })

    it('sets its cookies on a 304, and keeps the entity tag of the page', async () => {
      const app = createLoginApp((_req, res) => void res.send('always the same'))
      app.get('/plain', (_req, res) => void res.send('always the same'))
      const origin = await serve(app)
      const tag = (await send(`${origin}/plain`)).headers.get('etag') ?? ''
      expect(tag).not.toBe('')
      const response = await send(origin, { headers: { 'if-none-match': tag } })
      expect([response.status, response.body, getCookieNames(response.cookies)]).toEqual([304, '', BOTH])
    })

    it('sets its cookies on an error page of the app and of a router', async () => {
      const sendErrorPage: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).send('sorry')
      const logInAndThrow = forwardRejection(async (req) => {
        await auth(req).loginUser(alice, { remember: true })
        throw new Error('broken')
      })
      const router = express.Router()
      router.get('/', logInAndThrow)
      router.use(((_error, _req, res, _next) => void res.status(409).send('from the router')) as ErrorRequestHandler)
      const origin = await serve(
        createApp((app) => app.get('/', logInAndThrow).use('/router', router).use(sendErrorPage)),
      )
      expect(await send(origin)).toMatchObject({ status: 500, body: 'sorry' })
      expect(getCookieNames((await send(origin)).cookies)).toEqual(BOTH)
      const inside = await send(`${origin}/router`)
      expect([inside.status, inside.body, getCookieNames(inside.cookies)]).toEqual([409, 'from the router', BOTH])
    })
  })

  describe('a request whose handler does not read the login', () => {
    it.each<[string, RequestHandler]>([
      ['text', (_req, res) => void res.send('hello')],
      ['data', (_req, res) => void res.json({ hello: 1 })],
      ['a redirect', (_req, res) => res.redirect('/next')],
      ['a file', (_req, res) => res.sendFile(file)],
      ['nothing', (_req, _res, next) => next()],
    ])('has exactly the headers of bare Express: %s', async (_what, respond) => {
      const [with_, without] = [await serve(createApp((app) => app.use(respond))), await serve(express().use(respond))]
      for (const headers of [{}, { cookie: '__Host-session=x', accept: 'text/html', range: 'bytes=0-3' }]) {
        expect(await send(with_, { headers })).toEqual(await send(without, { headers }))
      }
    })
  })

  describe('a file behind a guard', () => {
    it('is not stored by any cache unless the app permits private caches', async () => {
      const app = createApp((app) => {
        app.get('/report', loginRequired(), (_req, res) => res.sendFile(file))
        app.get('/cached', loginRequired(), (_req, res) => res.sendFile(file, { maxAge: 5000 }))
        app.get('/open', (_req, res) => res.sendFile(file))
      })
      const browser = createBrowser(await serve(app))
      await browser.loginAs(alice)
      const getCacheControl = async (path: string) => (await browser.get(path)).headers.get('cache-control')
      expect(await getCacheControl('/report')).toBe('private, no-store')
      expect(await getCacheControl('/cached')).toBe('private, max-age=5')
      expect(await getCacheControl('/open')).toBe('public, max-age=0')
    })

    it.each([
      '/files/report.txt',
      '/FILES/report.txt',
      '/files//report.txt',
      '//files/report.txt',
      '/files/%72eport.txt',
      '/%66iles/report.txt',
      '/files/./report.txt',
      '/x/../files/report.txt',
      'http://a/files/report.txt',
    ])('is guarded in every spelling if guard and files are mounted together: %s', async (path) => {
      const origin = await serve(createApp((app) => app.use('/files', loginRequired(), express.static(folder))))
      const { status, text } = await sendRaw(origin, `GET ${path} HTTP/1.1`)
      expect(text).not.toContain('a private report')
      expect([401, 404]).toContain(status)
    })

    it('is sent without a login in another spelling if guard and files are mounted separately', async () => {
      const name = basename(folder)
      const fileApp = createApp((app) => app.use(`/${name}`, loginRequired()).use(express.static(dirname(folder))))
      const origin = await serve(fileApp)
      expect((await sendRaw(origin, `GET /${name}/report.txt HTTP/1.1`)).status).toBe(401)
      expect((await sendRaw(origin, `GET /%65${name.slice(1)}/report.txt HTTP/1.1`)).text).toContain('a private report')
    })

    it('is sent whole, in a range and as a 304 to a logged-in user', async () => {
      const origin = await serve(createApp((app) => app.use('/files', loginRequired(), express.static(folder))))
      const browser = createBrowser(origin)
      await browser.loginAs(alice)
      const whole = await browser.get('/files/report.txt')
      expect(await whole.text()).toBe('a private report')
      const part = await browser.get('/files/report.txt', { range: 'bytes=2-8' })
      expect([part.status, await part.text()]).toEqual([206, 'private'])
      const none = await browser.get('/files/report.txt', { 'if-none-match': whole.headers.get('etag') ?? '' })
      expect(none.status).toBe(304)
    })
  })

  describe('routers and mounted apps', () => {
    const showUser: RequestHandler = (req, res) => void res.send(auth(req).user.id)

    it('are guarded as a whole, and redirect with the whole path as next', async () => {
      const router: Router = express.Router()
      router.use(loginRequired())
      router.get('/list', showUser)
      const mounted = express()
      mounted.get('/list', freshLoginRequired(), showUser)
      const origin = await serve(
        createApp((app) => app.use('/router', router).use('/deep', express().use('/app', mounted))),
      )
      for (const path of ['/router/list', '/deep/app/list']) {
        const { status, headers } = await send(`${origin}${path}?page=2`, { headers: { accept: 'text/html' } })
        expect([status, headers.get('location')]).toEqual([302, `/login?next=${encodeURIComponent(`${path}?page=2`)}`])
        const browser = createBrowser(origin)
        await browser.loginAs(alice)
        expect(await (await browser.get(path)).text()).toBe('alice')
      }
    })

    it('compare exceptions with the whole path', async () => {
      const router = express.Router()
      router.use(loginRequired({ except: ['/admin/health', '/secret'] }))
      router.use((_req, res) => void res.send('in'))
      const origin = await serve(createApp((app) => app.use('/admin', router)))
      expect((await send(`${origin}/admin/health`)).status).toBe(200)
      expect((await send(`${origin}/admin/secret`)).status).toBe(401)
      expect((await send(`${origin}/admin/health/`)).status).toBe(401)
    })

    it.each(['*', 'http://a?/public/x', 'http://a'])(
      'are not an exception for a request target that two parsers read differently: %s',
      async (target) => {
        const origin = await serve(
          createApp((app) => {
            app.use(loginRequired({ except: ['/', '/public/*'] }))
            app.use((_req, res) => void res.send('in'))
          }),
        )
        expect((await sendRaw(origin, 'GET http://a:80/public/x HTTP/1.1')).status).toBe(200)
        expect((await sendRaw(origin, `GET ${target} HTTP/1.1`)).status).toBe(401)
      },
    )

    it('may have a separate login with its own Auth object', async () => {
      const staff = expressLogin(
        createLoginManager({ ...options, loginView: '/staff/login', session: { cookie: { name: '__Host-staff' } } }),
        { property: 'staff' },
      )
      const inner = express()
      inner.use(staff.loginMiddleware)
      inner.get(
        '/in',
        forwardRejection(async (req, res) => res.json(await staff.auth(req).loginUser(bob))),
      )
      inner.get('/both', staff.loginRequired(), loginRequired(), (req, res) => {
        res.json([auth(req).user.id, staff.auth(req).user.id])
      })
      const app = createApp((app) => app.use('/staff', inner).get('/outside', staff.loginRequired(), showUser))
      const sendErrorCode: ErrorRequestHandler = (error, _req, res, _next) => void res.status(500).send(error.code)
      const browser = createBrowser(await serve(app.use(sendErrorCode)))
      expect((await browser.get('/staff/both')).headers.get('location')).toBe('/staff/login?next=%2Fstaff%2Fboth')
      await browser.get('/staff/in')
      expect((await browser.get('/staff/both')).headers.get('location')).toBe('/login?next=%2Fstaff%2Fboth')
      await browser.loginAs(alice)
      expect(await (await browser.get('/staff/both')).json()).toEqual(['alice', 'bob'])
      expect(await (await browser.get('/outside')).text()).toBe('not-installed')
    })

    it('accept lists of guards on routes with parameters', async () => {
      const handler = vi.fn<RequestHandler<{ id: string }>>((req, res) => void res.send(req.params.id))
      const origin = await serve(
        createApp((app) =>
          app.get('/posts/:id', [loginRequired(), freshLoginRequired({ withinSeconds: 60 })], handler),
        ),
      )
      expect((await send(`${origin}/posts/7`)).status).toBe(401)
      expect(handler).not.toHaveBeenCalled()
      const browser = createBrowser(origin)
      await browser.loginAs(alice)
      expect(await (await browser.get('/posts/7')).text()).toBe('7')
    })
  })

  describe('behind a proxy', () => {
    const bound = createLoginManager<User>({ ...options, fingerprint: ['address'], sessionProtection: 'strong' })
    const login = expressLogin(bound)
    const createProxiedApp = (trust: boolean): Express => {
      const app = express()
      app.set('trust proxy', trust ? 1 : false)
      app.use(login.loginMiddleware)
      app.get(
        '/in',
        forwardRejection(async (req, res) => res.json(await login.auth(req).loginUser(alice))),
      )
      app.all(
        '/',
        forwardRejection(async (req, res) => res.json((await login.auth(req).currentUser())?.id ?? null)),
      )
      return app
    }
    const createHeaders = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' })

    it('that the app trusts, the client address is that of its header', async () => {
      const browser = createBrowser(await serve(createProxiedApp(true)))
      await browser.get('/in', createHeaders('192.0.2.1'))
      const getUser = async (address: string) => (await browser.get('/', createHeaders(address))).json()
      expect(await getUser('203.0.113.9, 192.0.2.1')).toBe('alice')
      expect(await getUser('192.0.2.1, 203.0.113.9')).toBeNull()
    })

    it('that the app does not trust, forwarding headers are ignored', async () => {
      const browser = createBrowser(await serve(createProxiedApp(false)))
      await browser.get('/in', createHeaders('192.0.2.1'))
      expect(await (await browser.get('/', createHeaders('198.51.100.2'))).json()).toBe('alice')
    })

    it('that the app trusts, the CSRF check uses the scheme of its header', async () => {
      const post = async (trust: boolean, scheme: string): Promise<number> => {
        const origin = await serve(createProxiedApp(trust))
        const headers = { ...createHeaders('192.0.2.1'), origin: origin.replace('http:', `${scheme}:`) }
        return (await send(origin, { method: 'POST', headers })).status
      }
      expect(await post(true, 'https')).toBe(200)
      expect(await post(true, 'http')).toBe(403)
      expect(await post(false, 'https')).toBe(403)
      expect(await post(false, 'http')).toBe(200)
    })
  })

  it('a guard keeps the values that other middleware sets', async () => {
    const app = createApp((app) => {
      app.use(express.json(), express.urlencoded({ extended: false }))
      app.post('/', loginRequired({ allow: () => true }), (req, res) => void res.json([req.body, auth(req).user.id]))
    })
    const browser = createBrowser(await serve(app))
    await browser.loginAs(alice)
    expect(await (await browser.post('/', { a: '1' })).json()).toEqual([{ a: '1' }, 'alice'])
  })
})
