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

/** An app whose guard requires a login in each mode of the visitor: a page load, htmx, or a login that is not fresh. */
function createPlantedApp(options: object = {}) {
  const onWarning = vi.fn()
  const manager = createLoginManager({
    secrets,
    loadUser: (id) => ({ id }),
    loginView: '/login',
    refreshView: '/confirm',
    onWarning,
    ...options,
  })
  const app = withLogin(manager, async (request, auth) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/log-in') return new Response(String(await auth.loginUser({ id: '1' }, { fresh: false })))
    const outcome = await manager.guard(pathname === '/stale' ? { fresh: true } : {})(auth)
    return outcome.ok ? new Response('page') : outcome.respond()
  })
  const codes = (): string[] => onWarning.mock.calls.map(([{ code }]) => code)
  return { app, codes, onWarning }
}

describe('a URL whose next names its own page, which anyone can send to a user', () => {
  const PLANTED = [
    '/d?next=/d',
    '/articles?page=1&next=/articles?page=2',
    '/d?next=/D/',
    '/d?next=//',
    '/d?next=http://[',
  ]

  it.each(PLANTED)('causes the redirect to the login view, and no warning: %s', async (url) => {
    for (const options of [{}, { useSessionForNext: true }]) {
      const { app, codes } = createPlantedApp(options)
      const response = await app(new Request(`https://app.test${url}`, { headers }))
      expect([response.status, response.headers.get('location')?.split('?')[0]]).toEqual([302, '/login'])
      expect(codes()).not.toContain('guarded-view')
    }
  })

  it('causes the redirect of htmx to the login view', async () => {
    const { app, codes } = createPlantedApp()
    const response = await app(
      new Request('https://app.test/d?next=/d', {
        headers: { ...headers, 'hx-request': 'true', 'hx-current-url': 'https://app.test/d?next=/d' },
      }),
    )
    expect(response.headers.get('hx-redirect')).toMatch(/^\/login/)
    expect(codes()).not.toContain('guarded-view')
  })

  it('causes the redirect of a login that is not fresh to the refresh view', async () => {
    const { app, codes } = createPlantedApp()
    const login = await app(new Request('https://app.test/log-in', { headers }))
    const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0])
    const response = await app(
      new Request('https://app.test/stale?next=/stale', { headers: { ...headers, cookie: cookie.join('; ') } }),
    )
    expect(response.headers.get('location')).toMatch(/^\/confirm/)
    expect(codes()).not.toContain('guarded-view')
  })

  it('is never taken for a loop if the session stores next, because the URL then has no next of the library', async () => {
    const { app, codes } = createPlantedApp({ useSessionForNext: true })
    const nested = `/d?next=${encodeURIComponent('/d?next=/d')}`
    const response = await app(new Request(`https://app.test${nested}`, { headers }))
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login'])
    expect(codes()).not.toContain('guarded-view')
  })
})

describe('the warning guarded-view', () => {
  const page = '/admin%0Aline'
  const once = `${page}?next=${encodeURIComponent(page)}`
  const nested = `https://app.test${page}?next=${encodeURIComponent(once)}`

  it('names the page in printable ASCII, and does not claim that the page is the login view', async () => {
    const { app, onWarning } = createPlantedApp()
    expect((await app(new Request(nested, { headers }))).status).toBe(401)
    const message: string = onWarning.mock.calls.map(([one]) => one).find(({ code }) => code === 'guarded-view').message
    expect(message).toContain('GET /admin%0Aline')
    expect(message).toMatch(/^[ -~]+$/)
    expect(message).toContain('If this is your login or refresh view')
    expect(message).toContain('except')
  })

  it.each<[string, () => unknown]>([
    ['throws', () => Promise.reject(new Error('the log is full'))],
    ['never settles', () => new Promise(() => undefined)],
  ])('does not change the response if its listener %s', async (_, onWarning) => {
    const { app } = createPlantedApp({ onWarning })
    expect((await app(new Request(nested, { headers }))).status).toBe(401)
  })
})
