// The adapter in real servers, on everything that speaks connect: who is let in, who is told, where errors go, and that
// one request has one handle for each manager.
import { createServer } from 'node:http'
import { type Auth, createLoginManager, type LoginManagerOptions, OptionsError, StoreError } from '@fetch-login/core'
import { checkRequest } from '@fetch-login/core/adapter'
import { nodeRequestView } from '@fetch-login/core/node'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { describe, expect, it, vi } from 'vitest'
import { type ErrorHandler, type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, askRaw, listening, over, served } from '../testing/served'
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
  loadUser: (id) => [alice, bob].find((user) => user.id === id),
  loginView: '/login',
  refreshView: '/again',
  clock,
}
const manager = createLoginManager(options)
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)

const browserAt = (origin: string) => createTestClient<User>(over, { manager, clock, origin })

/** Runs only where the path is this one. */
const at =
  (path: string, ...handlers: Handler[]): Handler =>
  (req, res, next) => {
    if (req.url?.split('?')[0] !== path) return next()
    const go = (index: number): unknown => handlers[index]?.(req, res, (error) => (error ? next(error) : go(index + 1)))
    return go(0)
  }

const greet: Handler = (req, res) => res.end(`hello ${auth(req).user.id}`)
const logIn: Handler = async (req, res) => {
  await auth(req).loginUser(alice, { remember: true })
  res.end('in')
}

/** An error handler that keeps what it was told. */
const collector = () => {
  const errors: unknown[] = []
  const onError: ErrorHandler = (error, _req, res) => {
    errors.push(error)
    if (res.headersSent) return res.destroy()
    res.statusCode = (error as { status?: number }).status ?? 500
    return res.end('sorry')
  }
  return { errors, onError }
}

describe.each(hosts)('$name', ({ create }) => {
  describe('loginMiddleware', () => {
    it('installed twice is one handle, and writes once', async () => {
      const seen = new Set<Auth<User>>()
      const see: Handler = (req, _res, next) => {
        seen.add(auth(req))
        next()
      }
      const origin = await served(create([loginMiddleware, see, loginMiddleware, see, logIn]))
      const { cookies, headers } = await ask(origin)
      expect(cookies).toHaveLength(2)
      expect(headers.get('vary')).toBe('Cookie')
      expect(seen.size).toBe(1)
    })

    it('gives each request a handle of its own, on one connection too', async () => {
      const seen = new Set<Auth<User>>()
      const origin = await served(create([loginMiddleware, (req, res) => res.end(String(seen.add(auth(req)).size))]))
      const bodies = [await fetch(origin), await fetch(origin)].map((answer) => answer.text())
      expect(await Promise.all(bodies)).toEqual(['1', '2'])
    })

    it('that is called instead of handed over says so', () => {
      const called = loginMiddleware as unknown as () => void
      expect(() => called()).toThrow(/app\.use\(loginMiddleware\) instead of app\.use\(loginMiddleware\(\)\)/)
    })

    it('that is missing is named, by the error handler and not by a crash', async () => {
      const { errors, onError } = collector()
      const guarded = await served(create([loginRequired(), greet], onError))
      const asked = await served(create([(req, res) => res.end(String(auth(req)))], onError))
      for (const origin of [guarded, asked]) expect((await ask(origin)).status).toBe(500)
      expect(errors).toHaveLength(2)
      for (const error of errors) {
        expect(error).toMatchObject({ name: 'UsageError', code: 'not-installed' })
        expect(error).toMatchObject({ message: expect.stringContaining('app.use(loginMiddleware)') })
      }
    })

    it('refuses a forged request before any handler runs', async () => {
      const handler = vi.fn<Handler>((_req, res) => res.end('done'))
      const origin = await served(create([loginMiddleware, handler]))
      const elsewhere = { 'sec-fetch-site': 'cross-site' }
      const { status, headers } = await ask(origin, { method: 'POST', headers: elsewhere })
      expect([status, headers.get('cache-control')]).toEqual([403, 'private, no-store'])
      expect((await ask(origin, { method: 'POST', headers: { origin: 'https://evil.test' } })).status).toBe(403)
      expect(handler).not.toHaveBeenCalled()
      expect((await ask(origin, { method: 'POST', headers: { origin } })).body).toBe('done')
    })

    it('takes forwarding headers of a visitor for what they are: nothing', async () => {
      const seen: unknown[] = []
      const bound = createLoginManager({
        ...options,
        fingerprint: ['userAgent', 'address'],
        loadUserFromRequest: ({ address, url }) => void seen.push(address, url),
      })
      const login = expressLogin(bound)
      const origin = await served(
        create([login.loginMiddleware, async (req, res) => res.end(String(await login.auth(req).currentUser()))]),
      )
      const forged = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test' }
      await ask(origin, { headers: { ...forged, forwarded: 'for=192.0.2.1;proto=https;host=evil.test' } })
      expect(seen).toEqual(['127.0.0.1', `${origin}/`])
    })

    it('takes the address from where the app says', async () => {
      const bound = createLoginManager({ ...options, fingerprint: ['address'], sessionProtection: 'strong' })
      const login = expressLogin(bound, {
        address: ({ rawHeaders = [] }) => rawHeaders[rawHeaders.indexOf('x-real-ip') + 1],
      })
      const who: Handler = async (req, res) => res.end(String((await login.auth(req).currentUser())?.id))
      const enter: Handler = async (req, res) => res.end(String(await login.auth(req).loginUser(alice)))
      const origin = await served(create([login.loginMiddleware, at('/in', enter), who]))
      const browser = browserAt(origin)
      await browser.get('/in', { 'x-real-ip': '192.0.2.1' })
      expect(await (await browser.get('/', { 'x-real-ip': '::ffff:192.0.2.1' })).text()).toBe('alice')
      expect(await (await browser.get('/', { 'x-real-ip': '192.0.2.2' })).text()).toBe('undefined')
    })
  })

  describe('a guard', () => {
    it('lets no handler run for a visitor, and says why as page or as data', async () => {
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const stack = [loginMiddleware, at('/a', loginRequired(), handler), at('/b', freshLoginRequired(), handler)]
      const origin = await served(create(stack))
      for (const path of ['/a', '/b']) {
        const page = await ask(`${origin}${path}?x=1`, { headers: { accept: 'text/html' } })
        expect([page.status, page.headers.get('location')]).toEqual([302, `/login?next=%2F${path[1]}%3Fx%3D1`])
        const data = await ask(origin + path, { headers: { accept: 'application/json' } })
        expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
        expect(JSON.parse(data.body)).toMatchObject({ status: 401, title: 'Unauthorized' })
        expect(data.headers.get('vary')).toBe('Cookie, Accept')
        expect(data.headers.get('cache-control')).toBe('private, no-store')
      }
      expect(handler).not.toHaveBeenCalled()
    })

    it('gives the user to what stands behind it', async () => {
      const origin = await served(create([loginMiddleware, loginRequired(), greet]))
      const browser = browserAt(origin)
      await browser.loginAs(bob)
      const answer = await browser.get('/')
      expect([await answer.text(), answer.headers.get('cache-control')]).toEqual(['hello bob', 'private, no-store'])
    })

    it('tells fresh logins from others', async () => {
      const origin = await served(create([loginMiddleware, freshLoginRequired({ withinSeconds: 60 }), greet]))
      const browser = browserAt(origin)
      await browser.loginAs(alice)
      expect((await browser.get('/')).status).toBe(200)
      clock.advance(61)
      expect((await browser.get('/')).headers.get('location')).toBe('/again?next=%2F')
    })

    it('leaves the headers that the app set before, but for what the refusal says itself', async () => {
      const before: Handler = (_req, res, next) => {
        res.setHeader('x-own', '1')
        res.setHeader('vary', 'Origin')
        res.setHeader('content-length', '3')
        res.setHeader('content-type', 'text/html')
        res.setHeader('set-cookie', ['a=1', 'b=2'])
        next()
      }
      const origin = await served(create([before, loginMiddleware, loginRequired(), greet]))
      const { headers, cookies, body } = await ask(origin, { headers: { accept: 'application/json' } })
      expect(headers.get('x-own')).toBe('1')
      expect(headers.get('vary')).toBe('Origin, Cookie, Accept')
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(headers.get('content-length')).toBe(String(body.length))
      expect(cookies).toEqual(['a=1', 'b=2'])
    })

    it('has no user where it did not look, and the handle says so', async () => {
      const { errors, onError } = collector()
      const stack = [loginMiddleware, loginRequired({ except: ['/open', '/public/*'] }), greet]
      const origin = await served(create(stack, onError))
      for (const path of ['/open', '/public/a']) expect((await ask(origin + path)).status).toBe(500)
      const headers = { accept: 'application/json' }
      expect((await ask(`${origin}/closed`, { method: 'OPTIONS', headers })).status).toBe(401)
      expect(errors).toHaveLength(2)
      for (const error of errors) expect(error).toMatchObject({ code: 'no-guard' })
    })

    it.each([
      '/public/%2e%2e/closed',
      '/public/../closed',
      '//public/a',
      '/public%2fa',
      '/PUBLIC/a',
      '/public;/a',
      '/public\\a',
      'http://app.test/public/../closed',
      'x://closed/public/a',
      'javascript://closed/public/a',
    ])('excepts no path that two readers could take for two: %s', async (path) => {
      const handler = vi.fn<Handler>((_req, res) => res.end('open'))
      const origin = await served(create([loginMiddleware, loginRequired({ except: ['/public/*'] }), handler]))
      const { status } = await askRaw(origin, `GET ${path} HTTP/1.1`, ['Accept: application/json'])
      expect([status, handler.mock.calls.length]).toEqual([401, 0])
    })

    it('is checked when it is made', () => {
      expect(() => loginRequired({ except: ['health'] })).toThrow(OptionsError)
      expect(() => freshLoginRequired({ withinSeconds: -1 })).toThrow(OptionsError)
      // @ts-expect-error no option of a guard
      expect(() => loginRequired({ role: 'admin' })).toThrow(/role/)
    })

    it('says nothing more where the app gave up on the request before the user was known', async () => {
      const { errors, onError } = collector()
      const slow = expressLogin(createLoginManager({ ...options, loadUserFromRequest: () => pause(20) }))
      const timeout: Handler = (_req, res, next) => {
        next()
        res.statusCode = 503
        res.end('too slow')
      }
      const origin = await served(create([slow.loginMiddleware, timeout, slow.loginRequired(), greet], onError))
      expect(await ask(origin)).toMatchObject({ status: 503, body: 'too slow' })
      await pause(40)
      expect(errors).toEqual([])
    })

    it('that refuses after the answer began lets nobody by, and says what is wrong', async () => {
      const { errors, onError } = collector()
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const begin: Handler = (_req, res, next) => {
        res.write('begun ')
        next()
      }
      const origin = await served(create([loginMiddleware, begin, loginRequired(), handler], onError))
      await expect(ask(origin)).rejects.toThrow()
      expect(errors).toMatchObject([{ name: 'UsageError', code: 'response-sent' }])
      expect(handler).not.toHaveBeenCalled()
    })
  })

  describe('an error of a loader', () => {
    const failing = (thrown: unknown) =>
      expressLogin(
        createLoginManager<User>({
          ...options,
          loadUserFromRequest: () => {
            throw thrown
          },
        }),
      )

    it('reaches the error handler, and no handler of the route', async () => {
      const { errors, onError } = collector()
      const error = new Error('the table is gone')
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const login = failing(error)
      const origin = await served(create([login.loginMiddleware, login.loginRequired(), handler], onError))
      expect(await ask(origin)).toMatchObject({ status: 500, body: 'sorry' })
      expect(errors).toEqual([error])
      expect(handler).not.toHaveBeenCalled()
    })

    it.each([undefined, null, 0, '', false, 'route', 'router', 'some text', Symbol('x')])(
      'is one even where %s is thrown: the guard is not passed, nor gone round',
      async (thrown) => {
        const { errors, onError } = collector()
        const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
        const login = failing(thrown)
        const origin = await served(create([login.loginMiddleware, login.loginRequired(), handler], onError))
        expect((await ask(origin)).status).toBe(500)
        expect(errors).toMatchObject([{ name: 'Error', cause: thrown }])
        expect(handler).not.toHaveBeenCalled()
      },
    )

    it('is 503 from a guard where a store is down; others are told of it, and pages that do not ask work', async () => {
      const { errors, onError } = collector()
      const login = failing(new StoreError('no answer'))
      const who: Handler = async (req, res) => res.end(String(await login.auth(req).currentUser()))
      const stack = [login.loginMiddleware, at('/guarded', login.loginRequired(), greet), at('/asks', who)]
      const origin = await served(create([...stack, (_req, res) => res.end('fine')], onError))
      const guarded = await ask(`${origin}/guarded`)
      expect([guarded.status, guarded.headers.get('retry-after'), errors.length]).toEqual([503, '5', 0])
      expect((await ask(`${origin}/asks`)).status).toBe(503)
      expect(errors).toMatchObject([{ code: 'store-unavailable' }])
      expect(await ask(origin)).toMatchObject({ status: 200, body: 'fine' })
    })

    it('before any handler reaches the error handler too', async () => {
      const { errors, onError } = collector()
      const login = expressLogin(
        createLoginManager<User>({
          ...options,
          session: { renew: 'everyRequest' },
          isRevoked: () => Promise.reject(new Error('the list is gone')),
        }),
      )
      const origin = await served(create([login.loginMiddleware, (_req, res) => res.end('fine')], onError))
      const browser = browserAt(origin)
      await browser.loginAs(alice, { permanent: true })
      expect((await browser.get('/')).status).toBe(500)
      expect(errors).toMatchObject([{ message: 'the list is gone' }])
    })
  })

  describe('a handler that throws', () => {
    const fails: Handler = async () => {
      throw Object.assign(new Error('broken'), { stack: 'where it was' })
    }
    const failsInside: Handler = async (req) => {
      await auth(req).loginUser(alice, { remember: true })
      throw new Error('broken')
    }

    it.each([
      ['its own error handler', collector().onError],
      ['the default one', undefined],
    ])('after a login leaves the login on the answer of %s', async (_whose, onError) => {
      const origin = await served(create([loginMiddleware, failsInside], onError))
      const { status, cookies, headers } = await ask(origin)
      expect(status).toBe(500)
      expect(cookies.map(nameOf)).toEqual(['__Host-session', '__Host-remember_token'])
      expect(headers.get('cache-control')).toBe('private, no-store')
    })

    it('after a logout leaves the logout on the answer', async () => {
      const out: Handler = async (req) => {
        await auth(req).logoutUser()
        throw new Error('broken')
      }
      const origin = await served(
        create([loginMiddleware, at('/out', out), loginRequired(), greet], collector().onError),
      )
      const browser = browserAt(origin)
      await browser.loginAs(alice, { remember: true })
      expect((await browser.get('/')).status).toBe(200)
      expect((await browser.get('/out')).status).toBe(500)
      expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    })

    it('before anybody asked leaves its answer untouched', async () => {
      const origin = await served(create([loginMiddleware, fails]))
      const bare = await served(create([fails]))
      expect((await ask(origin)).lines).toEqual((await ask(bare)).lines)
    })
  })

  describe('the property', () => {
    const handleOf = (req: object, name = 'auth'): Auth<User> => (req as Record<string, Auth<User>>)[name] as Auth<User>

    it('of the request is the handle, under the name of the app', async () => {
      const named = expressLogin(manager, { property: 'login' })
      const origin = await served(
        create([
          loginMiddleware,
          named.loginMiddleware,
          (req, res) => res.end(String([handleOf(req) === auth(req), handleOf(req, 'login') === named.auth(req)])),
        ]),
      )
      expect((await ask(origin)).body).toBe('true,true')
    })

    it('that another library set stays as it is, before and after', async () => {
      const sets = (payload: object): Handler => {
        return (req, _res, next) => {
          Object.assign(req, { auth: payload })
          next()
        }
      }
      const show: Handler = async (req, res) => {
        res.end(JSON.stringify([Reflect.get(req, 'auth'), await auth(req).currentUser()]))
      }
      const [before, after] = [
        await served(create([sets({ sub: 'jwt' }), loginMiddleware, show])),
        await served(create([loginMiddleware, sets({ sub: 'jwt' }), show])),
      ]
      for (const origin of [before, after]) expect((await ask(origin)).body).toBe('[{"sub":"jwt"},null]')
    })

    it('that two managers would share is neither of them, and says so', async () => {
      const { errors, onError } = collector()
      const other = expressLogin(createLoginManager(options))
      const third = expressLogin(createLoginManager(options))
      const show: Handler = (req, res) => res.end(String(handleOf(req)))
      const stack = [loginMiddleware, other.loginMiddleware, third.loginMiddleware]
      const origin = await served(create([...stack, show], onError))
      expect((await ask(origin)).status).toBe(500)
      expect(errors).toMatchObject([{ name: 'UsageError', message: expect.stringContaining('property') }])
      const without = await served(
        create([...stack, async (req, res) => res.end(String(await other.auth(req).currentUser()))]),
      )
      expect((await ask(without)).body).toBe('null')
    })
  })

  describe('two managers', () => {
    const staff = expressLogin(
      createLoginManager({
        ...options,
        loginView: '/staff/login',
        session: { cookie: { name: '__Host-staff' } },
        remember: { cookie: { name: '__Host-staff_remember' } },
      }),
      { property: 'staff' },
    )
    const enter = (login: typeof staff, user: User): Handler => {
      return async (req, res) => res.end(String(await login.auth(req).loginUser(user)))
    }
    const both: Handler = (req, res) => res.end(`${auth(req).user.id} and ${staff.auth(req).user.id}`)
    const stack = [
      loginMiddleware,
      staff.loginMiddleware,
      at('/in', enter({ ...staff, auth }, alice)),
      at('/staff/in', enter(staff, bob)),
      at('/out', async (req, res) => {
        await auth(req).logoutUser()
        res.end()
      }),
      at('/staff', staff.loginRequired(), (req, res) => res.end(staff.auth(req).user.id)),
      at('/both', loginRequired(), staff.loginRequired(), both),
    ]

    it('know each their own user, log out each by themselves, and say Vary once', async () => {
      const browser = browserAt(await served(create(stack)))
      await browser.get('/in')
      expect((await browser.get('/both')).headers.get('location')).toBe('/staff/login?next=%2Fboth')
      await browser.get('/staff/in')
      const answer = await browser.get('/both')
      expect(await answer.text()).toBe('alice and bob')
      expect([answer.headers.get('vary'), answer.headers.get('cache-control')]).toEqual(['Cookie', 'private, no-store'])
      await browser.get('/out')
      expect(browser.cookies.names()).toEqual(['__Host-staff', '__Host-session_ended'])
      expect((await browser.get('/both')).headers.get('location')).toBe('/login?next=%2Fboth')
      expect(await (await browser.get('/staff')).text()).toBe('bob')
    })

    it('do not take the cookie of each other', async () => {
      const browser = browserAt(await served(create(stack)))
      await browser.get('/in')
      browser.cookies.set('__Host-staff', browser.cookies.get('__Host-session') ?? '')
      expect((await browser.get('/staff')).status).toBe(302)
    })
  })
})

describe('a handshake, which no framework sees', () => {
  it('is looked at by a handle of its own: its origin, and then who it is', async () => {
    const server = createServer((_req, res) => res.end())
    server.on('upgrade', async (req, socket) => {
      const login = manager.open(nodeRequestView(req), { readOnly: true })
      const user = (await checkRequest(login)) === null ? await login.currentUser() : null
      socket.end(`HTTP/1.1 ${user === null ? 401 : 200} ${user?.id}\r\nConnection: close\r\n\r\n`)
    })
    const origin = await listening(server)
    const browser = browserAt(origin)
    await browser.loginAs(alice)
    const cookie = `Cookie: __Host-session=${browser.cookies.get('__Host-session')}`
    const handshake = async (from: string, ...lines: string[]): Promise<string | undefined> => {
      const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'User-Agent: test-client', `Origin: ${from}`]
      return (await askRaw(origin, 'GET / HTTP/1.1', [...upgrade, ...lines])).text.split('\r\n')[0]
    }
    expect(await handshake(origin, cookie)).toBe('HTTP/1.1 200 alice')
    expect(await handshake('https://evil.test', cookie)).toBe('HTTP/1.1 401 undefined')
    expect(await handshake(origin)).toBe('HTTP/1.1 401 undefined')
  })
})

describe.each(hosts)('anonymousRequired() on $name', ({ create }) => {
  it('shows the login page to anonymous visitors, and redirects logged-in users', async () => {
    const { anonymousRequired } = expressLogin(manager)
    const show: Handler = (_req, res) => res.end('login page')
    const browser = browserAt(await served(create([loginMiddleware, anonymousRequired({ home: '/home' }), show])))
    expect(await (await browser.get('/login')).text()).toBe('login page')
    await browser.loginAs(alice)
    expect((await browser.get('/login')).headers.get('location')).toBe('/home')
    expect((await browser.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await browser.get('/login', { accept: 'application/json' })).status).toBe(403)
  })
})

function nameOf(line: string): string {
  return line.slice(0, line.indexOf('='))
}

function pause(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds))
}
