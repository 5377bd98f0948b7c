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

function browserOf(options: Partial<LoginManagerOptions<User>> = {}, headers: Record<string, string> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: () => alice, clock, ...options })
  let verb: (auth: Auth<User>) => unknown = () => null
  const app = withLogin(manager, async (_, auth) => {
    const answer = await verb(auth)
    return answer instanceof Response ? answer : new Response('page')
  })
  const client = createTestClient<User>(app, { manager, clock, headers })
  const ask = async <T>(what: (auth: Auth<User>) => T, path = '/page', init: RequestInit = {}) => {
    let value: unknown
    verb = async (auth) => {
      value = await what(auth)
      return value
    }
    const response = await client.fetch(path, init)
    return { value: value as Awaited<T>, response }
  }
  /** What a guarded page answers. */
  const guarded = async (guardOptions: GuardOptions<User> = {}, path = '/page', init: RequestInit = {}) => {
    const guard = manager.guard(guardOptions)
    const { response } = await ask(
      async (auth) => {
        const outcome = await guard(auth)
        return outcome.ok ? new Response('secret') : outcome.respond()
      },
      path,
      init,
    )
    return response
  }
  const flashes = async () => (await ask((auth) => auth.takeFlashes())).value
  return Object.assign(client, { clock, manager, ask, guarded, flashes })
}

const JSON_WANTED: RequestInit = { headers: { accept: 'application/json' } }

describe('a visitor without a login', () => {
  it('is redirected to the login view with a flash message and next', async () => {
    const browser = browserOf({ loginView: '/login' })
    const response = await browser.guarded({}, '/cart?a=1')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fcart%3Fa%3D1'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie, Accept')
    expect(await browser.flashes()).toEqual([{ category: 'message', message: LOGIN }])
  })

  it('gets 401 as text if there is no login view', async () => {
    const response = await browserOf().guarded()
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8'])
    expect(await response.text()).toBe(`401 Unauthorized\n\n${LOGIN}\n`)
  })

  it('gets 401 as problem details without a flash message if the client does not accept pages', async () => {
    const browser = browserOf({ loginView: '/login' })
    const response = await browser.guarded({}, '/page', JSON_WANTED)
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(await response.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401, detail: LOGIN })
    expect(response.headers.get('vary')).toContain('Accept')
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('gets one flash message after several refusals', async () => {
    const browser = browserOf({ loginView: '/login' })
    for (let times = 0; times < 5; times++) await browser.guarded()
    expect(await browser.flashes()).toHaveLength(1)
  })

  it('does not fill its cookie until it bursts, whatever it asks for', async () => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true })
    for (let times = 0; times < 9; times++) await browser.guarded({}, `/page/${times}?${'x'.repeat(900)}`)
    const { value } = await browser.ask((auth) => auth.session.pendingNext())
    expect(value).toContain('/page/8?')
  })

  it('is redirected without next in the query if the session stores it', async () => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true })
    const response = await browser.guarded({}, '/cart?a=1')
    expect(response.headers.get('location')).toBe('/login')
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/cart?a=1')
    await browser.guarded({ next: '/home' }, '/cart?a=1')
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/home')
    await browser.guarded({}, `/${'a'.repeat(2000)}`)
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/home')
  })

  it('is redirected without a flash message if the message is null, and the session stores next', async () => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true, loginMessage: null })
    await browser.guarded({}, '/cart')
    const { value } = await browser.ask(async (auth) => [await auth.session.pendingNext(), await auth.peekFlashes()])
    expect(value).toEqual(['/cart', []])
  })

  it('returns after the login to the page that the guard names', async () => {
    const response = await browserOf({ loginView: '/login' }).guarded({ next: '/home' })
    expect(response.headers.get('location')).toBe('/login?next=%2Fhome')
  })
})

describe('a visitor whose login is not fresh', () => {
  it('is sent to the refresh view with a message of its own', async () => {
    const browser = browserOf({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice, { fresh: false })
    const response = await browser.guarded({ fresh: true })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/refresh?next=%2Fpage'])
    expect(await browser.flashes()).toEqual([{ category: 'message', message: REFRESH }])
  })

  it('gets 401 if there is no refresh view, and is not redirected to the login view', async () => {
    const browser = browserOf({ loginView: '/login' })
    await browser.loginAs(alice, { fresh: false })
    const response = await browser.guarded({ fresh: true })
    expect([response.status, await response.text()]).toEqual([401, `401 Unauthorized\n\n${REFRESH}\n`])
  })
})

describe('messages', () => {
  it.each([null, ''])('are not flashed if they are %j', async (message) => {
    const options = {
      loginView: '/login',
      refreshView: '/refresh',
      loginMessage: message,
      needsRefreshMessage: message,
    }
    const browser = browserOf(options)
    expect((await browser.guarded()).headers.getSetCookie()).toEqual([])
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.guarded({ fresh: true })).headers.get('location')).toBe('/refresh?next=%2Fpage')
    expect(await browser.flashes()).toEqual([])
  })

  it('that are null are replaced by a default in problem details', async () => {
    const browser = browserOf({ loginMessage: null, needsRefreshMessage: null })
    expect(await (await browser.guarded({}, '/page', JSON_WANTED)).json()).toMatchObject({ detail: 'Please log in.' })
    await browser.loginAs(alice, { fresh: false })
    const stale = await browser.guarded({ fresh: true }, '/page', JSON_WANTED)
    expect(await stale.json()).toMatchObject({ detail: 'Please reauthenticate.' })
  })

  it('come in their category and in the visitor’s language', async () => {
    const browser = browserOf({
      loginView: '/login',
      refreshView: '/refresh',
      loginMessage: 'in',
      loginMessageCategory: 'warning',
      needsRefreshMessage: 'again',
      needsRefreshMessageCategory: 'danger',
      localize: (message, request) => `${request.headers.get('accept-language')}: ${message}`,
    })
    await browser.guarded({}, '/page', { headers: { 'accept-language': 'de' } })
    expect(await browser.flashes()).toEqual([{ category: 'warning', message: 'de: in' }])
    await browser.loginAs(alice, { fresh: false })
    await browser.guarded({ fresh: true }, '/page', { headers: { 'accept-language': 'fr' } })
    expect(await browser.flashes()).toEqual([{ category: 'danger', message: 'fr: again' }])
  })

  it('are not flashed if the localizer returns an empty string', async () => {
    const browser = browserOf({ loginView: '/login', localize: () => undefined as unknown as string })
    expect((await browser.guarded()).status).toBe(302)
    expect(await browser.flashes()).toEqual([])
  })
})

describe('areas', () => {
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
  ])('%s has its login view, or that of everywhere', async (area, view, message) => {
    const browser = browserOf(options)
    const response = await browser.guarded({ area })
    expect(response.headers.get('location')).toBe(`${view}?next=%2Fpage`)
    expect((await browser.flashes())[0]?.message).toBe(message)
  })

  it.each([
    [undefined, '/refresh', REFRESH],
    ['admin', '/admin/refresh', REFRESH],
    ['quiet', '/refresh', undefined],
    ['nulled', '/refresh', REFRESH],
  ])('%s has its refresh view, or that of everywhere', async (area, view, message) => {
    const browser = browserOf(options)
    await browser.loginAs(alice, { fresh: false })
    const response = await browser.guarded({ area, fresh: true })
    expect(response.headers.get('location')).toBe(`${view}?next=%2Fpage`)
    expect((await browser.flashes())[0]?.message).toBe(message)
  })

  it('may have no views, and respond with 401', async () => {
    const browser = browserOf(options)
    expect((await browser.guarded({ area: 'api' })).status).toBe(401)
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.guarded({ area: 'api', fresh: true })).status).toBe(401)
    expect(await browser.flashes()).toEqual([])
  })

  it('are for refusals by hand as well', async () => {
    const browser = browserOf(options)
    const out = await browser.ask((auth) => auth.unauthorized({ area: 'admin' }))
    expect(out.response.headers.get('location')).toBe('/admin/login?next=%2Fpage')
    const stale = await browser.ask((auth) => auth.needsRefresh({ area: 'admin' }))
    expect(stale.response.headers.get('location')).toBe('/admin/refresh?next=%2Fpage')
  })
})

describe('refusals by hand', () => {
  it('do not load the user: a logged-in user is refused too', async () => {
    const browser = browserOf({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice)
    const out = await browser.ask((auth) => auth.unauthorized())
    expect(out.response.headers.get('location')).toBe('/login?next=%2Fpage')
    const stale = await browser.ask((auth) => auth.needsRefresh())
    expect(stale.response.headers.get('location')).toBe('/refresh?next=%2Fpage')
  })
})

describe('handlers of the app', () => {
  it('replace the response of the library, and receive the request and the area', async () => {
    const seen: unknown[] = []
    const browser = browserOf({
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
    expect((await browser.guarded({ area: 'admin' })).status).toBe(418)
    expect((await browser.guarded()).headers.getSetCookie()).toEqual([])
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.guarded({ fresh: true })).status).toBe(419)
    expect(seen).toEqual(['/page', 'admin', '/page', null, null])
  })

  it('respond to forbidden and to forged requests', async () => {
    const seen: unknown[] = []
    const browser = browserOf({
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
    expect((await browser.guarded({ area: 'admin', allow: () => false })).status).toBe(404)
    const init = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await browser.guarded({}, '/page', init)).status).toBe(418)
    expect(seen).toEqual(['forbidden', 'admin', 'forged', null])
  })

  it.each(['unauthorizedHandler', 'needsRefreshHandler', 'forbiddenHandler', 'csrfHandler'])(
    'may use the handle as any route may: %s',
    async (name) => {
      let handle: Auth<User> | undefined
      const browser = browserOf({
        [name]: async () => {
          const token = await handle?.csrfToken()
          await Promise.resolve()
          await handle?.flash('sorry')
          return new Response(`${token?.length} ${(await handle?.currentUser())?.id}`)
        },
      })
      if (name !== 'unauthorizedHandler') await browser.loginAs(alice, { fresh: name !== 'needsRefreshHandler' })
      const init = name === 'csrfHandler' ? { method: 'POST', headers: { origin: 'https://evil.test' } } : {}
      const { manager } = browser
      const client = createTestClient<User>(
        async (request) => {
          const auth = manager.open(request)
          handle = auth
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
      expect((await browser.flashes()).map(({ message }) => message)).toEqual(['sorry'])
    },
  )

  it('may throw, and the error is the app’s own', async () => {
    const browser = browserOf({
      unauthorizedHandler: () => {
        throw new RangeError('template')
      },
    })
    await expect(browser.guarded()).rejects.toThrow('template')
  })
})

describe('what a program may bring instead', () => {
  const loadUserFromRequest = [
    bearer<User>(() => null, { realm: 'api' }),
    basicAuth<User>(() => null),
    apiKey<User>(() => null, { scheme: 'Api-Key' }),
    apiKey<User>(() => null),
  ]

  it('is sent with 401 for each loader that has a scheme', async () => {
    const response = await browserOf({ loadUserFromRequest }).guarded({}, '/page', JSON_WANTED)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="api", Basic realm="login", charset="UTF-8", Api-Key',
    )
  })

  it('is not sent with a redirect', async () => {
    const response = await browserOf({ loadUserFromRequest, loginView: '/login' }).guarded()
    expect(response.headers.get('www-authenticate')).toBeNull()
  })

  it('requests a more recent login if one is required (RFC 9470)', async () => {
    const browser = browserOf({ loadUserFromRequest: bearer<User>(() => alice) }, { authorization: 'Bearer t' })
    const missing = 'error="insufficient_user_authentication", error_description="A more recent login is required"'
    const fresh = await browser.guarded({ fresh: true }, '/page', JSON_WANTED)
    expect(fresh.headers.get('www-authenticate')).toBe(`Bearer ${missing}`)
    const within = await browser.guarded({ withinSeconds: 600.9 }, '/page', JSON_WANTED)
    expect(within.headers.get('www-authenticate')).toBe(`Bearer ${missing}, max_age="600"`)
  })

  it('keeps the realm, and other schemes as they are', async () => {
    const loaders = [bearer<User>(() => alice, { realm: 'api' }), basicAuth<User>(() => null)]
    const browser = browserOf({ loadUserFromRequest: loaders }, { authorization: 'Bearer t' })
    const response = await browser.guarded({ fresh: true }, '/page', JSON_WANTED)
    const said = response.headers.get('www-authenticate')
    expect(said).toMatch(/^Bearer realm="api", error="insufficient_user_authentication"/)
    expect(said).toMatch(/, Basic realm="login", charset="UTF-8"$/)
  })

  it('varies on the headers that were read', async () => {
    const response = await browserOf({ loadUserFromRequest }).guarded({}, '/page', JSON_WANTED)
    expect(response.headers.get('vary')).toBe('Cookie, authorization, x-api-key, Accept')
  })
})

describe('a user who may not', () => {
  it('gets 403 as text or as problem details, and no redirect', async () => {
    const browser = browserOf({ loginView: '/login' })
    await browser.loginAs(alice)
    const page = await browser.guarded({ allow: () => false })
    expect([page.status, page.headers.get('location')]).toEqual([403, null])
    expect(await page.text()).toContain('403 Forbidden')
    const data = await browser.guarded({ allow: () => false }, '/page', JSON_WANTED)
    expect(await data.json()).toMatchObject({ status: 403, title: 'Forbidden' })
  })
})

describe('a request whose user cannot be loaded', () => {
  it('gets 503 with Retry-After, does not pass the guard, and keeps its login', async () => {
    let isDown = true
    const browser = browserOf({
      loginView: '/login',
      loadUser: () => {
        if (isDown) throw new StoreError('Down.', { retryAfterSeconds: 30 })
        return alice
      },
    })
    await browser.loginAs(alice)
    const page = await browser.guarded()
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '30'])
    expect(page.headers.getSetCookie()).toEqual([])
    const data = await browser.guarded({}, '/page', JSON_WANTED)
    expect(await data.json()).toMatchObject({ status: 503, title: 'Service Unavailable' })
    const free = await browser.ask(() => null)
    expect(free.response.status).toBe(200)
    isDown = false
    expect((await browser.guarded()).status).toBe(200)
  })
})
