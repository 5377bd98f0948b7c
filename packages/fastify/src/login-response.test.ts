// The cookies of a login on every kind of response of a real Fastify app, over HTTP and by inject().

import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  alice,
  auth,
  BOTH,
  browserOf,
  createAsk,
  created,
  expectLoggedIn,
  logIn,
  loginRequired,
  namesOf,
} from '../testing/app'
import { expectQuietProcess } from '../testing/quiet'
import { served, WAYS } from '../testing/served'

expectQuietProcess()

describe.each(WAYS)('%s', (way) => {
  const asked = createAsk(way)

  describe('a login in Fastify', () => {
    it('sets its cookies on the redirect after it', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.redirect('/next', 303)
        }),
      )
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/next'])
      expectLoggedIn(answer)
    })

    it('sets its cookies on the response of a handler that waits before and after it', async () => {
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

    it('sets its cookies on the response of a handler without promises', async () => {
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

    it('sets its cookies on the response of a hook', async () => {
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

    it('sets its cookies on the error response of Fastify if the handler throws after it', async () => {
      const answer = await asked((app) =>
        app.get('/', async (request) => {
          await logIn(request)
          throw new Error('after the login')
        }),
      )
      expect([answer.status, JSON.parse(answer.body).message]).toEqual([500, 'after the login'])
      expectLoggedIn(answer)
    })

    it('sets its cookies on the response of setErrorHandler, of the app and of a scope', async () => {
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

    it('sets its cookies if the error handler logs in, and if the error handler throws', async () => {
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

    it('sets its cookies on the response of setNotFoundHandler and of callNotFound()', async () => {
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

    it('sets its cookies once on the error response if a stream breaks before its first byte', async () => {
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

    it('sets its cookies on the response to HEAD, of a GET route and of a HEAD route', async () => {
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

    it('keeps the cookies and Vary of the app, and replaces its Cache-Control', async () => {
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

    it('keeps the headers that middleware of other frameworks set on the raw response', async () => {
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

    it('shows its cookies to later onSend hooks, which may rebuild the response', async () => {
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

    it('sets its cookies once if onSend hooks of the app throw once or each time', async () => {
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

    it('sets its cookies if the handler ends the raw response without a hijack', async () => {
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

  describe('a logout in Fastify', () => {
    it('clears the cookies on the error response if the handler throws after it', async () => {
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
})

describe('over HTTP', () => {
  it('the cookies are sent before a stream that breaks half-way', async () => {
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
