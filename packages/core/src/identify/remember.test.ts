import { describe, expect, it } from 'vitest'
import { alice, bob, createRequest, getUser, REMEMBER, SESSION, setUp, type User } from '../../test/setup'
import { checkRequest, commit } from '../adapter'
import type { Auth } from '../index'

const isRemembered = (auth: Auth<User>) => auth.loginRemembered()

describe('a login from the remember cookie', () => {
  it('is stale, keeps its authentication time, and starts its own session', async () => {
    const { createBrowser, clock } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true, method: 'pwd', level: 3 })
    browser.restart()
    clock.advance(1000)
    const { value, cookies } = await browser.run(async (auth) => [
      await auth.currentUser(),
      await auth.loginFresh(),
      (await auth.currentLogin())?.session,
    ])
    expect(value).toMatchObject([alice, false, { authTime: clock() - 1000, since: clock(), methods: [], level: 0 }])
    expect(cookies).toHaveLength(1)
    expect((await browser.run(getUser)).cookies).toEqual([])
  })

  it('is possible until the last second of the token, and not longer', async () => {
    const { createBrowser, clock } = setUp({ remember: { seconds: 1000 } })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const token = browser.cookies.get(REMEMBER) as string
    browser.restart()
    clock.advance(999)
    expect((await browser.run(getUser)).value).toEqual(alice)
    clock.advance(1)
    browser.cookies.delete(SESSION)
    browser.cookies.set(REMEMBER, token)
    const { value, cookies } = await browser.run((auth) => auth.whyAnonymous())
    expect(value).toBe('expired')
    expect(cookies).toEqual([expect.stringMatching(/^__Host-remember_token=; Max-Age=0/)])
  })

  it('replaces a session that has ended, without its content', async () => {
    const { createBrowser, clock } = setUp({ session: { idleSeconds: 100 } })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    await browser.run((auth) => auth.session.set('draft', 1))
    clock.advance(100)
    const { value } = await browser.run(async (auth) => [await auth.currentUser(), await auth.session.get('draft')])
    expect(value).toEqual([alice, undefined])
  })

  it('keeps the data of the anonymous visitor, as a login does', async () => {
    for (const keepAnonymousData of [true, false]) {
      const browser = setUp({ keepAnonymousData }).createBrowser()
      await browser.loginAs(alice, { remember: true })
      browser.restart()
      await browser.run((auth) => auth.session.set('cart', 1))
      const { value } = await browser.run(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
      expect(value).toEqual([alice, keepAnonymousData ? 1 : undefined])
    }
  })

  it('is valid for this request only if the cookie has no space for it beside the cart, and the cart stays', async () => {
    const longUser = { id: 'w'.repeat(400) }
    const { createBrowser, record } = setUp()
    const browser = createBrowser()
    await browser.loginAs(longUser, { remember: true })
    browser.restart()
    const large = 'x'.repeat(2500)
    await browser.run((auth) => auth.session.set('cart', large))
    for (let count = 0; count < 2; count++) {
      const { value, cookies } = await browser.run(getUser)
      expect(value).toEqual(longUser)
      expect(cookies).toEqual([])
      expect(record.events.slice(-2)).toMatchObject([
        { name: 'sessionTrimmed', dropped: 'change' },
        { name: 'userLoadedFromCookie' },
      ])
    }
    expect(((await browser.run((auth) => auth.session.get('cart'))).value as string).length).toBe(2500)
  })

  it('is not restored if the app does not read the user', async () => {
    const browser = setUp().createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    expect((await browser.run((auth) => auth.session.get('x'))).cookies).toEqual([])
  })

  it('is not restored without a user loader, and the request does not fail', async () => {
    const browser = setUp().createBrowser()
    await browser.loginAs(alice, { remember: true })
    const api = setUp({ loadUser: undefined, loadUserFromRequest: () => bob }).createBrowser()
    api.cookies.set(REMEMBER, browser.cookies.get(REMEMBER) as string)
    expect((await api.run(getUser)).value).toEqual(bob)
  })
})

describe('loginRemembered()', () => {
  it('returns true from the login until the logout, also in the request of the login', async () => {
    const browser = setUp().createBrowser()
    expect((await browser.run(isRemembered)).value).toBe(false)
    const { value } = await browser.run(async (auth) => {
      await auth.loginUser(alice, { remember: true })
      const before = await auth.loginRemembered()
      await auth.logoutUser()
      return [before, await auth.loginRemembered()]
    })
    expect(value).toEqual([true, false])
    await browser.loginAs(alice, { remember: true })
    expect((await browser.run(isRemembered)).value).toBe(true)
    browser.restart()
    expect((await browser.run(isRemembered)).value).toBe(true)
  })

  it('returns false for a cookie of another user, for an invalid cookie, and after a login without remember', async () => {
    const { createBrowser } = setUp()
    const [browser, other] = [createBrowser(), createBrowser()]
    await other.loginAs(bob, { remember: true })
    await browser.loginAs(alice)
    expect((await browser.run(isRemembered)).value).toBe(false)
    for (const cookie of [other.cookies.get(REMEMBER) as string, 'nonsense']) {
      browser.cookies.set(REMEMBER, cookie)
      expect((await browser.run(isRemembered)).value).toBe(false)
    }
  })
})

it('loginRemembered() returns false for a cookie with an old session stamp, if the login has the new one', async () => {
  let stamp = 'old'
  const { createBrowser } = setUp({ sessionStamp: () => stamp })
  const browser = createBrowser()
  await browser.loginAs(alice, { remember: true })
  const oldCookie = browser.cookies.get(REMEMBER) as string
  stamp = 'new'
  await browser.loginAs(alice)
  browser.cookies.set(REMEMBER, oldCookie)
  expect((await browser.run(isRemembered)).value).toBe(false)
})

describe('a remember cookie that is renewed with every request', () => {
  const everyRequest = { remember: { renew: 'everyRequest', seconds: 1000 } } as const

  it('has its full lifetime again, even if the app does not read the user', async () => {
    const { createBrowser, clock } = setUp(everyRequest)
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true, rememberSeconds: 600 })
    for (const operation of [getUser, () => null, (auth: Auth<User>) => auth.session.get('x')] as const) {
      clock.advance(500)
      const { cookies, response } = await browser.run<unknown>(operation)
      expect(cookies.at(-1)).toMatch(/^__Host-remember_token=[^;]+; Max-Age=600;/)
      expect(response.headers.get('vary')).toContain('Cookie')
      expect(response.headers.get('cache-control')).toBe('private, no-store')
    }
    browser.restart()
    expect((await browser.run(getUser)).value).toEqual(alice)
  })

  it('is not set for a browser without one, with an invalid one, or with that of another user', async () => {
    const { createBrowser } = setUp(everyRequest)
    const [browser, other] = [createBrowser(), createBrowser()]
    await other.loginAs(bob, { remember: true })
    await browser.loginAs(alice)
    for (const cookie of [undefined, 'nonsense', other.cookies.get(REMEMBER)]) {
      if (cookie !== undefined) browser.cookies.set(REMEMBER, cookie)
      expect((await browser.run(getUser)).cookies).toEqual([])
    }
  })

  it('is not renewed without a session, for a deleted user, or after a logout', async () => {
    let isGone = false
    const { createBrowser } = setUp({ ...everyRequest, loadUser: (id) => (isGone ? null : { id }) })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const token = browser.cookies.get(REMEMBER) as string
    const { cookies } = await browser.run((auth) => auth.logoutUser())
    expect(cookies.slice(0, 2)).toEqual([expect.stringContaining('Max-Age=0'), expect.stringContaining('Max-Age=0')])
    browser.cookies.set(REMEMBER, token)
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
    await browser.loginAs(alice, { remember: true })
    isGone = true
    expect((await browser.run(getUser)).cookies).toEqual([
      expect.stringMatching(/^__Host-session=; Max-Age=0/),
      expect.stringMatching(/^__Host-remember_token=; Max-Age=0/),
    ])
  })

  it('does not break a WebSocket upgrade, whose response cannot set cookies', async () => {
    const { createBrowser, manager } = setUp(everyRequest)
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const auth = manager.open(createRequest(browser, { upgrade: 'websocket' }))
    expect(await checkRequest(auth)).toBeNull()
    expect(await auth.currentUser()).toEqual(alice)
    const upgrade = Object.defineProperty(new Response(), 'status', { value: 101 })
    expect(commit(auth, upgrade)).toBe(upgrade)
    expect([...upgrade.headers]).toEqual([])
  })

  it('is not renewed by a read-only Auth object', async () => {
    const { createBrowser, manager } = setUp(everyRequest)
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const auth = manager.open(createRequest(browser), { readOnly: true })
    expect(await auth.currentUser()).toEqual(alice)
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })
})
