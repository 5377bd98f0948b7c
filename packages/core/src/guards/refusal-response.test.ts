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
  it('is sent to the login view, told why, and comes back', async () => {
    const browser = browserOf({ loginView: '/login' })
    const response = await browser.guarded({}, '/cart?a=1')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fcart%3Fa%3D1'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie, Accept')
    expect(await browser.flashes()).toEqual([{ category: 'message', message: LOGIN }])
  })

  it('is told 401 in words where there is no login view', async () => {
    const response = await browserOf().guarded()
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8'])
    expect(await response.text()).toBe(`401 Unauthorized\n\n${LOGIN}\n`)
  })

  it('that is a program is told 401 as problem+json, view or not, and nothing is flashed', async () => {
    const browser = browserOf({ loginView: '/login' })
    const response = await browser.guarded({}, '/page', JSON_WANTED)
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(await response.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401, detail: LOGIN })
    expect(response.headers.get('vary')).toContain('Accept')
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('is told the same thing once, however often it is refused', async () => {
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

  it('is sent on where the session is kept for the page to come back to, and the address is bare', async () => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true })
    const response = await browser.guarded({}, '/cart?a=1')
    expect(response.headers.get('location')).toBe('/login')
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/cart?a=1')
    await browser.guarded({ next: '/home' }, '/cart?a=1')
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/home')
    await browser.guarded({}, `/${'a'.repeat(2000)}`)
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/home')
  })

  it('is sent on with the page to come back to kept, and nothing said, where there is no message', async () => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true, loginMessage: null })
    await browser.guarded({}, '/cart')
    const { value } = await browser.ask(async (auth) => [await auth.session.pendingNext(), await auth.peekFlashes()])
    expect(value).toEqual(['/cart', []])
  })

  it('comes back to where the guard says', async () => {
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

  it('is told 401 where there is no refresh view: the login view is not for them', async () => {
    const browser = browserOf({ loginView: '/login' })
    await browser.loginAs(alice, { fresh: false })
    const response = await browser.guarded({ fresh: true })
    expect([response.status, await response.text()]).toEqual([401, `401 Unauthorized\n\n${REFRESH}\n`])
  })
})

describe('messages', () => {
  it.each([null, ''])('that are %j are not said', async (message) => {
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

  it('that are null leave something to say to a program', async () => {
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

  it('are not said where the localizer has no words', async () => {
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

  it('may have no views at all, and answer 401 to everybody', async () => {
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
  it('look at nobody: a user who is there is refused like any other', async () => {
    const browser = browserOf({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice)
    const out = await browser.ask((auth) => auth.unauthorized())
    expect(out.response.headers.get('location')).toBe('/login?next=%2Fpage')
    const stale = await browser.ask((auth) => auth.needsRefresh())
    expect(stale.response.headers.get('location')).toBe('/refresh?next=%2Fpage')
  })
})

describe('handlers of the app', () => {
  it('answer in the library’s place: nothing is flashed, the request and area are known', async () => {
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

  it('answer those who may not, and those who were made to ask by another site', async () => {
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

  it('is said with the 401, for each loader that has a scheme', async () => {
    const response = await browserOf({ loadUserFromRequest }).guarded({}, '/page', JSON_WANTED)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="api", Basic realm="login", charset="UTF-8", Api-Key',
    )
  })

  it('is not said to a browser that is sent to a form', async () => {
    const response = await browserOf({ loadUserFromRequest, loginView: '/login' }).guarded()
    expect(response.headers.get('www-authenticate')).toBeNull()
  })

  it('asks for a more recent proof where one is needed (RFC 9470)', async () => {
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
  it('is told 403, in words or as data, and not sent to log in', async () => {
    const browser = browserOf({ loginView: '/login' })
    await browser.loginAs(alice)
    const page = await browser.guarded({ allow: () => false })
    expect([page.status, page.headers.get('location')]).toEqual([403, null])
    expect(await page.text()).toContain('403 Forbidden')
    const data = await browser.guarded({ allow: () => false }, '/page', JSON_WANTED)
    expect(await data.json()).toMatchObject({ status: 403, title: 'Forbidden' })
  })
})

describe('where nobody can say who it is', () => {
  it('is answered 503 with when to try again, and nobody is let in or logged out', async () => {
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
