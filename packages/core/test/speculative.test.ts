import { describe, expect, it } from 'vitest'
import { renew } from '../src/adapter'
import {
  type Auth,
  basicAuth,
  bearer,
  createLoginManager,
  type GuardOptions,
  type LoginManagerOptions,
  withLogin,
} from '../src/index'
import { createTestClient, createTestClock } from '../src/testing'
import { alice, SECRET, type User } from './setup'

const PREVIOUS_SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const PREFETCH = { 'sec-purpose': 'prefetch' }
const SPECULATIVE: readonly Record<string, string>[] = [
  PREFETCH,
  { 'sec-purpose': 'prefetch;prerender' },
  { 'sec-purpose': 'prefetch;anonymous-client-ip' },
  { purpose: 'prefetch' },
  { 'x-moz': 'prefetch' },
  { 'x-purpose': 'preview' },
  { 'next-router-prefetch': '1', rsc: '1' },
]

function createBrowser(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: () => alice, clock, ...options })
  let handle: (auth: Auth<User>) => unknown = () => null
  const app = withLogin(manager, async (_, auth) => {
    const result = await handle(auth)
    return result instanceof Response ? result : new Response('page')
  })
  const client = createTestClient<User>(app, { manager, clock, headers: { accept: 'text/html' } })
  const run = async <T>(
    operation: (auth: Auth<User>) => T,
    headers: Record<string, string> = {},
    init: RequestInit = {},
  ) => {
    let value: unknown
    handle = async (auth) => {
      value = await operation(auth)
      return value
    }
    const response = await client.fetch('/page', { headers, ...init })
    return { value: value as Awaited<T>, response, cookies: response.headers.getSetCookie() }
  }
  const fetchGuarded = (headers: Record<string, string> = {}, guardOptions: GuardOptions<User> = {}) => {
    const guard = manager.guard(guardOptions)
    return run(async (auth) => {
      const outcome = await guard(auth)
      return outcome.ok ? new Response('secret') : outcome.respond()
    }, headers)
  }
  return Object.assign(client, { clock, manager, run, fetchGuarded })
}

describe('a speculative request for a guarded page without a login', () => {
  it.each(SPECULATIVE)('gets 401, and stores neither a flash message nor next: %j', async (headers) => {
    const browser = createBrowser({ loginView: '/login', useSessionForNext: true })
    const { response, cookies } = await browser.fetchGuarded(headers)
    expect([response.status, response.headers.get('location'), cookies]).toEqual([401, null, []])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const after = await browser.run(async (auth) => [await auth.takeFlashes(), await auth.session.pendingNext()])
    expect(after.value).toEqual([[], null])
  })

  it('gets no Basic challenge, so the browser does not open a password dialog', async () => {
    const loadUserFromRequest = [basicAuth<User>(() => null), bearer<User>(() => null)]
    const { response } = await createBrowser({ loadUserFromRequest }).fetchGuarded(PREFETCH)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  it('gets 401 also if the app has refusal handlers, because a browser would store a redirect', async () => {
    const redirect = () => new Response(null, { status: 302, headers: { location: '/elsewhere' } })
    const browser = createBrowser({ unauthorizedHandler: redirect, needsRefreshHandler: redirect })
    expect((await browser.fetchGuarded(PREFETCH)).response.status).toBe(401)
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.fetchGuarded(PREFETCH, { fresh: true })).response.status).toBe(401)
  })

  it('gets 401 if the login is not fresh, without a flash message', async () => {
    const browser = createBrowser({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice, { fresh: false })
    const { response, cookies } = await browser.fetchGuarded(PREFETCH, { fresh: true })
    expect([response.status, cookies]).toEqual([401, []])
    expect((await browser.run((auth) => auth.takeFlashes())).value).toEqual([])
  })

  it('does not change the refusal of the later navigation', async () => {
    const browser = createBrowser({ loginView: '/login' })
    await browser.fetchGuarded(PREFETCH)
    const { response } = await browser.fetchGuarded()
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fpage'])
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(1)
  })
})

describe.each([...SPECULATIVE, { HEAD: 'HEAD' }])('a request with %j', (testCase) => {
  const { HEAD, ...headers } = testCase as Record<string, string>
  const init = HEAD === undefined ? {} : { method: 'HEAD' }

  it('does not remove the flash messages that it reads with takeFlashes()', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.flash('Saved.'))
    const { value, cookies } = await browser.run((auth) => auth.takeFlashes(), headers, init)
    expect([value, cookies]).toEqual([[{ category: 'message', message: 'Saved.' }], []])
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(1)
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(0)
  })

  it('does not remove the flash messages that it reads, also if it writes the session', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.flash('Saved.'))
    await browser.run(
      async (auth) => {
        await auth.takeFlashes()
        await auth.session.set('seen', true)
        await auth.csrfToken()
      },
      headers,
      init,
    )
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(1)
  })

  it('does not remove the next that it reads with nextUrl()', async () => {
    const browser = createBrowser({ loginView: '/login', useSessionForNext: true })
    await browser.fetchGuarded()
    expect((await browser.run((auth) => auth.nextUrl('/'), headers, init)).value).toBe('/page')
    expect((await browser.run((auth) => auth.nextUrl('/'))).value).toBe('/page')
    expect((await browser.run((auth) => auth.nextUrl('/'))).value).toBe('/')
  })

  it('saves explicit changes of the app', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 1), headers, init)
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBe(1)
    await browser.run((auth) => auth.flash('Hello.'), headers, init)
    const token = (await browser.run((auth) => auth.csrfToken(), headers, init)).value
    expect((await browser.run((auth) => auth.checkCsrf(token))).value).toBe(true)
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(1)
    await browser.run((auth) => auth.loginUser(alice, { remember: true }), headers, init)
    expect((await browser.run((auth) => auth.currentUser())).value).toEqual(alice)
    await browser.run((auth) => auth.logoutUser(), headers, init)
    expect((await browser.run((auth) => auth.currentUser())).value).toBe(null)
  })
})

describe('a speculative request of a visitor who is logged in', () => {
  it.each(SPECULATIVE)('gets the page, and does not renew the session: %j', async (headers) => {
    const browser = createBrowser({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(500)
    const { response, cookies } = await browser.fetchGuarded(headers)
    expect([response.status, cookies]).toEqual([200, []])
    expect((await browser.fetchGuarded()).cookies).toHaveLength(1)
  })

  it.each(SPECULATIVE)('does not renew a cookie if the app renews them with every request: %j', async (headers) => {
    const browser = createBrowser({ session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } })
    await browser.loginAs(alice, { remember: true, permanent: true })
    expect((await browser.run(() => null, headers)).cookies).toEqual([])
    expect((await browser.run((auth) => auth.currentUser(), headers)).cookies).toEqual([])
    expect((await browser.run(() => null)).cookies).toHaveLength(2)
  })

  it.each(SPECULATIVE)(
    'is logged in by the remember cookie, and does not set a session cookie: %j',
    async (headers) => {
      const browser = createBrowser()
      await browser.loginAs(alice, { remember: true })
      browser.cookies.delete('__Host-session')
      const { value, cookies } = await browser.run(
        async (auth) => [await auth.currentUser(), await auth.loginFresh()],
        headers,
      )
      expect([value, cookies]).toEqual([[alice, false], []])
      expect((await browser.run((auth) => auth.currentUser())).cookies).toHaveLength(1)
    },
  )

  it('does not sign cookies of a previous secret again', async () => {
    const old = createBrowser({ secrets: PREVIOUS_SECRET })
    await old.loginAs(alice, { remember: true })
    const browser = createBrowser({ secrets: { current: SECRET, previous: [PREVIOUS_SECRET] } })
    for (const name of old.cookies.names()) browser.cookies.set(name, old.cookies.get(name) as string)
    expect((await browser.run((auth) => auth.currentUser(), PREFETCH)).cookies).toEqual([])
    expect((await browser.run((auth) => auth.currentUser())).cookies).toHaveLength(2)
  })

  it('of another client is anonymous under strong protection, and does not clear a cookie', async () => {
    const browser = createBrowser({ sessionProtection: 'strong' })
    await browser.loginAs(alice, { remember: true })
    const other = { 'user-agent': 'other' }
    const { value, cookies } = await browser.run((auth) => auth.currentUser(), { ...other, ...PREFETCH })
    expect([value, cookies]).toEqual([null, []])
    expect((await browser.run((auth) => auth.currentUser(), other)).cookies).toHaveLength(2)
  })

  it('does not clear the cookies of a deleted user', async () => {
    let user: User | null = alice
    const browser = createBrowser({ loadUser: () => user })
    await browser.loginAs(alice, { remember: true })
    user = null
    expect((await browser.run((auth) => auth.currentUser(), PREFETCH)).cookies).toEqual([])
    expect((await browser.run((auth) => auth.currentUser())).cookies).toHaveLength(2)
  })

  it('does not renew the login with renew()', async () => {
    const browser = createBrowser({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice, { remember: true })
    browser.clock.advance(500)
    const { cookies, response } = await browser.run((auth) => renew(auth), PREFETCH)
    expect([cookies, response.headers.get('vary')]).toEqual([[], null])
    expect((await browser.run((auth) => renew(auth))).cookies).toHaveLength(1)
  })
})
