// Logins, guards and CSRF checks over HTTP/2.
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createLoginManager } from '@fetch-login/core'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
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
    const send = async (headers: http2.OutgoingHttpHeaders) => {
      const stream = session.request({ ':authority': 'app.test', accept: 'text/html', ...headers })
      const [response] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status': number }]
      let body = ''
      for await (const chunk of stream) body += chunk
      return { status: response[':status'], headers: response, body, cookies: response['set-cookie'] ?? [] }
    }
    const stop = async (): Promise<void> => {
      session.close()
      await app.close()
    }
    return { send, stop }
  }

  it('has the same CSRF check, redirects, guards, responses and raw responses as HTTP/1', async () => {
    const { send, stop } = await start()
    const refused = await send({ ':path': '/' })
    expect([refused.status, refused.headers.location]).toEqual([302, '/login?next=%2F'])
    expect((await send({ ':path': '/', ':method': 'HEAD' })).status).toBe(302)

    const form = { ':path': '/login', ':method': 'POST' }
    expect((await send({ ...form, origin: 'http://evil.test' })).status).toBe(403)
    const login = await send({ ...form, origin: 'http://app.test' })
    expect([login.status, login.cookies.length, login.headers.vary]).toEqual([303, 2, 'Cookie'])
    const cookie = login.cookies.map((line) => line.split(';')[0]).join('; ')
    expect((await send({ ':path': '/', cookie })).body).toBe('alice')

    const response = await send({ ':path': '/response' })
    expect([response.body, response.headers.vary, response.cookies.length]).toEqual([
      'made',
      'Origin, Accept, Cookie',
      1,
    ])
    const raw = await send({ ':path': '/raw' })
    expect([raw.body, raw.cookies.length]).toEqual(['raw', 2])
    expect((await send({ ':path': '/end' })).cookies).toHaveLength(1)
    await stop()
  })
})
