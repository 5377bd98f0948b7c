// The adapter in real Hono apps: whatever answers a request (a handler, an error, a mounted app, a stream), the cookies
// of the login are on it, once; and where nothing happened, nothing is touched.
import {
  type Auth,
  createLoginManager,
  type LoginManagerOptions,
  OptionsError,
  StoreError,
  UsageError,
} from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { stream, streamSSE } from 'hono/streaming'
import { describe, expect, it, vi } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const bob: User = { id: 'bob' }
const ORIGIN = 'https://app.test'
const clock = createTestClock(1_800_000_000)

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => [alice, bob].find((user) => user.id === id),
  loginView: '/login',
  refreshView: '/again',
  clock,
}
const manager = createLoginManager(options)
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)

const created = (): Hono => {
  const app = new Hono()
  app.use(loginMiddleware)
  return app
}

const clientOf = (app: Hono<never> | Hono) =>
  createTestClient<User>((request) => (app as Hono).fetch(request), { manager, clock })

const cookieNames = (response: Response): string[] =>
  response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))

const BOTH = ['__Host-session', '__Host-remember_token']

const logIn = (c: Parameters<typeof auth>[0]): Promise<boolean> => auth(c).loginUser(alice, { remember: true })

/** The cookies are there, once, and no cache keeps the answer. */
function expectLoggedIn(response: Response): void {
  expect(cookieNames(response)).toEqual(BOTH)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(response.headers.get('vary')).toBe('Cookie')
}

describe('a login is sent along', () => {
  it('with what the handler answers', async () => {
    const app = created().post('/', async (c) => {
      await logIn(c)
      return c.redirect('/next', 303)
    })
    const answer = await app.request(`${ORIGIN}/`, { method: 'POST' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/next'])
    expectLoggedIn(answer)
  })

  it('with the answer of onError, where the handler threw after it', async () => {
    const app = created()
    app.onError((_error, c) => c.text('sorry', 500))
    app.get('/', async (c) => {
      await logIn(c)
      throw new Error('after the login')
    })
    const answer = await app.request(`${ORIGIN}/`)
    expect([answer.status, await answer.text()]).toEqual([500, 'sorry'])
    expectLoggedIn(answer)
  })

  it('with the answer of an HTTPException', async () => {
    const app = created().get('/', async (c) => {
      await logIn(c)
      throw new HTTPException(409, { res: new Response('conflict', { status: 409, headers: { 'x-own': '1' } }) })
    })
    const answer = await app.request(`${ORIGIN}/`)
    expect([answer.status, answer.headers.get('x-own')]).toEqual([409, '1'])
    expectLoggedIn(answer)
  })

  it('with the answer of notFound', async () => {
    const app = created()
    app.notFound(async (c) => {
      await logIn(c)
      return c.text('nothing here', 404)
    })
    const answer = await app.request(`${ORIGIN}/none`)
    expect([answer.status, await answer.text()]).toEqual([404, 'nothing here'])
    expectLoggedIn(answer)
  })

  it('with the answer of a sub-app, its own onError included', async () => {
    const sub = new Hono()
    sub.onError((_error, c) => c.text('sorry from below', 500))
    sub.get('/good', async (c) => {
      await logIn(c)
      return c.text('good')
    })
    sub.get('/bad', async (c) => {
      await logIn(c)
      throw new Error('after the login')
    })
    const app = created().route('/sub', sub)
    expectLoggedIn(await app.request(`${ORIGIN}/sub/good`))
    const answer = await app.request(`${ORIGIN}/sub/bad`)
    expect(await answer.text()).toBe('sorry from below')
    expectLoggedIn(answer)
  })

  it('with the answer of a mounted app', async () => {
    const app = created()
    app.use('/mounted/*', async (c, next) => {
      await logIn(c)
      await next()
    })
    app.mount('/mounted', () => new Response('from elsewhere', { headers: { vary: 'Accept-Language' } }))
    const answer = await app.request(`${ORIGIN}/mounted/x`)
    expect(await answer.text()).toBe('from elsewhere')
    expect(answer.headers.get('vary')).toBe('Accept-Language, Cookie')
    expect(cookieNames(answer)).toEqual(BOTH)
  })

  it('with a stream, which goes through whole', async () => {
    const app = created().get('/', async (c) => {
      await logIn(c)
      return stream(c, async (out) => {
        for (const word of ['one ', 'two ', 'three']) await out.write(word)
      })
    })
    const answer = await app.request(`${ORIGIN}/`)
    expectLoggedIn(answer)
    expect(await answer.text()).toBe('one two three')
  })

  it('with server-sent events; one that comes after the headers is refused, and nobody is logged in', async () => {
    let late: unknown
    const app = created().get('/', async (c) => {
      await auth(c).flash('before')
      return streamSSE(c, async (out) => {
        await out.sleep(5)
        late = await logIn(c).catch((error: unknown) => error)
        await out.writeSSE({ data: 'hello' })
      })
    })
    const answer = await app.request(`${ORIGIN}/`)
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    expect(await answer.text()).toBe('data: hello\n\n')
    expect(late).toBeInstanceOf(UsageError)
    expect(late).toMatchObject({ code: 'response-sent' })
    expect(cookieNames(answer)).toEqual(['__Host-session'])
  })

  it('with the answer to HEAD, which has no body', async () => {
    const app = created().get('/', async (c) => {
      await logIn(c)
      return c.text('body')
    })
    const answer = await app.request(`${ORIGIN}/`, { method: 'HEAD' })
    expect(await answer.text()).toBe('')
    expectLoggedIn(answer)
  })

  it('with a response that fetch() brought, whose headers cannot be changed', async () => {
    const app = created().get('/', async (c) => {
      await logIn(c)
      return fetch('data:text/plain;charset=utf-8,from%20elsewhere')
    })
    const answer = await app.request(`${ORIGIN}/`)
    expect(await answer.text()).toBe('from elsewhere')
    expect(answer.headers.get('content-type')).toBe('text/plain;charset=utf-8')
    expectLoggedIn(answer)
  })

  it('with headers that were set before and after, cookies of the app among them', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      c.header('x-last', '1')
    })
    app.use(loginMiddleware)
    app.use(async (c, next) => {
      c.header('x-first', '1')
      setCookie(c, 'theme', 'dark')
      await next()
      setCookie(c, 'seen', 'yes')
    })
    app.get('/', async (c) => {
      setCookie(c, 'own', '1')
      await logIn(c)
      return c.text('', 200, { 'cache-control': 'private, max-age=1', vary: 'Accept' })
    })
    const answer = await app.request(`${ORIGIN}/`)
    expect(cookieNames(answer)).toEqual(['theme', 'own', 'seen', ...BOTH])
    expect([answer.headers.get('x-first'), answer.headers.get('x-last')]).toEqual(['1', '1'])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(answer.headers.get('vary')).toBe('Accept, Cookie')
  })

  it('with 304 too, where etag() stands behind loginMiddleware', async () => {
    const app = created()
    app.use(etag())
    app.get('/', async (c) => {
      if (c.req.query('login') !== undefined) await logIn(c)
      return c.text('always the same')
    })
    const tag = (await app.request(`${ORIGIN}/`)).headers.get('etag') ?? ''
    const answer = await app.request(`${ORIGIN}/?login`, { headers: { 'if-none-match': tag } })
    expect(answer.status).toBe(304)
    expect(cookieNames(answer)).toEqual(BOTH)
  })

  it('not at all where something was thrown that is no error: Hono answers nothing then', async () => {
    const app = created().get('/', async (c) => {
      await logIn(c)
      throw 'a text'
    })
    await expect(Promise.resolve(app.request(`${ORIGIN}/`))).rejects.toBe('a text')
  })
})

describe('a logout is sent along', () => {
  it('with the error that came after it', async () => {
    const app = created()
    app.onError((_error, c) => c.text('sorry', 500))
    app.post('/logout', async (c) => {
      await auth(c).logoutUser()
      throw new Error('after the logout')
    })
    app.get('/', loginRequired(), (c) => c.text(c.var.user.id))
    const client = clientOf(app)
    await client.loginAs(alice, { remember: true })
    expect(await (await client.get('/')).text()).toBe('alice')
    expect((await client.post('/logout')).status).toBe(500)
    expect(client.cookies.names()).toEqual(['__Host-session_ended'])
    expect((await client.get('/')).headers.get('location')).toBe('/login?next=%2F')
  })
})

describe('a request that nobody asks about', () => {
  const given = new Response('hello', { headers: { 'x-own': '1' } })

  it('gets the very same response object', async () => {
    const app = created().get('/', () => given)
    const client = clientOf(app)
    await client.loginAs(alice, { remember: true })
    const answer = await client.get('/')
    expect(answer).toBe(given)
    expect([...answer.headers.keys()]).toEqual(['content-type', 'x-own'])
  })

  it('gets the very same response object even where its headers cannot be changed', async () => {
    const immutable = await fetch('data:,hello')
    const app = created().get('/', () => immutable)
    expect(await app.request(`${ORIGIN}/`)).toBe(immutable)
  })

  it('gets the very same object where only headers for caches were added', async () => {
    const response = new Response('hello')
    const app = created().get('/', async (c) => {
      await auth(c).currentUser()
      return response
    })
    expect(await app.request(`${ORIGIN}/`)).toBe(response)
    expect(response.headers.get('vary')).toBe('Cookie')
  })
})

describe('a WebSocket upgrade', () => {
  const upgraded = (): Response => Object.defineProperty(new Response(null), 'status', { value: 101 })
  const HANDSHAKE = { upgrade: 'websocket', connection: 'Upgrade', origin: ORIGIN, host: 'app.test' }

  it('is answered with the very response of the handler, though the user was looked up', async () => {
    const response = upgraded()
    let user: User | null = null
    const app = created().get('/socket', async (c) => {
      user = await auth(c).currentUser()
      return response
    })
    const client = clientOf(app)
    await client.loginAs(alice, { remember: true })
    client.restart()
    const answer = await client.get('/socket', HANDSHAKE)
    expect(answer).toBe(response)
    expect([...answer.headers]).toEqual([])
    expect(user).toBe(alice)
  })

  it('cannot log anybody in, and says so', async () => {
    let refusal: unknown
    const app = created().get('/socket', async (c) => {
      await logIn(c)
      return upgraded()
    })
    app.onError((error, c) => {
      refusal = error
      return c.text('no', 500)
    })
    const answer = await app.request(`${ORIGIN}/socket`, { headers: HANDSHAKE })
    expect(refusal).toMatchObject({ code: 'response-sent' })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([500, []])
  })

  it('is refused from another origin, before the handler runs', async () => {
    const handler = vi.fn(upgraded)
    const app = created().get('/socket', handler)
    const answer = await app.request(`${ORIGIN}/socket`, { headers: { ...HANDSHAKE, origin: 'https://evil.test' } })
    expect(answer.status).toBe(403)
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('loginMiddleware', () => {
  it('installed twice is one handle, and writes once', async () => {
    const seen = new Set<Auth<User>>()
    const app = created()
    app.use(async (c, next) => {
      seen.add(auth(c))
      await next()
    })
    app.use(loginMiddleware)
    app.get('/', loginMiddleware, async (c) => {
      seen.add(auth(c))
      await logIn(c)
      return c.text('')
    })
    expectLoggedIn(await app.request(`${ORIGIN}/`))
    expect(seen.size).toBe(1)
  })

  it('gives each request a handle of its own', async () => {
    const seen = new Set<Auth<User>>()
    const app = created().get('/', (c) => {
      seen.add(auth(c))
      return c.text('')
    })
    await Promise.all([app.request(`${ORIGIN}/`), app.request(`${ORIGIN}/`)])
    expect(seen.size).toBe(2)
  })

  it('that is missing is named by whoever needs it', async () => {
    const errors: unknown[] = []
    const app = new Hono()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.get('/handle', async (c) => c.json(await auth(c).currentUser()))
    app.get('/guard', loginRequired(), (c) => c.text(c.var.user.id))
    for (const path of ['/handle', '/guard']) expect((await app.request(ORIGIN + path)).status).toBe(500)
    for (const error of errors) {
      expect(error).toBeInstanceOf(UsageError)
      expect(error).toMatchObject({
        code: 'not-installed',
        message: expect.stringContaining('app.use(loginMiddleware)'),
      })
    }
    expect(errors).toHaveLength(2)
  })

  it('refuses a forged request before any handler runs', async () => {
    const handler = vi.fn(() => new Response('done'))
    const app = created().post('/', handler)
    const answer = await app.request(`${ORIGIN}/`, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
    expect(answer.status).toBe(403)
    expect(answer.headers.get('content-type')).toMatch(/^(application\/problem\+json|text\/plain)/)
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('a guard', () => {
  it('gives the user to the handler, by the variable and by the handle', async () => {
    const app = created().get('/', loginRequired(), (c) => c.json([c.var.user.id, c.get('user').id, auth(c).user.id]))
    const client = clientOf(app)
    await client.loginAs(bob)
    const answer = await client.get('/')
    expect(await answer.json()).toEqual(['bob', 'bob', 'bob'])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it('lets no handler run for a visitor, wherever it stands', async () => {
    const handler = vi.fn(() => new Response('secret'))
    const app = created()
    app.use('/prefix/*', loginRequired())
    app.get('/prefix/x', handler)
    app.get('/route', loginRequired(), handler)
    app.get('/fresh', freshLoginRequired(), handler)
    app.route('/sub', new Hono().get('/x', loginRequired(), handler))
    for (const path of ['/prefix/x', '/route', '/fresh', '/sub/x']) {
      const page = await app.request(ORIGIN + path, { headers: { accept: 'text/html' } })
      expect([page.status, page.headers.get('location')]).toEqual([302, `/login?next=${encodeURIComponent(path)}`])
      const data = await app.request(ORIGIN + path, { headers: { accept: 'application/json' } })
      expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
      expect(await data.text()).not.toContain('secret')
    }
    expect(handler).not.toHaveBeenCalled()
  })

  it('tells fresh logins from others', async () => {
    const app = created().get('/', freshLoginRequired({ withinSeconds: 60 }), (c) => c.text(c.var.user.id))
    const client = clientOf(app)
    await client.loginAs(alice)
    expect((await client.get('/')).status).toBe(200)
    clock.advance(61)
    expect((await client.get('/')).headers.get('location')).toBe('/again?next=%2F')
  })

  it('lets a path below an exception pass whose encoding Hono decodes, and no other path', async () => {
    const app = created()
    app.use(loginRequired({ except: ['/über/*', '/log in/*'] }))
    app.get('/:part/:name', (c) => c.text(c.req.param('name')))
    for (const path of ['/über/a', '/%C3%BCber/a', '/%c3%bcber/a', '/log%20in/a'])
      expect([path, (await app.request(path)).status]).toEqual([path, 200])
    for (const path of ['/%C3%BCber/%61', '/%C3%BCber/b%2f..%2fc', '/%C3%9Cber/a', '/%C3%BCber%2Fx/a'])
      expect([path, (await app.request(path)).status]).toEqual([path, 401])
  })

  it('has no user where it did not look, and the handle says so', async () => {
    const app = created()
    app.use(loginRequired({ except: ['/open'] }))
    app.get('/open', (c) => {
      expect(c.get('user' as never)).toBeUndefined()
      expect(() => auth(c).user).toThrow(UsageError)
      return c.text('open')
    })
    app.options('/closed', (c) => c.text('closed'))
    expect(await (await app.request(`${ORIGIN}/open`)).text()).toBe('open')
    const headers = { accept: 'application/json' }
    expect((await app.request(`${ORIGIN}/closed`, { method: 'OPTIONS', headers })).status).toBe(401)
  })

  it('answers 503 where the users cannot be had, and lets nobody in', async () => {
    const down = honoLogin(
      createLoginManager<User>({ ...options, loadUser: () => Promise.reject(new StoreError('no answer')) }),
    )
    const app = new Hono()
    app.use(down.loginMiddleware)
    app.get('/', down.loginRequired(), (c) => c.text(c.var.user.id))
    app.get('/other', (c) => c.text('other'))
    const client = clientOf(app)
    await client.loginAs(alice, { remember: true })
    const answer = await client.get('/')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(answer.headers.getSetCookie()).toEqual([])
    expect((await client.get('/other')).status).toBe(200)
  })

  it('is checked when it is made', () => {
    expect(() => loginRequired({ except: ['health'] })).toThrow(OptionsError)
    expect(() => freshLoginRequired({ withinSeconds: -1 })).toThrow(OptionsError)
    expect(() => loginRequired({ area: 'nowhere' })).toThrow(OptionsError)
    // @ts-expect-error no option of a guard
    expect(() => loginRequired({ role: 'admin' })).toThrow(/role/)
  })
})

describe("the client's address", () => {
  const bound = createLoginManager<User>({
    ...options,
    fingerprint: ['userAgent', 'address'],
    sessionProtection: 'strong',
  })

  it('has to be named where the fingerprint looks at it', () => {
    expect(() => honoLogin(bound)).toThrow(OptionsError)
    expect(() => honoLogin(bound)).toThrow(/honoLogin\(\)[\s\S]*address: is missing/)
    expect(() => honoLogin(bound, { address: () => undefined })).not.toThrow()
  })

  it('has to be named there too where the manager comes with the bindings', async () => {
    const login = honoLogin(() => bound)
    const errors: unknown[] = []
    const app = new Hono()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.use(login.loginMiddleware)
    expect((await app.request(`${ORIGIN}/`)).status).toBe(500)
    expect(errors[0]).toBeInstanceOf(OptionsError)
  })

  it('comes from where the app says, and binds the login', async () => {
    const login = honoLogin(bound, { address: (c) => c.req.header('x-real-ip') })
    const app = new Hono()
    app.use(login.loginMiddleware)
    app.get('/', login.loginRequired(), (c) => c.text(c.var.user.id))
    app.post('/login', async (c) => c.json(await login.auth(c).loginUser(alice)))
    const client = clientOf(app)
    await client.post('/login', {}, { 'x-real-ip': '192.0.2.1' })
    expect((await client.get('/', { 'x-real-ip': '::ffff:192.0.2.1' })).status).toBe(200)
    expect((await client.get('/', { 'x-real-ip': '192.0.2.2' })).status).toBe(302)
  })
})

describe('a manager that comes with the bindings', () => {
  interface Bindings {
    readonly SECRET: string
  }
  const ONE: Bindings = { SECRET: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR' }
  const TWO: Bindings = { SECRET: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' }

  const served = () => {
    const made = vi.fn((env: Bindings) => ({ ...options, secrets: env.SECRET }))
    const login = honoLogin(made)
    const app = new Hono<{ Bindings: Bindings }>()
    app.use(login.loginMiddleware)
    app.get('/', login.loginRequired(), (c) => c.text(c.var.user.id))
    app.post('/login', async (c) => c.json(await login.auth(c).loginUser(alice)))
    return { app, made }
  }

  it('is made once for each bindings object', async () => {
    const { app, made } = served()
    for (let i = 0; i < 3; i++) await app.request(`${ORIGIN}/`, {}, ONE)
    expect(made).toHaveBeenCalledTimes(1)
    await app.request(`${ORIGIN}/`, {}, TWO)
    await app.request(`${ORIGIN}/`, {}, ONE)
    expect(made).toHaveBeenCalledTimes(2)
    expect(made.mock.calls.map(([env]) => env)).toEqual([ONE, TWO])
  })

  it('is not made before the first request', () => {
    expect(served().made).not.toHaveBeenCalled()
  })

  it('takes no login of other bindings', async () => {
    const { app } = served()
    const login = await app.request(`${ORIGIN}/login`, { method: 'POST' }, ONE)
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const asked = (env: Bindings) => app.request(`${ORIGIN}/`, { headers: { cookie } }, env)
    expect((await asked(ONE)).status).toBe(200)
    expect((await asked(TWO)).status).toBe(401)
  })

  it('works where there are no bindings at all, and is made once for them', async () => {
    const made = vi.fn(() => options)
    const login = honoLogin(made)
    const app = new Hono()
    app.use(login.loginMiddleware)
    app.get('/', async (c) => c.json(await login.auth(c).currentUser()))
    for (let i = 0; i < 2; i++) expect(await (await app.fetch(new Request(ORIGIN))).json()).toBeNull()
    expect(made).toHaveBeenCalledTimes(1)
  })

  it('checks its guards with the first request that brings them', async () => {
    const login = honoLogin((_env: Bindings) => options)
    const errors: unknown[] = []
    const app = new Hono<{ Bindings: Bindings }>()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.use(login.loginMiddleware)
    app.get('/', login.loginRequired({ area: 'nowhere' }), (c) => c.text(''))
    expect((await app.request(`${ORIGIN}/`, {}, ONE)).status).toBe(500)
    expect(errors[0]).toBeInstanceOf(OptionsError)
  })
})

describe('two managers in one app', () => {
  const staff = honoLogin(
    createLoginManager<User>({
      ...options,
      audience: 'staff',
      loginView: '/staff/login',
      session: { cookie: { name: '__Host-staff' } },
      remember: { cookie: { name: '__Host-staff-remember' } },
    }),
    { variable: 'staff' },
  )
  const app = new Hono()
  app.use(loginMiddleware)
  app.use(staff.loginMiddleware)
  app.post('/login', async (c) => c.json(await auth(c).loginUser(alice)))
  app.post('/staff/login', async (c) => c.json(await staff.auth(c).loginUser(bob)))
  app.post('/logout', async (c) => c.json(await auth(c).logoutUser()))
  app.get('/', loginRequired(), (c) => c.text(c.var.user.id))
  app.get('/staff', staff.loginRequired(), (c) => c.text(c.var.staff.id))
  app.get('/both', loginRequired(), staff.loginRequired(), (c) => c.json([c.var.user.id, c.var.staff.id]))
  app.get('/who', async (c) => c.json([await auth(c).currentUser(), await staff.auth(c).currentUser()]))

  it('know each their own user', async () => {
    const client = clientOf(app)
    await client.post('/login')
    expect(await (await client.get('/who')).json()).toEqual([alice, null])
    expect((await client.get('/both')).headers.get('location')).toBe('/staff/login?next=%2Fboth')
    await client.post('/staff/login')
    expect(client.cookies.names()).toEqual(['__Host-session', '__Host-staff'])
    expect(await (await client.get('/both')).json()).toEqual(['alice', 'bob'])
  })

  it('say Vary and Cache-Control once', async () => {
    const client = clientOf(app)
    await client.post('/login')
    const answer = await client.get('/who')
    expect(answer.headers.get('vary')).toBe('Cookie')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it('log out each by itself', async () => {
    const client = clientOf(app)
    await client.post('/login')
    await client.post('/staff/login')
    await client.post('/logout')
    expect((await client.get('/')).status).toBe(302)
    expect(await (await client.get('/staff')).text()).toBe('bob')
  })

  it('do not take the cookie of each other', async () => {
    const client = clientOf(app)
    await client.post('/login')
    client.cookies.set('__Host-staff', client.cookies.get('__Host-session') ?? '')
    expect(await (await client.get('/who')).json()).toEqual([alice, null])
  })
})

describe('anonymousRequired()', () => {
  const { anonymousRequired } = honoLogin(manager)

  it('shows the login page to anonymous visitors, and redirects logged-in users', async () => {
    const app = created().get('/login', anonymousRequired({ home: '/home' }), (c) => c.text('login page'))
    const client = clientOf(app)
    expect(await (await client.get('/login')).text()).toBe('login page')
    await client.loginAs(alice)
    expect((await client.get('/login')).headers.get('location')).toBe('/home')
    expect((await client.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await client.get('/login', { accept: 'application/json' })).status).toBe(403)
  })

  it('guards with the manager of the bindings if the secret comes with each request', async () => {
    const byEnv = honoLogin((_env: object) => options)
    const app = new Hono()
      .use(byEnv.loginMiddleware)
      .get('/login', byEnv.anonymousRequired(), (c) => c.text('login page'))
    const client = createTestClient<User>((request) => app.fetch(request, {}), { manager, clock })
    expect((await client.get('/login')).status).toBe(200)
    await client.loginAs(alice)
    expect((await client.get('/login')).headers.get('location')).toBe('/')
  })
})
