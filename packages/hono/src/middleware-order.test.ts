// The position of loginMiddleware among Hono's own middleware (docs/guides/hono.md): outside of middleware that rebuilds or
// drops responses, and inside of middleware that caches them.
import { createLoginManager, StoreError } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { cache } from 'hono/cache'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { secureHeaders } from 'hono/secure-headers'
import { stream } from 'hono/streaming'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const bob: User = { id: 'bob' }

function setUp() {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    clock,
  })
  const app = new Hono()
  const createBrowser = () => createTestClient((request) => app.fetch(request), { manager, clock })
  return { app, clock, createBrowser, ...honoLogin(manager) }
}

describe('etag', () => {
  const getRenewalOn304 = async (order: 'login first' | 'etag first'): Promise<[number, string[]]> => {
    const { app, clock, createBrowser, loginMiddleware, auth } = setUp()
    for (const middleware of order === 'login first' ? [loginMiddleware, etag()] : [etag(), loginMiddleware])
      app.use(middleware)
    app.get('/', async (c) => {
      c.header('cache-control', 'private, no-cache')
      return c.text(String((await auth(c).currentUser())?.id))
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const tag = (await browser.get('/')).headers.get('etag') ?? ''
    clock.advance(86_000)
    const { status, headers } = await browser.get('/', { 'if-none-match': tag })
    return [status, headers.getSetCookie()]
  }

  it('inside of loginMiddleware keeps the cookie of a renewed session on a 304', async () => {
    expect(await getRenewalOn304('login first')).toEqual([304, [expect.stringMatching(/^__Host-session=/)]])
  })

  it('outside of loginMiddleware drops the cookie from a 304, so the session is not renewed', async () => {
    expect(await getRenewalOn304('etag first')).toEqual([304, []])
  })
})

it.each(['login first', 'compress first'])(
  'loginMiddleware keeps its cookies and its Vary with compress(): %s',
  async (order) => {
    const { app, createBrowser, loginMiddleware, auth } = setUp()
    for (const middleware of order === 'login first' ? [loginMiddleware, compress()] : [compress(), loginMiddleware])
      app.use(middleware)
    app.post('/', async (c) => {
      await auth(c).loginUser(alice)
      return c.text('a'.repeat(5000))
    })
    const response = await createBrowser().post('/', {}, { 'accept-encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.get('vary')?.split(', ').sort()).toEqual(['Accept-Encoding', 'Cookie'])
    expect(response.headers.getSetCookie()).toHaveLength(1)
  },
)

describe('cache', () => {
  const stored = new Map<string, Response>()
  beforeEach(() => {
    const open = async () => ({
      match: async (key: string) => stored.get(key)?.clone(),
      put: async (key: string, response: Response) => void stored.set(key, response),
    })
    vi.stubGlobal('caches', { open })
  })
  afterEach(() => {
    stored.clear()
    vi.unstubAllGlobals()
  })

  const createCache = () => cache({ cacheName: 'test', cacheControl: 'max-age=60', wait: true })

  it('outside of loginMiddleware stores public responses and no personal ones', async () => {
    const { app, createBrowser, loginMiddleware, loginRequired } = setUp()
    app.use(createCache())
    app.use(loginMiddleware)
    app.get('/me', loginRequired(), (c) => c.text(c.var.user.id))
    app.get('/public', (c) => c.text('public'))
    const [one, two] = [createBrowser(), createBrowser()]
    await one.loginAs(alice)
    await two.loginAs(bob)
    expect(await (await one.get('/me')).text()).toBe('alice')
    expect(await (await two.get('/me')).text()).toBe('bob')
    expect((await createBrowser().get('/me')).status).toBe(401)
    await one.get('/public')
    expect([...stored.keys()].map((key) => new URL(key).searchParams.get('__hono_cache_key'))).toEqual([
      'https://app.test/public',
    ])
  })

  it('inside of loginMiddleware serves personal responses to others, so the documents forbid it', async () => {
    const { app, createBrowser, loginMiddleware, loginRequired } = setUp()
    app.use(loginMiddleware)
    app.get('/me', createCache(), loginRequired(), (c) => c.text(c.var.user.id))
    const browser = createBrowser()
    await browser.loginAs(alice)
    await browser.get('/me')
    expect(await (await createBrowser().get('/me')).text()).toBe('alice')
  })
})

it.each(['login first', 'headers first'])('loginMiddleware keeps the headers of secureHeaders(): %s', async (order) => {
  const { app, createBrowser, loginMiddleware, auth } = setUp()
  for (const middleware of order === 'login first'
    ? [loginMiddleware, secureHeaders()]
    : [secureHeaders(), loginMiddleware])
    app.use(middleware)
  app.post('/', async (c) => {
    await auth(c).loginUser(alice)
    return c.text('in')
  })
  const { headers } = await createBrowser().post('/')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.getSetCookie()).toHaveLength(1)
})

it('loginMiddleware leaves preflights to cors() in front of the guards', async () => {
  const { app, createBrowser, loginMiddleware, loginRequired } = setUp()
  app.use(cors({ origin: 'https://other.test', credentials: true }))
  app.use(loginMiddleware)
  app.use('/api/*', loginRequired())
  app.get('/api/me', (c) => c.text('me'))
  const preflight = { origin: 'https://other.test', 'access-control-request-method': 'GET' }
  const response = await createBrowser().fetch('/api/me', { method: 'OPTIONS', headers: preflight })
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, 'https://other.test'])
  const refused = await createBrowser().get('/api/me', { origin: 'https://other.test' })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://other.test'])
})

describe('errors', () => {
  it('become a 503 if a store is down, unless onError of the app responds', async () => {
    const { app, createBrowser, loginMiddleware, loginRequired } = setUp()
    app.use(loginMiddleware)
    app.get('/down', () => {
      throw new StoreError('The store does not respond.', { retryAfterSeconds: 7 })
    })
    app.get('/me', loginRequired(), (c) => c.text('me'))
    const response = await createBrowser().get('/down')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
    app.onError((error, c) => c.text(error.name, 500))
    expect(await (await createBrowser().get('/down')).text()).toBe('StoreError')
  })

  it('do not undo a login that completed before them', async () => {
    const { app, createBrowser, loginMiddleware, loginRequired, auth } = setUp()
    app.use(loginMiddleware)
    app.onError((_, c) => c.text('oops', 500))
    app.post('/login', async (c) => {
      await auth(c).loginUser(alice)
      throw new Error('after the login')
    })
    app.get('/me', loginRequired(), (c) => c.text(c.var.user.id))
    const browser = createBrowser()
    expect((await browser.post('/login')).status).toBe(500)
    expect(await (await browser.get('/me')).text()).toBe('alice')
  })
})

it('the Auth object is read-only after a stream has begun', async () => {
  const { app, createBrowser, loginMiddleware, auth } = setUp()
  app.use(loginMiddleware)
  app.get('/', (c) =>
    stream(c, async (body) => {
      await body.write(String((await auth(c).currentUser())?.id))
      await auth(c)
        .session.set('late', 1)
        .catch((error) => body.write(` ${error.code}`))
    }),
  )
  const browser = createBrowser()
  await browser.loginAs(alice)
  expect(await (await browser.get('/')).text()).toBe('alice response-sent')
})
