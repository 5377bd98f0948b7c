import { describe, expect, it } from 'vitest'
import {
  alice,
  commitCookies,
  createDeferred,
  createManager,
  createRequest,
  SESSION,
  setUp,
  type User,
} from '../test/setup'
import { checkRequest, commit } from './adapter'
import { type Auth, apiKey, bearer, CookieTooLargeError, type LoginManagerOptions, StoreError } from './index'

/** Creates a browser of a new manager. Its `open()` returns the Auth object of the next request, for `commit()`. */
function createBrowser(options: Partial<LoginManagerOptions<User>> = {}) {
  const { manager, clock, record, createBrowser: create } = setUp(options)
  const browser = create()
  const open = ({ readOnly = false, headers }: { readOnly?: boolean; headers?: Record<string, string> } = {}) =>
    manager.open(createRequest(browser, headers), { readOnly })
  return Object.assign(browser, { open, manager, clock, record })
}

const getCookies = (response: Response): readonly string[] => response.headers.getSetCookie()

describe('a response whose handler does not read the login', () => {
  it('is returned unchanged, as the same object', async () => {
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const auth = browser.open()
    expect(await checkRequest(auth)).toBeNull()
    const response = new Response('page')
    expect(commit(auth, response)).toBe(response)
    expect([...response.headers]).toEqual([['content-type', 'text/plain;charset=UTF-8']])
  })
})

describe('the headers of a response', () => {
  it('have Vary: Cookie if the user was read, also for an anonymous request', async () => {
    const auth = createBrowser().open()
    await auth.currentUser()
    const response = commit(auth, new Response())
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(response.headers.get('cache-control')).toBeNull()
  })

  it('forbid caching of a response for a user', async () => {
    const browser = createBrowser()
    await browser.loginAs(alice)
    const auth = browser.open()
    await auth.currentUser()
    expect(commit(auth, new Response()).headers.get('cache-control')).toBe('private, no-store')
  })

  it('forbid caching of a guarded response, also of a refusal', async () => {
    const auth = createBrowser().open()
    await auth.require()
    expect(commit(auth, new Response()).headers.get('cache-control')).toBe('private, no-store')
  })

  it('forbid caching of a response of the app after the guard failed', async () => {
    const browser = createBrowser()
    browser.manager.on('userAccessed', () => {
      throw new StoreError('Down.')
    })
    const auth = browser.open()
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'unavailable' })
    const response = commit(auth, new Response('static words', { status: 503 }))
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBeNull()
  })

  it('add private to the Cache-Control of the app, and Cookie to its Vary', async () => {
    const auth = createBrowser().open()
    await auth.require()
    const headers = { 'cache-control': 'max-age=5', vary: 'accept-encoding, COOKIE' }
    const response = commit(auth, new Response(null, { headers }))
    expect(response.headers.get('cache-control')).toBe('private, max-age=5')
    expect(response.headers.get('vary')).toBe('accept-encoding, COOKIE')
  })

  it('replace the Cache-Control of a file server if the file is for one user', async () => {
    const guarded = createBrowser().open()
    await guarded.require()
    const file = () => new Response(null, { headers: { 'cache-control': 'public, max-age=0' } })
    expect(commit(guarded, file()).headers.get('cache-control')).toBe('private, no-store')
    expect(commit(createBrowser().open(), file()).headers.get('cache-control')).toBe('public, max-age=0')
  })

  it('are written to a copy of a response whose headers are immutable', async () => {
    const frozen = Response.redirect('https://app.test/next', 303)
    const reading = createBrowser().open()
    await reading.currentUser()
    const varied = commit(reading, frozen)
    expect([varied.status, varied.headers.get('vary')]).toEqual([303, 'Cookie'])
    const login = createBrowser().open()
    await login.loginUser(alice)
    const response = commit(login, frozen)
    expect([response.status, response.headers.get('location')]).toEqual([303, 'https://app.test/next'])
    expect(getCookies(response)).toHaveLength(1)
    expect(frozen.headers.get('vary')).toBeNull()
  })

  it('are written without reading the type or the body, which a server would have to create first', async () => {
    class LazyResponse extends Response {
      override get type(): ResponseType {
        throw new Error('The type was read.')
      }
      override get body(): never {
        throw new Error('The body was read.')
      }
    }
    const auth = createBrowser().open()
    await auth.currentUser()
    const light = new LazyResponse('hello')
    expect(commit(auth, light)).toBe(light)
    expect(light.headers.get('vary')).toBe('Cookie')
  })

  it('are not written to a network error', async () => {
    const auth = createBrowser().open()
    await auth.loginUser(alice)
    const failed = Response.error()
    expect(commit(auth, failed)).toBe(failed)
  })

  it('of one user are not written to a response object that the app returns for several requests', async () => {
    const shared = new Response(null, { status: 204 })
    const [one, two] = [createBrowser().open(), createBrowser().open()]
    await one.loginUser(alice)
    expect(getCookies(commit(one, shared))).toHaveLength(1)
    expect(commit(two, shared)).toBe(shared)
    expect([...shared.headers]).toEqual([])
  })

  it('keep the body, the status and the cookies of the app', async () => {
    const auth = createBrowser().open()
    await auth.loginUser(alice)
    const given = new Response('hello', { status: 201, headers: [['set-cookie', 'theme=dark']] })
    const response = commit(auth, given)
    expect(getCookies(given)).toEqual(['theme=dark'])
    expect([response.status, await response.text()]).toEqual([201, 'hello'])
    expect(getCookies(response)).toEqual(['theme=dark', expect.stringContaining(SESSION)])
  })

  it('are written once if commit() is called again', async () => {
    const auth = createBrowser().open()
    await auth.loginUser(alice)
    const response = commit(auth, commit(auth, new Response()))
    expect(commit(auth, response)).toBe(response)
    expect(getCookies(response)).toHaveLength(1)
  })

  it('are all written by each of two managers', async () => {
    const staff = createManager({
      session: { cookie: { name: 'staff' } },
      remember: { cookie: { name: 'staff_remember' } },
    })
    const [one, two] = [createBrowser().open(), staff.open(new Request('https://app.test/'))]
    await Promise.all([one.loginUser(alice), two.loginUser(alice)])
    const response = commit(two, commit(one, new Response()))
    expect(getCookies(response).map((line) => line.split('=')[0])).toEqual([SESSION, 'staff'])
    expect(response.headers.get('vary')).toBe('Cookie')
  })
})

describe('a user of a request loader', () => {
  const options = { loadUserFromRequest: apiKey<User>(() => alice) }

  it('can write to the session only if the option writeForRequestUsers is true', async () => {
    for (const writeForRequestUsers of [true, false]) {
      const browser = createBrowser({ ...options, session: { writeForRequestUsers } })
      const auth = browser.open({ headers: { 'x-api-key': 'k' } })
      await auth.currentUser()
      await auth.session.set('a', 1)
      const response = commit(auth, new Response())
      expect(getCookies(response)).toHaveLength(writeForRequestUsers ? 1 : 0)
      expect(response.headers.get('vary')).toBe('Cookie, x-api-key')
    }
  })
})

/** Attaches a handler to the promise of an operation, as an app does that awaits it later. */
function attachHandler<T>(operation: Promise<T>): Promise<T> {
  operation.catch(() => undefined)
  return operation
}

describe('after the headers were sent', () => {
  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['loginUser', (auth) => auth.loginUser(alice)],
    ['logoutUser', (auth) => auth.logoutUser()],
    ['confirmLogin', (auth) => auth.confirmLogin()],
    ['session.set', (auth) => auth.session.set('a', 1)],
    ['session.delete', (auth) => auth.session.delete('a')],
    ['session.setPermanent', (auth) => auth.session.setPermanent(true)],
    ['flash', (auth) => auth.flash('hello')],
    ['takeFlashes', (auth) => auth.takeFlashes()],
  ])('%s() rejects with response-sent, and changes nothing', async (_, write) => {
    const browser = createBrowser()
    await browser.loginAs(alice)
    const auth = browser.open()
    expect(await auth.currentUser()).toEqual(alice)
    const response = commit(auth, new Response())
    await expect(write(auth)).rejects.toMatchObject({ name: 'UsageError', code: 'response-sent' })
    expect(await auth.currentUser()).toEqual(alice)
    expect(getCookies(response)).toEqual([])
    expect(browser.record.names()).toEqual(['userLoggedIn', 'userAccessed'])
  })

  it('messages and the next page can be read, and stay in the session', async () => {
    const browser = createBrowser({ useSessionForNext: true, loginView: '/login' })
    await browser.run((auth) => auth.unauthorized())
    const auth = browser.open()
    expect(await auth.peekFlashes()).toHaveLength(1)
    const response = commit(auth, new Response())
    expect(await auth.peekFlashes()).toHaveLength(1)
    expect(await auth.nextUrl('/home')).toBe('/')
    expect(getCookies(commit(auth, response))).toEqual([])
  })

  it('a login from the remember cookie that was read before stays valid, and does not set any other cookie', async () => {
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const auth = browser.open()
    await auth.whyAnonymous()
    const response = commit(auth, new Response())
    expect(await auth.currentUser()).toEqual(alice)
    expect(await auth.loginFresh()).toBe(false)
    expect((await auth.require()).ok).toBe(true)
    expect(getCookies(commit(auth, response))).toEqual(getCookies(response))
  })

  it('a login that was not awaited is not sent, does not emit an event, and its promise rejects', async () => {
    const { promise: ready, resolve: continueLoad } = createDeferred()
    const browser = createBrowser({
      isActive: async () => {
        await ready
        return true
      },
    })
    const auth = browser.open()
    await auth.currentUser()
    const login = attachHandler(auth.loginUser(alice, { remember: true }))
    const response = commit(auth, new Response())
    continueLoad()
    await expect(login).rejects.toMatchObject({ code: 'response-sent' })
    expect(getCookies(commit(auth, response))).toEqual([])
    expect(await auth.currentUser()).toBeNull()
    expect(browser.record.names()).not.toContain('userLoggedIn')
  })

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['a logout', (auth) => auth.logoutUser()],
    ['a confirmation', (auth) => auth.confirmLogin()],
  ])('%s that was not awaited is not sent, and its promise rejects', async (_, write) => {
    const { promise: ready, resolve: continueLoad } = createDeferred()
    const browser = createBrowser({
      loadUser: async (id) => {
        await ready
        return { id }
      },
    })
    await browser.loginAs(alice)
    const auth = browser.open()
    const writing = attachHandler(write(auth))
    const response = commit(auth, new Response())
    continueLoad()
    await expect(writing).rejects.toMatchObject({ code: 'response-sent' })
    expect(getCookies(response)).toEqual([])
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('a login from the remember cookie that was not awaited is not sent, and its promise rejects', async () => {
    const { promise: ready, resolve: continueLoad } = createDeferred()
    const browser = createBrowser({
      loadUser: async (id) => {
        await ready
        return { id }
      },
    })
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const auth = browser.open()
    const loading = auth.currentUser()
    const response = commit(auth, new Response())
    continueLoad()
    await expect(loading).rejects.toMatchObject({ code: 'response-sent' })
    expect(getCookies(response)).toEqual([])
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('a load of the user that does not change a cookie can complete', async () => {
    const { promise: ready, resolve: continueLoad } = createDeferred()
    const browser = createBrowser({
      loadUser: async (id) => {
        await ready
        return { id }
      },
    })
    await browser.loginAs(alice)
    const auth = browser.open()
    const loading = auth.currentUser()
    commit(auth, new Response())
    continueLoad()
    expect(await loading).toEqual(alice)
  })

  it('all pending operations reject, in the order of their calls', async () => {
    const { promise: ready, resolve: continueLoad } = createDeferred()
    const browser = createBrowser({ isActive: () => ready.then(() => true) })
    const auth = browser.open()
    await auth.currentUser()
    const all = [auth.loginUser(alice), auth.session.set('a', 1), auth.flash('hello'), auth.logoutUser()]
    for (const operation of all) void attachHandler<unknown>(operation)
    const response = commit(auth, new Response())
    continueLoad()
    const outcomes = await Promise.allSettled(all)
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      all.map(() => 'response-sent'),
    )
    expect(getCookies(commit(auth, response))).toEqual([])
    expect(await auth.session.get('a')).toBeUndefined()
  })

  it('the client has the cookies of a logout, even if a listener has not completed', async () => {
    const { promise: ready, resolve: continueLoad } = createDeferred()
    const browser = createBrowser()
    await browser.loginAs(alice)
    browser.manager.on('userLoggedOut', () => ready)
    const auth = browser.open()
    const logout = attachHandler(auth.logoutUser())
    const response = commit(auth, new Response())
    expect(getCookies(response)).toEqual([
      expect.stringMatching(/^__Host-session=;.* Max-Age=0/),
      expect.stringMatching(/^__Host-session_ended=.*; Max-Age=600/),
    ])
    continueLoad()
    await logout.catch(() => undefined)
  })
})

describe('a read-only Auth object', () => {
  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['loginUser', (auth) => auth.loginUser(alice)],
    ['logoutUser', (auth) => auth.logoutUser()],
    ['confirmLogin', (auth) => auth.confirmLogin()],
    ['session.set', (auth) => auth.session.set('a', 1)],
    ['session.delete', (auth) => auth.session.delete('a')],
    ['session.setPermanent', (auth) => auth.session.setPermanent(true)],
    ['flash', (auth) => auth.flash('hello')],
    ['takeFlashes', (auth) => auth.takeFlashes()],
  ])('rejects %s with a remedy', async (_, write) => {
    const browser = createBrowser()
    await browser.loginAs(alice)
    const auth = browser.open({ readOnly: true })
    await expect(write(auth)).rejects.toMatchObject({ name: 'UsageError', code: 'read-only' })
    expect(await auth.currentUser()).toEqual(alice)
    expect(commitCookies(auth)).toEqual([])
  })

  it('reads everything, restores a login from the remember cookie, and does not set a cookie', async () => {
    const browser = createBrowser({ sessionProtection: 'strong', session: { idleSeconds: 1000 } })
    await browser.loginAs(alice, { remember: true })
    await browser.run((auth) => auth.session.set('a', 1))
    await browser.run((auth) => auth.csrfToken())
    browser.clock.advance(500)
    const auth = browser.open({ readOnly: true })
    expect(await auth.currentUser()).toEqual(alice)
    expect([await auth.session.get('a'), await auth.loginRemembered(), await auth.loginFresh()]).toEqual([
      1,
      true,
      true,
    ])
    expect(await auth.checkCsrf(await auth.csrfToken())).toBe(true)
    expect(commitCookies(auth)).toEqual([])
    browser.restart()
    const restored = browser.open({ readOnly: true })
    expect([await restored.currentUser(), await restored.loginFresh()]).toEqual([alice, false])
    expect(commitCookies(restored)).toEqual([])
    const stolen = browser.open({ readOnly: true, headers: { cookie: '', 'user-agent': 'thief' } })
    expect(await stolen.currentUser()).toBeNull()
  })

  it('detects a session cookie used by another client, for this request only', async () => {
    const browser = createBrowser({ sessionProtection: 'strong' })
    await browser.loginAs(alice)
    const auth = browser.open({ readOnly: true, headers: { 'user-agent': 'thief' } })
    expect(await auth.currentUser()).toBeNull()
    expect(commitCookies(auth)).toEqual([])
  })
})

describe('a WebSocket upgrade', () => {
  const upgrade = () => Object.defineProperty(new Response(), 'status', { value: 101 })

  it('has the unchanged response, also if the user was read', async () => {
    const browser = createBrowser({ loadUserFromRequest: bearer<User>(() => null) })
    await browser.loginAs(alice)
    const auth = browser.open({ headers: { upgrade: 'WebSocket', origin: 'https://app.test' } })
    expect(await checkRequest(auth)).toBeNull()
    expect((await auth.require()).ok).toBe(true)
    const response = upgrade()
    expect(commit(auth, response)).toBe(response)
    expect([...response.headers]).toEqual([])
  })

  it('makes commit() throw response-sent if a cookie must be set', async () => {
    const browser = createBrowser()
    const auth = browser.open()
    await auth.loginUser(alice)
    expect(() => commit(auth, upgrade())).toThrow(expect.objectContaining({ name: 'UsageError' }))
  })

  it('that a visitor requests for a page which sets a cookie receives the page, and not an error', async () => {
    const auth = createBrowser().open({ headers: { upgrade: 'websocket', origin: 'https://app.test' } })
    expect(await auth.csrfToken()).toMatch(/^[\w-]+$/)
    expect(getCookies(commit(auth, new Response('a form')))).toHaveLength(1)
  })
})

describe('a session that grows', () => {
  const large = 'x'.repeat(3200)

  it('throws cookie-too-large before it is written, with the bytes, the largest entries and the remedy', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('name', 'Alice'))
    const before = browser.cookies.get(SESSION)
    const { value, cookies } = await browser.run(async (auth) => {
      await auth.session.set('draft', 'y'.repeat(600))
      await auth.session.set('cart', ['z'.repeat(400)])
      const error = await auth.session.set('photo', large).catch((caught: unknown) => caught)
      return [error, await auth.session.get('photo'), ((await auth.session.get('draft')) as string).length]
    })
    const [error, photo, draft] = value as [CookieTooLargeError, unknown, number]
    expect(error).toBeInstanceOf(CookieTooLargeError)
    expect(error).toMatchObject({ code: 'cookie-too-large', limit: 4096 })
    expect(error.bytes).toBeGreaterThan(4096)
    expect(error.largest.map(({ key }) => key)).toEqual(['photo', 'draft', 'cart'])
    expect(error.largest[0]?.bytes).toBe('photo'.length + large.length + 2)
    expect(error.message).toContain('store')
    expect([photo, draft]).toEqual([undefined, 600])
    expect(cookies).toHaveLength(1)
    expect(browser.cookies.get(SESSION)).not.toBe(before)
  })

  it('can fill the cookie to the 4,096 bytes that browsers store, if it contains a login and a CSRF secret', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.loginUser(alice))
    await browser.run((auth) => auth.csrfToken())
    const { value } = await browser.run(async (auth) => {
      let length = 2400
      const fits = () =>
        auth.session
          .set('a', 'x'.repeat(length))
          .then(() => true)
          .catch((error: unknown) => error)
      let fitting = await fits()
      while (fitting === true) {
        length++
        fitting = await fits()
      }
      return fitting as CookieTooLargeError
    })
    expect(value.bytes).toBeLessThanOrEqual(4096 + 4)
    const cookie = browser.cookies.get(SESSION) as string
    expect(SESSION.length + cookie.length).toBeLessThanOrEqual(4096)
    expect(SESSION.length + cookie.length).toBeGreaterThan(4096 - 48)
  })

  it('drops messages first if a login needs their bytes, then next, then fails; the cart is never lost', async () => {
    const browser = createBrowser({ useSessionForNext: true, loginView: '/login' })
    await browser.run((auth) => auth.unauthorized())
    await browser.run((auth) => auth.session.set('cart', 'x'.repeat(2300)))
    await browser.run((auth) => auth.flash('a message of the app'))
    const kept: unknown[] = []
    for (let length = 0, failed = false; !failed; length += 2) {
      const assurance = { method: 'm'.repeat(length) }
      const { value } = await browser.run((auth) => auth.loginUser(alice, assurance).catch((error: unknown) => error))
      failed = value instanceof CookieTooLargeError
      kept.push(
        (await browser.run(async (auth) => `${(await auth.peekFlashes()).length} ${await auth.session.pendingNext()}`))
          .value,
      )
    }
    const trimmed = browser.record.events.filter(({ name }) => name === 'sessionTrimmed')
    expect(trimmed).toMatchObject([{ dropped: 'flashes' }, { dropped: 'next' }])
    expect([...new Set(kept)]).toEqual(['1 /', '0 /', '0 null'])
    expect(((await browser.run((auth) => auth.session.get('cart'))).value as string).length).toBe(2300)
  })

  it('reserves bytes for a login and a CSRF token, so a login succeeds after data was stored or rejected', async () => {
    for (let length = 2300; length < 3000; length += 20) {
      const browser = createBrowser({ sessionStamp: () => 'stamp' })
      const { value } = await browser.run((auth) => auth.session.set('cart', 'x'.repeat(length)).catch((e) => e))
      if (length > 2910) expect(value).toBeInstanceOf(CookieTooLargeError)
      await browser.run(async (auth) => {
        const options = { remember: true, permanent: true, method: ['pwd', 'otp'] }
        expect(await auth.loginUser(alice, options)).toBe(true)
        await auth.csrfToken()
      })
    }
  })

  it('reports the bytes that are left, and accepts data of this size', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 'é'.repeat(300)))
    const { value } = await browser.run((auth) => auth.session.set('more', 'x'.repeat(2500)).catch((error) => error))
    const { left, message } = value as CookieTooLargeError
    expect(message).toContain(`${left} bytes of JSON are left`)
    const overhead = '["more",""],'.length
    await browser.run((auth) => auth.session.set('more', 'x'.repeat(left - overhead)))
    const again = await browser.run((auth) => auth.session.set('more', 'x'.repeat(left)).catch((error) => error))
    expect(again.value).toBeInstanceOf(CookieTooLargeError)
  })

  it('can shrink at any size, and its data can be read and deleted', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.loginUser(alice))
    await browser.run((auth) => auth.session.set('cart', 'x'.repeat(2450)))
    await browser.run((auth) => auth.logoutUser({ keepData: true }))
    await browser.run((auth) => auth.session.set('cart', 'x'.repeat(2440)))
    await browser.run((auth) => auth.session.delete('cart'))
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBeUndefined()
  })

  it('does not write any part of a login that does not fit into the cookie, and the request stays anonymous', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 'x'.repeat(2500)))
    const { value, cookies } = await browser.run(async (auth) => {
      const assurance = { method: 'm'.repeat(500) }
      await expect(auth.loginUser(alice, { remember: true, ...assurance })).rejects.toBeInstanceOf(CookieTooLargeError)
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(cookies).toEqual([])
  })

  it('drops the oldest messages for a new one, and emits sessionTrimmed', async () => {
    const browser = createBrowser()
    const messages = Array.from({ length: 80 }, (_, index) => `message ${index} ${'é'.repeat(20)}`)
    for (const message of messages) await browser.run((auth) => auth.flash(message))
    const { value } = await browser.run((auth) => auth.takeFlashes())
    const kept = (value as readonly { message: string }[]).map(({ message }) => message)
    expect(kept.length).toBeGreaterThan(20)
    expect(kept).toEqual(messages.slice(-kept.length))
    const trimmed = browser.record.events.filter(({ name }) => name === 'sessionTrimmed')
    expect(trimmed.length).toBeGreaterThan(0)
    expect(new Set(trimmed.map((event) => 'dropped' in event && event.dropped))).toEqual(new Set(['flashes']))
  })

  it('drops the oldest messages for new data of the app', async () => {
    const browser = createBrowser()
    for (let index = 0; index < 40; index++) await browser.run((auth) => auth.flash(`message ${index}`))
    await browser.run((auth) => auth.session.set('cart', 'x'.repeat(2000)))
    const { value } = await browser.run(async (auth) => [
      (await auth.peekFlashes()).at(-1),
      await auth.session.get('cart'),
    ])
    expect(value).toEqual([{ category: 'message', message: 'message 39' }, 'x'.repeat(2000)])
  })

  it('rejects a message that does not fit even without the other messages, and keeps these', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 'x'.repeat(2500)))
    await browser.run((auth) => auth.flash('first'))
    const { value } = await browser.run(async (auth) => {
      await expect(auth.flash('y'.repeat(800))).rejects.toBeInstanceOf(CookieTooLargeError)
      return auth.peekFlashes()
    })
    expect(value).toEqual([{ category: 'message', message: 'first' }])
    expect(browser.record.events.map(({ name }) => name)).not.toContain('sessionTrimmed')
  })
})

describe('session data', () => {
  it('can be read in the next request, and is undefined after it was deleted', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', [{ id: 1 }]))
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toEqual([{ id: 1 }])
    const { cookies } = await browser.run((auth) => auth.session.delete('cart'))
    expect(cookies).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0/)])
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBeUndefined()
  })

  it('does not set a cookie if it is only read, or if a missing key is deleted', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 1))
    const { cookies } = await browser.run(async (auth) => {
      await auth.session.get('cart')
      await auth.session.delete('nothing')
      await auth.session.isPermanent()
      await auth.session.setPermanent(false)
      await auth.peekFlashes()
      await auth.takeFlashes()
    })
    expect(cookies).toEqual([])
  })

  it('is set in one cookie for all values, and in none if no value is left', async () => {
    const browser = createBrowser()
    const { cookies } = await browser.run(async (auth) => {
      await auth.session.set('a', 1)
      await auth.session.set('b', 2)
      await auth.flash('hello')
    })
    expect(cookies).toHaveLength(1)
    const fresh = createBrowser()
    const { cookies: none } = await fresh.run(async (auth) => {
      await auth.session.set('a', 1)
      await auth.session.delete('a')
    })
    expect(none).toEqual([])
  })

  it('contains the values of all parallel calls of set()', async () => {
    const browser = createBrowser()
    await browser.run((auth) => Promise.all(['a', 'b', 'c'].map((key) => auth.session.set(key, key))))
    const { value } = await browser.run((auth) => Promise.all(['a', 'b', 'c'].map((key) => auth.session.get(key))))
    expect(value).toEqual(['a', 'b', 'c'])
  })

  it('must be JSON, or set() rejects with not-json', async () => {
    const { value } = await createBrowser().run(async (auth) => {
      for (const invalid of [undefined, Number.NaN, new Date(), new Map(), () => 1, 1n])
        await expect(auth.session.set('a', invalid)).rejects.toMatchObject({ name: 'UsageError', code: 'not-json' })
      return auth.session.get('a')
    })
    expect(value).toBeUndefined()
  })

  it('has a lifetime only if it is permanent', async () => {
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('a', 1))
    const { cookies } = await browser.run((auth) => auth.session.setPermanent(true))
    expect(cookies[0]).toContain('; Max-Age=2678400;')
    browser.restart()
    expect((await browser.run((auth) => auth.session.get('a'))).value).toBe(1)
    await browser.run((auth) => auth.session.setPermanent(false))
    browser.restart()
    expect((await browser.run((auth) => auth.session.get('a'))).value).toBeUndefined()
  })
})

describe('flash messages', () => {
  it('are kept in order until a page takes them, which returns each message once', async () => {
    const browser = createBrowser()
    await browser.run(async (auth) => {
      await auth.flash('one')
      await auth.flash('two', 'error')
    })
    expect((await browser.run((auth) => auth.peekFlashes())).value).toEqual([
      { category: 'message', message: 'one' },
      { category: 'error', message: 'two' },
    ])
    expect((await browser.run((auth) => auth.takeFlashes({ categories: ['error'] }))).value).toHaveLength(1)
    const { value } = await browser.run(async (auth) => [await auth.takeFlashes(), await auth.takeFlashes()])
    expect(value).toEqual([[{ category: 'message', message: 'one' }], []])
    expect(browser.cookies.names()).toEqual([])
  })
})

describe('a response whose body was read before the handler ended, as after a timeout', () => {
  const createReadResponse = async () => {
    const response = new Response('timeout')
    await response.text()
    return response
  }

  it('makes commit() throw response-sent if the app changed the login', async () => {
    const auth = createBrowser().open()
    await auth.loginUser(alice)
    const response = await createReadResponse()
    expect(() => commit(auth, response)).toThrow(expect.objectContaining({ code: 'response-sent' }))
  })

  it('is unchanged if only the library renews the session', async () => {
    const browser = createBrowser()
    await browser.loginAs(alice)
    browser.clock.advance(10_000)
    const auth = browser.open()
    await auth.currentUser()
    const response = await createReadResponse()
    expect(commit(auth, response)).toBe(response)
  })
})
