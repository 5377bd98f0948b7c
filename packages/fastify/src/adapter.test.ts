// The adapter in real Fastify apps, over HTTP and by inject(): whatever answers a request, the cookies of the login are
// on it, once; where nothing happened, nothing is touched; and after the answer nothing is written.

import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Auth, createLoginManager, type LoginManagerOptions, StoreError, UsageError } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../testing/quiet'
import { type Answer, type Served, served, WAYS } from '../testing/served'
import { fastifyLogin } from './index'

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
const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)

type Routes = (app: FastifyInstance) => unknown

const created = async (routes: Routes, given: FastifyServerOptions = {}): Promise<FastifyInstance> => {
  const app = Fastify(given)
  await app.register(loginPlugin)
  await routes(app)
  return app
}

const browserOf = ({ fetch, origin }: Served) => createTestClient<User>(fetch, { manager, clock, origin })

const namesOf = (cookies: readonly string[]): string[] => cookies.map((line) => line.slice(0, line.indexOf('=')))

const BOTH = ['__Host-session', '__Host-remember_token']

const logIn = (request: Parameters<typeof auth>[0]): Promise<boolean> =>
  auth(request).loginUser(alice, { remember: true })

/** The cookies are there, once, and no cache keeps the answer. */
function expectLoggedIn(answer: Answer, others: readonly string[] = []): void {
  expect(namesOf(answer.cookies)).toEqual([...others, ...BOTH])
  expect(answer.headers.get('cache-control')).toBe('private, no-store')
  expect(answer.headers.get('vary')).toBe('Cookie')
}

describe.each(WAYS)('%s', (way) => {
  const asked = async (routes: Routes, path = '/', given: FastifyServerOptions = {}): Promise<Answer> =>
    (await served(await created(routes, given), way)).ask(path)

  describe('a login is sent along', () => {
    it('with the redirect right after it', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.redirect('/next', 303)
        }),
      )
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/next'])
      expectLoggedIn(answer)
    })

    it('with what a slow handler returns, before and after its login', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request) => {
          await sleep(30)
          await logIn(request)
          await sleep(30)
          return { done: true }
        }),
      )
      expect(JSON.parse(answer.body)).toEqual({ done: true })
      expectLoggedIn(answer)
    })

    it('with what a handler without promises sends', async () => {
      const answer = await asked((app) =>
        app.get('/', (request, reply) => {
          logIn(request).then(
            () => reply.send('sent'),
            (error) => reply.send(error),
          )
        }),
      )
      expect(answer.body).toBe('sent')
      expectLoggedIn(answer)
    })

    it('with the answer of a hook', async () => {
      const answer = await asked((app) => {
        app.addHook('preHandler', async (request, reply) => {
          await logIn(request)
          return reply.send('from the hook')
        })
        app.get('/', () => 'from the handler')
      })
      expect(answer.body).toBe('from the hook')
      expectLoggedIn(answer)
    })

    it("with Fastify's own answer to an error that the handler threw after it", async () => {
      const answer = await asked((app) =>
        app.get('/', async (request) => {
          await logIn(request)
          throw new Error('after the login')
        }),
      )
      expect([answer.status, JSON.parse(answer.body).message]).toEqual([500, 'after the login'])
      expectLoggedIn(answer)
    })

    it('with the answer of setErrorHandler, of the app and of a scope', async () => {
      const app = await created((app) => {
        const fail = async (request: Parameters<typeof auth>[0]): Promise<never> => {
          await logIn(request)
          throw new Error('after the login')
        }
        app.setErrorHandler((_error, _request, reply) => reply.code(409).send('sorry'))
        app.get('/', fail)
        app.register(async (scope) => {
          scope.setErrorHandler(async (_error, _request, reply) => reply.code(410).send('sorry from below'))
          scope.get('/scope', fail)
        })
      })
      const { ask } = await served(app, way)
      for (const [path, status, body] of [
        ['/', 409, 'sorry'],
        ['/scope', 410, 'sorry from below'],
      ] as const) {
        const answer = await ask(path)
        expect([answer.status, answer.body]).toEqual([status, body])
        expectLoggedIn(answer)
      }
    })

    it('where the error handler itself logs in, and where it throws', async () => {
      const app = await created((app) => {
        app.setErrorHandler(async (error, request, reply) => {
          await logIn(request)
          if (request.url === '/worse') throw error
          return reply.code(500).send('in all the same')
        })
        for (const path of ['/bad', '/worse'])
          app.get(path, () => {
            throw new Error('at once')
          })
      })
      const { ask } = await served(app, way)
      expect((await ask('/bad')).body).toBe('in all the same')
      expectLoggedIn(await ask('/bad'))
      expectLoggedIn(await ask('/worse'))
    })

    it('with the answer of setNotFoundHandler, and of callNotFound()', async () => {
      const app = await created((app) => {
        app.setNotFoundHandler(async (request, reply) => {
          await logIn(request)
          return reply.code(404).send('nothing here')
        })
        app.get('/hidden', (_request, reply) => reply.callNotFound())
      })
      const { ask } = await served(app, way)
      for (const path of ['/none', '/hidden']) {
        const answer = await ask(path)
        expect([answer.status, answer.body]).toEqual([404, 'nothing here'])
        expectLoggedIn(answer)
      }
    })

    it.each([
      ['of Node', () => Readable.from(['one ', 'two ', 'three'])],
      ['of the web', () => new Response('one two three').body],
    ])('with a stream %s, which goes through whole', async (_kind, body) => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.send(body())
        }),
      )
      expect(answer.body).toBe('one two three')
      expectLoggedIn(answer)
    })

    it('with the error answer, once, where a stream breaks before its first byte', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.send(
            new Readable({
              read() {
                this.destroy(new Error('no stream'))
              },
            }),
          )
        }),
      )
      expect([answer.status, JSON.parse(answer.body).message]).toEqual([500, 'no stream'])
      expectLoggedIn(answer)
    })

    it('with the answer to HEAD, to the route of GET and to one of its own', async () => {
      const app = await created((app) => {
        app.get('/', async (request) => {
          await logIn(request)
          return 'body'
        })
        app.head('/own', async (request, reply) => {
          await logIn(request)
          return reply.send()
        })
      })
      const { ask } = await served(app, way)
      for (const path of ['/', '/own']) {
        const answer = await ask(path, { method: 'HEAD' })
        expect([answer.status, answer.body]).toEqual([200, ''])
        expectLoggedIn(answer)
      }
    })

    it.each([204, 304])('with %i, which has no body', async (status) => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.code(status).send()
        }),
      )
      expect([answer.status, answer.body]).toEqual([status, ''])
      expectLoggedIn(answer)
    })

    it("beside the app's own cookies and Vary, and replaces its Cache-Control", async () => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          reply.header('set-cookie', 'theme=dark').header('set-cookie', 'seen=yes')
          reply.header('vary', 'Accept-Language').header('cache-control', 'private, max-age=1')
          await logIn(request)
          return 'in'
        }),
      )
      expect(namesOf(answer.cookies)).toEqual(['theme', 'seen', ...BOTH])
      expect(answer.headers.get('vary')).toBe('Accept-Language, Cookie')
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
    })

    it('beside headers that stand on the raw response, where middleware of other frameworks puts them', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          reply.raw.setHeader('set-cookie', ['below=1', 'under=2'])
          reply.raw.setHeader('vary', 'Origin')
          await logIn(request)
          return 'in'
        }),
      )
      expect(namesOf(answer.cookies)).toEqual(['below', 'under', ...BOTH])
      expect(answer.headers.get('vary')).toBe('Origin, Cookie')
    })

    it('so that onSend hooks which come later see it, and can take the answer apart', async () => {
      const seen: unknown[] = []
      const answer = await asked((app) => {
        app.addHook('onSend', async (_request, reply, payload) => {
          seen.push([reply.getHeader('set-cookie')].flat().length, reply.getHeader('vary'))
          return `${payload}!`
        })
        app.get('/', async (request) => {
          await logIn(request)
          return 'in'
        })
      })
      expect(seen).toEqual([2, 'Cookie'])
      expect(answer.body).toBe('in!')
      expectLoggedIn(answer)
    })

    it('once, where onSend hooks of the app throw, the first time or each time', async () => {
      const app = await created((app) => {
        const thrown = new WeakSet<object>()
        app.addHook('onSend', async (request) => {
          if (request.url === '/always' || !thrown.has(request)) {
            thrown.add(request)
            throw new Error('in the hook')
          }
        })
        for (const path of ['/once', '/always'])
          app.get(path, async (request, reply) => {
            reply.header('set-cookie', 'own=1')
            await logIn(request)
            return 'in'
          })
      })
      const { ask } = await served(app, way)
      for (const path of ['/once', '/always']) {
        const answer = await ask(path)
        expect([answer.status, JSON.parse(answer.body).message]).toEqual([500, 'in the hook'])
        expectLoggedIn(answer, ['own'])
      }
    })

    it.each([
      ['raw.writeHead() with an object', (raw) => raw.writeHead(200, { 'Set-Cookie': 'own=1' }).end('raw')],
      ['raw.writeHead() with a list', (raw) => raw.writeHead(200, ['Set-Cookie', 'own=1']).end('raw')],
      ['raw.setHeader() and raw.end()', (raw) => raw.setHeader('set-cookie', 'own=1').end('raw')],
      ['raw.write()', (raw) => raw.setHeader('set-cookie', ['own=1']).write('ra') && raw.end('w')],
    ] satisfies [string, (raw: import('node:http').ServerResponse) => unknown][])(
      'past all hooks: hijack() and %s',
      async (_what, write) => {
        const answer = await asked((app) =>
          app.get('/', async (request, reply) => {
            await logIn(request)
            reply.hijack()
            write(reply.raw)
          }),
        )
        expect(answer.body).toBe('raw')
        expectLoggedIn(answer, ['own'])
      },
    )

    it('past all hooks, where the handler ends the raw response without a hijack', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          reply.raw.end('raw')
          return reply
        }),
      )
      expect(answer.body).toBe('raw')
      expectLoggedIn(answer)
    })
  })

  describe('a Fetch API response that a handler returns', () => {
    const answered = (response: () => Response | Promise<Response>, path = '/'): Promise<Answer> =>
      asked((app) => {
        app.addHook('onRequest', async (_request, reply) => void reply.header('x-reply', '1'))
        app.get('/', async (request) => {
          await logIn(request)
          return response()
        })
        app.get('/varied', async (request, reply) => {
          reply.header('vary', 'Origin').header('cache-control', 'public')
          await logIn(request)
          return response()
        })
      }, path)

    it('keeps its status, headers, cookies and body', async () => {
      const answer = await answered(
        () =>
          new Response('made', {
            status: 201,
            headers: [
              ['content-type', 'text/x-own'],
              ['x-own', '1'],
              ['set-cookie', 'one=1'],
              ['set-cookie', 'two=2'],
            ],
          }),
      )
      expect([answer.status, answer.body]).toEqual([201, 'made'])
      expect(['content-type', 'x-own', 'x-reply'].map((name) => answer.headers.get(name))).toEqual([
        'text/x-own',
        '1',
        '1',
      ])
      expect(namesOf(answer.cookies).toSorted()).toEqual([...BOTH, 'one', 'two'].toSorted())
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
    })

    it('has its Vary merged with that of the reply, and no Cache-Control that permits caches to keep a cookie', async () => {
      const headers = { vary: 'Accept-Language', 'cache-control': 'public, max-age=9' }
      const own = await answered(() => new Response('own', { headers }))
      expect(own.headers.get('vary')).toBe('Accept-Language, Cookie')
      expect(own.headers.get('cache-control')).toBe('private, no-store')
      const both = await answered(() => new Response('both', { headers }), '/varied')
      expect(both.headers.get('vary')).toBe('Origin, Accept-Language, Cookie')
      expect(both.headers.get('cache-control')).toBe('private, no-store')
      const reply = await answered(() => new Response('reply'), '/varied')
      expect(reply.headers.get('vary')).toBe('Origin, Cookie')
      expect(reply.headers.get('cache-control')).toBe('private, no-store')
    })

    it('may be one whose headers cannot be changed, or without a body', async () => {
      const redirect = await answered(() => Response.redirect('https://app.test/next', 303))
      expect([redirect.status, redirect.headers.get('location')]).toEqual([303, 'https://app.test/next'])
      expectLoggedIn(redirect)
      const fetched = await answered(() => fetch('data:text/plain;charset=utf-8,from%20elsewhere'))
      expect(fetched.body).toBe('from elsewhere')
      expectLoggedIn(fetched)
      expectLoggedIn(await answered(() => new Response(null, { status: 204 })))
    })

    it('is not changed for others who get the same one', async () => {
      const shared = new Response(null, { status: 204, headers: { vary: 'Accept' } })
      const first = await answered(() => shared)
      expect(first.headers.get('vary')).toBe('Accept, Cookie')
      expect([...shared.headers]).toEqual([['vary', 'Accept']])
    })

    it('keeps no cookie cacheable, where an onSend hook throws and something else is answered', async () => {
      let round = 0
      const answer = await asked((app) => {
        app.addHook('onSend', async () => {
          round += 1
          if (round === 1) throw new Error('in the hook')
        })
        app.setErrorHandler(() => new Response('sorry', { status: 500, headers: { vary: 'Accept' } }))
        app.get('/', async (request) => {
          await logIn(request)
          return new Response('in', { headers: { 'cache-control': 'public, max-age=60', vary: 'Origin' } })
        })
      })
      expect([answer.status, answer.body]).toEqual([500, 'sorry'])
      expect(namesOf(answer.cookies)).toEqual(BOTH)
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      expect(answer.headers.get('vary')?.split(', ').toSorted()).toEqual(['Accept', 'Cookie', 'Origin'])
    })

    it('gives the same error as without the plugin, where its body was read before', async () => {
      const answer = await answered(async () => {
        const response = new Response('read', { headers: { vary: 'Accept' } })
        await response.text()
        return response
      })
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([500, 'FST_ERR_REP_RESPONSE_BODY_CONSUMED'])
      expect(namesOf(answer.cookies)).toEqual(BOTH)
    })
  })

  describe('a request that nobody asks about', () => {
    const routes: Routes = (app) => {
      app.get('/text', () => 'text')
      app.get('/json', async () => ({ json: true }))
      app.get('/stream', (_request, reply) => reply.send(Readable.from(['a', 'b'])))
      app.get('/cookies', (_request, reply) =>
        reply.header('set-cookie', ['a=1', 'b=2']).header('vary', 'Origin').send('c'),
      )
      app.get('/response', (_request, reply) => {
        reply.header('vary', 'Origin')
        return new Response('r', { headers: { vary: 'Accept', 'set-cookie': 'a=1' } })
      })
      app.get('/redirect', (_request, reply) => reply.redirect('/text'))
      app.get('/empty', (_request, reply) => reply.code(204).send())
      app.get('/error', () => {
        throw new Error('thrown')
      })
      app.get('/hijack', (_request, reply) => void reply.hijack().raw.writeHead(201, { 'x-own': '1' }).end('raw'))
      app.post('/post', ({ body }) => ({ body }))
    }

    it('has exactly the lines of an answer of bare Fastify', async () => {
      const bare = Fastify()
      await routes(bare)
      const [without, withIt] = [await served(bare, way), await served(await created(routes), way)]
      const browser = browserOf(withIt)
      await browser.loginAs(alice, { remember: true })
      const cookie = browser.cookies
        .names()
        .map((name) => `${name}=${browser.cookies.get(name)}`)
        .join('; ')
      const paths = [
        'text',
        'json',
        'stream',
        'cookies',
        'response',
        'redirect',
        'empty',
        'error',
        'hijack',
        'none',
        '%zz',
      ]
      const gets = paths.flatMap((path) => [
        { path: `/${path}`, headers: { cookie } },
        { path: `/${path}`, method: 'HEAD', headers: {} },
      ])
      const posts = ['{"a":1}', '{broken'].map((body) => ({
        path: '/post',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }))
      for (const { path, ...what } of [...gets, ...posts]) {
        const [a, b] = [await without.ask(path, what), await withIt.ask(path, what)]
        expect([path, b.status, b.lines, b.body]).toEqual([path, a.status, a.lines, a.body])
      }
    })

    it('is looked at once somebody asks: Vary, and no cache where a user was found', async () => {
      const site = await served(
        await created((app) => app.get('/', async (request) => (await auth(request).currentUser())?.id ?? 'nobody')),
        way,
      )
      const stranger = await site.ask('/')
      expect([stranger.body, stranger.headers.get('vary'), stranger.headers.get('cache-control')]).toEqual([
        'nobody',
        'Cookie',
        null,
      ])
      const browser = browserOf(site)
      await browser.loginAs(alice)
      const known = await browser.get('/')
      expect([await known.text(), known.headers.get('cache-control')]).toEqual(['alice', 'private, no-store'])
    })
  })

  describe('a logout is sent along', () => {
    it('with the error that came after it', async () => {
      const site = await served(
        await created((app) => {
          app.post('/logout', async (request) => {
            await auth(request).logoutUser()
            throw new Error('after the logout')
          })
          app.get('/', { preHandler: loginRequired() }, (request) => auth(request).user.id)
        }),
        way,
      )
      const browser = browserOf(site)
      await browser.loginAs(alice, { remember: true })
      expect(await (await browser.get('/')).text()).toBe('alice')
      const form = { 'content-type': 'application/json' }
      const answer = await browser.fetch('/logout', { method: 'POST', headers: form, body: '{}' })
      expect(answer.status).toBe(500)
      expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
      expect((await browser.get('/')).headers.get('location')).toBe('/login?next=%2F')
    })
  })

  describe('once the answer left', () => {
    it('a login is refused, and nobody is logged in: after reply.send(), in onResponse, past a hijack', async () => {
      const errors: unknown[] = []
      const logins: unknown[] = []
      const end = manager.on('userLoggedIn', ({ user }) => void logins.push(user))
      const late = (request: Parameters<typeof auth>[0]): Promise<unknown> =>
        logIn(request).then(
          () => errors.push('logged in'),
          (error) => errors.push(error),
        )
      const site = await served(
        await created((app) => {
          app.addHook('onResponse', (request) => late(request))
          app.get('/send', async (request, reply) => {
            reply.send('sent')
            await late(request)
            return reply
          })
          app.get('/hijack', async (request, reply) => {
            reply.hijack()
            reply.raw.writeHead(200)
            await late(request)
            reply.raw.end('raw')
          })
        }),
        way,
      )
      for (const path of ['/send', '/hijack']) expect((await site.ask(path)).cookies).toEqual([])
      await expect.poll(() => errors.length).toBe(4)
      for (const error of errors) {
        expect(error).toBeInstanceOf(UsageError)
        expect(error).toMatchObject({ code: 'response-sent' })
      }
      expect(logins).toEqual([])
      end()
    })

    it('the handle can still be read', async () => {
      let user: unknown
      const site = await served(
        await created((app) => {
          app.addHook('onResponse', async (request) => {
            user = await auth(request).currentUser()
          })
          app.get('/', () => 'text')
        }),
        way,
      )
      const browser = browserOf(site)
      await browser.loginAs(bob)
      await browser.get('/')
      await expect.poll(() => user).toEqual(bob)
    })
  })

  describe('a guard', () => {
    it.each([undefined, null, 0, '', false, 'route', new Error('no')])(
      'lets nobody past where a loader throws %j, on whatever hook it stands',
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
        const loggedIn = await served(await created((one) => one.get('/', logIn)), way)
        const cookie = (await loggedIn.ask('/')).cookies.map((line) => line.split(';')[0]).join('; ')
        const { ask } = await served(app, way)
        for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'])
          expect([hook, (await ask(`/${hook}`, { headers: { cookie } })).status]).toEqual([hook, 500])
        expect(reached).toEqual([])
      },
    )

    it('looks at a request that the app made of another as at one of its own', async () => {
      const app = Fastify()
      await app.register(loginPlugin)
      app.addHook('preHandler', loginRequired({ except: ['/batch'] }))
      app.get('/admin', async () => 'secret')
      app.post('/batch', async (request, reply) => {
        reply.hijack()
        const inner = { url: { value: '/admin', writable: true }, method: { value: 'GET' } }
        app.routing(Object.create(request.raw, inner), reply.raw)
      })
      const { ask } = await served(app, way)
      const answer = await ask('/batch', { method: 'POST' })
      expect([answer.status, answer.body.includes('secret')]).toEqual([401, false])
    })

    it('lets no forged request past where a listener throws nothing', async () => {
      const failing = createLoginManager(options)
      failing.on('csrfRejected', () => {
        throw undefined
      })
      const { loginPlugin } = fastifyLogin(failing)
      const app = Fastify()
      await app.register(loginPlugin)
      app.post('/pay', async () => 'paid')
      const { ask } = await served(app, way)
      const answer = await ask('/pay', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
      expect([answer.status, answer.body.includes('paid')]).toEqual([500, false])
    })

    it('gives the user to the handler, as preHandler, onRequest, preParsing and preValidation', async () => {
      const site = await served(
        await created((app) => {
          for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'])
            app.get(`/${hook}`, { [hook]: loginRequired() }, (request) => auth(request).user.id)
          app.get('/all', { preHandler: [loginRequired(), freshLoginRequired()] }, (request) => auth(request).user.id)
        }),
        way,
      )
      const browser = browserOf(site)
      await browser.loginAs(bob)
      for (const path of ['/onRequest', '/preParsing', '/preValidation', '/preHandler', '/all']) {
        const answer = await browser.get(path)
        expect([path, await answer.text(), answer.headers.get('cache-control')]).toEqual([
          path,
          'bob',
          'private, no-store',
        ])
      }
    })

    it('lets no handler run for a visitor, whatever method asks', async () => {
      let runs = 0
      const handler = (): string => {
        runs += 1
        return 'secret'
      }
      const { ask } = await served(
        await created((app) => {
          for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'])
            app.all(`/${hook}`, { [hook]: loginRequired() }, handler)
          app.get('/fresh', { preHandler: freshLoginRequired() }, handler)
          app.register(async (scope) => {
            scope.addHook('preHandler', loginRequired())
            scope.get('/scope', handler)
          })
        }),
        way,
      )
      for (const path of ['/onRequest', '/preParsing', '/preValidation', '/preHandler', '/fresh', '/scope'])
        for (const method of ['GET', 'HEAD']) {
          const page = await ask(path, { method, headers: { accept: 'text/html' } })
          expect([method, page.status, page.headers.get('location')]).toEqual([
            method,
            302,
            `/login?next=${encodeURIComponent(path)}`,
          ])
          const data = await ask(path, { method, headers: { accept: 'application/json' } })
          expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
          expect(data.headers.get('vary')).toBe('Cookie, Accept')
          expect(data.headers.get('cache-control')).toBe('private, no-store')
          expect(data.body.includes('about:blank')).toBe(method === 'GET')
        }
      expect(runs).toBe(0)
    })

    it('asks before a body is parsed, as onRequest, and after it as preHandler', async () => {
      const { ask } = await served(
        await created((app) => {
          app.post('/early', { onRequest: loginRequired() }, () => 'in')
          app.post('/late', { preHandler: loginRequired() }, () => 'in')
        }),
        way,
      )
      const broken = {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: '{',
      }
      expect((await ask('/early', broken)).status).toBe(401)
      expect((await ask('/late', broken)).status).toBe(400)
    })

    it('tells fresh logins from others', async () => {
      const site = await served(
        await created((app) =>
          app.get('/', { preHandler: freshLoginRequired({ withinSeconds: 60 }) }, (r) => auth(r).user.id),
        ),
        way,
      )
      const browser = browserOf(site)
      await browser.loginAs(alice)
      expect((await browser.get('/')).status).toBe(200)
      clock.advance(61)
      expect((await browser.get('/')).headers.get('location')).toBe('/again?next=%2F')
    })

    it('over everything has its exceptions, and 404 is guarded too', async () => {
      const { ask } = await served(
        await created((app) => {
          app.addHook('onRequest', loginRequired({ except: ['/open', '/public/*'] }))
          app.get('/open', (request) => {
            expect(() => auth(request).user).toThrow(UsageError)
            return 'open'
          })
          app.get('/public/*', () => 'public')
          app.get('/login', () => 'log in')
        }),
        way,
      )
      const statuses: Record<string, number> = {}
      for (const path of ['/open', '/public/x', '/login', '/none', '/public/%2e%2e/x', '/open/'])
        statuses[path] = (await ask(path)).status
      expect(statuses).toEqual({
        '/open': 200,
        '/public/x': 200,
        '/login': 200,
        '/none': 401,
        '/public/%2e%2e/x': 401,
        '/open/': 401,
      })
    })

    it('answers beside what hooks before it put on the reply', async () => {
      const app = await created((one) => {
        one.addHook('onRequest', async (_request, reply) => {
          reply
            .header('vary', 'Origin')
            .header('access-control-allow-origin', '*')
            .header('set-cookie', 'own=1')
            .type('text/html')
        })
        one.get('/', { preHandler: loginRequired() }, () => 'secret')
      })
      const answer = await (await served(app, way)).ask('/', { headers: { accept: 'text/html' } })
      expect(answer.headers.get('vary')).toBe('Origin, Cookie, Accept')
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(namesOf(answer.cookies)).toEqual(['own', '__Host-session'])
    })

    it('answers what the handler of the app says, through its onSend hooks, as bytes', async () => {
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
      const answer = await (await served(app, way)).ask('/')
      expect([answer.status, answer.body, answer.headers.get('content-type')]).toEqual([
        418,
        'PLEASE RING.',
        'text/x-own',
      ])
      expect(answer.headers.get('vary')).toBe('Host, Cookie')
      expect(namesOf(answer.cookies)).toEqual(['own'])
    })

    it.each(['onRequest', 'preHandler'])(
      'as %s that refuses is answered, also where an onSend hook fails',
      async (hook) => {
        const failed = new WeakSet<object>()
        let runs = 0
        const answer = await asked((app) => {
          app.addHook('onSend', async (request) => {
            await sleep(10)
            if (failed.has(request)) return
            failed.add(request)
            throw new Error('in the hook')
          })
          app.setErrorHandler(async (_error, _request, reply) => {
            await sleep(10)
            return reply.code(502).send('sorry')
          })
          app.get('/', { [hook]: loginRequired() }, () => {
            runs += 1
            return 'secret'
          })
        })
        expect([answer.status, answer.body, runs]).toEqual([502, 'sorry', 0])
      },
    )

    it('answers 503 where the users cannot be had, and lets nobody in', async () => {
      const down = fastifyLogin(
        createLoginManager<User>({ ...options, loadUser: () => Promise.reject(new StoreError('no answer')) }),
      )
      const app = Fastify()
      await app.register(down.loginPlugin)
      app.get('/', { preHandler: down.loginRequired() }, () => 'secret')
      app.get('/ask', async (request) => down.auth(request).currentUser())
      app.get('/other', () => 'other')
      const browser = browserOf(await served(app, way))
      await browser.loginAs(alice, { remember: true })
      for (const path of ['/', '/ask']) {
        const answer = await browser.get(path)
        expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '5'])
        expect(answer.headers.getSetCookie()).toEqual([])
      }
      expect((await browser.get('/other')).status).toBe(200)
    })

    it.each([undefined, null, false, '', 'route'])(
      'lets nobody in where the loader throws %s, which is no error',
      async (thrown) => {
        const broken = fastifyLogin(createLoginManager<User>({ ...options, loadUser: () => Promise.reject(thrown) }))
        const app = Fastify()
        await app.register(broken.loginPlugin)
        let runs = 0
        app.get('/', { preHandler: broken.loginRequired() }, () => {
          runs += 1
          return 'secret'
        })
        const browser = browserOf(await served(app, way))
        await browser.loginAs(alice)
        expect((await browser.get('/')).status).toBe(500)
        expect(runs).toBe(0)
      },
    )

    it('that is called or made a hook, and not registered, says so', () => {
      const called = loginPlugin as unknown as () => Promise<void>
      expect(called).toThrow(
        expect.objectContaining({
          code: 'not-installed',
          message: expect.stringContaining('app.register(loginPlugin) instead of app.register(loginPlugin())'),
        }),
      )
    })

    it('without the plugin is a UsageError that says what to do, and so is the handle', async () => {
      const errors: unknown[] = []
      const app = Fastify()
      app.setErrorHandler((error, _request, reply) => {
        errors.push(error)
        return reply.code(500).send('')
      })
      app.get('/guard', { preHandler: loginRequired() }, () => 'secret')
      app.get('/handle', async (request) => auth(request).currentUser())
      const { ask } = await served(app, way)
      for (const path of ['/guard', '/handle']) expect((await ask(path)).status).toBe(500)
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

  describe('a forged request', () => {
    it('is refused before its body is read, whatever the scope guards', async () => {
      let runs = 0
      const { ask } = await served(
        await created((app) =>
          app.post('/', () => {
            runs += 1
            return 'done'
          }),
        ),
        way,
      )
      const forged = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }
      const answer = await ask('/', { method: 'POST', headers: forged, body: '{broken' })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      const origin = await ask('/', { method: 'POST', headers: { origin: 'https://evil.test' } })
      expect(origin.status).toBe(403)
      expect(runs).toBe(0)
    })
  })

  it('gives each request a handle of its own, as a property that is declared beforehand', async () => {
    const seen = new Set<unknown>()
    const { ask } = await served(
      await created((app) => {
        expect(app.hasRequestDecorator('auth')).toBe(true)
        expect(app.hasPlugin('@fetch-login/fastify')).toBe(true)
        app.get('/', (request) => {
          const handle = request.getDecorator<Auth<User>>('auth')
          expect(handle).toBe(auth(request))
          seen.add(handle)
          return ''
        })
      }),
      way,
    )
    await Promise.all([ask('/'), ask('/')])
    expect(seen.size).toBe(2)
  })
})

// ── what inject() cannot show ────────────────────────────────────────────────

describe('over HTTP', () => {
  it('the cookies went out before a stream that breaks half-way', async () => {
    const app = await created((app) =>
      app.get('/', async (request, reply) => {
        await logIn(request)
        const body = new PassThrough()
        body.write('half ')
        setTimeout(() => body.destroy(new Error('broken')), 30)
        return reply.send(body)
      }),
    )
    const answer = await (await served(app)).ask('/')
    expect([answer.status, answer.body, answer.broken]).toEqual([200, 'half ', true])
    expectLoggedIn(answer)
  })
})

describe.each(WAYS)('anonymousRequired() %s', (way) => {
  it('shows the login page to anonymous visitors, and redirects logged-in users', async () => {
    const { anonymousRequired } = fastifyLogin(manager)
    const routes: Routes = (app) =>
      app.get('/login', { onRequest: anonymousRequired({ home: '/home' }) }, () => 'login page')
    const browser = browserOf(await served(await created(routes), way))
    expect(await (await browser.get('/login')).text()).toBe('login page')
    await browser.loginAs(alice)
    expect((await browser.get('/login')).headers.get('location')).toBe('/home')
    expect((await browser.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await browser.get('/login', { accept: 'application/json' })).status).toBe(403)
  })
})
