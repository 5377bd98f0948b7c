import { describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../adapter'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
}

const [alice, bob]: [User, User] = [{ id: 'alice' }, { id: 'bob' }]
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const visitor = () => {
    let verb: (auth: Auth<User>) => unknown
    const client = createTestClient<User>(
      withLogin(manager, async (_, auth) => new Response(String(await verb(auth)))),
      { manager, clock },
    )
    const ask = async <T>(what: (auth: Auth<User>) => T, init: RequestInit = {}) => {
      let value: unknown
      verb = async (auth) => {
        value = await what(auth)
      }
      const response = await client.fetch('/', init)
      return { value: value as Awaited<T>, response, cookies: response.headers.getSetCookie() }
    }
    return Object.assign(client, { ask })
  }
  return { clock, manager, visitor, record: recordEvents(manager) }
}

const who = (auth: Auth<User>) => auth.currentUser()
const remembered = (auth: Auth<User>) => auth.loginRemembered()

describe('a login from the remember cookie', () => {
  it('is stale, keeps its authentication time, and starts a session of its own', async () => {
    const { visitor, clock } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true, method: 'pwd', level: 3 })
    browser.restart()
    clock.advance(1000)
    const { value, cookies } = await browser.ask(async (auth) => [
      await auth.currentUser(),
      await auth.loginFresh(),
      (await auth.currentLogin())?.session,
    ])
    expect(value).toMatchObject([alice, false, { authTime: clock() - 1000, since: clock(), methods: [], level: 0 }])
    expect(cookies).toHaveLength(1)
    expect((await browser.ask(who)).cookies).toEqual([])
  })

  it('is possible until the last second of the token, and not longer', async () => {
    const { visitor, clock } = world({ remember: { seconds: 1000 } })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const token = browser.cookies.get(REMEMBER) as string
    browser.restart()
    clock.advance(999)
    expect((await browser.ask(who)).value).toEqual(alice)
    clock.advance(1)
    browser.cookies.delete(SESSION)
    browser.cookies.set(REMEMBER, token)
    const { value, cookies } = await browser.ask((auth) => auth.whyAnonymous())
    expect(value).toBe('expired')
    expect(cookies).toEqual([expect.stringMatching(/^__Host-remember_token=; Max-Age=0/)])
  })

  it('replaces a session that has ended, without its content', async () => {
    const { visitor, clock } = world({ session: { idleSeconds: 100 } })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    await browser.ask((auth) => auth.session.set('draft', 1))
    clock.advance(100)
    const { value } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.session.get('draft')])
    expect(value).toEqual([alice, undefined])
  })

  it('keeps the data of the anonymous visitor, as a login does', async () => {
    for (const keepAnonymousData of [true, false]) {
      const browser = world({ keepAnonymousData }).visitor()
      await browser.loginAs(alice, { remember: true })
      browser.restart()
      await browser.ask((auth) => auth.session.set('cart', 1))
      const { value } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
      expect(value).toEqual([alice, keepAnonymousData ? 1 : undefined])
    }
  })

  it('holds for this request alone if the cart leaves no room in the cookie, and the cart stays', async () => {
    const wordy = { id: 'w'.repeat(400) }
    const { visitor, record } = world()
    const browser = visitor()
    await browser.loginAs(wordy, { remember: true })
    browser.restart()
    const large = 'x'.repeat(2500)
    await browser.ask((auth) => auth.session.set('cart', large))
    for (const _ of ['now', 'and again']) {
      const { value, cookies } = await browser.ask(who)
      expect(value).toEqual(wordy)
      expect(cookies).toEqual([])
      expect(record.events.slice(-2)).toMatchObject([
        { name: 'sessionTrimmed', dropped: 'change' },
        { name: 'userLoadedFromCookie' },
      ])
    }
    expect(((await browser.ask((auth) => auth.session.get('cart'))).value as string).length).toBe(2500)
  })

  it('is not restored if the app does not read the user', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    expect((await browser.ask((auth) => auth.session.get('x'))).cookies).toEqual([])
  })

  it('is not restored without a user loader, and the request does not fail', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice, { remember: true })
    const api = world({ loadUser: undefined, loadUserFromRequest: () => bob }).visitor()
    api.cookies.set(REMEMBER, browser.cookies.get(REMEMBER) as string)
    expect((await api.ask(who)).value).toEqual(bob)
  })
})

describe('a browser is remembered', () => {
  it('from the login until the logout, also in the request of the login', async () => {
    const browser = world().visitor()
    expect((await browser.ask(remembered)).value).toBe(false)
    const { value } = await browser.ask(async (auth) => {
      await auth.loginUser(alice, { remember: true })
      const before = await auth.loginRemembered()
      await auth.logoutUser()
      return [before, await auth.loginRemembered()]
    })
    expect(value).toEqual([true, false])
    await browser.loginAs(alice, { remember: true })
    expect((await browser.ask(remembered)).value).toBe(true)
    browser.restart()
    expect((await browser.ask(remembered)).value).toBe(true)
  })

  it('not by a cookie of another user, by an invalid cookie, or after a login without remember', async () => {
    const { visitor } = world()
    const [browser, other] = [visitor(), visitor()]
    await other.loginAs(bob, { remember: true })
    await browser.loginAs(alice)
    expect((await browser.ask(remembered)).value).toBe(false)
    for (const cookie of [other.cookies.get(REMEMBER) as string, 'nonsense']) {
      browser.cookies.set(REMEMBER, cookie)
      expect((await browser.ask(remembered)).value).toBe(false)
    }
  })
})

it('a browser is not remembered by a cookie with an old stamp, if the login has the new one', async () => {
  let stamp = 'old'
  const { visitor } = world({ sessionStamp: () => stamp })
  const browser = visitor()
  await browser.loginAs(alice, { remember: true })
  const over = browser.cookies.get(REMEMBER) as string
  stamp = 'new'
  await browser.loginAs(alice)
  browser.cookies.set(REMEMBER, over)
  expect((await browser.ask(remembered)).value).toBe(false)
})

describe('a remember cookie that is renewed with every request', () => {
  const everyRequest = { remember: { renew: 'everyRequest', seconds: 1000 } } as const

  it('has its full lifetime again, even if the app does not read the user', async () => {
    const { visitor, clock } = world(everyRequest)
    const browser = visitor()
    await browser.loginAs(alice, { remember: true, rememberSeconds: 600 })
    for (const what of [who, () => null, (auth: Auth<User>) => auth.session.get('x')] as const) {
      clock.advance(500)
      const { cookies, response } = await browser.ask<unknown>(what)
      expect(cookies.at(-1)).toMatch(/^__Host-remember_token=[^;]+; Max-Age=600;/)
      expect(response.headers.get('vary')).toContain('Cookie')
      expect(response.headers.get('cache-control')).toBe('private, no-store')
    }
    browser.restart()
    expect((await browser.ask(who)).value).toEqual(alice)
  })

  it('is not set for a browser without one, with an invalid one, or with that of another user', async () => {
    const { visitor } = world(everyRequest)
    const [browser, other] = [visitor(), visitor()]
    await other.loginAs(bob, { remember: true })
    await browser.loginAs(alice)
    for (const cookie of [undefined, 'nonsense', other.cookies.get(REMEMBER)]) {
      if (cookie !== undefined) browser.cookies.set(REMEMBER, cookie)
      expect((await browser.ask(who)).cookies).toEqual([])
    }
  })

  it('is not renewed without a session, for a deleted user, or after a logout', async () => {
    let isGone = false
    const { visitor } = world({ ...everyRequest, loadUser: (id) => (isGone ? null : { id }) })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const token = browser.cookies.get(REMEMBER) as string
    const { cookies } = await browser.ask((auth) => auth.logoutUser())
    expect(cookies.slice(0, 2)).toEqual([expect.stringContaining('Max-Age=0'), expect.stringContaining('Max-Age=0')])
    browser.cookies.set(REMEMBER, token)
    expect((await browser.ask(() => 'hello')).cookies).toEqual([])
    await browser.loginAs(alice, { remember: true })
    isGone = true
    expect((await browser.ask(who)).cookies).toEqual([
      expect.stringMatching(/^__Host-session=; Max-Age=0/),
      expect.stringMatching(/^__Host-remember_token=; Max-Age=0/),
    ])
  })

  it('does not break a WebSocket upgrade, whose response cannot set cookies', async () => {
    const { visitor, manager } = world(everyRequest)
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const cookie = browser.cookies.names().map((name) => `${name}=${browser.cookies.get(name)}`)
    const headers = { upgrade: 'websocket', cookie: cookie.join('; '), 'user-agent': 'test-client' }
    const auth = manager.open(new Request('https://app.test/socket', { headers }))
    expect(await checkRequest(auth)).toBeNull()
    expect(await auth.currentUser()).toEqual(alice)
    const upgrade = Object.defineProperty(new Response(), 'status', { value: 101 })
    expect(commit(auth, upgrade)).toBe(upgrade)
    expect([...upgrade.headers]).toEqual([])
  })

  it('is not renewed by a read-only Auth object', async () => {
    const { visitor, manager } = world(everyRequest)
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const cookie = browser.cookies.names().map((name) => `${name}=${browser.cookies.get(name)}`)
    const headers = { cookie: cookie.join('; '), 'user-agent': 'test-client' }
    const auth = manager.open(new Request('https://app.test/', { headers }), { readOnly: true })
    expect(await auth.currentUser()).toEqual(alice)
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })
})
