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

const FORMER = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
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

function browserOf(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: () => alice, clock, ...options })
  let handle: (auth: Auth<User>) => unknown = () => null
  const app = withLogin(manager, async (_, auth) => {
    const result = await handle(auth)
    return result instanceof Response ? result : new Response('page')
  })
  const client = createTestClient<User>(app, { manager, clock, headers: { accept: 'text/html' } })
  const run = async <T>(
    what: (auth: Auth<User>) => T,
    headers: Record<string, string> = {},
    init: RequestInit = {},
  ) => {
    let value: unknown
    handle = async (auth) => {
      value = await what(auth)
      return value
    }
    const response = await client.fetch('/page', { headers, ...init })
    return { value: value as Awaited<T>, response, cookies: response.headers.getSetCookie() }
  }
  const guarded = (headers: Record<string, string> = {}, guardOptions: GuardOptions<User> = {}) => {
    const guard = manager.guard(guardOptions)
    return run(async (auth) => {
      const outcome = await guard(auth)
      return outcome.ok ? new Response('secret') : outcome.respond()
    }, headers)
  }
  return Object.assign(client, { clock, manager, run, guarded })
}

describe('a speculative request for a guarded page without a login', () => {
  it.each(SPECULATIVE)('gets 401 and stores neither a flash message nor a next page: %j', async (headers) => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true })
    const { response, cookies } = await browser.guarded(headers)
    expect([response.status, response.headers.get('location'), cookies]).toEqual([401, null, []])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const after = await browser.run(async (auth) => [await auth.takeFlashes(), await auth.session.pendingNext()])
    expect(after.value).toEqual([[], null])
  })

  it('gets no Basic challenge, at which a browser would open its password dialog', async () => {
    const loadUserFromRequest = [basicAuth<User>(() => null), bearer<User>(() => null)]
    const { response } = await browserOf({ loadUserFromRequest }).guarded(PREFETCH)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  it('gets 401 also if a handler of the app responds to refusals, because a browser would keep a redirect', async () => {
    const redirect = () => new Response(null, { status: 302, headers: { location: '/elsewhere' } })
    const browser = browserOf({ unauthorizedHandler: redirect, needsRefreshHandler: redirect })
    expect((await browser.guarded(PREFETCH)).response.status).toBe(401)
    await browser.loginAs(alice, { fresh: false })
    expect((await browser.guarded(PREFETCH, { fresh: true })).response.status).toBe(401)
  })

  it('gets 401 if the login is not fresh, without a flash message', async () => {
    const browser = browserOf({ loginView: '/login', refreshView: '/refresh' })
    await browser.loginAs(alice, { fresh: false })
    const { response, cookies } = await browser.guarded(PREFETCH, { fresh: true })
    expect([response.status, cookies]).toEqual([401, []])
    expect((await browser.run((auth) => auth.takeFlashes())).value).toEqual([])
  })

  it('changes nothing about the refusal that the visitor gets by a click', async () => {
    const browser = browserOf({ loginView: '/login' })
    await browser.guarded(PREFETCH)
    const { response } = await browser.guarded()
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fpage'])
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(1)
  })
})

describe.each([...SPECULATIVE, { HEAD: 'HEAD' }])('a request with %j', (given) => {
  const { HEAD, ...headers } = given as Record<string, string>
  const init = HEAD === undefined ? {} : { method: 'HEAD' }

  it('leaves the flash messages that it takes to the next request', async () => {
    const browser = browserOf()
    await browser.run((auth) => auth.flash('Saved.'))
    const { value, cookies } = await browser.run((auth) => auth.takeFlashes(), headers, init)
    expect([value, cookies]).toEqual([[{ category: 'message', message: 'Saved.' }], []])
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(1)
    expect((await browser.run((auth) => auth.takeFlashes())).value).toHaveLength(0)
  })

  it('leaves the flash messages that it takes also if it writes the session', async () => {
    const browser = browserOf()
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

  it('leaves the next page that it reads to the next request', async () => {
    const browser = browserOf({ loginView: '/login', useSessionForNext: true })
    await browser.guarded()
    expect((await browser.run((auth) => auth.nextUrl('/'), headers, init)).value).toBe('/page')
    expect((await browser.run((auth) => auth.nextUrl('/'))).value).toBe('/page')
    expect((await browser.run((auth) => auth.nextUrl('/'))).value).toBe('/')
  })

  it('writes what the app does on purpose', async () => {
    const browser = browserOf()
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
  it.each(SPECULATIVE)('shows the page and does not prolong the session: %j', async (headers) => {
    const browser = browserOf({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(500)
    const { response, cookies } = await browser.guarded(headers)
    expect([response.status, cookies]).toEqual([200, []])
    expect((await browser.guarded()).cookies).toHaveLength(1)
  })

  it.each(SPECULATIVE)('renews no cookie if the app renews them with every request: %j', async (headers) => {
    const browser = browserOf({ session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } })
    await browser.loginAs(alice, { remember: true, permanent: true })
    expect((await browser.run(() => null, headers)).cookies).toEqual([])
    expect((await browser.run((auth) => auth.currentUser(), headers)).cookies).toEqual([])
    expect((await browser.run(() => null)).cookies).toHaveLength(2)
  })

  it.each(SPECULATIVE)('reads the remember cookie without restoring the session from it: %j', async (headers) => {
    const browser = browserOf()
    await browser.loginAs(alice, { remember: true })
    browser.cookies.delete('__Host-session')
    const { value, cookies } = await browser.run(
      async (auth) => [await auth.currentUser(), await auth.loginFresh()],
      headers,
    )
    expect([value, cookies]).toEqual([[alice, false], []])
    expect((await browser.run((auth) => auth.currentUser())).cookies).toHaveLength(1)
  })

  it('does not sign again what a previous secret signed', async () => {
    const old = browserOf({ secrets: FORMER })
    await old.loginAs(alice, { remember: true })
    const browser = browserOf({ secrets: { current: SECRET, previous: [FORMER] } })
    for (const name of old.cookies.names()) browser.cookies.set(name, old.cookies.get(name) as string)
    expect((await browser.run((auth) => auth.currentUser(), PREFETCH)).cookies).toEqual([])
    expect((await browser.run((auth) => auth.currentUser())).cookies).toHaveLength(2)
  })

  it('is anonymous at another client, and leaves the end of the login to the next request', async () => {
    const browser = browserOf({ sessionProtection: 'strong' })
    await browser.loginAs(alice, { remember: true })
    const other = { 'user-agent': 'other' }
    const { value, cookies } = await browser.run((auth) => auth.currentUser(), { ...other, ...PREFETCH })
    expect([value, cookies]).toEqual([null, []])
    expect((await browser.run((auth) => auth.currentUser(), other)).cookies).toHaveLength(2)
  })

  it('clears no dead cookie', async () => {
    let user: User | null = alice
    const browser = browserOf({ loadUser: () => user })
    await browser.loginAs(alice, { remember: true })
    user = null
    expect((await browser.run((auth) => auth.currentUser(), PREFETCH)).cookies).toEqual([])
    expect((await browser.run((auth) => auth.currentUser())).cookies).toHaveLength(2)
  })

  it('changes nothing in a proxy that renews ahead of a page', async () => {
    const browser = browserOf({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice, { remember: true })
    browser.clock.advance(500)
    const { cookies, response } = await browser.run((auth) => renew(auth), PREFETCH)
    expect([cookies, response.headers.get('vary')]).toEqual([[], null])
    expect((await browser.run((auth) => renew(auth))).cookies).toHaveLength(1)
  })
})
