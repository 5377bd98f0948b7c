// Redirects of pages, actions and wrapped route handlers of Next.js to the login page, and `next`, the page to return
// to.
import { apiKey, createLoginManager, type LoginManagerOptions, type RequestView } from '@fetch-login/core'
import { NextRequest } from 'next/server'
import { describe, expect, it, vi } from 'vitest'
import { nextLogin } from './index'

// Replaces Next.js, which would provide the headers of the current request.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({
  headers: async () => current.headers,
  cookies: async () => ({ set: () => undefined }),
}))

interface User {
  readonly id: string
}

const ORIGIN = 'https://app.test'

function createLogin(options: Partial<LoginManagerOptions<User>> = {}) {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  return nextLogin(manager, { reportError: () => undefined })
}

/** Ends a page or an action with a guard, and returns the redirect of Next.js. */
async function interrupt(
  headers: Record<string, string>,
  options: Partial<LoginManagerOptions<User>> = {},
): Promise<string> {
  current.headers = new Headers({ host: 'app.test', ...headers })
  try {
    await createLogin(options).loginRequired()
  } catch (error) {
    return (error as { digest: string }).digest
  }
  throw new Error('The guard let an anonymous request pass.')
}

/** Sends a request to a wrapped route handler as a browser sends it for a navigation. */
async function visit(
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
  options: Partial<LoginManagerOptions<User>> = {},
) {
  current.headers = new Headers({ host: 'app.test', accept: 'text/html', ...headers })
  const route = createLogin(options).withLoginRequired(() => new Response('secret'))
  const request = new NextRequest(ORIGIN + path, { method, headers: current.headers })
  const response = await route(request, { params: Promise.resolve({}) })
  return [response.status, response.headers.get('location')]
}

describe('a refused request of a browser on Next.js', () => {
  it('returns to the page itself after GET, and to the page of the form after any other method', async () => {
    const referer = { referer: `${ORIGIN}/form?step=2` }
    expect(await visit('/secret?a=1', 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit('/secret', method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit('/secret', method)).toEqual([303, '/login'])
      expect(await visit('/secret', method, { referer: 'https://evil.test/' })).toEqual([303, '/login'])
    }
  })

  it('is redirected with 303 by a guard that an action awaits, and with 307 by a guard that a page awaits', async () => {
    expect(await interrupt({})).toMatch(/^NEXT_REDIRECT;replace;\/login;307;$/)
    const form = { 'content-type': 'multipart/form-data; boundary=x', referer: `${ORIGIN}/form` }
    expect(await interrupt(form)).toMatch(/^NEXT_REDIRECT;\w+;\/login\?next=%2Fform;303;$/)
  })

  it('never repeats a credential of the query, and drops `next` only if it is longer than 4,096 bytes', async () => {
    const options = { loadUserFromRequest: apiKey<User>(() => null, { query: 'api_key' }) }
    const plain = '/login?next=%2Fdata%3Fpage%3D2'
    expect(await visit('/data?api_key=secret&page=2', 'GET', {}, options)).toEqual([302, plain])
    const referer = { referer: `${ORIGIN}/data?page=2&api_key=secret` }
    expect(await visit('/data', 'POST', referer, options)).toEqual([303, plain])
    const long = `/data?filter=${'a'.repeat(3000)}`
    expect(await visit(long)).toEqual([302, `/login?next=${encodeURIComponent(long)}`])
    expect(await visit(`/data?filter=${'a'.repeat(4096)}`)).toEqual([302, '/login'])
  })

  it('never returns to a login view, and never nests its URL', async () => {
    const { auth } = createLogin({ refreshView: '/again' })
    const show = auth(async (_, opened) => Response.json([opened.loginUrl(), await opened.nextUrl('/home')]))
    for (const path of ['/login', '/Login', '/login/', '/again']) {
      const request = new NextRequest(`${ORIGIN}${path}?next=${encodeURIComponent(`${path}?next=/cart`)}`)
      const response = await show(request, { params: Promise.resolve({}) })
      expect(await response.json()).toEqual(['/login?next=%2Fcart', '/home'])
    }
  })

  it('is redirected to the re-serialised URL of a view function, and never to another site', async () => {
    const visitSecret = (view: string) => visit('/secret', 'GET', {}, { loginView: () => view })
    expect(await visitSecret('/iniciar sesión')).toEqual([302, '/iniciar%20sesi%C3%B3n?next=%2Fsecret'])
    for (const view of ['http:evil.test', 'http:/evil.test', '//evil.test', '/\\evil.test'])
      await expect(visitSecret(view)).resolves.toEqual([500, null])
  })

  it('returns to the page whose URL the proxy signed, and never to one that a client sent', async () => {
    const { loginProxy } = createLogin()
    const sent = new NextRequest(`${ORIGIN}/page?a=1`, { headers: { 'x-fetch-login-url': `${ORIGIN}/planted` } })
    const signed = (await loginProxy(sent)).headers.get('x-middleware-request-x-fetch-login-url') ?? ''
    expect(await interrupt({ 'x-fetch-login-url': signed })).toContain(';/login?next=%2Fpage%3Fa%3D1;')
    const foreign = createLoginManager<User>({ secrets: 'another secret of at least 32 bytes', loadUser: () => null })
    const forged = [`${ORIGIN}/planted`, signed.replace('page', 'evil'), foreign.signUrl(`${ORIGIN}/planted`), '', '.']
    for (const header of forged) expect(await interrupt({ 'x-fetch-login-url': header })).toContain(';/login;')
  })

  it('hides a forged URL and its header from request loaders and view functions', async () => {
    const seen: unknown[] = []
    const record = <Result>({ url, headers }: RequestView, result: Result): Result => {
      seen.push(url, headers.get('x-fetch-login-url'))
      return result
    }
    const options: Partial<LoginManagerOptions<User>> = {
      loadUserFromRequest: (request) => record(request, null),
      loginView: (request) => record(request, '/login'),
    }
    await interrupt({ 'x-fetch-login-url': `${ORIGIN}/data?api_key=planted` }, options)
    expect(seen.length).toBeGreaterThanOrEqual(4)
    expect(new Set(seen)).toEqual(new Set(['', null]))
  })

  it('is redirected if a layout and a page refuse at the same time and the handler is asynchronous', async () => {
    const unauthorizedHandler = async (): Promise<undefined> => {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { loginRequired } = createLogin({ unauthorizedHandler })
    current.headers = new Headers({ host: 'app.test' })
    const getDigest = (guarded: Promise<unknown>) => guarded.catch(({ digest }) => digest)
    const layout = getDigest(loginRequired())
    await Promise.resolve()
    expect(await Promise.all([layout, getDigest(loginRequired()), getDigest(loginRequired())])).toEqual(
      Array(3).fill(expect.stringContaining(';/login;')),
    )
  })

  it('of htmx is redirected, because a page of Next.js cannot set the response header of htmx', async () => {
    expect(await interrupt({ 'hx-request': 'true', accept: '*/*' })).toContain(';/login;')
  })
})
