// The cookies of a login on every kind of response of a real Fastify app, over HTTP and by inject().

import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import {
  alice,
  auth,
  BOTH,
  createApp,
  createBrowser,
  createSender,
  expectLoggedIn,
  getCookieNames,
  logIn,
  loginRequired,
} from '../testing/app'
import { serve, TRANSPORTS } from '../testing/served'

expectQuietProcess()

describe.each(TRANSPORTS)('%s', (transport) => {
  const sendToApp = createSender(transport)

  describe('a login in Fastify', () => {
    it('sets its cookies on the redirect after it', async () => {
      const response = await sendToApp((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.redirect('/next', 303)
        }),
      )
      expect([response.status, response.headers.get('location')]).toEqual([303, '/next'])
      expectLoggedIn(response)
    })

    it('sets its cookies on the response of a handler that waits before and after it', async () => {
      const response = await sendToApp((app) =>
        app.get('/', async (request) => {
          await wait(30)
          await logIn(request)
          await wait(30)
          return { done: true }
        }),
      )
      expect(JSON.parse(response.body)).toEqual({ done: true })
      expectLoggedIn(response)
    })

    it('sets its cookies on the response of a handler without promises', async () => {
      const response = await sendToApp((app) =>
        app.get('/', (request, reply) => {
          logIn(request).then(
            () => reply.send('sent'),
            (error) => reply.send(error),
          )
        }),
      )
      expect(response.body).toBe('sent')
      expectLoggedIn(response)
    })

    it('sets its cookies on the response of a hook', async () => {
      const response = await sendToApp((app) => {
        app.addHook('preHandler', async (request, reply) => {
          await logIn(request)
          return reply.send('from the hook')
        })
        app.get('/', () => 'from the handler')
      })
      expect(response.body).toBe('from the hook')
      expectLoggedIn(response)
    })

    it('sets its cookies on the error response of Fastify if the handler throws after it', async () => {
      const response = await sendToApp((app) =>
        app.get('/', async (request) => {
          await logIn(request)
          throw new Error('after the login')
        }),
      )
      expect([response.status, JSON.parse(response.body).message]).toEqual([500, 'after the login'])
      expectLoggedIn(response)
    })

    it('sets its cookies on the response of setErrorHandler, of the app and of a scope', async () => {
      const app = await createApp((app) => {
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
      const { send } = await serve(app, transport)
      for (const [path, status, body] of [
        ['/', 409, 'sorry'],
        ['/scope', 410, 'sorry from below'],
      ] as const) {
        const response = await send(path)
        expect([response.status, response.body]).toEqual([status, body])
        expectLoggedIn(response)
      }
    })

    it('sets its cookies if the error handler logs in, and if the error handler throws', async () => {
      const app = await createApp((app) => {
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
      const { send } = await serve(app, transport)
      expect((await send('/bad')).body).toBe('in all the same')
      expectLoggedIn(await send('/bad'))
      expectLoggedIn(await send('/worse'))
    })

    it('sets its cookies on the response of setNotFoundHandler and of callNotFound()', async () => {
      const app = await createApp((app) => {
        app.setNotFoundHandler(async (request, reply) => {
          await logIn(request)
          return reply.code(404).send('nothing here')
        })
        app.get('/hidden', (_request, reply) => reply.callNotFound())
      })
      const { send } = await serve(app, transport)
      for (const path of ['/none', '/hidden']) {
        const response = await send(path)
        expect([response.status, response.body]).toEqual([404, 'nothing here'])
        expectLoggedIn(response)
      }
    })

    it.each([
      ['of Node', () => Readable.from(['one ', 'two ', 'three'])],
      ['of the web', () => new Response('one two three').body],
    ])('sets its cookies on a stream %s, which arrives complete', async (_kind, body) => {
      const response = await sendToApp((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.send(body())
        }),
      )
      expect(response.body).toBe('one two three')
      expectLoggedIn(response)
    })

    it('sets its cookies once on the error response if a stream breaks before its first byte', async () => {
      const response = await sendToApp((app) =>
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
      expect([response.status, JSON.parse(response.body).message]).toEqual([500, 'no stream'])
      expectLoggedIn(response)
    })

    it('sets its cookies on the response to HEAD, of a GET route and of a HEAD route', async () => {
      const app = await createApp((app) => {
        app.get('/', async (request) => {
          await logIn(request)
          return 'body'
        })
        app.head('/own', async (request, reply) => {
          await logIn(request)
          return reply.send()
        })
      })
      const { send } = await serve(app, transport)
      for (const path of ['/', '/own']) {
        const response = await send(path, { method: 'HEAD' })
        expect([response.status, response.body]).toEqual([200, ''])
        expectLoggedIn(response)
      }
    })

    it.each([204, 304])('sets its cookies on a %i response, which has no body', async (status) => {
      const response = await sendToApp((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          return reply.code(status).send()
        }),
      )
      expect([response.status, response.body]).toEqual([status, ''])
      expectLoggedIn(response)
    })

    it('keeps the cookies and Vary of the app, and replaces its Cache-Control', async () => {
      const response = await sendToApp((app) =>
        app.get('/', async (request, reply) => {
          reply.header('set-cookie', 'theme=dark').header('set-cookie', 'seen=yes')
          reply.header('vary', 'Accept-Language').header('cache-control', 'private, max-age=1')
          await logIn(request)
          return 'in'
        }),
      )
      expect(getCookieNames(response.cookies)).toEqual(['theme', 'seen', ...BOTH])
      expect(response.headers.get('vary')).toBe('Accept-Language, Cookie')
      expect(response.headers.get('cache-control')).toBe('private, no-store')
    })

    it('keeps the headers that middleware of other frameworks set on the raw response', async () => {
      const response = await sendToApp((app) =>
        app.get('/', async (request, reply) => {
          reply.raw.setHeader('set-cookie', ['below=1', 'under=2'])
          reply.raw.setHeader('vary', 'Origin')
          await logIn(request)
          return 'in'
        }),
      )
      expect(getCookieNames(response.cookies)).toEqual(['below', 'under', ...BOTH])
      expect(response.headers.get('vary')).toBe('Origin, Cookie')
    })

    it('shows its cookies to later onSend hooks, which may rebuild the response', async () => {
      const seen: unknown[] = []
      const response = await sendToApp((app) => {
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
      expect(response.body).toBe('in!')
      expectLoggedIn(response)
    })

    it('sets its cookies once if onSend hooks of the app throw once or each time', async () => {
      const app = await createApp((app) => {
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
      const { send } = await serve(app, transport)
      for (const path of ['/once', '/always']) {
        const response = await send(path)
        expect([response.status, JSON.parse(response.body).message]).toEqual([500, 'in the hook'])
        expectLoggedIn(response, ['own'])
      }
    })

    it.each([
      ['raw.writeHead() with an object', (raw) => raw.writeHead(200, { 'Set-Cookie': 'own=1' }).end('raw')],
      ['raw.writeHead() with a list', (raw) => raw.writeHead(200, ['Set-Cookie', 'own=1']).end('raw')],
      ['raw.setHeader() and raw.end()', (raw) => raw.setHeader('set-cookie', 'own=1').end('raw')],
      ['raw.write()', (raw) => raw.setHeader('set-cookie', ['own=1']).write('ra') && raw.end('w')],
    ] satisfies [string, (raw: import('node:http').ServerResponse) => unknown][])(
      'sets its cookies without any hook: hijack() and %s',
      async (_what, write) => {
        const response = await sendToApp((app) =>
          app.get('/', async (request, reply) => {
            await logIn(request)
            reply.hijack()
            write(reply.raw)
          }),
        )
        expect(response.body).toBe('raw')
        expectLoggedIn(response, ['own'])
      },
    )

    it('sets its cookies if the handler ends the raw response without a hijack', async () => {
      const response = await sendToApp((app) =>
        app.get('/', async (request, reply) => {
          await logIn(request)
          reply.raw.end('raw')
          return reply
        }),
      )
      expect(response.body).toBe('raw')
      expectLoggedIn(response)
    })
  })

  describe('a logout in Fastify', () => {
    it('clears the cookies on the error response if the handler throws after it', async () => {
      const site = await serve(
        await createApp((app) => {
          app.post('/logout', async (request) => {
            await auth(request).logoutUser()
            throw new Error('after the logout')
          })
          app.get('/', { preHandler: loginRequired() }, (request) => auth(request).user.id)
        }),
        transport,
      )
      const browser = createBrowser(site)
      await browser.loginAs(alice, { remember: true })
      expect(await (await browser.get('/')).text()).toBe('alice')
      const form = { 'content-type': 'application/json' }
      const response = await browser.fetch('/logout', { method: 'POST', headers: form, body: '{}' })
      expect(response.status).toBe(500)
      expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
      expect((await browser.get('/')).headers.get('location')).toBe('/login?next=%2F')
    })
  })
})

describe('over HTTP', () => {
  it('a login sets its cookies before a stream that breaks after its first bytes', async () => {
    const app = await createApp((app) =>
      app.get('/', async (request, reply) => {
        await logIn(request)
        const body = new PassThrough()
        body.write('half ')
        setTimeout(() => body.destroy(new Error('broken')), 30)
        return reply.send(body)
      }),
    )
    const response = await (await serve(app)).send('/')
    expect([response.status, response.body, response.broken]).toEqual([200, 'half ', true])
    expectLoggedIn(response)
  })
})
