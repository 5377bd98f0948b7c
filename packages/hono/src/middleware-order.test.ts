// Where loginMiddleware stands among Hono's own middleware (docs/hono.md): outside of whatever rebuilds or drops answers,
// inside of whatever keeps them for others.
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

function world() {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    clock,
  })
  const app = new Hono()
  const newBrowser = () => createTestClient((request) => app.fetch(request), { manager, clock })
  return { app, clock, newBrowser, ...honoLogin(manager) }
}

describe('etag', () => {
  const renewedOn304 = async (order: 'login first' | 'etag first'): Promise<[number, string[]]> => {
    const { app, clock, newBrowser, loginMiddleware, auth } = world()
    for (const middleware of order === 'login first' ? [loginMiddleware, etag()] : [etag(), loginMiddleware])
      app.use(middleware)
    app.get('/', async (c) => {
      c.header('cache-control', 'private, no-cache')
      return c.text(String((await auth(c).currentUser())?.id))
    })
    const browser = newBrowser()
    await browser.loginAs(alice)
    const tag = (await browser.get('/')).headers.get('etag') ?? ''
    clock.advance(86_000)
    const { status, headers } = await browser.get('/', { 'if-none-match': tag })
    return [status, headers.getSetCookie()]
  }

  it('inside of loginMiddleware leaves the renewed session on a 304', async () => {
    expect(await renewedOn304('login first')).toEqual([304, [expect.stringMatching(/^__Host-session=/)]])
  })

  it('outside of it drops the cookie from a 304: the session is not renewed', async () => {
    expect(await renewedOn304('etag first')).toEqual([304, []])
  })
})

it.each(['login first', 'compress first'])('keeps cookies and Vary beside compress: %s', async (order) => {
  const { app, newBrowser, loginMiddleware, auth } = world()
  for (const middleware of order === 'login first' ? [loginMiddleware, compress()] : [compress(), loginMiddleware])
    app.use(middleware)
  app.post('/', async (c) => {
    await auth(c).loginUser(alice)
    return c.text('a'.repeat(5000))
  })
  const answer = await newBrowser().post('/', {}, { 'accept-encoding': 'gzip' })
  expect(answer.headers.get('content-encoding')).toBe('gzip')
  expect(answer.headers.get('vary')?.split(', ').sort()).toEqual(['Accept-Encoding', 'Cookie'])
  expect(answer.headers.getSetCookie()).toHaveLength(1)
})

describe('cache', () => {
  const kept = new Map<string, Response>()
  beforeEach(() => {
    const open = async () => ({
      match: async (key: string) => kept.get(key)?.clone(),
      put: async (key: string, response: Response) => void kept.set(key, response),
    })
    vi.stubGlobal('caches', { open })
  })
  afterEach(() => {
    kept.clear()
    vi.unstubAllGlobals()
  })

  const keeps = () => cache({ cacheName: 'test', cacheControl: 'max-age=60', wait: true })

  it('outside of loginMiddleware stores public responses and no personal ones', async () => {
    const { app, newBrowser, loginMiddleware, loginRequired } = world()
    app.use(keeps())
    app.use(loginMiddleware)
    app.get('/me', loginRequired(), (c) => c.text(c.var.user.id))
    app.get('/public', (c) => c.text('for all'))
    const [one, two] = [newBrowser(), newBrowser()]
    await one.loginAs(alice)
    await two.loginAs(bob)
    expect(await (await one.get('/me')).text()).toBe('alice')
    expect(await (await two.get('/me')).text()).toBe('bob')
    expect((await newBrowser().get('/me')).status).toBe(401)
    await one.get('/public')
    expect([...kept.keys()].map((key) => new URL(key).searchParams.get('__hono_cache_key'))).toEqual([
      'https://app.test/public',
    ])
  })

  it('inside of loginMiddleware serves personal responses to others, so the documents forbid it', async () => {
    const { app, newBrowser, loginMiddleware, loginRequired } = world()
    app.use(loginMiddleware)
    app.get('/me', keeps(), loginRequired(), (c) => c.text(c.var.user.id))
    const browser = newBrowser()
    await browser.loginAs(alice)
    await browser.get('/me')
    expect(await (await newBrowser().get('/me')).text()).toBe('alice')
  })
})

it.each(['login first', 'headers first'])('does not disturb secureHeaders: %s', async (order) => {
  const { app, newBrowser, loginMiddleware, auth } = world()
  for (const middleware of order === 'login first'
    ? [loginMiddleware, secureHeaders()]
    : [secureHeaders(), loginMiddleware])
    app.use(middleware)
  app.post('/', async (c) => {
    await auth(c).loginUser(alice)
    return c.text('in')
  })
  const { headers } = await newBrowser().post('/')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.getSetCookie()).toHaveLength(1)
})

it('leaves preflights to cors() in front of the guards', async () => {
  const { app, newBrowser, loginMiddleware, loginRequired } = world()
  app.use(cors({ origin: 'https://other.test', credentials: true }))
  app.use(loginMiddleware)
  app.use('/api/*', loginRequired())
  app.get('/api/me', (c) => c.text('me'))
  const preflight = { origin: 'https://other.test', 'access-control-request-method': 'GET' }
  const answer = await newBrowser().fetch('/api/me', { method: 'OPTIONS', headers: preflight })
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, 'https://other.test'])
  const refused = await newBrowser().get('/api/me', { origin: 'https://other.test' })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://other.test'])
})

describe('errors', () => {
  it('become a 503 if a store is down, unless onError of the app responds', async () => {
    const { app, newBrowser, loginMiddleware, loginRequired } = world()
    app.use(loginMiddleware)
    app.get('/down', () => {
      throw new StoreError('The store does not answer.', { retryAfterSeconds: 7 })
    })
    app.get('/me', loginRequired(), (c) => c.text('me'))
    const answer = await newBrowser().get('/down')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7'])
    app.onError((error, c) => c.text(error.name, 500))
    expect(await (await newBrowser().get('/down')).text()).toBe('StoreError')
  })

  it('do not undo a login that was awaited before', async () => {
    const { app, newBrowser, loginMiddleware, loginRequired, auth } = world()
    app.use(loginMiddleware)
    app.onError((_, c) => c.text('oops', 500))
    app.post('/login', async (c) => {
      await auth(c).loginUser(alice)
      throw new Error('after it')
    })
    app.get('/me', loginRequired(), (c) => c.text(c.var.user.id))
    const browser = newBrowser()
    expect((await browser.post('/login')).status).toBe(500)
    expect(await (await browser.get('/me')).text()).toBe('alice')
  })
})

it('is read-only once a stream has begun: the headers are gone', async () => {
  const { app, newBrowser, loginMiddleware, auth } = world()
  app.use(loginMiddleware)
  app.get('/', (c) =>
    stream(c, async (body) => {
      await body.write(String((await auth(c).currentUser())?.id))
      await auth(c)
        .session.set('late', 1)
        .catch((error) => body.write(` ${error.code}`))
    }),
  )
  const browser = newBrowser()
  await browser.loginAs(alice)
  expect(await (await browser.get('/')).text()).toBe('alice response-sent')
})
