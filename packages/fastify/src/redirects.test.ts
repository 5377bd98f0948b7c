// Where a real Fastify app sends a visitor, and where the visitor comes back to.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
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
  const { loginManager, loginRequired } = fastifyLogin(manager)
  const app = Fastify()
  await app.register(loginManager)
  app.addHook('onRequest', loginRequired())
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
})
