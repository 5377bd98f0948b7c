// Redirects of a real Hono app to the login page, and `next`, the page to return to.
import { apiKey, createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const ORIGIN = 'https://app.test'

/** Creates an app with a guard in front of every route. */
function createGuardedApp(options: Partial<LoginManagerOptions<User>> = {}): Hono {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  const { loginMiddleware, loginRequired, auth } = honoLogin(manager)
  const app = new Hono()
  app.use(loginMiddleware)
  app.use(async (c, next) => {
    if (c.req.query('show') === 'link') return c.text(auth(c).loginUrl())
    return c.req.query('show') === 'next' ? c.text(await auth(c).nextUrl('/home')) : next()
  })
  app.use(loginRequired())
  app.onError((_error, c) => c.text('error', 500))
  app.all('*', (c) => c.text(`page ${c.req.path}`))
  return app
}

/** Sends a request as a browser sends it for a navigation. */
async function visit(app: Hono, path: string, method = 'GET', headers: Record<string, string> = {}) {
  const response = await app.request(ORIGIN + path, { method, headers: { accept: 'text/html', ...headers } })
  return [response.status, response.headers.get('location')]
}

describe('a refused request of a browser on Hono', () => {
  it('returns to the page itself after GET, and to the page of the form after any other method', async () => {
    const app = createGuardedApp()
    const referer = { referer: `${ORIGIN}/form?step=2` }
    expect(await visit(app, '/secret?a=1', 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit(app, '/secret', method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit(app, '/secret', method)).toEqual([303, '/login'])
      expect(await visit(app, '/secret', method, { referer: 'https://evil.test/' })).toEqual([303, '/login'])
    }
  })

  it('never repeats a credential of the query, and drops `next` only if it is longer than 4,096 bytes', async () => {
    const app = createGuardedApp({ loadUserFromRequest: apiKey<User>(() => null, { query: 'api_key' }) })
    const plain = '/login?next=%2Fdata%3Fpage%3D2'
    expect(await visit(app, '/data?api_key=secret&page=2')).toEqual([302, plain])
    const referer = { referer: `${ORIGIN}/data?page=2&api_key=secret` }
    expect(await visit(app, '/data', 'POST', referer)).toEqual([303, plain])
    const long = `/data?filter=${'a'.repeat(3000)}`
    expect(await visit(app, long)).toEqual([302, `/login?next=${encodeURIComponent(long)}`])
    expect(await visit(app, `/data?filter=${'a'.repeat(4096)}`)).toEqual([302, '/login'])
  })

  it('never returns to a login view, and never nests its URL', async () => {
    const app = createGuardedApp({ refreshView: '/again' })
    for (const path of ['/login', '/Login', '/login/', '/again']) {
      expect(await (await app.request(`${path}?show=link&next=%2Fcart`)).text()).toBe('/login?next=%2Fcart')
      expect(await (await app.request(`/login?show=next&next=${path}`)).text()).toBe('/home')
    }
  })

  it('is redirected to the re-serialised URL of a view function, and never to another site', async () => {
    const visitSecret = (view: string) => visit(createGuardedApp({ loginView: () => view }), '/secret')
    expect(await visitSecret('/iniciar sesión')).toEqual([302, '/iniciar%20sesi%C3%B3n?next=%2Fsecret'])
    for (const view of ['http:evil.test', 'http:/evil.test', '//evil.test', '/\\evil.test'])
      expect(await visitSecret(view)).toEqual([500, null])
  })

  it('reaches a login view whose path needs encoding, and is not redirected in a loop', async () => {
    for (const loginView of ['/iniciar-sesión', '/iniciar-sesi%c3%b3n', '/log in', '/log%20in']) {
      const app = createGuardedApp({ loginView })
      const [, location] = await visit(app, '/secret')
      expect(await visit(app, String(location))).toEqual([200, null])
      expect(await visit(app, `${String(location).split('?')[0]}%2f..%2fsecret`)).toMatchObject([
        302,
        expect.any(String),
      ])
    }
  })

  it('stays below the prefix that app.mount() strips', async () => {
    const outer = new Hono().mount('/mnt', createGuardedApp({ basePath: '/mnt' }).fetch)
    const [status, location] = await visit(outer, '/mnt/page?a=1')
    expect([status, location]).toEqual([302, '/mnt/login?next=%2Fmnt%2Fpage%3Fa%3D1'])
    expect(await visit(outer, String(location))).toEqual([200, null])
    const shown = await outer.request(`${ORIGIN}/mnt/login?show=next&next=%2Fmnt%2Fpage%3Fa%3D1`)
    expect(await shown.text()).toBe('/mnt/page?a=1')
    expect(await (await outer.request(`${ORIGIN}/mnt/login?show=next`)).text()).toBe('/mnt/home')
  })
})
