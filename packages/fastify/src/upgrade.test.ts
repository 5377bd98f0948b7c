// Requests that upgrade the connection to another protocol, such as WebSocket handshakes.
import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createLoginManager } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
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

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => (id === alice.id ? alice : null),
  loginView: '/login',
})
const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

const getPort = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

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
      response.assignSocket(socket as Socket)
      app.routing(request, response)
      // Node does not close an upgraded connection.
      socket.once('end', () => socket.destroy())
    })
    const { origin } = await serve(app)
    const client = createTestClient<User>(() => new Response(), { manager, origin })
    await client.loginAs(alice)
    const sendHandshake = async (...lines: string[]): Promise<string> => {
      const socket = connect(getPort(app), '127.0.0.1')
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
    expect(await sendHandshake(`origin: ${origin}`, cookie)).toContain('101')
    expect(seen).toEqual([alice, 'read-only'])
    expect(await sendHandshake('origin: http://evil.test', cookie)).toContain('403')
    expect(await sendHandshake(`origin: ${origin}`)).toContain('401')
    expect(seen).toHaveLength(2)
  })

  it('that the server does not perform is handled as a normal request', async () => {
    const app = Fastify()
    await app.register(loginPlugin)
    app.post('/login', async (request) => auth(request).loginUser(alice))
    const { send } = await serve(app)
    const response = await send('/login', { method: 'POST', headers: { connection: 'upgrade', upgrade: 'h2c' } })
    expect([response.body, response.cookies.length]).toEqual(['true', 1])
  })
})
