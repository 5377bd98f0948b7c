import { describe, expect, it, vi } from 'vitest'
import { createLoginManager, type LoginWarning, withLogin } from '../src/index'

const secrets = 'only for tests: 0123456789 abcdefghijklmnop'
const headers = { accept: 'text/html' }

function createApp(view: () => string): { app: (request: Request) => Promise<Response>; warnings: LoginWarning[] } {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void (warning.code !== 'refused' && warnings.push(warning))
  const manager = createLoginManager({ secrets, loadUser: (id) => ({ id }), loginView: view, onWarning })
  const guard = manager.guard()
  const app = withLogin(manager, async (_request, auth) => {
    const outcome = await guard(auth)
    return outcome.ok ? new Response('page') : outcome.respond()
  })
  return { app, warnings }
}

describe('a login view function behind a guard of the whole app', () => {
  it.each(['/login', '/login?lang=de', '/login/'])(
    'causes status 401 and a warning instead of a redirect loop: %s',
    async (view) => {
      const { app, warnings } = createApp(() => view)
      const first = await app(new Request('https://app.test/page?a=1', { headers }))
      expect(first.status).toBe(302)
      const location = new URL(first.headers.get('location') ?? '', 'https://app.test')
      const second = await app(new Request(location, { headers }))
      expect([second.status, second.headers.get('location')]).toEqual([401, null])
      expect(warnings).toEqual([
        expect.objectContaining({ code: 'guarded-view', message: expect.stringContaining('except') }),
      ])
    },
  )

  it('does not prevent the redirect of a refused POST to the view, which ends there', async () => {
    const { app, warnings } = createApp(() => '/login')
    const response = await app(new Request('https://app.test/login', { method: 'POST', headers }))
    expect([response.status, warnings]).toEqual([303, []])
  })
})

/** Follows the redirects of an app, as a browser does. Returns the URLs, and the last response. */
async function follow(app: (request: Request) => Promise<Response>, url: string) {
  const urls: string[] = []
  let next: string | null = url
  let response = new Response()
  while (next !== null && urls.length < 20) {
    urls.push(next)
    response = await app(new Request(next, { headers }))
    const location: string | null = response.headers.get('location')
    next = location === null ? null : new URL(location, next).href
  }
  return { urls, status: response.status }
}

const MOVES: [string, (url: URL) => string][] = [
  ['with its query', (url) => `/auth/form${url.search}`],
  ['with its query, at an absolute URL', (url) => `${url.origin}/auth/form${url.search}`],
  ['with its query, in other spellings', (url) => `/Auth//form/${url.search}`],
  ['to alternating pages', (url) => `/auth/${url.href.length % 2}/form${url.search}`],
]

describe('a view that redirects to a guarded page', () => {
  it.each(MOVES)('causes status 401 and a warning, and next does not grow: %s', async (_, move) => {
    for (const loginView of ['/auth', () => '/auth', () => '/auth?lang=de']) {
      const onWarning = vi.fn()
      const manager = createLoginManager({ secrets, loadUser: (id) => ({ id }), loginView, onWarning })
      const guard = manager.guard({ except: ['/auth'] })
      const app = withLogin(manager, async (request, auth) => {
        const url = new URL(request.url)
        if (url.pathname === '/auth') return Response.redirect(new URL(move(url), url))
        const outcome = await guard(auth)
        return outcome.ok ? new Response('page') : outcome.respond()
      })
      const { urls, status } = await follow(app, 'https://app.test/page?a=1')
      expect(status).toBe(401)
      expect(Math.max(...urls.map((url) => url.length))).toBeLessThan(250)
      expect(onWarning).toHaveBeenCalledWith(expect.objectContaining({ code: 'guarded-view' }))
    }
  })

  it.each([['/page'], ['/auth/form']])(
    'causes a warning in development if it redirects to %s without its query, and no warning if other pages are shown',
    async (target) => {
      const onWarning = vi.fn()
      const manager = createLoginManager({
        secrets,
        loadUser: (id) => ({ id }),
        loginView: '/auth',
        onWarning,
        debug: true,
      })
      const guard = manager.guard()
      let isLoop = false
      const app = withLogin(manager, async (request, auth) => {
        if (new URL(request.url).pathname === '/auth')
          return isLoop ? Response.redirect(new URL(target, request.url)) : new Response('form')
        const outcome = await guard(auth)
        return outcome.ok ? new Response('page') : outcome.respond()
      })
      for (let times = 0; times < 10; times++) await follow(app, 'https://app.test/page')
      expect(onWarning).not.toHaveBeenCalledWith(expect.objectContaining({ code: 'guarded-view' }))
      isLoop = true
      const { urls } = await follow(app, 'https://app.test/page')
      expect(onWarning).toHaveBeenCalledWith(expect.objectContaining({ code: 'guarded-view' }))
      expect(Math.max(...urls.map((url) => url.length))).toBeLessThan(100)
    },
  )

  it.each([
    ['below a base path', 'https://app.test', { basePath: '/app' }],
    ['behind a proxy that terminates TLS', 'http://app.test', { origins: ['https://app.test'] }],
  ])('causes status 401 and a warning %s', async (_, origin, options) => {
    const onWarning = vi.fn()
    const loginView = (): string => ('basePath' in options ? '/login' : 'https://app.test/login')
    const manager = createLoginManager({ secrets, loadUser: (id) => ({ id }), loginView, onWarning, ...options })
    const guard = manager.guard()
    const app = withLogin(manager, async (_request, auth) => {
      const outcome = await guard(auth)
      return outcome.ok ? new Response('page') : outcome.respond()
    })
    const visit = (url: string): Promise<Response> => {
      const { pathname, search } = new URL(url)
      return app(new Request(origin + pathname.replace(/^\/app/, '') + search, { headers }))
    }
    const { status, urls } = await follow((request) => visit(request.url), 'https://app.test/app/page')
    expect([status, urls.length]).toEqual([401, 2])
    expect(onWarning).toHaveBeenCalledWith(expect.objectContaining({ code: 'guarded-view' }))
  })

  it.each(['/wizard?next=/step2', '/list?next=2', '/wizard?next=https://id.test/done'])(
    'is not a guarded page with a parameter of the same name: %s',
    async (page) => {
      const { app, warnings } = createApp(() => '/login')
      const response = await app(new Request(`https://app.test${page}`, { headers }))
      expect(response.headers.get('location')).toBe(`/login?next=${encodeURIComponent(page)}`)
      expect(warnings).toEqual([])
    },
  )
})
