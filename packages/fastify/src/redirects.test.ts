// Redirects of a real Fastify app to the login page, and `next`, the page to return to.
import { apiKey, createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { type ServedApp, serve, TRANSPORTS, type Transport } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

/** Serves an app with a guard in front of every route. */
async function serveGuardedApp(
  transport: Transport,
  options: Partial<LoginManagerOptions<User>> = {},
): Promise<ServedApp> {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)
  const app = Fastify()
  await app.register(loginPlugin)
  app.addHook('onRequest', async (request, reply) => {
    const { show } = request.query as { show?: string }
    if (show === 'link') return reply.send(auth(request).loginUrl())
    return show === 'next' ? reply.send(await auth(request).nextUrl('/home')) : undefined
  })
  app.addHook('onRequest', loginRequired())
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send())
  app.all('/*', (request) => `page ${request.url}`)
  return serve(app, transport)
}

/** Sends a request as a browser sends it for a navigation. */
async function visit({ send }: ServedApp, path: string, method = 'GET', headers: Record<string, string> = {}) {
  const response = await send(path, { method, headers: { accept: 'text/html', ...headers } })
  return [response.status, response.headers.get('location')]
}

describe.each(TRANSPORTS)('a refused request of a browser on Fastify, %s', (transport) => {
  it('returns to the page itself after GET, and to the page of the form after any other method', async () => {
    const app = await serveGuardedApp(transport)
    const referer = { referer: `${app.origin}/form?step=2` }
    expect(await visit(app, '/secret?a=1', 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit(app, '/secret', method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit(app, '/secret', method)).toEqual([303, '/login'])
      expect(await visit(app, '/secret', method, { referer: 'http://evil.test/' })).toEqual([303, '/login'])
    }
  })

  it('never repeats a credential of the query, and drops `next` only if it is longer than 4,096 bytes', async () => {
    const app = await serveGuardedApp(transport, {
      loadUserFromRequest: apiKey<User>(() => null, { query: 'api_key' }),
    })
    const plain = '/login?next=%2Fdata%3Fpage%3D2'
    expect(await visit(app, '/data?api_key=secret&page=2')).toEqual([302, plain])
    const referer = { referer: `${app.origin}/data?page=2&api_key=secret` }
    expect(await visit(app, '/data', 'POST', referer)).toEqual([303, plain])
    const long = `/data?filter=${'a'.repeat(3000)}`
    expect(await visit(app, long)).toEqual([302, `/login?next=${encodeURIComponent(long)}`])
    expect(await visit(app, `/data?filter=${'a'.repeat(4096)}`)).toEqual([302, '/login'])
  })

  it('never returns to a login view, and never nests its URL', async () => {
    const app = await serveGuardedApp(transport, { refreshView: '/again' })
    for (const path of ['/login', '/Login', '/login/', '/again']) {
      expect((await app.send(`${path}?show=link&next=%2Fcart`)).body).toBe('/login?next=%2Fcart')
      expect((await app.send(`/login?show=next&next=${path}`)).body).toBe('/home')
    }
  })

  it('is redirected to the re-serialised URL of a view function, and never to another site', async () => {
    const visitSecret = async (view: string) =>
      visit(await serveGuardedApp(transport, { loginView: () => view }), '/secret')
    expect(await visitSecret('/iniciar sesión')).toEqual([302, '/iniciar%20sesi%C3%B3n?next=%2Fsecret'])
    for (const view of ['http:evil.test', 'http:/evil.test', '//evil.test', '/\\evil.test'])
      expect(await visitSecret(view)).toEqual([500, null])
  })

  it('reaches a login view whose path needs encoding, and is not redirected in a loop', async () => {
    for (const loginView of ['/iniciar-sesión', '/iniciar-sesi%c3%b3n', '/log in', '/log%20in']) {
      const app = await serveGuardedApp(transport, { loginView })
      const [, location] = await visit(app, '/secret')
      expect(await visit(app, String(location))).toEqual([200, null])
      expect(await visit(app, `${String(location).split('?')[0]}%2fsecret`)).toMatchObject([302, expect.any(String)])
    }
  })
})
