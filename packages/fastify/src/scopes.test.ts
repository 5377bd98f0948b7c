// Scopes of Fastify. The plugin and guards apply to their scope and its children. Several managers may share an app.
import { type Auth, createLoginManager, type LoginManagerOptions, OptionsError } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { type ReceivedResponse, type ServedApp, serve } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const bob: User = { id: 'bob' }

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => [alice, bob].find((user) => user.id === id),
  loginView: '/login',
}
const manager = createLoginManager(options)
const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)

const createBrowser = ({ fetch, origin }: ServedApp) => createTestClient<User>(fetch, { manager, origin })

/** Returns only the remember cookie, as a browser sends it after a restart. */
const getRememberCookie = ({ cookies }: ReceivedResponse): string =>
  cookies.find((line) => line.includes('remember_token'))?.split(';')[0] ?? ''

/** The cookies of a logout: the remember cookie is cleared, and the tombstone names it. */
const LOGGED_OUT = [
  expect.stringMatching(/^__Host-remember_token=; Max-Age=0/),
  expect.stringMatching(/^__Host-session_ended=[\w-]{28}; Max-Age=600/),
]

describe('the plugin', () => {
  it('registered in a scope covers that scope and its children, and no other scope', async () => {
    const app = Fastify()
    app.get('/outside', (request) => ({ has: 'auth' in request }))
    app.register(async (scope) => {
      await scope.register(loginPlugin)
      scope.get('/inside', async (request) => ({ has: 'auth' in request, user: await auth(request).currentUser() }))
      scope.register(async (below) => {
        below.get('/below', { preHandler: loginRequired() }, () => 'secret')
      })
    })
    const { send } = await serve(app)
    expect(JSON.parse((await send('/inside')).body)).toEqual({ has: true, user: null })
    expect((await send('/below')).status).toBe(401)
    const outside = await send('/outside')
    expect([JSON.parse(outside.body), outside.headers.get('vary')]).toEqual([{ has: false }, null])
    expect((await send('/outside', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(404)
    expect((await send('/inside', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(404)
  })

  it('may come after the routes of its scope', async () => {
    const app = Fastify()
    app.get('/', { preHandler: loginRequired() }, () => 'secret')
    await app.register(loginPlugin)
    expect((await (await serve(app)).send('/')).status).toBe(401)
  })

  it('registered twice creates one Auth object for each request, and sets each cookie once', async () => {
    const seen: unknown[] = []
    const logIn = async (request: Parameters<typeof auth>[0]): Promise<boolean> => auth(request).loginUser(alice)
    const app = Fastify()
    await app.register(loginPlugin)
    await app.register(loginPlugin)
    app.addHook('onRequest', async (request) => void seen.push(auth(request)))
    app.get('/', logIn)
    app.register(async (scope) => {
      await scope.register(loginPlugin)
      scope.addHook('onRequest', async (request) => void seen.push(auth(request)))
      scope.get('/below', logIn)
    })
    const { send } = await serve(app)
    for (const path of ['/', '/below']) expect((await send(path)).cookies).toHaveLength(1)
    expect(seen).toHaveLength(3)
    expect(seen[1]).toBe(seen[2])

    const sides = Fastify()
    for (const path of ['/one', '/two'])
      sides.register(async (scope) => {
        await scope.register(loginPlugin)
        scope.get(path, logIn)
      })
    const both = await serve(sides)
    for (const path of ['/one', '/two']) expect((await both.send(path)).cookies).toHaveLength(1)
  })

  it('registered in a scope and in the app around it creates one Auth object, so that no logout is undone', async () => {
    const app = Fastify()
    app.register(async (scope) => {
      await scope.register(loginPlugin)
      scope.addHook('onRequest', loginRequired())
      scope.get('/me', (request) => auth(request).user.id)
      scope.post('/logout', async (request) => auth(request).logoutUser())
    })
    app.register(loginPlugin)
    app.post('/login', async (request) => auth(request).loginUser(alice, { remember: true }))
    const { send } = await serve(app)
    const cookie = getRememberCookie(await send('/login', { method: 'POST' }))
    expect((await send('/me', { headers: { cookie } })).body).toBe('alice')
    const logout = await send('/logout', { method: 'POST', headers: { cookie } })
    expect(logout.cookies).toEqual(LOGGED_OUT)
  })

  it('creates one Auth object if the app routes a request again, so that no logout is undone', async () => {
    const app = Fastify()
    await app.register(loginPlugin)
    app.post('/login', async (request) => auth(request).loginUser(alice, { remember: true }))
    app.get('/', async (request) => ({ user: await auth(request).currentUser() }))
    app.post('/logout', async (request, reply) => {
      await auth(request).currentUser()
      await auth(request).logoutUser()
      reply.hijack()
      app.routing(Object.assign(request.raw, { method: 'GET', url: '/' }), reply.raw)
    })
    const { send } = await serve(app)
    const cookie = getRememberCookie(await send('/login', { method: 'POST' }))
    const logout = await send('/logout', { method: 'POST', headers: { cookie } })
    expect(JSON.parse(logout.body)).toEqual({ user: null })
    expect(logout.cookies).toEqual(LOGGED_OUT)
  })

  it.each([
    ['by the app', (app: FastifyInstance) => app.decorateRequest('auth' as string, null)],
    [
      'by another manager',
      (app: FastifyInstance) => app.register(fastifyLogin(createLoginManager(options)).loginPlugin),
    ],
  ])('rejects at start if its property is decorated already %s', async (_by, decorate) => {
    const app = Fastify()
    await decorate(app)
    app.register(loginPlugin)
    await expect(Promise.resolve(app.ready())).rejects.toThrow(/request\.auth exists already: choose another name/)
  })

  it.each(['body', 'url', 'raw', 'params', 'ip'])(
    'rejects the property name %s, which Fastify itself uses',
    async (property) => {
      const app = Fastify()
      app.register(fastifyLogin(manager, { property }).loginPlugin)
      const error: unknown = await Promise.resolve(app.ready()).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(OptionsError)
      expect(error).toMatchObject({ problems: [{ path: 'property' }] })
    },
  )
})

describe('a guard', () => {
  it('of a scope guards its routes, those of its children, and its 404', async () => {
    const app = Fastify()
    await app.register(loginPlugin)
    app.get('/', () => 'open')
    app.register(
      async (admin) => {
        admin.addHook('preHandler', freshLoginRequired({ withinSeconds: 600 }))
        admin.setNotFoundHandler((_request, reply) => reply.code(404).send('no such page of the admin'))
        admin.get('/users', (request) => auth(request).user.id)
        admin.register(async (below) => below.get('/deep', () => 'deep'), { prefix: '/below' })
      },
      { prefix: '/admin' },
    )
    const site = await serve(app)
    expect((await site.send('/')).body).toBe('open')
    expect((await site.send('/none')).status).toBe(404)
    for (const path of ['/admin/users', '/admin/below/deep', '/admin/none'])
      expect([path, (await site.send(path)).status]).toEqual([path, 401])
    const browser = createBrowser(site)
    await browser.loginAs(alice)
    expect(await (await browser.get('/admin/users')).text()).toBe('alice')
    expect(await (await browser.get('/admin/none')).text()).toBe('no such page of the admin')
  })

  it('of a scope redirects to the login page of its area', async () => {
    const areas = fastifyLogin(
      createLoginManager<User>({ ...options, areas: { staff: { loginView: '/staff/login' } } }),
    )
    const app = Fastify()
    await app.register(areas.loginPlugin)
    app.get('/me', { preHandler: areas.loginRequired() }, () => 'me')
    app.register(
      async (staff) => {
        staff.addHook('preHandler', areas.loginRequired({ area: 'staff' }))
        staff.get('/login', () => 'log in')
        staff.get('/desk', () => 'desk')
      },
      { prefix: '/staff' },
    )
    const { send } = await serve(app)
    const getLocation = async (path: string) =>
      (await send(path, { headers: { accept: 'text/html' } })).headers.get('location')
    expect(await getLocation('/me')).toBe('/login?next=%2Fme')
    expect(await getLocation('/staff/desk')).toBe('/staff/login?next=%2Fstaff%2Fdesk')
    expect((await send('/staff/login')).body).toBe('log in')
  })

  it('validates its options when it is created', () => {
    expect(() => loginRequired({ except: ['health'] })).toThrow(OptionsError)
    expect(() => freshLoginRequired({ withinSeconds: -1 })).toThrow(OptionsError)
    expect(() => loginRequired({ area: 'nowhere' })).toThrow(OptionsError)
  })

  it('may be called by a hook of the app, and sets reply.sent if it responded', async () => {
    const app = Fastify()
    await app.register(loginPlugin)
    const guard = loginRequired()
    const seen: boolean[] = []
    app.addHook('preHandler', async (request, reply) => {
      if (request.url !== '/open') await guard(request, reply)
      seen.push(reply.sent)
    })
    app.get('/open', () => 'open')
    app.get('/closed', () => 'secret')
    const { send } = await serve(app)
    expect((await send('/open')).body).toBe('open')
    expect((await send('/closed')).status).toBe(401)
    expect(seen).toEqual([false, true])
  })
})

describe('two managers in one app', () => {
  const staff = fastifyLogin(
    createLoginManager<User>({
      ...options,
      audience: 'staff',
      loginView: '/staff/login',
      session: { cookie: { name: '__Host-staff' } },
      remember: { cookie: { name: '__Host-staff-remember' } },
    }),
    { property: 'staff' },
  )
  const start = async (): Promise<ServedApp> => {
    const app = Fastify()
    await app.register(loginPlugin)
    await app.register(staff.loginPlugin)
    app.get('/login', (request) => auth(request).loginUser(alice))
    app.get('/staff/login', (request) => staff.auth(request).loginUser(bob))
    app.get('/logout', (request) =>
      auth(request)
        .logoutUser()
        .then(() => 'out'),
    )
    app.get('/both', { preHandler: [loginRequired(), staff.loginRequired()] }, (request) => [
      auth(request).user.id,
      staff.auth(request).user.id,
    ])
    app.get('/who', async (request) => {
      const objects = ['auth', 'staff'].map((name) => request.getDecorator<Auth<User>>(name))
      expect(objects).toEqual([auth(request), staff.auth(request)])
      return new Response(JSON.stringify(await Promise.all(objects.map((one) => one.currentUser()))), {
        headers: { vary: 'Accept' },
      })
    })
    return serve(app)
  }

  it('have separate users, and log out separately', async () => {
    const browser = createBrowser(await start())
    await browser.get('/login')
    expect(await (await browser.get('/who')).json()).toEqual([alice, null])
    expect((await browser.get('/both')).headers.get('location')).toBe('/staff/login?next=%2Fboth')
    await browser.get('/staff/login')
    expect(browser.cookies.names()).toEqual(['__Host-session', '__Host-staff'])
    expect(await (await browser.get('/both')).json()).toEqual(['alice', 'bob'])
    await browser.get('/logout')
    expect(await (await browser.get('/who')).json()).toEqual([null, bob])
  })

  it('set Vary and Cache-Control once, and keep the Vary of a response', async () => {
    const browser = createBrowser(await start())
    await browser.get('/login')
    const response = await browser.get('/who')
    expect(response.headers.get('vary')).toBe('Accept, Cookie')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('do not accept the cookie of each other', async () => {
    const browser = createBrowser(await start())
    await browser.get('/login')
    browser.cookies.set('__Host-staff', browser.cookies.get('__Host-session') ?? '')
    expect(await (await browser.get('/who')).json()).toEqual([alice, null])
  })
})
