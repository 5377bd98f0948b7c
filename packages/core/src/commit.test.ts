import { describe, expect, it } from 'vitest'
import { alice, SECRET, type User } from '../test/setup'
import { checkRequest, commit } from './adapter'
import {
  type Auth,
  apiKey,
  bearer,
  CookieTooLargeError,
  createLoginManager,
  type LoginManagerOptions,
  StoreError,
  withLogin,
} from './index'
import { createTestClient, createTestClock, recordEvents } from './testing'

const SESSION = '__Host-session'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  let verb: (auth: Auth<User>) => unknown
  const client = createTestClient<User>(
    withLogin(manager, async (_, auth) => new Response(String(await verb(auth)))),
    { manager, clock },
  )
  const ask = async <T>(what: (auth: Auth<User>) => T) => {
    let value: unknown
    verb = async (auth) => {
      value = await what(auth)
    }
    const response = await client.fetch('/')
    return { value: value as Awaited<T>, cookies: response.headers.getSetCookie() }
  }
  /** A handle of the next request of this browser, with an answer yet to be sent. */
  const open = (options: { readOnly?: boolean; headers?: Record<string, string> } = {}) => {
    const cookie = client.cookies.names().map((name) => `${name}=${client.cookies.get(name)}`)
    const headers = { cookie: cookie.join('; '), 'user-agent': 'test-client', ...options.headers }
    return manager.open(new Request('https://app.test/', { headers }), { readOnly: options.readOnly })
  }
  return Object.assign(client, { ask, open, manager, clock, record: recordEvents(manager) })
}

const cookiesOf = (response: Response) => response.headers.getSetCookie()

function later() {
  let go: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    go = resolve
  })
  return { ready, go }
}

describe('a response whose handler does not read the login', () => {
  it('is the very same object, untouched', async () => {
    const browser = world()
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
    const auth = world().open()
    await auth.currentUser()
    const response = commit(auth, new Response())
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(response.headers.get('cache-control')).toBeNull()
  })

  it('forbid caching of a response for a user', async () => {
    const browser = world()
    await browser.loginAs(alice)
    const auth = browser.open()
    await auth.currentUser()
    expect(commit(auth, new Response()).headers.get('cache-control')).toBe('private, no-store')
  })

  it('forbid caching of a guarded response, also of a refusal', async () => {
    const auth = world().open()
    await auth.require()
    expect(commit(auth, new Response()).headers.get('cache-control')).toBe('private, no-store')
  })

  it('forbid caching of a response of the app after the guard failed', async () => {
    const browser = world()
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
    const auth = world().open()
    await auth.require()
    const headers = { 'cache-control': 'max-age=5', vary: 'accept-encoding, COOKIE' }
    const response = commit(auth, new Response(null, { headers }))
    expect(response.headers.get('cache-control')).toBe('private, max-age=5')
    expect(response.headers.get('vary')).toBe('accept-encoding, COOKIE')
  })

  it('replace the Cache-Control of a file server if the file is for one user', async () => {
    const guarded = world().open()
    await guarded.require()
    const file = () => new Response(null, { headers: { 'cache-control': 'public, max-age=0' } })
    expect(commit(guarded, file()).headers.get('cache-control')).toBe('private, no-store')
    expect(commit(world().open(), file()).headers.get('cache-control')).toBe('public, max-age=0')
  })

  it('are written to a copy of a response whose headers are immutable', async () => {
    const frozen = Response.redirect('https://app.test/next', 303)
    const seen = world().open()
    await seen.currentUser()
    const varied = commit(seen, frozen)
    expect([varied.status, varied.headers.get('vary')]).toEqual([303, 'Cookie'])
    const login = world().open()
    await login.loginUser(alice)
    const response = commit(login, frozen)
    expect([response.status, response.headers.get('location')]).toEqual([303, 'https://app.test/next'])
    expect(cookiesOf(response)).toHaveLength(1)
    expect(frozen.headers.get('vary')).toBeNull()
  })

  it('are put onto it without a look at what a server would have to make first (its type, its body)', async () => {
    class Light extends Response {
      override get type(): ResponseType {
        throw new Error('A whole response had to be made.')
      }
      override get body(): never {
        throw new Error('A whole response had to be made.')
      }
    }
    const auth = world().open()
    await auth.currentUser()
    const light = new Light('hello')
    expect(commit(auth, light)).toBe(light)
    expect(light.headers.get('vary')).toBe('Cookie')
  })

  it('are not written to a network error', async () => {
    const auth = world().open()
    await auth.loginUser(alice)
    const failed = Response.error()
    expect(commit(auth, failed)).toBe(failed)
  })

  it('of one user are not written to a response that the app sends to many', async () => {
    const shared = new Response(null, { status: 204 })
    const [one, two] = [world().open(), world().open()]
    await one.loginUser(alice)
    expect(cookiesOf(commit(one, shared))).toHaveLength(1)
    expect(commit(two, shared)).toBe(shared)
    expect([...shared.headers]).toEqual([])
  })

  it('keep the body, the status and the cookies of the app', async () => {
    const auth = world().open()
    await auth.loginUser(alice)
    const given = new Response('hello', { status: 201, headers: [['set-cookie', 'theme=dark']] })
    const response = commit(auth, given)
    expect(cookiesOf(given)).toEqual(['theme=dark'])
    expect([response.status, await response.text()]).toEqual([201, 'hello'])
    expect(cookiesOf(response)).toEqual(['theme=dark', expect.stringContaining(SESSION)])
  })

  it('are written once if commit() is called again', async () => {
    const auth = world().open()
    await auth.loginUser(alice)
    const response = commit(auth, commit(auth, new Response()))
    expect(commit(auth, response)).toBe(response)
    expect(cookiesOf(response)).toHaveLength(1)
  })

  it('are all written by each of two managers', async () => {
    const staff = createLoginManager<User>({
      secrets: SECRET,
      loadUser: (id) => ({ id }),
      session: { cookie: { name: 'staff' } },
      remember: { cookie: { name: 'staff_remember' } },
    })
    const [one, two] = [world().open(), staff.open(new Request('https://app.test/'))]
    await Promise.all([one.loginUser(alice), two.loginUser(alice)])
    const response = commit(two, commit(one, new Response()))
    expect(cookiesOf(response).map((line) => line.split('=')[0])).toEqual([SESSION, 'staff'])
    expect(response.headers.get('vary')).toBe('Cookie')
  })
})

describe('a user of the request’s own credential', () => {
  const options = { loadUserFromRequest: apiKey<User>(() => alice) }

  it('may leave something in the session, or not, as the app wants', async () => {
    for (const writeForRequestUsers of [true, false]) {
      const browser = world({ ...options, session: { writeForRequestUsers } })
      const auth = browser.open({ headers: { 'x-api-key': 'k' } })
      await auth.currentUser()
      await auth.session.set('a', 1)
      const response = commit(auth, new Response())
      expect(cookiesOf(response)).toHaveLength(writeForRequestUsers ? 1 : 0)
      expect(response.headers.get('vary')).toBe('Cookie, x-api-key')
    }
  })
})

/** Attaches a handler to the promise of an operation, as an app does that awaits it later. */
function attached<T>(operation: Promise<T>): Promise<T> {
  operation.catch(() => undefined)
  return operation
}

describe('once the headers left', () => {
  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['loginUser', (auth) => auth.loginUser(alice)],
    ['logoutUser', (auth) => auth.logoutUser()],
    ['confirmLogin', (auth) => auth.confirmLogin()],
    ['session.set', (auth) => auth.session.set('a', 1)],
    ['session.delete', (auth) => auth.session.delete('a')],
    ['session.setPermanent', (auth) => auth.session.setPermanent(true)],
    ['flash', (auth) => auth.flash('hello')],
    ['takeFlashes', (auth) => auth.takeFlashes()],
  ])('%s is refused: nothing would come of it', async (_, write) => {
    const browser = world()
    await browser.loginAs(alice)
    const auth = browser.open()
    expect(await auth.currentUser()).toEqual(alice)
    const response = commit(auth, new Response())
    await expect(write(auth)).rejects.toMatchObject({ name: 'UsageError', code: 'response-sent' })
    expect(await auth.currentUser()).toEqual(alice)
    expect(cookiesOf(response)).toEqual([])
    expect(browser.record.names()).toEqual(['userLoggedIn', 'userAccessed'])
  })

  it('messages still wait, and so does the page to come back to: what is read is not taken', async () => {
    const browser = world({ useSessionForNext: true, loginView: '/login' })
    await browser.ask((auth) => auth.unauthorized())
    const auth = browser.open()
    expect(await auth.peekFlashes()).toHaveLength(1)
    const response = commit(auth, new Response())
    expect(await auth.peekFlashes()).toHaveLength(1)
    expect(await auth.nextUrl('/home')).toBe('/')
    expect(cookiesOf(commit(auth, response))).toEqual([])
  })

  it('all that was read before can be read again, and a login from the remember cookie holds', async () => {
    const browser = world()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const auth = browser.open()
    await auth.whyAnonymous()
    const response = commit(auth, new Response())
    expect(await auth.currentUser()).toEqual(alice)
    expect(await auth.loginFresh()).toBe(false)
    expect((await auth.require()).ok).toBe(true)
    expect(cookiesOf(commit(auth, response))).toEqual(cookiesOf(response))
  })

  it('a login that was not awaited is not sent, emits no event, and its promise rejects', async () => {
    const { ready, go } = later()
    const browser = world({
      isActive: async () => {
        await ready
        return true
      },
    })
    const auth = browser.open()
    await auth.currentUser()
    const login = attached(auth.loginUser(alice, { remember: true }))
    const response = commit(auth, new Response())
    go()
    await expect(login).rejects.toMatchObject({ code: 'response-sent' })
    expect(cookiesOf(commit(auth, response))).toEqual([])
    expect(await auth.currentUser()).toBeNull()
    expect(browser.record.names()).not.toContain('userLoggedIn')
  })

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['a logout', (auth) => auth.logoutUser()],
    ['a confirmation', (auth) => auth.confirmLogin()],
  ])('%s that was not awaited is not sent, and its promise rejects', async (_, write) => {
    const { ready, go } = later()
    const browser = world({
      loadUser: async (id) => {
        await ready
        return { id }
      },
    })
    await browser.loginAs(alice)
    const auth = browser.open()
    const writing = attached(write(auth))
    const response = commit(auth, new Response())
    go()
    await expect(writing).rejects.toMatchObject({ code: 'response-sent' })
    expect(cookiesOf(response)).toEqual([])
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('a login from the remember cookie that was not awaited is not sent, and its promise rejects', async () => {
    const { ready, go } = later()
    const browser = world({
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
    go()
    await expect(loading).rejects.toMatchObject({ code: 'response-sent' })
    expect(cookiesOf(response)).toEqual([])
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('a load that changes nothing may be late', async () => {
    const { ready, go } = later()
    const browser = world({
      loadUser: async (id) => {
        await ready
        return { id }
      },
    })
    await browser.loginAs(alice)
    const auth = browser.open()
    const loading = auth.currentUser()
    commit(auth, new Response())
    go()
    expect(await loading).toEqual(alice)
  })

  it('all pending operations reject, in the order of their calls', async () => {
    const { ready, go } = later()
    const browser = world({ isActive: () => ready.then(() => true) })
    const auth = browser.open()
    await auth.currentUser()
    const all = [auth.loginUser(alice), auth.session.set('a', 1), auth.flash('hello'), auth.logoutUser()]
    for (const operation of all) void attached<unknown>(operation)
    const response = commit(auth, new Response())
    go()
    const outcomes = await Promise.allSettled(all)
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      all.map(() => 'response-sent'),
    )
    expect(cookiesOf(commit(auth, response))).toEqual([])
    expect(await auth.session.get('a')).toBeUndefined()
  })

  it('what was complete before a later step was not awaited is sent', async () => {
    const { ready, go } = later()
    const browser = world()
    await browser.loginAs(alice)
    browser.manager.on('userLoggedOut', () => ready)
    const auth = browser.open()
    const logout = attached(auth.logoutUser())
    const response = commit(auth, new Response())
    expect(cookiesOf(response)).toEqual([
      expect.stringMatching(/^__Host-session=;.* Max-Age=0/),
      expect.stringMatching(/^__Host-session_ended=.*; Max-Age=600/),
    ])
    go()
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
    const browser = world()
    await browser.loginAs(alice)
    const auth = browser.open({ readOnly: true })
    await expect(write(auth)).rejects.toMatchObject({ name: 'UsageError', code: 'read-only' })
    expect(await auth.currentUser()).toEqual(alice)
    expect(cookiesOf(commit(auth, new Response()))).toEqual([])
  })

  it('reads all, restores from the remember cookie, and writes nothing of it', async () => {
    const browser = world({ sessionProtection: 'strong', session: { idleSeconds: 1000 } })
    await browser.loginAs(alice, { remember: true })
    await browser.ask((auth) => auth.session.set('a', 1))
    await browser.ask((auth) => auth.csrfToken())
    browser.clock.advance(500)
    const auth = browser.open({ readOnly: true })
    expect(await auth.currentUser()).toEqual(alice)
    expect([await auth.session.get('a'), await auth.loginRemembered(), await auth.loginFresh()]).toEqual([
      1,
      true,
      true,
    ])
    expect(await auth.checkCsrf(await auth.csrfToken())).toBe(true)
    expect(cookiesOf(commit(auth, new Response()))).toEqual([])
    browser.restart()
    const restored = browser.open({ readOnly: true })
    expect([await restored.currentUser(), await restored.loginFresh()]).toEqual([alice, false])
    expect(cookiesOf(commit(restored, new Response()))).toEqual([])
    const stolen = browser.open({ readOnly: true, headers: { cookie: '', 'user-agent': 'thief' } })
    expect(await stolen.currentUser()).toBeNull()
  })

  it('notices a theft, for this request', async () => {
    const browser = world({ sessionProtection: 'strong' })
    await browser.loginAs(alice)
    const auth = browser.open({ readOnly: true, headers: { 'user-agent': 'thief' } })
    expect(await auth.currentUser()).toBeNull()
    expect(cookiesOf(commit(auth, new Response()))).toEqual([])
  })
})

describe('a WebSocket upgrade', () => {
  const upgrade = () => Object.defineProperty(new Response(), 'status', { value: 101 })

  it('gets the unchanged response, also if the user was read', async () => {
    const browser = world({ loadUserFromRequest: bearer<User>(() => null) })
    await browser.loginAs(alice)
    const auth = browser.open({ headers: { upgrade: 'WebSocket', origin: 'https://app.test' } })
    expect(await checkRequest(auth)).toBeNull()
    expect((await auth.require()).ok).toBe(true)
    const response = upgrade()
    expect(commit(auth, response)).toBe(response)
    expect([...response.headers]).toEqual([])
  })

  it('throws response-sent if it would have to set a cookie', async () => {
    const browser = world()
    const auth = browser.open()
    await auth.loginUser(alice)
    expect(() => commit(auth, upgrade())).toThrow(expect.objectContaining({ name: 'UsageError' }))
  })

  it('is no way to break a page that writes: a visitor who sends the header gets the page', async () => {
    const auth = world().open({ headers: { upgrade: 'websocket', origin: 'https://app.test' } })
    expect(await auth.csrfToken()).toMatch(/^[\w-]+$/)
    expect(cookiesOf(commit(auth, new Response('a form')))).toHaveLength(1)
  })
})

describe('a session that grows', () => {
  const large = 'x'.repeat(3200)

  it('too large throws before anything is written, and names the bytes, the largest entries and the way out', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('name', 'Alice'))
    const before = browser.cookies.get(SESSION)
    const { value, cookies } = await browser.ask(async (auth) => {
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

  it('may fill the cookie to the last byte that browsers keep, name and all, once login and CSRF secret are in it', async () => {
    const browser = world()
    await browser.ask((auth) => auth.loginUser(alice))
    await browser.ask((auth) => auth.csrfToken())
    const { value } = await browser.ask(async (auth) => {
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

  it('drops messages first if a login needs the room, then next, then fails, and the cart is never lost', async () => {
    const browser = world({ useSessionForNext: true, loginView: '/login' })
    await browser.ask((auth) => auth.unauthorized())
    await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(2300)))
    await browser.ask((auth) => auth.flash('a message of the app'))
    const kept: unknown[] = []
    for (let length = 0, failed = false; !failed; length += 2) {
      const proof = { method: 'm'.repeat(length) }
      const { value } = await browser.ask((auth) => auth.loginUser(alice, proof).catch((error: unknown) => error))
      failed = value instanceof CookieTooLargeError
      kept.push(
        (await browser.ask(async (auth) => `${(await auth.peekFlashes()).length} ${await auth.session.pendingNext()}`))
          .value,
      )
    }
    const trimmed = browser.record.events.filter(({ name }) => name === 'sessionTrimmed')
    expect(trimmed).toMatchObject([{ dropped: 'flashes' }, { dropped: 'next' }])
    expect([...new Set(kept)]).toEqual(['1 /', '0 /', '0 null'])
    expect(((await browser.ask((auth) => auth.session.get('cart'))).value as string).length).toBe(2300)
  })

  it('keeps room for a login and a CSRF token: data is refused or stored, and then the login succeeds', async () => {
    for (let length = 2300; length < 3000; length += 20) {
      const browser = world({ sessionStamp: () => 'stamp' })
      const { value } = await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(length)).catch((e) => e))
      if (length > 2910) expect(value).toBeInstanceOf(CookieTooLargeError)
      await browser.ask(async (auth) => {
        const options = { remember: true, permanent: true, method: ['pwd', 'otp'] }
        expect(await auth.loginUser(alice, options)).toBe(true)
        await auth.csrfToken()
      })
    }
  })

  it('names the bytes that are left, and takes so many', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('cart', 'é'.repeat(300)))
    const { value } = await browser.ask((auth) => auth.session.set('more', 'x'.repeat(2500)).catch((error) => error))
    const { left, message } = value as CookieTooLargeError
    expect(message).toContain(`${left} bytes of JSON are left`)
    const overhead = '["more",""],'.length
    await browser.ask((auth) => auth.session.set('more', 'x'.repeat(left - overhead)))
    const again = await browser.ask((auth) => auth.session.set('more', 'x'.repeat(left)).catch((error) => error))
    expect(again.value).toBeInstanceOf(CookieTooLargeError)
  })

  it('may shrink at any size, and what is there stays readable', async () => {
    const browser = world()
    await browser.ask((auth) => auth.loginUser(alice))
    await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(2450)))
    await browser.ask((auth) => auth.logoutUser({ keepData: true }))
    await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(2440)))
    await browser.ask((auth) => auth.session.delete('cart'))
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBeUndefined()
  })

  it('writes no part of a login that does not fit into the cookie, and the request stays anonymous', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(2500)))
    const { value, cookies } = await browser.ask(async (auth) => {
      const proof = { method: 'm'.repeat(500) }
      await expect(auth.loginUser(alice, { remember: true, ...proof })).rejects.toBeInstanceOf(CookieTooLargeError)
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(cookies).toEqual([])
  })

  it('drops the oldest messages for a new one, with an event', async () => {
    const browser = world()
    const messages = Array.from({ length: 80 }, (_, index) => `message ${index} ${'é'.repeat(20)}`)
    for (const message of messages) await browser.ask((auth) => auth.flash(message))
    const { value } = await browser.ask((auth) => auth.takeFlashes())
    const kept = (value as readonly { message: string }[]).map(({ message }) => message)
    expect(kept.length).toBeGreaterThan(20)
    expect(kept).toEqual(messages.slice(-kept.length))
    const trimmed = browser.record.events.filter(({ name }) => name === 'sessionTrimmed')
    expect(trimmed.length).toBeGreaterThan(0)
    expect(new Set(trimmed.map((event) => 'dropped' in event && event.dropped))).toEqual(new Set(['flashes']))
  })

  it('drops the oldest messages for new data of the app, too', async () => {
    const browser = world()
    for (let index = 0; index < 40; index++) await browser.ask((auth) => auth.flash(`message ${index}`))
    await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(2000)))
    const { value } = await browser.ask(async (auth) => [
      (await auth.peekFlashes()).at(-1),
      await auth.session.get('cart'),
    ])
    expect(value).toEqual([{ category: 'message', message: 'message 39' }, 'x'.repeat(2000)])
  })

  it('refuses a message that does not fit alone, and keeps all others', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('cart', 'x'.repeat(2500)))
    await browser.ask((auth) => auth.flash('first'))
    const { value } = await browser.ask(async (auth) => {
      await expect(auth.flash('y'.repeat(800))).rejects.toBeInstanceOf(CookieTooLargeError)
      return auth.peekFlashes()
    })
    expect(value).toEqual([{ category: 'message', message: 'first' }])
    expect(browser.record.events.map(({ name }) => name)).not.toContain('sessionTrimmed')
  })
})

describe('session data', () => {
  it('comes back in the next request, and is gone when deleted', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('cart', [{ id: 1 }]))
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toEqual([{ id: 1 }])
    const { cookies } = await browser.ask((auth) => auth.session.delete('cart'))
    expect(cookies).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0/)])
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBeUndefined()
  })

  it('is not written again by reading it, or by deleting what is not there', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('cart', 1))
    const { cookies } = await browser.ask(async (auth) => {
      await auth.session.get('cart')
      await auth.session.delete('nothing')
      await auth.session.isPermanent()
      await auth.session.setPermanent(false)
      await auth.peekFlashes()
      await auth.takeFlashes()
    })
    expect(cookies).toEqual([])
  })

  it('is one cookie for all values, and none if no value is left', async () => {
    const browser = world()
    const { cookies } = await browser.ask(async (auth) => {
      await auth.session.set('a', 1)
      await auth.session.set('b', 2)
      await auth.flash('hello')
    })
    expect(cookies).toHaveLength(1)
    const fresh = world()
    const { cookies: none } = await fresh.ask(async (auth) => {
      await auth.session.set('a', 1)
      await auth.session.delete('a')
    })
    expect(none).toEqual([])
  })

  it('sets all that is set at the same time', async () => {
    const browser = world()
    await browser.ask((auth) => Promise.all(['a', 'b', 'c'].map((key) => auth.session.set(key, key))))
    const { value } = await browser.ask((auth) => Promise.all(['a', 'b', 'c'].map((key) => auth.session.get(key))))
    expect(value).toEqual(['a', 'b', 'c'])
  })

  it('must be JSON, else set() throws not-json', async () => {
    const { value } = await world().ask(async (auth) => {
      for (const bad of [undefined, Number.NaN, new Date(), new Map(), () => 1, 1n])
        await expect(auth.session.set('a', bad)).rejects.toMatchObject({ name: 'UsageError', code: 'not-json' })
      return auth.session.get('a')
    })
    expect(value).toBeUndefined()
  })

  it('has a lifetime only if it is permanent', async () => {
    const browser = world()
    await browser.ask((auth) => auth.session.set('a', 1))
    const { cookies } = await browser.ask((auth) => auth.session.setPermanent(true))
    expect(cookies[0]).toContain('; Max-Age=2678400;')
    browser.restart()
    expect((await browser.ask((auth) => auth.session.get('a'))).value).toBe(1)
    await browser.ask((auth) => auth.session.setPermanent(false))
    browser.restart()
    expect((await browser.ask((auth) => auth.session.get('a'))).value).toBeUndefined()
  })
})

describe('messages', () => {
  it('are kept in order until a page takes them, once', async () => {
    const browser = world()
    await browser.ask(async (auth) => {
      await auth.flash('one')
      await auth.flash('two', 'error')
    })
    expect((await browser.ask((auth) => auth.peekFlashes())).value).toEqual([
      { category: 'message', message: 'one' },
      { category: 'error', message: 'two' },
    ])
    expect((await browser.ask((auth) => auth.takeFlashes({ categories: ['error'] }))).value).toHaveLength(1)
    const { value } = await browser.ask(async (auth) => [await auth.takeFlashes(), await auth.takeFlashes()])
    expect(value).toEqual([[{ category: 'message', message: 'one' }], []])
    expect(browser.cookies.names()).toEqual([])
  })
})

describe('a response whose body was read before the handler ended, as after a timeout', () => {
  const sent = async () => {
    const response = new Response('timeout')
    await response.text()
    return response
  }

  it('rejects what the app changed', async () => {
    const auth = world().open()
    await auth.loginUser(alice)
    const response = await sent()
    expect(() => commit(auth, response)).toThrow(expect.objectContaining({ code: 'response-sent' }))
  })

  it('stays as it is if only the library would renew the session', async () => {
    const browser = world()
    await browser.loginAs(alice)
    browser.clock.advance(10_000)
    const auth = browser.open()
    await auth.currentUser()
    const response = await sent()
    expect(commit(auth, response)).toBe(response)
  })
})
