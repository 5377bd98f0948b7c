// Clients that disconnect, or do not read the response, while a guard refuses or a handler runs.
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { serve } from '../testing/served'
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
const { loginPlugin, loginRequired, auth } = fastifyLogin(createLoginManager(options))

const getPort = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

/** Creates a promise, and the function that resolves it. */
function createDeferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Sends a request, and closes the connection without reading a byte when the promise resolves. */
async function disconnect(app: FastifyInstance, lines: readonly string[], reached: Promise<void>): Promise<void> {
  const socket = connect(getPort(app), '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write([...lines, 'host: app.test', '', ''].join('\r\n'))
  await reached
  socket.destroy()
}

/** Waits until the server has detected that the client closed the connection. */
async function waitForClose({ raw }: { readonly raw: { readonly socket: Socket } }): Promise<void> {
  if (!raw.socket.destroyed) await new Promise((resolve) => raw.socket.once('close', resolve))
}

/** Waits until pending callbacks have run. */
async function runPending(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await nextTurn()
}

describe('a client that disconnects', () => {
  const LARGE = 'x'.repeat(8_000_000)
  const large = fastifyLogin(createLoginManager<User>({ ...options, unauthorizedHandler: () => new Response(LARGE) }))

  it.each([
    ['a guard as preHandler', 'GET /preHandler HTTP/1.1'],
    ['a guard as onRequest', 'GET /onRequest HTTP/1.1'],
    ['a guard of a scope', 'GET /scope HTTP/1.1'],
    ['loginPlugin, for a forged request', 'POST /forged HTTP/1.1\r\nsec-fetch-site: cross-site\r\ncontent-length: 0'],
  ])('while %s refuses it does not start a handler', async (_name, line) => {
    const runs: string[] = []
    const [refusing, closed] = [createDeferred(), createDeferred()]
    const app = Fastify()
    await app.register(loginPlugin)
    app.addHook('onSend', async (request) => {
      refusing.resolve()
      await waitForClose(request)
      closed.resolve()
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
    await serve(app)
    await disconnect(app, [line], refusing.promise)
    await closed.promise
    await runPending()
    expect(runs).toEqual([])
  })

  it('without reading a large refusal does not start a handler', async () => {
    let runs = 0
    const [sending, closed] = [createDeferred(), createDeferred()]
    const app = Fastify()
    await app.register(large.loginPlugin)
    app.addHook('onSend', async (request) => {
      sending.resolve()
      void waitForClose(request).then(closed.resolve)
    })
    app.get('/', { preHandler: large.loginRequired() }, () => {
      runs += 1
      return 'secret'
    })
    await serve(app)
    await disconnect(app, ['GET / HTTP/1.1'], sending.promise)
    await closed.promise
    await runPending()
    expect(runs).toBe(0)
  })

  it('while a guard loads the user does not start a handler', async () => {
    const events: string[] = []
    const [loading, closed] = [createDeferred(), createDeferred()]
    const slow = fastifyLogin(
      createLoginManager<User>({
        ...options,
        loadUserFromRequest: async () => {
          loading.resolve()
          await closed.promise
          return null
        },
      }),
    )
    const app = Fastify()
    await app.register(slow.loginPlugin)
    app.addHook('onRequest', async (request) => void waitForClose(request).then(closed.resolve))
    app.get('/', { preHandler: slow.loginRequired() }, () => {
      events.push('ran')
      return 'secret'
    })
    const { send } = await serve(app)
    await disconnect(app, ['GET / HTTP/1.1'], loading.promise)
    await closed.promise
    await runPending()
    expect(events).toEqual([])
    expect((await send('/')).status).toBe(401)
  })

  it('during a login does not cause an error, before or during the response', async () => {
    const done: string[] = []
    const [slow, sent] = [createDeferred(), createDeferred()]
    const app = Fastify()
    await app.register(loginPlugin)
    let isFirst = true
    app.get('/slow', async (request) => {
      slow.resolve()
      if (isFirst) await waitForClose(request)
      isFirst = false
      done.push(String(await auth(request).loginUser(alice, { remember: true })))
      return 'in'
    })
    app.get('/large', async (request, reply) => {
      await auth(request).loginUser(alice, { remember: true })
      done.push('large')
      setImmediate(sent.resolve)
      return reply.send(new Response(LARGE))
    })
    const { send } = await serve(app)
    await disconnect(app, ['GET /slow HTTP/1.1'], slow.promise)
    await expect.poll(() => done).toEqual(['true'])
    await disconnect(app, ['GET /large HTTP/1.1'], sent.promise)
    expect(done).toEqual(['true', 'large'])
    await runPending()
    expect((await send('/slow')).cookies).toHaveLength(2)
  })
})
