// The client address and the scheme behind a proxy.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { type ServedApp, serve } from '../testing/served'
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

describe('behind a proxy', () => {
  const bound = fastifyLogin(
    createLoginManager<User>({ ...options, fingerprint: ['userAgent', 'address'], sessionProtection: 'strong' }),
  )
  const start = async (trustProxy: boolean | string) => {
    const app = Fastify({ trustProxy })
    await app.register(bound.loginPlugin)
    app.post('/login', async (request) => bound.auth(request).loginUser(alice))
    app.get('/', { preHandler: bound.loginRequired() }, (request) => bound.auth(request).user.id)
    return serve(app)
  }
  const logInFrom = async (site: ServedApp, address: string): Promise<string> => {
    const response = await site.send('/login', { method: 'POST', headers: { 'x-forwarded-for': address } })
    return response.cookies.map((line) => line.split(';')[0]).join('; ')
  }

  it('that the app trusts, the client address is that of Fastify', async () => {
    const site = await start('127.0.0.1')
    const cookie = await logInFrom(site, '192.0.2.1')
    const sendFrom = (address: string) => site.send('/', { headers: { cookie, 'x-forwarded-for': address } })
    expect((await sendFrom('192.0.2.1')).status).toBe(200)
    expect((await sendFrom('192.0.2.2')).status).toBe(401)
  })

  it('that the app does not trust, the forwarded address is ignored', async () => {
    const site = await start(false)
    const cookie = await logInFrom(site, '192.0.2.1')
    for (const address of ['192.0.2.1', '192.0.2.2'])
      expect((await site.send('/', { headers: { cookie, 'x-forwarded-for': address } })).status).toBe(200)
  })

  it('the option address may read another header', async () => {
    const own = fastifyLogin(
      createLoginManager<User>({ ...options, fingerprint: ['address'], sessionProtection: 'strong' }),
      { address: (request) => String(request.headers['x-real-ip']) },
    )
    const app = Fastify()
    await app.register(own.loginPlugin)
    app.post('/login', async (request) => own.auth(request).loginUser(alice))
    app.get('/', { preHandler: own.loginRequired() }, () => 'in')
    const { send } = await serve(app)
    const login = await send('/login', { method: 'POST', headers: { 'x-real-ip': '192.0.2.1' } })
    const cookie = login.cookies.map((line) => line.split(';')[0]).join('; ')
    expect((await send('/', { headers: { cookie, 'x-real-ip': '192.0.2.1' } })).status).toBe(200)
    expect((await send('/', { headers: { cookie, 'x-real-ip': '192.0.2.2' } })).status).toBe(401)
  })

  it.each([
    [true, 200],
    [false, 403],
  ])('the CSRF check uses the forwarded scheme only if the app trusts the proxy (%s)', async (trustProxy, status) => {
    const site = await start(trustProxy)
    const { host } = new URL(site.origin)
    const headers = { origin: `https://${host}`, 'x-forwarded-proto': 'https' }
    expect((await site.send('/login', { method: 'POST', headers })).status).toBe(status)
  })
})
