// Caches and speculative requests behind Hono's own helpers.
import { createLoginManager, withLogin } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { serveStatic } from 'hono/serve-static'
import { stream } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const PREFETCH = { 'sec-purpose': 'prefetch;prerender', 'sec-fetch-mode': 'navigate' }

function setUp() {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    session: { renew: 'everyRequest' },
    clock,
  })
  const app = new Hono()
  const login = honoLogin(manager)
  app.use(login.loginMiddleware)
  const browser = createTestClient<User>((request) => app.fetch(request), { manager, clock })
  return { app, manager, browser, ...login }
}

describe('a file on Hono', () => {
  it('behind a guard is never stored by shared caches, whatever serveStatic and middleware set', async () => {
    const { app, browser, loginRequired } = setUp()
    app.use('/private/*', loginRequired(), async (c, next) => {
      await next()
      c.header('cache-control', 'public, max-age=3600, s-maxage=9')
      c.header('cdn-cache-control', 'max-age=60')
    })
    const files = serveStatic({ getContent: async () => 'secret' })
    app.use('/private/*', files)
    await browser.loginAs(alice)
    const response = await browser.get('/private/report.txt')
    expect(await response.text()).toBe('secret')
    expect(response.headers.get('cache-control')).toBe('private, max-age=3600')
    expect(response.headers.get('cdn-cache-control')).toBe('no-store')
  })

  it("behind a guard with cache: 'public' stays public", async () => {
    const { app, browser, loginRequired } = setUp()
    app.get('/logo', loginRequired({ cache: 'public' }), (c) => c.text('', 200, { 'cache-control': 'public' }))
    await browser.loginAs(alice)
    expect((await browser.get('/logo')).headers.get('cache-control')).toBe('public')
  })

  it("behind a guard with cache: 'public' has no user in c.var, and reading auth(c).user makes it private", async () => {
    const { app, browser, loginRequired, auth } = setUp()
    app.use('/shared/*', loginRequired({ cache: 'public' }))
    const PUBLIC = { 'cache-control': 'public, max-age=60' }
    app.get('/shared/variable', (c) => c.text(String(c.get('user' as never)), 200, PUBLIC))
    app.get('/shared/auth', (c) => c.text(auth(c).user.id, 200, PUBLIC))
    await browser.loginAs(alice)
    const visit = async (path: string) => {
      const response = await browser.get(path)
      return [await response.text(), response.headers.get('cache-control')]
    }
    expect(await visit('/shared/variable')).toEqual(['undefined', 'public, max-age=60'])
    expect(await visit('/shared/auth')).toEqual(['alice', 'private, max-age=60'])
  })

  it('does not renew the session if it is public', async () => {
    const { app, browser } = setUp()
    app.get('/logo', (c) => c.text('logo', 200, { 'cache-control': 'public, max-age=31536000' }))
    await browser.loginAs(alice, { permanent: true })
    const { headers } = await browser.get('/logo')
    expect([headers.getSetCookie(), headers.get('cache-control'), headers.get('vary')]).toEqual([
      [],
      'public, max-age=31536000',
      null,
    ])
  })
})

describe('a prefetch on Hono', () => {
  it('of a guarded page receives 401 without a login, and does not store a message', async () => {
    const { app, browser, loginRequired, auth } = setUp()
    app.get('/secret', loginRequired(), (c) => c.text('secret'))
    app.get('/messages', async (c) => c.json(await auth(c).takeFlashes()))
    const { status, headers } = await browser.get('/secret', PREFETCH)
    expect([status, headers.getSetCookie()]).toEqual([401, []])
    await browser.get('/secret')
    for (const method of ['GET', 'HEAD'])
      await browser.fetch('/messages', { method, headers: method === 'GET' ? PREFETCH : {} })
    expect(await (await browser.get('/messages')).json()).toHaveLength(1)
  })

  it('is removed from the caches of the browser by a login', async () => {
    const { app, browser, auth } = setUp()
    app.get('/in', async (c) => c.text(String(await auth(c).loginUser(alice))))
    expect((await browser.get('/in')).headers.get('clear-site-data')).toBe('"prefetchCache", "prerenderCache"')
  })
})

describe('a stream', () => {
  it('of Hono cannot read the user for the first time after the response has begun', async () => {
    const { app, browser, auth } = setUp()
    const codes: unknown[] = []
    app.get('/late', (c) =>
      stream(c, async (out) => {
        await out.write('begun')
        await auth(c)
          .currentUser()
          .catch((error) => codes.push(error.code))
      }),
    )
    app.get('/early', async (c) => {
      await auth(c).currentUser()
      return stream(c, async (out) => {
        await out.write('begun by ')
        await out.write(String((await auth(c).currentUser())?.id))
      })
    })
    await browser.loginAs(alice)
    expect([await (await browser.get('/late')).text(), codes]).toEqual(['begun', ['response-sent']])
    const early = await browser.get('/early')
    expect([await early.text(), early.headers.get('cache-control')]).toEqual(['begun by alice', 'private, no-store'])
  })

  it('of withLogin cannot read the user for the first time after the response has begun', async () => {
    const { manager } = setUp()
    const handler = withLogin(manager, (_, auth) => {
      const pull = async (controller: ReadableStreamDefaultController) => {
        const read = await auth.currentUser().then(
          () => 'read',
          (error) => error.code,
        )
        controller.enqueue(new TextEncoder().encode(read))
        controller.close()
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    })
    expect(await (await handler(new Request('https://app.test/'))).text()).toBe('response-sent')
  })
})
