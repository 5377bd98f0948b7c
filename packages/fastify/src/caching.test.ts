// Caches and speculative requests on Fastify.
import { Readable } from 'node:stream'
import { createLoginManager } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { serve } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const PREFETCH = { 'sec-purpose': 'prefetch', accept: 'text/html' }
const PUBLIC = 'public, s-maxage=60, max-age=3600'
const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  session: { renew: 'everyRequest' },
})
const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

async function start() {
  const app = Fastify()
  await app.register(loginPlugin)
  app.addHook('onSend', async (request, reply) => {
    const { late } = request.query as { late?: string }
    if (late !== undefined) reply.header('cache-control', PUBLIC).header('cdn-cache-control', 'max-age=9')
  })
  const guarded = { preHandler: loginRequired() }
  app.get('/reply', guarded, (_, reply) =>
    reply.header('cache-control', PUBLIC).header('surrogate-control', 'max-age=9').send('secret'),
  )
  app.get(
    '/response',
    guarded,
    () => new Response('secret', { headers: { 'cache-control': PUBLIC, 'cdn-cache-control': 'max-age=9' } }),
  )
  app.get('/shared', { preHandler: loginRequired({ cache: 'public' }) }, (_, reply) =>
    reply.header('cache-control', PUBLIC).send('logo'),
  )
  app.get('/stream', guarded, (_, reply) => reply.send(Readable.from(['secret'])))
  app.get('/open', (_, reply) => reply.header('cache-control', PUBLIC).send('logo'))
  app.get('/in', async (request) => {
    await auth(request).loginUser(alice)
    return new Response('in', { headers: { 'cache-control': PUBLIC } })
  })
  app.get('/messages', (request) => auth(request).takeFlashes())
  app.get('/late', async (request, reply) => {
    reply.hijack()
    reply.raw.write('begun ')
    reply.raw.end(
      await auth(request)
        .currentUser()
        .then(
          () => 'read',
          (error) => error.code,
        ),
    )
  })
  const site = await serve(app)
  return createTestClient<User>(site.fetch, { manager, origin: site.origin })
}

describe('Fastify', () => {
  it('never lets shared caches store a guarded reply or Response', async () => {
    const browser = await start()
    await browser.loginAs(alice)
    const [reply, response] = [await browser.get('/reply'), await browser.get('/response')]
    expect(reply.headers.get('cache-control')).toBe('private, max-age=3600')
    expect(reply.headers.get('surrogate-control')).toBe('no-store')
    expect(response.headers.get('cache-control')).toBe('private, max-age=3600')
    expect(response.headers.get('cdn-cache-control')).toBe('no-store')
    expect((await browser.get('/shared')).headers.get('cache-control')).toBe(PUBLIC)
  })

  it('never lets shared caches store a personal reply, whatever a later onSend hook sets', async () => {
    const browser = await start()
    await browser.loginAs(alice)
    for (const path of ['/reply', '/response', '/stream']) {
      const { headers } = await browser.get(`${path}?late=1`)
      // The value is private, no-store if the session is due for a renewal.
      expect([path, headers.get('cache-control')]).toEqual([path, expect.stringMatching(/^private, (?!.*s-maxage)/)])
      expect([path, headers.get('cdn-cache-control')]).toEqual([path, 'no-store'])
    }
    expect((await browser.get('/in?late=1')).headers.get('cache-control')).toBe('private, no-store')
    expect((await browser.get('/shared?late=1')).headers.get('cache-control')).toBe(PUBLIC)
    expect((await browser.get('/open?late=1')).headers.get('cache-control')).toBe(PUBLIC)
  })

  it('does not renew the session in a public reply', async () => {
    const browser = await start()
    await browser.loginAs(alice, { permanent: true })
    const { headers } = await browser.get('/open')
    expect([headers.getSetCookie(), headers.get('cache-control')]).toEqual([[], PUBLIC])
  })

  it('sends a login with private, no-store and Clear-Site-Data, whatever the Response contains', async () => {
    const { headers } = await (await start()).get('/in')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('clear-site-data')).toBe('"prefetchCache", "prerenderCache"')
  })

  it('responds to the prefetch of a guarded page with 401, and does not consume a message in a prefetch or a HEAD', async () => {
    const browser = await start()
    const { status, headers } = await browser.get('/reply', PREFETCH)
    expect([status, headers.getSetCookie()]).toEqual([401, []])
    await browser.get('/reply', { accept: 'text/html' })
    await browser.get('/messages', PREFETCH)
    await browser.fetch('/messages', { method: 'HEAD' })
    expect(await (await browser.get('/messages')).json()).toHaveLength(1)
  })

  it('rejects the first read of the user after a stream has begun', async () => {
    const browser = await start()
    await browser.loginAs(alice)
    expect(await (await browser.get('/late')).text()).toBe('begun response-sent')
  })
})
