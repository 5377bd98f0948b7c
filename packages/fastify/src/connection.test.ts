// What happens on the wire: clients that go away or do not read, HTTP/2, upgrades, and proxies in between.
import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../testing/quiet'
import { served } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => (id === alice.id ? alice : null),
  loginView: '/login',
}
const manager = createLoginManager(options)
const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

/** A promise, and the function that resolves it. */
function createSignal(): { readonly reached: Promise<void>; reach(): void } {
  let reach = (): void => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  return { reached, reach: () => reach() }
}

/** Sends a request, and closes the connection without reading a byte once the server reached a point. */
async function leave(app: FastifyInstance, lines: readonly string[], reached: Promise<void>): Promise<void> {
  const socket = connect(portOf(app), '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write([...lines, 'host: app.test', '', ''].join('\r\n'))
  await reached
  socket.destroy()
}

/** Waits until the server noticed that the client closed the connection. */
async function waitForClose({ raw }: { readonly raw: { readonly socket: Socket } }): Promise<void> {
  if (!raw.socket.destroyed) await new Promise((resolve) => raw.socket.once('close', resolve))
}

/** Lets everything that was ready to run do so. */
async function runPending(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await nextTurn()
}

describe('a client that goes away', () => {
  const LARGE = 'x'.repeat(8_000_000)
  const large = fastifyLogin(createLoginManager<User>({ ...options, unauthorizedHandler: () => new Response(LARGE) }))

  it.each([
    ['a guard as preHandler', 'GET /preHandler HTTP/1.1'],
    ['a guard as onRequest', 'GET /onRequest HTTP/1.1'],
    ['a guard of a scope', 'GET /scope HTTP/1.1'],
    ['loginPlugin, for a forged request', 'POST /forged HTTP/1.1\r\nsec-fetch-site: cross-site\r\ncontent-length: 0'],
  ])('while it is refused by %s lets no handler run', async (_what, line) => {
    const runs: string[] = []
    const [refusing, closed] = [createSignal(), createSignal()]
    const app = Fastify()
    await app.register(loginPlugin)
    app.addHook('onSend', async (request) => {
      refusing.reach()
      await waitForClose(request)
      closed.reach()
    })
    const handler = ({ url }: { url: string }): string => {
      runs.push(url)
      return 'secret'
    }
    app.get('/preHandler', { preHandler: loginRequired() }, handler)
    app.get('/onRequest', { onRequest: loginRequired() }, handler)
    app.post('/forged', handler)
    app.register(async (scope) => {
      scope.addHook('preHandler', loginRequired())
      scope.get('/scope', handler)
    })
    await served(app)
    await leave(app, [line], refusing.reached)
    await closed.reached
    await runPending()
    expect(runs).toEqual([])
  })

  it('while it does not read a large refusal lets no handler run', async () => {
    let runs = 0
    const [sending, closed] = [createSignal(), createSignal()]
    const app = Fastify()
    await app.register(large.loginPlugin)
    app.addHook('onSend', async (request) => {
      sending.reach()
      void waitForClose(request).then(closed.reach)
    })
    app.get('/', { preHandler: large.loginRequired() }, () => {
      runs += 1
      return 'secret'
    })
    await served(app)
    await leave(app, ['GET / HTTP/1.1'], sending.reached)
    await closed.reached
    await runPending()
    expect(runs).toBe(0)
  })

  it('while a guard looks the user up lets no handler run that would not have run', async () => {
    const events: string[] = []
    const [loading, closed] = [createSignal(), createSignal()]
    const slow = fastifyLogin(
      createLoginManager<User>({
        ...options,
        loadUserFromRequest: async () => {
          loading.reach()
          await closed.reached
          return null
        },
      }),
    )
    const app = Fastify()
    await app.register(slow.loginPlugin)
    app.addHook('onRequest', async (request) => void waitForClose(request).then(closed.reach))
    app.get('/', { preHandler: slow.loginRequired() }, () => {
      events.push('ran')
      return 'secret'
    })
    const { ask } = await served(app)
    await leave(app, ['GET / HTTP/1.1'], loading.reached)
    await closed.reached
    await runPending()
    expect(events).toEqual([])
    expect((await ask('/')).status).toBe(401)
  })

  it('during a login breaks nothing, before or during the response', async () => {
    const done: string[] = []
    const [slow, sent] = [createSignal(), createSignal()]
    const app = Fastify()
    await app.register(loginPlugin)
    let isFirst = true
    app.get('/slow', async (request) => {
      slow.reach()
      if (isFirst) await waitForClose(request)
      isFirst = false
      done.push(String(await auth(request).loginUser(alice, { remember: true })))
      return 'in'
    })
    app.get('/large', async (request, reply) => {
      await auth(request).loginUser(alice, { remember: true })
      done.push('large')
      setImmediate(sent.reach)
      return reply.send(new Response(LARGE))
    })
    const { ask } = await served(app)
    await leave(app, ['GET /slow HTTP/1.1'], slow.reached)
    await expect.poll(() => done).toEqual(['true'])
    await leave(app, ['GET /large HTTP/1.1'], sent.reached)
    expect(done).toEqual(['true', 'large'])
    await runPending()
    expect((await ask('/slow')).cookies).toHaveLength(2)
  })
})

describe('HTTP/2', () => {
  const start = async () => {
    const app = Fastify({ http2: true })
    await app.register(loginPlugin)
    app.post('/login', async (request, reply) => {
      await auth(request).loginUser(alice, { remember: true })
      return reply.redirect('/', 303)
    })
    app.get('/', { preHandler: loginRequired() }, (request) => auth(request).user.id)
    app.get('/response', async (request, reply) => {
      reply.header('vary', 'Origin')
      await auth(request).loginUser(alice)
      return new Response('made', { headers: { vary: 'Accept' } })
    })
    app.get('/raw', async (request, reply) => {
      await auth(request).loginUser(alice)
      reply.hijack()
      reply.raw.writeHead(200, { 'set-cookie': 'own=1' })
      reply.raw.end('raw')
    })
    app.get('/end', async (request, reply) => {
      await auth(request).loginUser(alice)
      reply.hijack()
      reply.raw.end()
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const session = http2.connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
    const ask = async (headers: http2.OutgoingHttpHeaders) => {
      const stream = session.request({ ':authority': 'app.test', accept: 'text/html', ...headers })
      const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status': number }]
      let body = ''
      for await (const chunk of stream) body += chunk
      return { status: answer[':status'], headers: answer, body, cookies: answer['set-cookie'] ?? [] }
    }
    const stop = async (): Promise<void> => {
      session.close()
      await app.close()
    }
    return { ask, stop }
  }

  it('works as HTTP/1 does: forms of this origin, redirects, guards, responses, raw responses', async () => {
    const { ask, stop } = await start()
    const refused = await ask({ ':path': '/' })
    expect([refused.status, refused.headers.location]).toEqual([302, '/login?next=%2F'])
    expect((await ask({ ':path': '/', ':method': 'HEAD' })).status).toBe(302)

    const form = { ':path': '/login', ':method': 'POST' }
    expect((await ask({ ...form, origin: 'http://evil.test' })).status).toBe(403)
    const login = await ask({ ...form, origin: 'http://app.test' })
    expect([login.status, login.cookies.length, login.headers.vary]).toEqual([303, 2, 'Cookie'])
    const cookie = login.cookies.map((line) => line.split(';')[0]).join('; ')
    expect((await ask({ ':path': '/', cookie })).body).toBe('alice')

    const response = await ask({ ':path': '/response' })
    expect([response.body, response.headers.vary, response.cookies.length]).toEqual([
      'made',
      'Origin, Accept, Cookie',
      1,
    ])
    const raw = await ask({ ':path': '/raw' })
    expect([raw.body, raw.cookies.length]).toEqual(['raw', 2])
    expect((await ask({ ':path': '/end' })).cookies).toHaveLength(1)
    await stop()
  })
})

describe('an upgrade', () => {
  it('reads its user, guards its route, and rejects a login', async () => {
    const seen: unknown[] = []
    const app = Fastify()
    await app.register(loginPlugin)
    app.get('/socket', { preHandler: loginRequired() }, async (request, reply) => {
      reply.hijack()
      seen.push(
        auth(request).user,
        await auth(request)
          .logoutUser()
          .catch((error) => error.code),
      )
      request.raw.socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    })
    app.server.on('upgrade', (request, socket) => {
      const response = new ServerResponse(request)
      response.assignSocket(socket as import('node:net').Socket)
      app.routing(request, response)
      // Node leaves an upgraded connection to whoever took it.
      socket.once('end', () => socket.destroy())
    })
    const { origin } = await served(app)
    const client = createTestClient<User>(() => new Response(), { manager, origin })
    await client.loginAs(alice)
    const handshake = async (...lines: string[]): Promise<string> => {
      const socket = connect(portOf(app), '127.0.0.1')
      const upgrade = [
        'connection: upgrade',
        'upgrade: websocket',
        'user-agent: test-client',
        `host: ${origin.slice(7)}`,
      ]
      socket.write(['GET /socket HTTP/1.1', ...upgrade, ...lines, '', ''].join('\r\n'))
      const [bytes] = await once(socket, 'data')
      socket.destroy()
      return String(bytes).split('\r\n')[0] ?? ''
    }
    const cookie = `cookie: __Host-session=${client.cookies.get('__Host-session')}`
    expect(await handshake(`origin: ${origin}`, cookie)).toContain('101')
    expect(seen).toEqual([alice, 'read-only'])
    expect(await handshake('origin: http://evil.test', cookie)).toContain('403')
    expect(await handshake(`origin: ${origin}`)).toContain('401')
    expect(seen).toHaveLength(2)
  })

  it('that the server does not perform is a request like any other', async () => {
    const app = Fastify()
    await app.register(loginPlugin)
    app.post('/login', async (request) => auth(request).loginUser(alice))
    const { ask } = await served(app)
    const answer = await ask('/login', { method: 'POST', headers: { connection: 'upgrade', upgrade: 'h2c' } })
    expect([answer.body, answer.cookies.length]).toEqual(['true', 1])
  })
})

describe('a target that is no path', () => {
  const statusOf = async (app: FastifyInstance, target: string): Promise<string> => {
    const socket = connect(portOf(app), '127.0.0.1')
    socket.write([`GET ${target} HTTP/1.1`, 'host: app.test', '', ''].join('\r\n'))
    const [bytes] = await once(socket, 'data')
    socket.destroy()
    return String(bytes).slice(9, 12)
  }

  it.each(['*', 'http://a', 'http://a?/secret', 'http://a:b/'])('is no exception of a guard: %s', async (target) => {
    const app = Fastify()
    await app.register(loginPlugin)
    app.addHook('onRequest', loginRequired({ except: ['/'] }))
    app.get('/', () => 'home')
    app.get('/secret', () => 'secret')
    app.get('*', () => 'anything')
    await served(app)
    expect(await statusOf(app, 'http://a/')).toBe('200')
    expect(['401', '400', '404']).toContain(await statusOf(app, target))
  })
})

describe('behind a proxy', () => {
  const bound = fastifyLogin(
    createLoginManager<User>({ ...options, fingerprint: ['userAgent', 'address'], sessionProtection: 'strong' }),
  )
  const start = async (trustProxy: boolean | string) => {
    const app = Fastify({ trustProxy })
    await app.register(bound.loginPlugin)
    app.post('/login', async (request) => bound.auth(request).loginUser(alice))
    app.get('/', { preHandler: bound.loginRequired() }, (request) => bound.auth(request).user.id)
    return served(app)
  }
  const logInFrom = async (site: Awaited<ReturnType<typeof served>>, address: string): Promise<string> => {
    const answer = await site.ask('/login', { method: 'POST', headers: { 'x-forwarded-for': address } })
    return answer.cookies.map((line) => line.split(';')[0]).join('; ')
  }

  it('that the app trusts determines the client address, as in Fastify', async () => {
    const site = await start('127.0.0.1')
    const cookie = await logInFrom(site, '192.0.2.1')
    const from = (address: string) => site.ask('/', { headers: { cookie, 'x-forwarded-for': address } })
    expect((await from('192.0.2.1')).status).toBe(200)
    expect((await from('192.0.2.2')).status).toBe(401)
  })

  it('that the app does not trust has its forwarded address ignored', async () => {
    const site = await start(false)
    const cookie = await logInFrom(site, '192.0.2.1')
    for (const address of ['192.0.2.1', '192.0.2.2'])
      expect((await site.ask('/', { headers: { cookie, 'x-forwarded-for': address } })).status).toBe(200)
  })

  it('the address may come from elsewhere', async () => {
    const own = fastifyLogin(
      createLoginManager<User>({ ...options, fingerprint: ['address'], sessionProtection: 'strong' }),
      { address: (request) => String(request.headers['x-real-ip']) },
    )
    const app = Fastify()
    await app.register(own.loginPlugin)
    app.post('/login', async (request) => own.auth(request).loginUser(alice))
    app.get('/', { preHandler: own.loginRequired() }, () => 'in')
    const { ask } = await served(app)
    const login = await ask('/login', { method: 'POST', headers: { 'x-real-ip': '192.0.2.1' } })
    const cookie = login.cookies.map((line) => line.split(';')[0]).join('; ')
    expect((await ask('/', { headers: { cookie, 'x-real-ip': '192.0.2.1' } })).status).toBe(200)
    expect((await ask('/', { headers: { cookie, 'x-real-ip': '192.0.2.2' } })).status).toBe(401)
  })

  it.each([
    [true, 200],
    [false, 403],
  ])('determines the scheme if the app trusts it: %s', async (trustProxy, status) => {
    const site = await start(trustProxy)
    const { host } = new URL(site.origin)
    const headers = { origin: `https://${host}`, 'x-forwarded-proto': 'https' }
    expect((await site.ask('/login', { method: 'POST', headers })).status).toBe(status)
  })

  it('uses the sent address, and not the result of rewriteUrl', async () => {
    const app = Fastify({ rewriteUrl: ({ url = '/' }) => url.replace(/^\/api/, '') })
    await app.register(loginPlugin)
    app.addHook('onRequest', loginRequired({ except: ['/api/open'] }))
    app.get('/open', () => 'open')
    app.get('/secret', () => 'secret')
    const { ask } = await served(app)
    expect((await ask('/api/open')).status).toBe(200)
    expect((await ask('/open')).status).toBe(401)
    const secret = await ask('/api/secret', { headers: { accept: 'text/html' } })
    expect(secret.headers.get('location')).toBe('/login?next=%2Fapi%2Fsecret')
  })
})
