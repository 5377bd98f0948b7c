// Guards in a real Fastify app, over HTTP and by inject().
import { setTimeout as wait } from 'node:timers/promises'
import { createLoginManager, StoreError, UsageError } from '@fetch-login/core'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import {
  alice,
  auth,
  bob,
  clock,
  createApp,
  createBrowser,
  createSender,
  freshLoginRequired,
  getCookieNames,
  logIn,
  loginPlugin,
  loginRequired,
  manager,
  options,
  type Routes,
  type User,
} from '../testing/app'
import { serve, TRANSPORTS } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

describe.each(TRANSPORTS)('%s', (transport) => {
  const sendToApp = createSender(transport)

  describe('a guard', () => {
    it.each([undefined, null, 0, '', false, 'route', new Error('no')])(
      'does not run a handler in any hook if the user loader throws %j',
      async (thrown) => {
        const failing = fastifyLogin(
          createLoginManager({
            ...options,
            loadUser: () => {
              throw thrown
            },
          }),
        )
        const app = Fastify()
        await app.register(failing.loginPlugin)
        const reached: string[] = []
        for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const)
          app.get(`/${hook}`, { [hook]: failing.loginRequired() }, async () => reached.push(hook))
        const loggedIn = await serve(await createApp((one) => one.get('/', logIn)), transport)
        const cookie = (await loggedIn.send('/')).cookies.map((line) => line.split(';')[0]).join('; ')
        const { send } = await serve(app, transport)
        for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'])
          expect([hook, (await send(`/${hook}`, { headers: { cookie } })).status]).toEqual([hook, 500])
        expect(reached).toEqual([])
      },
    )

    it('checks a request that the app created from another one separately', async () => {
      const app = Fastify()
      await app.register(loginPlugin)
      app.addHook('preHandler', loginRequired({ except: ['/batch'] }))
      app.get('/admin', async () => 'secret')
      app.post('/batch', async (request, reply) => {
        reply.hijack()
        const inner = { url: { value: '/admin', writable: true }, method: { value: 'GET' } }
        app.routing(Object.create(request.raw, inner), reply.raw)
      })
      const { send } = await serve(app, transport)
      const response = await send('/batch', { method: 'POST' })
      expect([response.status, response.body.includes('secret')]).toEqual([401, false])
    })

    it('refuses a forged request if a listener throws undefined', async () => {
      const failing = createLoginManager(options)
      failing.on('csrfRejected', () => {
        throw undefined
      })
      const { loginPlugin } = fastifyLogin(failing)
      const app = Fastify()
      await app.register(loginPlugin)
      app.post('/pay', async () => 'paid')
      const { send } = await serve(app, transport)
      const response = await send('/pay', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
      expect([response.status, response.body.includes('paid')]).toEqual([500, false])
    })

    it('passes the user to the handler as preHandler, onRequest, preParsing and preValidation', async () => {
      const site = await serve(
        await createApp((app) => {
          for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'])
            app.get(`/${hook}`, { [hook]: loginRequired() }, (request) => auth(request).user.id)
          app.get('/all', { preHandler: [loginRequired(), freshLoginRequired()] }, (request) => auth(request).user.id)
        }),
        transport,
      )
      const browser = createBrowser(site)
      await browser.loginAs(bob)
      for (const path of ['/onRequest', '/preParsing', '/preValidation', '/preHandler', '/all']) {
        const response = await browser.get(path)
        expect([path, await response.text(), response.headers.get('cache-control')]).toEqual([
          path,
          'bob',
          'private, no-store',
        ])
      }
    })

    it('does not run a handler for an anonymous request of any method', async () => {
      let runs = 0
      const handler = (): string => {
        runs += 1
        return 'secret'
      }
      const { send } = await serve(
        await createApp((app) => {
          for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'])
            app.all(`/${hook}`, { [hook]: loginRequired() }, handler)
          app.get('/fresh', { preHandler: freshLoginRequired() }, handler)
          app.register(async (scope) => {
            scope.addHook('preHandler', loginRequired())
            scope.get('/scope', handler)
          })
        }),
        transport,
      )
      for (const path of ['/onRequest', '/preParsing', '/preValidation', '/preHandler', '/fresh', '/scope'])
        for (const method of ['GET', 'HEAD']) {
          const page = await send(path, { method, headers: { accept: 'text/html' } })
          expect([method, page.status, page.headers.get('location')]).toEqual([
            method,
            302,
            `/login?next=${encodeURIComponent(path)}`,
          ])
          const data = await send(path, { method, headers: { accept: 'application/json' } })
          expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
          expect(data.headers.get('vary')).toBe('Cookie, Accept')
          expect(data.headers.get('cache-control')).toBe('private, no-store')
          expect(data.body.includes('about:blank')).toBe(method === 'GET')
        }
      expect(runs).toBe(0)
    })

    it('runs before the body is parsed as onRequest, and after it as preHandler', async () => {
      const { send } = await serve(
        await createApp((app) => {
          app.post('/early', { onRequest: loginRequired() }, () => 'in')
          app.post('/late', { preHandler: loginRequired() }, () => 'in')
        }),
        transport,
      )
      const broken = {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: '{',
      }
      expect((await send('/early', broken)).status).toBe(401)
      expect((await send('/late', broken)).status).toBe(400)
    })

    it('refuses a login that is older than withinSeconds', async () => {
      const site = await serve(
        await createApp((app) =>
          app.get('/', { preHandler: freshLoginRequired({ withinSeconds: 60 }) }, (r) => auth(r).user.id),
        ),
        transport,
      )
      const browser = createBrowser(site)
      await browser.loginAs(alice)
      expect((await browser.get('/')).status).toBe(200)
      clock.advance(61)
      expect((await browser.get('/')).headers.get('location')).toBe('/again?next=%2F')
    })

    it('on the whole app accepts its exceptions, and guards the 404 response too', async () => {
      const { send } = await serve(
        await createApp((app) => {
          app.addHook('onRequest', loginRequired({ except: ['/open', '/public/*'] }))
          app.get('/open', (request) => {
            expect(() => auth(request).user).toThrow(UsageError)
            return 'open'
          })
          app.get('/public/*', () => 'public')
          app.get('/login', () => 'log in')
        }),
        transport,
      )
      const statuses: Record<string, number> = {}
      for (const path of ['/open', '/public/x', '/login', '/none', '/public/%2e%2e/x', '/open/'])
        statuses[path] = (await send(path)).status
      expect(statuses).toEqual({
        '/open': 200,
        '/public/x': 200,
        '/login': 200,
        '/none': 401,
        '/public/%2e%2e/x': 401,
        '/open/': 401,
      })
    })

    it('keeps the headers that earlier hooks set on the reply', async () => {
      const app = await createApp((one) => {
        one.addHook('onRequest', async (_request, reply) => {
          reply
            .header('vary', 'Origin')
            .header('access-control-allow-origin', '*')
            .header('set-cookie', 'own=1')
            .type('text/html')
        })
        one.get('/', { preHandler: loginRequired() }, () => 'secret')
      })
      const response = await (await serve(app, transport)).send('/', { headers: { accept: 'text/html' } })
      expect(response.headers.get('vary')).toBe('Origin, Cookie, Accept')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(getCookieNames(response.cookies)).toEqual(['own', '__Host-session'])
    })

    it("sends the response of the app's refusal handler through onSend hooks, as bytes", async () => {
      const login = fastifyLogin(
        createLoginManager<User>({
          ...options,
          unauthorizedHandler: () =>
            new Response('Please ring.', {
              status: 418,
              headers: { 'content-type': 'text/x-own', 'set-cookie': 'own=1', vary: 'Host' },
            }),
        }),
      )
      const app = Fastify()
      await app.register(login.loginPlugin)
      app.addHook('onSend', async (_request, _reply, payload) =>
        Buffer.from(payload as Uint8Array)
          .toString()
          .toUpperCase(),
      )
      const schema = { response: { '4xx': { type: 'object', properties: { message: { type: 'string' } } } } }
      app.get('/', { preHandler: login.loginRequired(), schema }, () => 'secret')
      const response = await (await serve(app, transport)).send('/')
      expect([response.status, response.body, response.headers.get('content-type')]).toEqual([
        418,
        'PLEASE RING.',
        'text/x-own',
      ])
      expect(response.headers.get('vary')).toBe('Host, Cookie')
      expect(getCookieNames(response.cookies)).toEqual(['own'])
    })

    it.each(['onRequest', 'preHandler'])(
      'as %s refuses with the response of the error handler if an onSend hook throws',
      async (hook) => {
        const failed = new WeakSet<object>()
        let runs = 0
        const response = await sendToApp((app) => {
          app.addHook('onSend', async (request) => {
            await wait(10)
            if (failed.has(request)) return
            failed.add(request)
            throw new Error('in the hook')
          })
          app.setErrorHandler(async (_error, _request, reply) => {
            await wait(10)
            return reply.code(502).send('sorry')
          })
          app.get('/', { [hook]: loginRequired() }, () => {
            runs += 1
            return 'secret'
          })
        })
        expect([response.status, response.body, runs]).toEqual([502, 'sorry', 0])
      },
    )

    it('responds 503 if the user loader reports that its store is down, and does not run a handler', async () => {
      const down = fastifyLogin(
        createLoginManager<User>({ ...options, loadUser: () => Promise.reject(new StoreError('no response')) }),
      )
      const app = Fastify()
      await app.register(down.loginPlugin)
      app.get('/', { preHandler: down.loginRequired() }, () => 'secret')
      app.get('/user', async (request) => down.auth(request).currentUser())
      app.get('/other', () => 'other')
      const browser = createBrowser(await serve(app, transport))
      await browser.loginAs(alice, { remember: true })
      for (const path of ['/', '/user']) {
        const response = await browser.get(path)
        expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5'])
        expect(response.headers.getSetCookie()).toEqual([])
      }
      expect((await browser.get('/other')).status).toBe(200)
    })

    it.each([undefined, null, false, '', 'route'])(
      'does not run a handler if the promise of the user loader rejects with %s, which is not an error object',
      async (thrown) => {
        const broken = fastifyLogin(createLoginManager<User>({ ...options, loadUser: () => Promise.reject(thrown) }))
        const app = Fastify()
        await app.register(broken.loginPlugin)
        let runs = 0
        app.get('/', { preHandler: broken.loginRequired() }, () => {
          runs += 1
          return 'secret'
        })
        const browser = createBrowser(await serve(app, transport))
        await browser.loginAs(alice)
        expect((await browser.get('/')).status).toBe(500)
        expect(runs).toBe(0)
      },
    )

    it('of an app that calls the plugin throws an error that names app.register()', () => {
      const callPlugin = loginPlugin as unknown as () => Promise<void>
      expect(callPlugin).toThrow(
        expect.objectContaining({
          code: 'not-installed',
          message: expect.stringContaining('app.register(loginPlugin) instead of app.register(loginPlugin())'),
        }),
      )
    })

    it('throws a UsageError that names the remedy if the plugin is not registered, as auth() does', async () => {
      const errors: unknown[] = []
      const app = Fastify()
      app.setErrorHandler((error, _request, reply) => {
        errors.push(error)
        return reply.code(500).send('')
      })
      app.get('/guard', { preHandler: loginRequired() }, () => 'secret')
      app.get('/auth', async (request) => auth(request).currentUser())
      const { send } = await serve(app, transport)
      for (const path of ['/guard', '/auth']) expect((await send(path)).status).toBe(500)
      expect(errors).toHaveLength(2)
      for (const error of errors) {
        expect(error).toBeInstanceOf(UsageError)
        expect(error).toMatchObject({
          code: 'not-installed',
          message: expect.stringContaining('app.register(loginPlugin)'),
        })
      }
    })
  })
})

describe.each(TRANSPORTS)('anonymousRequired() %s', (transport) => {
  it('shows the login page to anonymous visitors and redirects logged-in users', async () => {
    const { anonymousRequired } = fastifyLogin(manager)
    const routes: Routes = (app) =>
      app.get('/login', { onRequest: anonymousRequired({ home: '/home' }) }, () => 'login page')
    const browser = createBrowser(await serve(await createApp(routes), transport))
    expect(await (await browser.get('/login')).text()).toBe('login page')
    await browser.loginAs(alice)
    expect((await browser.get('/login')).headers.get('location')).toBe('/home')
    expect((await browser.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await browser.get('/login', { accept: 'application/json' })).status).toBe(403)
  })
})
