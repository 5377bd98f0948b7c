import { describe, expect, it } from 'vitest'
import { alice, SECRET, type User } from '../../test/setup'
import { checkRequest, commit } from '../adapter'
import {
  type Auth,
  apiKey,
  basicAuth,
  bearer,
  createLoginManager,
  type GuardOptions,
  type LoginManagerOptions,
  StoreError,
  withLogin,
} from '../index'
import { createTestClient, createTestClock } from '../testing'

const LOGIN = 'Please log in to access this page.'
const REFRESH = 'Please reauthenticate to access this page.'

/** Creates a browser that runs operations of an Auth object, and sends requests to a guarded page. */
function createBrowser(options: Partial<LoginManagerOptions<User>> = {}, headers: Record<string, string> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: () => alice, clock, ...options })
  let handle: (auth: Auth<User>) => unknown = () => null
  const app = withLogin(manager, async (_, auth) => {
    const result = await handle(auth)
    return result instanceof Response ? result : new Response('page')
  })
  const client = createTestClient<User>(app, { manager, clock, headers })
  const run = async <T>(operation: (auth: Auth<User>) => T, path = '/page', init: RequestInit = {}) => {
    let value: unknown
    handle = async (auth) => {
      value = await operation(auth)
      return value
    }
    const response = await client.fetch(path, init)
    return { value: value as Awaited<T>, response }
  }
  /** Requests a page behind a guard. */
  const fetchGuarded = async (guardOptions: GuardOptions<User> = {}, path = '/page', init: RequestInit = {}) => {
    const guard = manager.guard(guardOptions)
    const { response } = await run(
      async (auth) => {
        const outcome = await guard(auth)
        return outcome.ok ? new Response('secret') : outcome.respond()
      },
      path,
      init,
    )
    return response
  }
  const takeFlashes = async () => (await run((auth) => auth.takeFlashes())).value
  return Object.assign(client, { clock, manager, run, fetchGuarded, takeFlashes })
}

const ACCEPT_JSON: RequestInit = { headers: { accept: 'application/json' } }

describe('an anonymous visitor', () => {
  it('is redirected to the login view with a flash message and next', async () => {
    const browser = createBrowser({ loginView: '/login' })
    const response = await browser.fetchGuarded({}, '/cart?a=1')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fcart%3Fa%3D1'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie, Accept')
    expect(await browser.takeFlashes()).toEqual([{ category: 'message', message: LOGIN }])
  })

  it('gets 401 as text without a login view', async () => {
    const response = await createBrowser().fetchGuarded()
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8'])
    expect(await response.text()).toBe(`401 Unauthorized\n\n${LOGIN}\n`)
  })

  it('gets 401 as problem details without a flash message if the client does not accept pages', async () => {
    const browser = createBrowser({ loginView: '/login' })
    const response = await browser.fetchGuarded({}, '/page', ACCEPT_JSON)
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(await response.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401, detail: LOGIN })
    expect(response.headers.get('vary')).toContain('Accept')
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('gets one flash message after several refusals', async () => {
    const browser = createBrowser({ loginView: '/login' })
    for (let times = 0; times < 5; times++) await browser.fetchGuarded()
    expect(await browser.takeFlashes()).toHaveLength(1)
  })

  it('gets a session cookie that stores only the last refused page', async () => {
    const browser = createBrowser({ loginView: '/login', useSessionForNext: true })
    for (let times = 0; times < 9; times++) await browser.fetchGuarded({}, `/page/${times}?${'x'.repeat(900)}`)
    const { value } = await browser.run((auth) => auth.session.pendingNext())
    expect(value).toContain('/page/8?')
  })

  it('is redirected without next in the query if the session stores it', async () => {
    const browser = createBrowser({ loginView: '/login', useSessionForNext: true })
    const response = await browser.fetchGuarded({}, '/cart?a=1')
    expect(response.headers.get('location')).toBe('/login')
    expect((await browser.run((auth) => auth.session.pendingNext())).value).toBe('/cart?a=1')
    await browser.fetchGuarded({ next: '/home' }, '/cart?a=1')
    expect((await browser.run((auth) => auth.session.pendingNext())).value).toBe('/home')
    await browser.fetchGuarded({}, `/${'a'.repeat(2000)}`)
    expect((await browser.run((auth) => auth.session.pendingNext())).value).toBe('/home')
  })

  it('is redirected without a flash message if the message is null, and the session stores next', async () => {
    const browser = createBrowser({ loginView: '/login', useSessionForNext: true, loginMessage: null })
    await browser.fetchGuarded({}, '/cart')
    const { value } = await browser.run(async (auth) => [await auth.session.pendingNext(), await auth.peekFlashes()])
    expect(value).toEqual(['/cart', []])
  })

  it('is redirected with the option next of the guard in the query', async () => {
    const response = await createBrowser({ loginView: '/login' }).fetchGuarded({ next: '/home' })
    expect(response.headers.get('location')).toBe('/login?next=%2Fhome')
  })
})

describe('a user whose login is not fresh', () => {
  it('is redirected to the refresh view with the flash message of the option needsRefreshMessage', async () => {
    const browser = createBrowser({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice, { fresh: false })
    const response = await browser.fetchGuarded({ fresh: true })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/refresh?next=%2Fpage'])
    expect(await browser.takeFlashes()).toEqual([{ category: 'message', message: REFRESH }])
  })

  it('gets 401 without a refresh view, and is not redirected to the login view', async () => {
    const browser = createBrowser({ loginView: '/login' })
    await browser.loginAs(alice, { fresh: false })
    const response = await browser.fetchGuarded({ fresh: true })
    expect([response.status, await response.text()]).toEqual([401, `401 Unauthorized\n\n${REFRESH}\n`])
  })
})

describe('loginMessage and needsRefreshMessage', () => {
  it.each([null, ''])('are not flashed if they are %j', async (message) => {
    const options = {
      loginView: '/login',
      refreshView: '/refresh',
      loginMessage: message,
      needsRefreshMessage: message,
    }
    const browser = createBrowser(options)
    expect((await browser.fetchGuarded()).headers.getSetCookie()).toEqual([])
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.fetchGuarded({ fresh: true })).headers.get('location')).toBe('/refresh?next=%2Fpage')
    expect(await browser.takeFlashes()).toEqual([])
  })

  it('are replaced by a default in problem details if they are null', async () => {
    const browser = createBrowser({ loginMessage: null, needsRefreshMessage: null })
    expect(await (await browser.fetchGuarded({}, '/page', ACCEPT_JSON)).json()).toMatchObject({
      detail: 'Please log in.',
    })
    await browser.loginAs(alice, { fresh: false })
    const stale = await browser.fetchGuarded({ fresh: true }, '/page', ACCEPT_JSON)
    expect(await stale.json()).toMatchObject({ detail: 'Please reauthenticate.' })
  })

  it('are flashed with their category and localized with the request', async () => {
    const browser = createBrowser({
      loginView: '/login',
      refreshView: '/refresh',
      loginMessage: 'in',
      loginMessageCategory: 'warning',
      needsRefreshMessage: 'again',
      needsRefreshMessageCategory: 'danger',
      localize: (message, request) => `${request.headers.get('accept-language')}: ${message}`,
    })
    await browser.fetchGuarded({}, '/page', { headers: { 'accept-language': 'de' } })
    expect(await browser.takeFlashes()).toEqual([{ category: 'warning', message: 'de: in' }])
    await browser.loginAs(alice, { fresh: false })
    await browser.fetchGuarded({ fresh: true }, '/page', { headers: { 'accept-language': 'fr' } })
    expect(await browser.takeFlashes()).toEqual([{ category: 'danger', message: 'fr: again' }])
  })

  it('are not flashed if the localizer returns an empty string', async () => {
    const browser = createBrowser({ loginView: '/login', localize: () => undefined as unknown as string })
    expect((await browser.fetchGuarded()).status).toBe(302)
    expect(await browser.takeFlashes()).toEqual([])
  })
})

describe('the options of an area', () => {
  const options = {
    loginView: '/login',
    refreshView: '/refresh',
    areas: {
      admin: { loginView: '/admin/login', refreshView: '/admin/refresh', loginMessage: 'Staff only.' },
      plain: {},
      quiet: { loginMessage: null, needsRefreshMessage: null },
      nulled: { loginView: null, refreshView: null },
      api: { loginView: false, refreshView: false },
    },
  } as const

  it.each([
    [undefined, '/login', LOGIN],
    ['admin', '/admin/login', 'Staff only.'],
    ['plain', '/login', LOGIN],
    ['quiet', '/login', undefined],
    ['nulled', '/login', LOGIN],
  ])(
    'select the login view and its message, with the manager options as defaults: area %s',
    async (area, view, message) => {
      const browser = createBrowser(options)
      const response = await browser.fetchGuarded({ area })
      expect(response.headers.get('location')).toBe(`${view}?next=%2Fpage`)
      expect((await browser.takeFlashes())[0]?.message).toBe(message)
    },
  )

  it.each([
    [undefined, '/refresh', REFRESH],
    ['admin', '/admin/refresh', REFRESH],
    ['quiet', '/refresh', undefined],
    ['nulled', '/refresh', REFRESH],
  ])(
    'select the refresh view and its message, with the manager options as defaults: area %s',
    async (area, view, message) => {
      const browser = createBrowser(options)
      await browser.loginAs(alice, { fresh: false })
      const response = await browser.fetchGuarded({ area, fresh: true })
      expect(response.headers.get('location')).toBe(`${view}?next=%2Fpage`)
      expect((await browser.takeFlashes())[0]?.message).toBe(message)
    },
  )

  it('may disable the views, so a refusal is 401', async () => {
    const browser = createBrowser(options)
    expect((await browser.fetchGuarded({ area: 'api' })).status).toBe(401)
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.fetchGuarded({ area: 'api', fresh: true })).status).toBe(401)
    expect(await browser.takeFlashes()).toEqual([])
  })

  it('apply to unauthorized() and needsRefresh()', async () => {
    const browser = createBrowser(options)
    const out = await browser.run((auth) => auth.unauthorized({ area: 'admin' }))
    expect(out.response.headers.get('location')).toBe('/admin/login?next=%2Fpage')
    const stale = await browser.run((auth) => auth.needsRefresh({ area: 'admin' }))
    expect(stale.response.headers.get('location')).toBe('/admin/refresh?next=%2Fpage')
  })
})

describe('unauthorized() and needsRefresh()', () => {
  it('refuse a logged-in user too, because they do not load the user', async () => {
    const browser = createBrowser({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice)
    const out = await browser.run((auth) => auth.unauthorized())
    expect(out.response.headers.get('location')).toBe('/login?next=%2Fpage')
    const stale = await browser.run((auth) => auth.needsRefresh())
    expect(stale.response.headers.get('location')).toBe('/refresh?next=%2Fpage')
  })
})

describe('the refusal handlers of the app', () => {
  it('replace the response of the library, and receive the request and the area', async () => {
    const seen: unknown[] = []
    const browser = createBrowser({
      loginView: '/login',
      areas: { admin: {} },
      unauthorizedHandler: async ({ request, area }) => {
        seen.push(new URL(request.url).pathname, area)
        return new Response('no', { status: 418 })
      },
      needsRefreshHandler: ({ area }) => {
        seen.push(area)
        return new Response('again', { status: 419 })
      },
    })
    expect((await browser.fetchGuarded({ area: 'admin' })).status).toBe(418)
    expect((await browser.fetchGuarded()).headers.getSetCookie()).toEqual([])
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.fetchGuarded({ fresh: true })).status).toBe(419)
    expect(seen).toEqual(['/page', 'admin', '/page', null, null])
  })

  it('create the responses to forbidden and to forged requests', async () => {
    const seen: unknown[] = []
    const browser = createBrowser({
      areas: { admin: {} },
      forbiddenHandler: ({ reason, area }) => {
        seen.push(reason, area)
        return new Response('no', { status: 404 })
      },
      csrfHandler: async ({ reason, area }) => {
        seen.push(reason, area)
        return new Response('no', { status: 418 })
      },
    })
    await browser.loginAs(alice)
    expect((await browser.fetchGuarded({ area: 'admin', allow: () => false })).status).toBe(404)
    const init = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await browser.fetchGuarded({}, '/page', init)).status).toBe(418)
    expect(seen).toEqual(['forbidden', 'admin', 'forged', null])
  })

  it.each(['unauthorizedHandler', 'needsRefreshHandler', 'forbiddenHandler', 'csrfHandler'])(
    'may use the Auth object like a route: %s',
    async (name) => {
      let auth: Auth<User> | undefined
      const browser = createBrowser({
        [name]: async () => {
          const token = await auth?.csrfToken()
          await Promise.resolve()
          await auth?.flash('sorry')
          return new Response(`${token?.length} ${(await auth?.currentUser())?.id}`)
        },
      })
      if (name !== 'unauthorizedHandler') await browser.loginAs(alice, { fresh: name !== 'needsRefreshHandler' })
      const init = name === 'csrfHandler' ? { method: 'POST', headers: { origin: 'https://evil.test' } } : {}
      const { manager } = browser
      const client = createTestClient<User>(
        async (request) => {
          auth = manager.open(request)
          const refused = await checkRequest(auth)
          const decision = refused ?? (await auth.require({ fresh: true, allow: () => false }))
          return commit(auth, decision.ok ? new Response() : await decision.respond())
        },
        { clock: browser.clock },
      )
      for (const cookie of browser.cookies.names()) client.cookies.set(cookie, browser.cookies.get(cookie) as string)
      const response = await client.fetch('/page', init)
      expect(await response.text()).toBe(name === 'unauthorizedHandler' ? '44 undefined' : '44 alice')
      for (const cookie of client.cookies.names()) browser.cookies.set(cookie, client.cookies.get(cookie) as string)
      expect((await browser.takeFlashes()).map(({ message }) => message)).toEqual(['sorry'])
    },
  )

  it('may throw, and the caller receives the same error', async () => {
    const browser = createBrowser({
      unauthorizedHandler: () => {
        throw new RangeError('template')
      },
    })
    await expect(browser.fetchGuarded()).rejects.toThrow('template')
  })
})

describe('WWW-Authenticate', () => {
  const loadUserFromRequest = [
    bearer<User>(() => null, { realm: 'api' }),
    basicAuth<User>(() => null),
    apiKey<User>(() => null, { scheme: 'Api-Key' }),
    apiKey<User>(() => null),
  ]

  it('is sent with 401 for each loader that has a scheme', async () => {
    const response = await createBrowser({ loadUserFromRequest }).fetchGuarded({}, '/page', ACCEPT_JSON)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="api", Basic realm="login", charset="UTF-8", Api-Key',
    )
  })

  it('is not sent with a redirect', async () => {
    const response = await createBrowser({ loadUserFromRequest, loginView: '/login' }).fetchGuarded()
    expect(response.headers.get('www-authenticate')).toBeNull()
  })

  it('has error insufficient_user_authentication if a more recent login is required (RFC 9470)', async () => {
    const browser = createBrowser({ loadUserFromRequest: bearer<User>(() => alice) }, { authorization: 'Bearer t' })
    const missing = 'error="insufficient_user_authentication", error_description="A more recent login is required"'
    const fresh = await browser.fetchGuarded({ fresh: true }, '/page', ACCEPT_JSON)
    expect(fresh.headers.get('www-authenticate')).toBe(`Bearer ${missing}`)
    const within = await browser.fetchGuarded({ withinSeconds: 600.9 }, '/page', ACCEPT_JSON)
    expect(within.headers.get('www-authenticate')).toBe(`Bearer ${missing}, max_age="600"`)
  })

  it('keeps the realm, and does not change other schemes', async () => {
    const loaders = [bearer<User>(() => alice, { realm: 'api' }), basicAuth<User>(() => null)]
    const browser = createBrowser({ loadUserFromRequest: loaders }, { authorization: 'Bearer t' })
    const response = await browser.fetchGuarded({ fresh: true }, '/page', ACCEPT_JSON)
    const challenge = response.headers.get('www-authenticate')
    expect(challenge).toMatch(/^Bearer realm="api", error="insufficient_user_authentication"/)
    expect(challenge).toMatch(/, Basic realm="login", charset="UTF-8"$/)
  })

  it('is sent with Vary for the headers that the request loaders read', async () => {
    const response = await createBrowser({ loadUserFromRequest }).fetchGuarded({}, '/page', ACCEPT_JSON)
    expect(response.headers.get('vary')).toBe('Cookie, authorization, x-api-key, Accept')
  })
})

describe('a user whom the option allow refuses', () => {
  it('gets 403 as text or as problem details, and no redirect', async () => {
    const browser = createBrowser({ loginView: '/login' })
    await browser.loginAs(alice)
    const page = await browser.fetchGuarded({ allow: () => false })
    expect([page.status, page.headers.get('location')]).toEqual([403, null])
    expect(await page.text()).toContain('403 Forbidden')
    const data = await browser.fetchGuarded({ allow: () => false }, '/page', ACCEPT_JSON)
    expect(await data.json()).toMatchObject({ status: 403, title: 'Forbidden' })
  })
})

describe('a request whose user cannot be loaded', () => {
  it('gets 503 with Retry-After, does not pass the guard, and keeps its login', async () => {
    let isDown = true
    const browser = createBrowser({
      loginView: '/login',
      loadUser: () => {
        if (isDown) throw new StoreError('Down.', { retryAfterSeconds: 30 })
        return alice
      },
    })
    await browser.loginAs(alice)
    const page = await browser.fetchGuarded()
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '30'])
    expect(page.headers.getSetCookie()).toEqual([])
    const data = await browser.fetchGuarded({}, '/page', ACCEPT_JSON)
    expect(await data.json()).toMatchObject({ status: 503, title: 'Service Unavailable' })
    const free = await browser.run(() => null)
    expect(free.response.status).toBe(200)
    isDown = false
    expect((await browser.fetchGuarded()).status).toBe(200)
  })
})
