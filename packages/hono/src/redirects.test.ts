// Where a real Hono app sends a visitor, and where the visitor comes back to.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const ORIGIN = 'https://app.test'

/** An app with a guard over all of it. */
function guarded(options: Partial<LoginManagerOptions<User>> = {}): Hono {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  const { loginManager, loginRequired } = honoLogin(manager)
  const app = new Hono()
  app.use(loginManager, loginRequired())
  app.all('*', (c) => c.text(`page ${c.req.path}`))
  return app
}

/** Sends what a browser that navigates sends. */
async function visit(app: Hono, path: string, method = 'GET', headers: Record<string, string> = {}) {
  const answer = await app.request(ORIGIN + path, { method, headers: { accept: 'text/html', ...headers } })
  return [answer.status, answer.headers.get('location')]
}

describe('a refused request of a browser on Hono', () => {
  it('comes back to the page itself after GET, and to the page of the form after any other method', async () => {
    const app = guarded()
    const referer = { referer: `${ORIGIN}/form?step=2` }
    expect(await visit(app, '/secret?a=1', 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit(app, '/secret', method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit(app, '/secret', method)).toEqual([303, '/login'])
      expect(await visit(app, '/secret', method, { referer: 'https://evil.test/' })).toEqual([303, '/login'])
    }
  })
})
