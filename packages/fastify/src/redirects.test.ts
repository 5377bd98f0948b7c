// Where a real Fastify app sends a visitor, and where the visitor comes back to.
import { apiKey, createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../testing/quiet'
import { type Served, served, WAYS, type Way } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

/** An app with a guard over all of it. */
async function guarded(way: Way, options: Partial<LoginManagerOptions<User>> = {}): Promise<Served> {
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
  return served(app, way)
}

/** Sends what a browser that navigates sends. */
async function visit({ ask }: Served, path: string, method = 'GET', headers: Record<string, string> = {}) {
  const answer = await ask(path, { method, headers: { accept: 'text/html', ...headers } })
  return [answer.status, answer.headers.get('location')]
}

describe.each(WAYS)('a refused request of a browser on Fastify, %s', (way) => {
  it('comes back to the page itself after GET, and to the page of the form after any other method', async () => {
    const app = await guarded(way)
    const referer = { referer: `${app.origin}/form?step=2` }
    expect(await visit(app, '/secret?a=1', 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit(app, '/secret', method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit(app, '/secret', method)).toEqual([303, '/login'])
      expect(await visit(app, '/secret', method, { referer: 'http://evil.test/' })).toEqual([303, '/login'])
    }
  })

  it('never repeats a credential of the query, and drops only what is longer than 4,096 bytes', async () => {
    const app = await guarded(way, { loadUserFromRequest: apiKey<User>(() => null, { query: 'api_key' }) })
    const plain = '/login?next=%2Fdata%3Fpage%3D2'
    expect(await visit(app, '/data?api_key=secret&page=2')).toEqual([302, plain])
    const referer = { referer: `${app.origin}/data?page=2&api_key=secret` }
    expect(await visit(app, '/data', 'POST', referer)).toEqual([303, plain])
    const long = `/data?filter=${'a'.repeat(3000)}`
    expect(await visit(app, long)).toEqual([302, `/login?next=${encodeURIComponent(long)}`])
    expect(await visit(app, `/data?filter=${'a'.repeat(4096)}`)).toEqual([302, '/login'])
  })

  it('never comes back to a login view, and the link to it never nests', async () => {
    const app = await guarded(way, { refreshView: '/again' })
    for (const path of ['/login', '/Login', '/login/', '/again']) {
      expect((await app.ask(`${path}?show=link&next=%2Fcart`)).body).toBe('/login?next=%2Fcart')
      expect((await app.ask(`/login?show=next&next=${path}`)).body).toBe('/home')
    }
  })

  it('is sent to the re-serialised address of a view function, and never to another site', async () => {
    const to = async (view: string) => visit(await guarded(way, { loginView: () => view }), '/secret')
    expect(await to('/iniciar sesión')).toEqual([302, '/iniciar%20sesi%C3%B3n?next=%2Fsecret'])
    for (const view of ['http:evil.test', 'http:/evil.test', '//evil.test', '/\\evil.test'])
      expect(await to(view)).toEqual([500, null])
  })

  it('reaches a login view whose path needs encoding, and is not redirected without end', async () => {
    for (const loginView of ['/iniciar-sesión', '/iniciar-sesi%c3%b3n', '/log in', '/log%20in']) {
      const app = await guarded(way, { loginView })
      const [, location] = await visit(app, '/secret')
      expect(await visit(app, String(location))).toEqual([200, null])
      expect(await visit(app, `${String(location).split('?')[0]}%2fsecret`)).toMatchObject([302, expect.any(String)])
    }
  })
})
