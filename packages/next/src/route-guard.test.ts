// Guards that wrap route handlers.
import { createTestClient, recordEvents } from '@fetch-login/core/testing'
import { NextRequest } from 'next/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  alice,
  auth,
  checkMocks,
  clock,
  createClient,
  getCookieNames,
  loadUser,
  logIn,
  manager,
  ORIGIN,
  type User,
  withFreshLoginRequired,
  withLoginRequired,
} from '../testing/app'
import { nextLogin, type Route } from './index'

vi.mock('next/headers', () => import('../testing/next-headers'))
checkMocks()

describe('withLoginRequired() and withFreshLoginRequired()', () => {
  const handler = vi.fn((request: NextRequest, user: User) => Response.json({ method: request.method, id: user?.id }))
  afterEach(() => handler.mockClear())

  it('pass the user, the request and the parameters of the route', async () => {
    const route = withLoginRequired(async (_, user, context: { params: Promise<{ id: string }> }) =>
      Response.json({ user: user.id, id: (await context.params).id }),
    )
    const client = createTestClient<User>(
      (request) => route(new NextRequest(request), { params: Promise.resolve({ id: '7' }) }),
      { manager, clock },
    )
    await client.loginAs(alice)
    expect(await (await client.get(`${ORIGIN}/`)).json()).toEqual({ user: 'alice', id: '7' })
  })

  it('redirect browsers to the login page and send 401 to programs', async () => {
    const client = createClient(withLoginRequired(handler))
    const page = await client.get(`${ORIGIN}/secret?a=1`, { accept: 'text/html' })
    expect([page.status, page.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    const data = await client.get(`${ORIGIN}/secret`, { accept: 'application/json' })
    expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(handler).not.toHaveBeenCalled()
  })

  it('redirect a stale login to the refresh view, even with the option fresh: false', async () => {
    const stale = createClient(withFreshLoginRequired(handler, { fresh: false } as never))
    await stale.loginAs(alice, { fresh: false })
    expect((await stale.get(`${ORIGIN}/`, { accept: 'text/html' })).headers.get('location')).toMatch(/^\/again\?/)
    expect(handler).not.toHaveBeenCalled()
  })

  it('accept HEAD and OPTIONS with a login, as GET, and refuse them without one', async () => {
    const client = createClient(withLoginRequired(handler))
    await client.loginAs(alice)
    expect((await client.fetch(`${ORIGIN}/`, { method: 'HEAD' })).status).toBe(200)
    expect((await client.fetch(`${ORIGIN}/`, { method: 'OPTIONS' })).status).toBe(200)
    handler.mockClear()
    const visitor = createClient(withLoginRequired(handler))
    for (const method of ['HEAD', 'OPTIONS']) {
      const headers = { accept: 'application/json' }
      expect((await visitor.fetch(`${ORIGIN}/`, { method, headers })).status).toBe(401)
    }
    expect(handler).not.toHaveBeenCalled()
  })

  it('refuse a forged request before the handler runs', async () => {
    const client = createClient(withLoginRequired(handler))
    await client.loginAs(alice)
    const response = await client.post(`${ORIGIN}/`, {}, { 'sec-fetch-site': 'cross-site' })
    expect(response.status).toBe(403)
    expect(handler).not.toHaveBeenCalled()
  })

  it('share one Auth object if they are nested: the user is loaded once, and each cookie is set once', async () => {
    const inner = auth(async (_, auth) => {
      await auth.session.set('cart', 1)
      return new Response()
    })
    const fresh = withFreshLoginRequired((request, _, context) => inner(request, context))
    const client = createClient(withLoginRequired((request, _, context) => fresh(request, context)))
    await client.loginAs(alice)
    const record = recordEvents(manager)
    const response = await client.post(`${ORIGIN}/`)
    record.stop()
    expect(getCookieNames(response)).toEqual(['__Host-session'])
    expect(loadUser).toHaveBeenCalledTimes(1)
    expect(record.names()).toEqual(['userAccessed'])
  })

  it('keep the users of two parallel requests apart', async () => {
    const slow = withLoginRequired(async (_, user) => {
      await new Promise((done) => setTimeout(done, 5))
      return Response.json(user.id)
    })
    const one = createClient(slow)
    await one.loginAs(alice)
    const [mine, another] = await Promise.all([
      one.get(`${ORIGIN}/`),
      createClient(slow).get(`${ORIGIN}/`, { accept: '*/*' }),
    ])
    expect([await mine.json(), another.status]).toEqual(['alice', 401])
  })
})

describe('caches and speculative requests', () => {
  it('never store a guarded response of a route handler in shared caches', async () => {
    const sendFile = () => new Response('secret', { headers: { 'cache-control': 'public, s-maxage=60, max-age=3600' } })
    const client = createClient(withLoginRequired(sendFile))
    await client.loginAs(alice)
    expect((await client.get('/')).headers.get('cache-control')).toBe('private, max-age=3600')
    const shared = createClient(withLoginRequired(sendFile, { cache: 'public' }))
    await shared.loginAs(alice)
    expect((await shared.get('/')).headers.get('cache-control')).toBe('public, s-maxage=60, max-age=3600')
  })

  it('receive 401 and no cookie for the prefetch of a guarded route handler without a login', async () => {
    const client = createClient(withLoginRequired(() => new Response('secret')))
    const { status, headers } = await client.get('/', { 'sec-purpose': 'prefetch', accept: 'text/html' })
    expect([status, headers.getSetCookie()]).toEqual([401, []])
  })

  it('lose the prefetched pages of the browser after a login', async () => {
    const client = createClient(
      auth(async (_request, opened) => {
        await logIn(opened)
        return new Response('in')
      }) as Route<never>,
    )
    expect((await client.get('/')).headers.get('clear-site-data')).toBe('"prefetchCache", "prerenderCache"')
  })
})

describe('withAnonymousRequired()', () => {
  const { withAnonymousRequired } = nextLogin(manager)

  it('calls the handler with the Auth object for anonymous visitors, and redirects logged-in users', async () => {
    const route = withAnonymousRequired(async (_request, opened) => Response.json(await opened.currentUser()), {
      home: '/home',
    })
    const client = createClient(route)
    expect(await (await client.get('/login')).json()).toBeNull()
    await client.loginAs(alice)
    expect((await client.get('/login')).headers.get('location')).toBe('/home')
    expect((await client.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await client.get('/login', { accept: 'application/json' })).status).toBe(403)
  })
})
