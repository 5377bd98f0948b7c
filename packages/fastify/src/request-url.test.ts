// The URL that guards read: the request target that the client sent.
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createLoginManager } from '@fetch-login/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { serve } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

const { loginPlugin, loginRequired } = fastifyLogin(
  createLoginManager({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id): { id: string } => ({ id }),
    loginView: '/login',
  }),
)

const getPort = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

describe('a request target that is not a path', () => {
  const getStatus = async (app: FastifyInstance, target: string): Promise<string> => {
    const socket = connect(getPort(app), '127.0.0.1')
    socket.write([`GET ${target} HTTP/1.1`, 'host: app.test', '', ''].join('\r\n'))
    const [bytes] = await once(socket, 'data')
    socket.destroy()
    return String(bytes).slice(9, 12)
  }

  it.each(['*', 'http://a', 'http://a?/secret', 'http://a:b/'])(
    'is not an exception of a guard: %s',
    async (target) => {
      const app = Fastify()
      await app.register(loginPlugin)
      app.addHook('onRequest', loginRequired({ except: ['/'] }))
      app.get('/', () => 'home')
      app.get('/secret', () => 'secret')
      app.get('*', () => 'anything')
      await serve(app)
      expect(await getStatus(app, 'http://a/')).toBe('200')
      expect(['401', '400', '404']).toContain(await getStatus(app, target))
    },
  )
})

it('a guard reads the URL that the client sent, and not the result of rewriteUrl', async () => {
  const app = Fastify({ rewriteUrl: ({ url = '/' }) => url.replace(/^\/api/, '') })
  await app.register(loginPlugin)
  app.addHook('onRequest', loginRequired({ except: ['/api/open'] }))
  app.get('/open', () => 'open')
  app.get('/secret', () => 'secret')
  const { send } = await serve(app)
  expect((await send('/api/open')).status).toBe(200)
  expect((await send('/open')).status).toBe(401)
  const secret = await send('/api/secret', { headers: { accept: 'text/html' } })
  expect(secret.headers.get('location')).toBe('/login?next=%2Fapi%2Fsecret')
})
