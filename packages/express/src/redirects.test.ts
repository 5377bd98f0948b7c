// Redirects of Express, connect and Node servers to the login page, and `next`, the page to return to.
import { apiKey, createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { describe, expect, it } from 'vitest'
import { type ErrorHandler, type Handler, type Host, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

/** Serves an app with a guard in front of every route. Returns its origin. */
async function serveGuardedApp(
  create: Host['create'],
  options: Partial<LoginManagerOptions<User>> = {},
): Promise<string> {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  const { loginMiddleware, loginRequired, auth } = expressLogin(manager)
  const show: Handler = async (req, res, next) => {
    const shown = new URL(req.url ?? '/', 'http://localhost').searchParams.get('show')
    if (shown === 'link') res.end(auth(req).loginUrl())
    else if (shown === 'next') res.end(await auth(req).nextUrl('/home'))
    else next()
  }
  const onError: ErrorHandler = (_error, _req, res) => res.writeHead(500).end()
  return serve(create([loginMiddleware, show, loginRequired(), (req, res) => res.end(`page ${req.url}`)], onError))
}

/** Sends a request as a browser sends it for a navigation. */
async function visit(url: string, method = 'GET', headers: Record<string, string> = {}) {
  const response = await send(url, { method, headers: { accept: 'text/html', ...headers } })
  return [response.status, response.headers.get('location')]
}

describe.each(hosts)('a refused request of a browser on $name', ({ create }) => {
  it('returns to the page itself after GET, and to the page of the form after any other method', async () => {
    const origin = await serveGuardedApp(create)
    const referer = { referer: `${origin}/form?step=2` }
    expect(await visit(`${origin}/secret?a=1`, 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit(`${origin}/secret`, method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit(`${origin}/secret`, method)).toEqual([303, '/login'])
      expect(await visit(`${origin}/secret`, method, { referer: 'http://evil.test/' })).toEqual([303, '/login'])
    }
  })

  it('never repeats a credential of the query, and drops `next` only if it is longer than 4,096 bytes', async () => {
    const origin = await serveGuardedApp(create, {
      loadUserFromRequest: apiKey<User>(() => null, { query: 'api_key' }),
    })
    const plain = '/login?next=%2Fdata%3Fpage%3D2'
    expect(await visit(`${origin}/data?api_key=secret&page=2`)).toEqual([302, plain])
    const referer = { referer: `${origin}/data?page=2&api_key=secret` }
    expect(await visit(`${origin}/data`, 'POST', referer)).toEqual([303, plain])
    const long = `/data?filter=${'a'.repeat(3000)}`
    expect(await visit(origin + long)).toEqual([302, `/login?next=${encodeURIComponent(long)}`])
    expect(await visit(`${origin}/data?filter=${'a'.repeat(4096)}`)).toEqual([302, '/login'])
  })

  it('never returns to a login view, and never nests its URL', async () => {
    const origin = await serveGuardedApp(create, { refreshView: '/again' })
    for (const path of ['/login', '/Login', '/login/', '/again']) {
      expect((await send(`${origin}${path}?show=link&next=%2Fcart`)).body).toBe('/login?next=%2Fcart')
      expect((await send(`${origin}/login?show=next&next=${path}`)).body).toBe('/home')
    }
  })

  it('is redirected to the re-serialised URL of a view function, and never to another site', async () => {
    const visitSecret = async (view: string) =>
      visit(`${await serveGuardedApp(create, { loginView: () => view })}/secret`)
    expect(await visitSecret('/iniciar sesión')).toEqual([302, '/iniciar%20sesi%C3%B3n?next=%2Fsecret'])
    for (const view of ['http:evil.test', 'http:/evil.test', '//evil.test', '/\\evil.test'])
      expect(await visitSecret(view)).toEqual([500, null])
  })

  it('reaches a login view whose path needs encoding, and is not redirected in a loop', async () => {
    for (const loginView of ['/iniciar-sesión', '/iniciar-sesi%c3%b3n', '/log in', '/log%20in']) {
      const origin = await serveGuardedApp(create, { loginView })
      const [, location] = await visit(`${origin}/secret`)
      expect(await visit(origin + location)).toEqual([200, null])
      expect(await visit(`${origin}${String(location).split('?')[0]}%2fsecret`)).toMatchObject([
        302,
        expect.any(String),
      ])
    }
  })
})
