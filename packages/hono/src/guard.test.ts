// Guards in a real Hono app.
import { createLoginManager, OptionsError, StoreError, UsageError } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import {
  alice,
  auth,
  bob,
  clock,
  createApp,
  createClient,
  freshLoginRequired,
  loginRequired,
  manager,
  ORIGIN,
  options,
  type User,
} from '../testing/app'
import { honoLogin } from './index'

describe('a guard', () => {
  it('passes the user to the handler in c.var.user and auth(c).user', async () => {
    const app = createApp().get('/', loginRequired(), (c) => c.json([c.var.user.id, c.get('user').id, auth(c).user.id]))
    const client = createClient(app)
    await client.loginAs(bob)
    const response = await client.get('/')
    expect(await response.json()).toEqual(['bob', 'bob', 'bob'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('does not run a handler for an anonymous request, on a prefix, a route or a sub-app', async () => {
    const handler = vi.fn(() => new Response('secret'))
    const app = createApp()
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

  it('refuses a login that is older than withinSeconds', async () => {
    const app = createApp().get('/', freshLoginRequired({ withinSeconds: 60 }), (c) => c.text(c.var.user.id))
    const client = createClient(app)
    await client.loginAs(alice)
    expect((await client.get('/')).status).toBe(200)
    clock.advance(61)
    expect((await client.get('/')).headers.get('location')).toBe('/again?next=%2F')
  })

  it('excepts a path in every encoding that Hono decodes, and no other path', async () => {
    const app = createApp()
    app.use(loginRequired({ except: ['/über/*', '/log in/*'] }))
    app.get('/:part/:name', (c) => c.text(c.req.param('name')))
    for (const path of ['/über/a', '/%C3%BCber/a', '/%c3%bcber/a', '/log%20in/a'])
      expect([path, (await app.request(path)).status]).toEqual([path, 200])
    for (const path of ['/%C3%BCber/%61', '/%C3%BCber/b%2f..%2fc', '/%C3%9Cber/a', '/%C3%BCber%2Fx/a'])
      expect([path, (await app.request(path)).status]).toEqual([path, 401])
  })

  it('does not set a user for an excepted path, and auth(c).user throws there', async () => {
    const app = createApp()
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

  it('responds 503 if the user loader reports that its store is down, and does not run a handler', async () => {
    const down = honoLogin(
      createLoginManager<User>({ ...options, loadUser: () => Promise.reject(new StoreError('no response')) }),
    )
    const app = new Hono()
    app.use(down.loginMiddleware)
    app.get('/', down.loginRequired(), (c) => c.text(c.var.user.id))
    app.get('/other', (c) => c.text('other'))
    const client = createClient(app)
    await client.loginAs(alice, { remember: true })
    const response = await client.get('/')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(response.headers.getSetCookie()).toEqual([])
    expect((await client.get('/other')).status).toBe(200)
  })

  it('validates its options when it is created', () => {
    expect(() => loginRequired({ except: ['health'] })).toThrow(OptionsError)
    expect(() => freshLoginRequired({ withinSeconds: -1 })).toThrow(OptionsError)
    expect(() => loginRequired({ area: 'nowhere' })).toThrow(OptionsError)
    // @ts-expect-error not an option of a guard
    expect(() => loginRequired({ role: 'admin' })).toThrow(/role/)
  })
})

describe('anonymousRequired()', () => {
  const { anonymousRequired } = honoLogin(manager)

  it('shows the login page to anonymous visitors and redirects logged-in users', async () => {
    const app = createApp().get('/login', anonymousRequired({ home: '/home' }), (c) => c.text('login page'))
    const client = createClient(app)
    expect(await (await client.get('/login')).text()).toBe('login page')
    await client.loginAs(alice)
    expect((await client.get('/login')).headers.get('location')).toBe('/home')
    expect((await client.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await client.get('/login', { accept: 'application/json' })).status).toBe(403)
  })

  it('uses the manager of the bindings if each request passes the secret', async () => {
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
