// Wrapped route handlers without a server. The conformance app (apps/conformance/next) tests how Next.js treats their responses.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Auth,
  apiKey,
  createLoginManager,
  type LoginManagerOptions,
  OptionsError,
  StoreError,
  UsageError,
} from '@fetch-login/core'
import { createTestClient, createTestClock, recordEvents } from '@fetch-login/core/testing'
import { headers } from 'next/headers'
import { forbidden, notFound, permanentRedirect, redirect, unauthorized } from 'next/navigation'
import { NextRequest, NextResponse } from 'next/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextLogin, type Route } from './index'

// Next.js gives the headers of the current request, and there is no Next.js server here.
const { request: atHand, jar } = vi.hoisted(() => ({ request: { headers: new Headers() }, jar: { set: vi.fn() } }))
vi.mock('next/headers', () => ({ headers: vi.fn(async () => atHand.headers), cookies: async () => jar }))

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const broken: User = { id: 'broken' }
const ORIGIN = 'https://app.test'
const clock = createTestClock(1_800_000_000)
const params = { params: Promise.resolve({}) }
const lookUp = vi.fn((id: string): User | undefined => {
  if (id === 'broken') throw new Error('the loader broke')
  return id === 'alice' ? alice : undefined
})

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: lookUp,
  loadUserFromRequest: apiKey((key) => (key === 'key-alice' ? alice : null), { header: 'x-api-key' }),
  loginView: '/login',
  refreshView: '/again',
  clock,
}
const manager = createLoginManager(options)
const reportError = vi.fn()
const { withLoginRequired, withFreshLoginRequired, auth } = nextLogin(manager, { reportError })

const clientOf = (route: Route<never>) =>
  createTestClient<User>(
    (request) => {
      atHand.headers = request.headers
      return route(new NextRequest(request), params as never)
    },
    { manager, clock },
  )

const ENCODED = '/%E4%BD%90%E8%97%A4%0D%0A?q=%20%EF%BF%BD'
const BOTH = ['__Host-session', '__Host-remember_token']
const logIn = (handle: Auth<User>): Promise<boolean> => handle.loginUser(alice, { remember: true })
const cookieNames = (response: Response): string[] =>
  response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))

/** Asserts that the response sets each cookie once, and that no cache stores it. */
function expectLoggedIn(response: Response): void {
  expect(cookieNames(response)).toEqual(BOTH)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(response.headers.get('vary')).toBe('Cookie')
}

function expectLoggedOut(response: Response): void {
  const ended = /^__Host-(session|remember_token)=; Max-Age=0;|^__Host-session_ended=[\w-]{28,}; Max-Age=600;/
  expect(response.headers.getSetCookie()).toHaveLength(3)
  for (const line of response.headers.getSetCookie()) expect(line).toMatch(ended)
}

/** The cookies are on the response. In the store of Next.js they would be set twice. */
afterEach(() => expect(jar.set).not.toHaveBeenCalled())

beforeEach(() => {
  lookUp.mockClear()
  reportError.mockReset()
})

describe('a login in a route handler', () => {
  it('sets its cookies on the response of the handler', async () => {
    const route = auth(async (_, auth) => Response.json({ ok: await logIn(auth) }))
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    expect(await answer.json()).toEqual({ ok: true })
    expectLoggedIn(answer)
  })

  it('sets its cookies on a redirect, whose headers are immutable', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      return Response.redirect(`${ORIGIN}/next`, 303)
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${ORIGIN}/next`])
    expectLoggedIn(answer)
  })

  it('keeps the cookies of the app', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      const response = NextResponse.json({})
      response.cookies.set('theme', 'dark')
      return response
    })
    expect(cookieNames(await clientOf(route).post(`${ORIGIN}/`))).toEqual(['theme', ...BOTH])
  })

  it('sets its cookies before the first byte of an unfinished stream', async () => {
    let end = (): void => undefined
    const route = auth(async (_, auth) => {
      await logIn(auth)
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode('first'))
          end = () => controller.close()
        },
      })
      return new Response(body)
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    expectLoggedIn(answer)
    end()
    expect(await answer.text()).toBe('first')
  })

  it('is rejected inside a stream, because the headers were sent', async () => {
    let late: Promise<unknown> = Promise.resolve()
    const route = auth(async (_, auth) => {
      const body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          late = logIn(auth)
          controller.close()
        },
      })
      return new Response(body)
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    await answer.text()
    await expect(late).rejects.toMatchObject({ name: 'UsageError', code: 'response-sent' })
    expect(cookieNames(answer)).toEqual([])
  })
})

describe('a response of another server', () => {
  let server: Server
  let address = ''

  beforeAll(async () => {
    server = createServer((_, response) => response.setHeader('x-from', 'elsewhere').end('passed on'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })

  afterAll(() => new Promise((done) => server.close(done)))

  it('is forwarded with the cookies, although its headers are immutable', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      return fetch(address)
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    expect([await answer.text(), answer.headers.get('x-from')]).toEqual(['passed on', 'elsewhere'])
    expectLoggedIn(answer)
  })

  it('receives Vary if only the user was read', async () => {
    const route = auth(async (_, auth) => {
      await auth.currentUser()
      return fetch(address)
    })
    const answer = await clientOf(route).get(`${ORIGIN}/`)
    expect([await answer.text(), answer.headers.get('vary')]).toEqual(['passed on', 'Cookie, x-api-key'])
  })
})

describe('a route handler that does not use the login', () => {
  it('returns the same response object', async () => {
    const response = new Response('plain')
    expect(await auth(() => response)(new NextRequest(`${ORIGIN}/`), params)).toBe(response)
  })

  it('rethrows an error, so that Next.js reports it', async () => {
    const error = new Error('of the app')
    const route = auth(() => Promise.reject(error))
    await expect(clientOf(route).get(`${ORIGIN}/`)).rejects.toBe(error)
    expect(reportError).not.toHaveBeenCalled()
  })

  it.each([
    ['returns nothing', () => undefined as never],
    ['returns something else', () => ({ ok: true }) as never],
  ])('rejects with an error if it %s', async (_, handler) => {
    await expect(clientOf(auth(handler)).get(`${ORIGIN}/`)).rejects.toThrow('did not return a Response')
  })
})

describe('a change of the login before an error', () => {
  it('is sent if the handler throws after a login', async () => {
    const error = new Error('after the login')
    const route = auth(async (_, auth) => {
      await logIn(auth)
      throw error
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    expect([answer.status, answer.body]).toEqual([500, null])
    expectLoggedIn(answer)
    expect(reportError).toHaveBeenCalledExactlyOnceWith(error, expect.any(NextRequest))
  })

  it('is sent if the handler throws after a logout', async () => {
    const route = auth(async (_, auth) => {
      await auth.logoutUser()
      throw new Error('after the logout')
    })
    const client = clientOf(route)
    await client.loginAs(alice, { remember: true })
    expectLoggedOut(await client.post(`${ORIGIN}/`))
  })

  it.each([
    ['returns nothing', undefined],
    ['returns something else', 'ok'],
  ])('is sent if the handler %s after a logout', async (_, returned) => {
    const route = auth(async (_, auth) => {
      await auth.logoutUser()
      return returned as never
    })
    const client = clientOf(route)
    await client.loginAs(alice, { remember: true })
    const answer = await client.post(`${ORIGIN}/`)
    expect(answer.status).toBe(500)
    expectLoggedOut(answer)
    expect(reportError.mock.lastCall?.[0]).toMatchObject({
      message: expect.stringContaining('did not return a Response'),
    })
  })

  it('is sent if reportError() rejects', async () => {
    const silenced = vi.spyOn(console, 'error').mockReturnValue()
    reportError.mockRejectedValue(new Error('no network'))
    const route = auth(async (_, auth) => {
      await logIn(auth)
      throw new Error('first')
    })
    expectLoggedIn(await clientOf(route).post(`${ORIGIN}/`))
    expect(silenced.mock.lastCall?.map(String)).toEqual(['Error: first', 'Error: no network'])
    silenced.mockRestore()
  })

  it('logs the error by default, without the request and its cookies', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    const error = new Error('after the login')
    const route = nextLogin(manager).auth(async (_, auth) => {
      await logIn(auth)
      throw error
    })
    await clientOf(route).post(`${ORIGIN}/`)
    expect(logged.mock.calls).toEqual([[error]])
    logged.mockRestore()
  })

  it.each([
    ['a loader', new Error('the loader broke')],
    ['a store', new StoreError('no connection')],
  ])('sends an error of %s as a private response', async (_, error) => {
    lookUp.mockImplementationOnce(() => Promise.reject(error) as never)
    const client = clientOf(auth(async (_, auth) => Response.json(await auth.currentUser())))
    await client.loginAs(alice)
    const answer = await client.get(`${ORIGIN}/`)
    expect([answer.status, answer.headers.get('vary')]).toEqual([500, 'Cookie'])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(cookieNames(answer)).toEqual([])
  })

  it('runs no handler if the user loader of a guard throws', async () => {
    const handler = vi.fn(() => new Response('in'))
    const client = clientOf(withLoginRequired(handler))
    await client.loginAs(broken)
    expect((await client.get(`${ORIGIN}/`)).status).toBe(500)
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('an interrupt of Next.js keeps the changes before it', () => {
  // Next.js reads `experimental.authInterrupts` from here while it bundles.
  beforeAll(() => vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', 'true'))
  afterAll(() => vi.unstubAllEnvs())

  it.each([
    ['redirect()', () => redirect('/next?a=1;b=2'), 307, '/next?a=1;b=2'],
    ['permanentRedirect()', () => permanentRedirect('/next'), 308, '/next'],
    ['a redirect to an address that no header can hold', () => redirect('/佐藤\r\n?q=%20\ud800'), 307, ENCODED],
    ['notFound()', notFound, 404, null],
    ['forbidden()', forbidden, 403, null],
    ['unauthorized()', unauthorized, 401, null],
  ])('%s after a logout', async (_, leave, status, location) => {
    const route = auth(async (_, auth) => {
      await auth.logoutUser()
      return leave()
    })
    const client = clientOf(route)
    await client.loginAs(alice, { remember: true })
    const answer = await client.post(`${ORIGIN}/`)
    expect([answer.status, answer.headers.get('location')]).toEqual([status, location])
    expectLoggedOut(answer)
    expect(reportError).not.toHaveBeenCalled()
  })

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a server action', { 'next-action': 'x' }],
  ])('redirects %s with 303, as Next.js does', async (_, headers) => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      return redirect('/next')
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`, {}, headers)
    expect(answer.status).toBe(303)
    expectLoggedIn(answer)
  })

  it('is recognised only if the handler throws it itself, and not as a cause', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      try {
        return redirect('/next')
      } catch (cause) {
        throw new Error('a mistake', { cause })
      }
    })
    const answer = await clientOf(route).post(`${ORIGIN}/`)
    expect([answer.status, answer.headers.get('location')]).toEqual([500, null])
    expectLoggedIn(answer)
  })

  it('puts the cookies into the store of Next.js for an unknown internal error', async () => {
    const unknown = Object.assign(new Error('of Next.js'), { digest: 'DYNAMIC_SERVER_USAGE' })
    const route = auth(async (_, auth) => {
      await logIn(auth)
      throw unknown
    })
    await expect(clientOf(route).post(`${ORIGIN}/`)).rejects.toBe(unknown)
    expect(jar.set.mock.calls.map(([cookie]) => cookie.name)).toEqual(BOTH)
    jar.set.mockClear()
  })

  it('redirects without other headers if the login was not used', async () => {
    const answer = await clientOf(auth(() => redirect('/next'))).get(`${ORIGIN}/`)
    expect([answer.status, [...answer.headers]]).toEqual([307, [['location', '/next']]])
  })
})

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
    const client = clientOf(withLoginRequired(handler))
    const page = await client.get(`${ORIGIN}/secret?a=1`, { accept: 'text/html' })
    expect([page.status, page.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    const data = await client.get(`${ORIGIN}/secret`, { accept: 'application/json' })
    expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(handler).not.toHaveBeenCalled()
  })

  it('redirect a stale login to the refresh view, even with the option fresh: false', async () => {
    const stale = clientOf(withFreshLoginRequired(handler, { fresh: false } as never))
    await stale.loginAs(alice, { fresh: false })
    expect((await stale.get(`${ORIGIN}/`, { accept: 'text/html' })).headers.get('location')).toMatch(/^\/again\?/)
    expect(handler).not.toHaveBeenCalled()
  })

  it('let HEAD and OPTIONS pass with a login, as GET, and refuse them without one', async () => {
    const client = clientOf(withLoginRequired(handler))
    await client.loginAs(alice)
    expect((await client.fetch(`${ORIGIN}/`, { method: 'HEAD' })).status).toBe(200)
    expect((await client.fetch(`${ORIGIN}/`, { method: 'OPTIONS' })).status).toBe(200)
    handler.mockClear()
    const visitor = clientOf(withLoginRequired(handler))
    for (const method of ['HEAD', 'OPTIONS']) {
      const headers = { accept: 'application/json' }
      expect((await visitor.fetch(`${ORIGIN}/`, { method, headers })).status).toBe(401)
    }
    expect(handler).not.toHaveBeenCalled()
  })

  it('refuse a forged request before the handler runs', async () => {
    const client = clientOf(withLoginRequired(handler))
    await client.loginAs(alice)
    const answer = await client.post(`${ORIGIN}/`, {}, { 'sec-fetch-site': 'cross-site' })
    expect(answer.status).toBe(403)
    expect(handler).not.toHaveBeenCalled()
  })

  it('share one Auth object if they are nested: the user is loaded once, and each cookie is set once', async () => {
    const inner = auth(async (_, auth) => {
      await auth.session.set('cart', 1)
      return new Response()
    })
    const fresh = withFreshLoginRequired((request, _, context) => inner(request, context))
    const client = clientOf(withLoginRequired((request, _, context) => fresh(request, context)))
    await client.loginAs(alice)
    const record = recordEvents(manager)
    const answer = await client.post(`${ORIGIN}/`)
    record.stop()
    expect(cookieNames(answer)).toEqual(['__Host-session'])
    expect(lookUp).toHaveBeenCalledTimes(1)
    expect(record.names()).toEqual(['userAccessed'])
  })

  it('keep the users of two parallel requests apart', async () => {
    const slow = withLoginRequired(async (_, user) => {
      await new Promise((done) => setTimeout(done, 5))
      return Response.json(user.id)
    })
    const one = clientOf(slow)
    await one.loginAs(alice)
    const [mine, another] = await Promise.all([
      one.get(`${ORIGIN}/`),
      clientOf(slow).get(`${ORIGIN}/`, { accept: '*/*' }),
    ])
    expect([await mine.json(), another.status]).toEqual(['alice', 401])
  })
})

describe('the Auth object of a route handler', () => {
  it('is the one that functions called by the handler receive', async () => {
    const route = auth(async (_, handle) => Response.json((await auth()) === handle))
    expect(await (await clientOf(route).get(`${ORIGIN}/`)).json()).toBe(true)
  })

  it('is opened only after headers() resolved, because a build calls a handler twice with one request', async () => {
    const handler = vi.fn(() => Response.json({}))
    const route = withLoginRequired(handler)
    const request = new NextRequest(`${ORIGIN}/`, { headers: { 'x-api-key': 'key-alice' } })
    const building = new Error('there is no visitor while it builds')
    vi.mocked(headers).mockRejectedValueOnce(building).mockResolvedValueOnce(request.headers)
    vi.mocked(headers).mockResolvedValueOnce(request.headers).mockRejectedValueOnce(building)
    await expect(route(request, params)).rejects.toBe(building)
    await route(request, params)
    await expect(route(request, params)).rejects.toBe(building)
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('uses the client address of the option address alone', async () => {
    const bound = createLoginManager({ ...options, sessionProtection: 'strong', fingerprint: ['address'] })
    const login = nextLogin(bound, { address: (headers) => headers.get('x-peer') ?? undefined })
    const route = login.auth(async (request, auth) => {
      if (request.method === 'POST') await logIn(auth)
      return Response.json({ id: (await auth.currentUser())?.id ?? null, why: await auth.whyAnonymous() })
    })
    const client = createTestClient<User>((request) => route(new NextRequest(request), params), {
      manager: bound,
      clock,
    })
    const from = (peer: string, more: object = {}) => ({ 'x-peer': peer, ...more })
    await client.post(`${ORIGIN}/`, {}, from('192.0.2.1'))
    const forged = from('192.0.2.1', { 'x-forwarded-for': '192.0.2.9' })
    expect(await (await client.get(`${ORIGIN}/`, forged)).json()).toEqual({ id: 'alice', why: null })
    expect(await (await client.get(`${ORIGIN}/`, from('192.0.2.2'))).json()).toEqual({ id: null, why: 'protected' })
  })

  it('requires the option address if the fingerprint includes the address', () => {
    const bound = createLoginManager({ ...options, fingerprint: ['userAgent', 'address'] })
    expect(() => nextLogin(bound)).toThrow(OptionsError)
    expect(() => nextLogin(bound)).toThrow('nextLogin()')
  })

  it('throws if user is read outside of a guard', async () => {
    const route = auth((_, auth) => Response.json(auth.user))
    await expect(clientOf(route).get(`${ORIGIN}/`)).rejects.toThrow(UsageError)
  })
})

describe('caches and speculative requests', () => {
  it('never leave a guarded response of a route handler to shared caches', async () => {
    const file = () => new Response('secret', { headers: { 'cache-control': 'public, s-maxage=60, max-age=3600' } })
    const client = clientOf(withLoginRequired(file))
    await client.loginAs(alice)
    expect((await client.get('/')).headers.get('cache-control')).toBe('private, max-age=3600')
    const shared = clientOf(withLoginRequired(file, { cache: 'public' }))
    await shared.loginAs(alice)
    expect((await shared.get('/')).headers.get('cache-control')).toBe('public, s-maxage=60, max-age=3600')
  })

  it('get 401 and no cookie for the prefetch of a guarded route handler without a login', async () => {
    const client = clientOf(withLoginRequired(() => new Response('secret')))
    const { status, headers } = await client.get('/', { 'sec-purpose': 'prefetch', accept: 'text/html' })
    expect([status, headers.getSetCookie()]).toEqual([401, []])
  })

  it('end the prefetched pages of the browser at a login', async () => {
    const client = clientOf(
      auth(async (_request, handle) => {
        await logIn(handle)
        return new Response('in')
      }) as Route<never>,
    )
    expect((await client.get('/')).headers.get('clear-site-data')).toBe('"prefetchCache", "prerenderCache"')
  })
})

describe('withAnonymousRequired()', () => {
  const { withAnonymousRequired } = nextLogin(manager)

  it('calls the handler with the Auth object for anonymous visitors, and redirects logged-in users', async () => {
    const route = withAnonymousRequired(async (_request, handle) => Response.json(await handle.currentUser()), {
      home: '/home',
    })
    const client = clientOf(route)
    expect(await (await client.get('/login')).json()).toBeNull()
    await client.loginAs(alice)
    expect((await client.get('/login')).headers.get('location')).toBe('/home')
    expect((await client.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await client.get('/login', { accept: 'application/json' })).status).toBe(403)
  })
})
