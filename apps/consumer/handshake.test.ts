// A WebSocket handshake behind a proxy that ends TLS. The app receives http, and the browser sends an https Origin.
import { createLoginManager } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

const options = { loadUser: (id: string) => ({ id }), secrets: 'a secret for these tests, long enough to be one' }
const HANDSHAKE = { host: 'app.test', upgrade: 'websocket', connection: 'upgrade', origin: 'https://app.test' }

async function requestFastify(trustProxy: boolean, headers: Record<string, string>): Promise<number> {
  const app = fastify({ trustProxy })
  await app.register(fastifyLogin(createLoginManager(options)).loginPlugin)
  app.get('/chat', async () => 'open')
  const { statusCode } = await app.inject({ url: '/chat', headers: { ...HANDSHAKE, ...headers } })
  await app.close()
  return statusCode
}

async function requestHono(headers: Record<string, string>, publicOrigin?: string): Promise<Response> {
  const app = new Hono().use(honoLogin(createLoginManager({ ...options, publicOrigin })).loginMiddleware)
  app.get('/chat', (c) => c.text('open'))
  return app.request('http://app.test/chat', { headers: { ...HANDSHAKE, ...headers } })
}

describe('a handshake behind a proxy that ends TLS', () => {
  it.each(['wss', 'https'])(
    'is accepted on Fastify that trusts the proxy, with x-forwarded-proto: %s',
    async (proto) => {
      expect(await requestFastify(true, { 'x-forwarded-proto': proto })).toBe(200)
      expect(await requestFastify(true, { 'x-forwarded-proto': proto, origin: 'https://evil.test' })).toBe(403)
    },
  )

  it('is refused on Fastify without trustProxy, even with x-forwarded-proto', async () => {
    expect(await requestFastify(false, { 'x-forwarded-proto': 'wss' })).toBe(403)
  })

  it('is accepted on Hono with publicOrigin, or if Sec-Fetch-Site is same-origin', async () => {
    expect((await requestHono({}, 'https://app.test')).status).toBe(200)
    expect((await requestHono({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await requestHono({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' })).status).toBe(403)
  })

  it('is refused on Hono without publicOrigin, with a text that names the option', async () => {
    const refused = await requestHono({ 'x-forwarded-proto': 'wss' })
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('publicOrigin')])
  })
})
