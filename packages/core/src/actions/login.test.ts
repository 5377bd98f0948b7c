import { describe, expect, it } from 'vitest'
import {
  type Auth,
  apiKey,
  bearer,
  createLoginManager,
  type LoginManagerOptions,
  type LoginOptions,
  type LoginWarning,
  UserMixin,
  withLogin,
} from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
  readonly isActive?: boolean
}

const [alice, bob]: [User, User] = [{ id: 'alice' }, { id: 'bob' }]
const zoe: User = { id: 'zoe', isActive: false }
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const ENDED = '__Host-session_ended'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const users = new Map([alice, bob, zoe].map((user) => [user.id, user]))
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => users.get(id), clock, ...options })
  const visitor = (headers: Record<string, string> = {}) => {
    let verb: (auth: Auth<User>) => unknown
    const app = withLogin(manager, async (_, auth) => new Response(String(await verb(auth))))
    const client = createTestClient<User>(app, { manager, clock, headers })
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
  return { clock, users, manager, visitor, record: recordEvents(manager) }
}

const who = (auth: Auth<User>): Promise<User | null> => auth.currentUser()
const login = (auth: Auth<User>) => auth.currentLogin()

describe('a login', () => {
  it('is known at once, and in the requests that follow', async () => {
    const browser = world().visitor()
    const { value } = await browser.ask(async (auth) => [await auth.loginUser(alice), await auth.currentUser()])
    expect(value).toEqual([true, alice])
    expect((await browser.ask(who)).value).toEqual(alice)
  })

  it('ends with the browser, unless the browser is to remember it', async () => {
    const browser = world().visitor()
    const { cookies } = await browser.ask((auth) => auth.loginUser(alice))
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-session=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ])
    browser.restart()
    expect((await browser.ask(who)).value).toBeNull()
    await browser.ask((auth) => auth.loginUser(alice, { remember: true }))
    browser.restart()
    expect((await browser.ask(who)).value).toEqual(alice)
  })

  it('gets a new session ID, also if a user was logged in', async () => {
    const browser = world().visitor()
    const ids = new Set<string | undefined>()
    for (const user of [alice, alice, bob]) {
      await browser.ask((auth) => auth.loginUser(user))
      ids.add((await browser.ask(login)).value?.session?.sessionId)
    }
    expect(ids.size).toBe(3)
    expect([...ids].join()).toMatch(/^[\w-]{22},[\w-]{22},[\w-]{22}$/)
  })

  it('has the methods and the level that the app passes', async () => {
    const { visitor, clock } = world()
    const browser = visitor()
    const methods: [LoginOptions, string[], number][] = [
      [{}, [], 1],
      [{ method: 'pwd' }, ['pwd'], 1],
      [{ method: ['pwd', 'otp'], level: 2 }, ['pwd', 'otp'], 2],
      [{ level: 0 }, [], 0],
    ]
    for (const [options, expected, level] of methods) {
      await browser.ask((auth) => auth.loginUser(alice, options))
      expect((await browser.ask(login)).value?.session).toMatchObject({ methods: expected, level, authTime: clock() })
    }
  })

  it('is fresh, unless the app passes fresh: false', async () => {
    const browser = world().visitor()
    await browser.ask((auth) => auth.loginUser(alice))
    expect((await browser.ask((auth) => auth.loginFresh())).value).toBe(true)
    await browser.ask((auth) => auth.loginUser(alice, { fresh: false }))
    expect((await browser.ask((auth) => auth.loginFresh())).value).toBe(false)
  })

  it('has a cookie with a lifetime if it is permanent, and keeps this property by default', async () => {
    const browser = world().visitor()
    const { cookies } = await browser.ask((auth) => auth.loginUser(alice, { permanent: true }))
    expect(cookies[0]).toContain('; Max-Age=2678400;')
    browser.restart()
    expect((await browser.ask(who)).value).toEqual(alice)
    await browser.ask((auth) => auth.loginUser(alice))
    expect((await browser.ask((auth) => auth.session.isPermanent())).value).toBe(true)
    await browser.ask((auth) => auth.loginUser(alice, { permanent: false }))
    expect((await browser.ask((auth) => auth.session.isPermanent())).value).toBe(false)
  })

  it('keeps the cart of the visitor, and nothing of another user', async () => {
    const browser = world().visitor()
    await browser.ask((auth) => auth.session.set('cart', ['book']))
    await browser.ask((auth) => auth.loginUser(alice))
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toEqual(['book'])
    await browser.ask((auth) => auth.loginUser(alice))
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toEqual(['book'])
    await browser.ask((auth) => auth.flash('for alice'))
    await browser.ask((auth) => auth.loginUser(bob))
    const { value } = await browser.ask(async (auth) => [await auth.session.get('cart'), await auth.peekFlashes()])
    expect(value).toEqual([undefined, []])
  })

  it('keeps the messages of its own request when another user was logged in, and none from before', async () => {
    const browser = world().visitor()
    await browser.ask((auth) => auth.loginUser(alice))
    await browser.ask((auth) => auth.flash('for alice'))
    await browser.ask(async (auth) => {
      await auth.flash('You are now bob')
      await auth.loginUser(bob)
    })
    const { value } = await browser.ask((auth) => auth.takeFlashes())
    expect(value.map(({ message }) => message)).toEqual(['You are now bob'])
  })

  it.each<[boolean | string[], unknown[]]>([
    [true, [1, 2]],
    [false, [undefined, undefined]],
    [['draft'], [undefined, 2]],
  ])('keeps the data of the anonymous session that keepAnonymousData %j selects', async (keepAnonymousData, kept) => {
    const browser = world({ keepAnonymousData }).visitor()
    await browser.ask(async (auth) => {
      await auth.session.set('cart', 1)
      await auth.session.set('draft', 2)
      await auth.loginUser(alice)
    })
    const both = (auth: Auth<User>) => Promise.all([auth.session.get('cart'), auth.session.get('draft')])
    expect((await browser.ask(both)).value).toEqual(kept)
  })

  it('makes CSRF tokens from before it worthless', async () => {
    const browser = world().visitor()
    const { value: token } = await browser.ask((auth) => auth.csrfToken())
    expect((await browser.ask((auth) => auth.checkCsrf(token))).value).toBe(true)
    await browser.ask((auth) => auth.loginUser(alice))
    expect((await browser.ask((auth) => auth.checkCsrf(token))).value).toBe(false)
  })

  it('clears the remember cookie of the user before', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice, { remember: true })
    await browser.ask((auth) => auth.loginUser(bob))
    expect(browser.cookies.names()).not.toContain(REMEMBER)
    browser.restart()
    expect((await browser.ask(who)).value).toBeNull()
  })

  it('of a user without an ID throws invalid-user-id, and no user is logged in', async () => {
    const { visitor } = world()
    for (const user of [{}, { id: null }, { id: {} }, { getId: () => undefined }] as unknown as User[]) {
      const { value, cookies } = await visitor().ask(async (auth) => {
        await expect(auth.loginUser(user, { remember: true })).rejects.toMatchObject({ code: 'invalid-user-id' })
        return auth.currentUser()
      })
      expect(value).toBeNull()
      expect(cookies).toEqual([])
    }
  })

  it('takes ids that are numbers for the text that they are, and a method before a field', async () => {
    const asked: string[] = []
    const { visitor } = world({ loadUser: (id) => void asked.push(id) })
    const users = [{ id: 7 }, { id: 7n }, { id: 'x', getId: () => '8' }, { id: 0 }] as unknown as User[]
    for (const user of users) {
      const browser = visitor()
      await browser.loginAs(user)
      await browser.ask(who)
    }
    expect(asked).toEqual(['7', '7', '8', '0'])
  })

  it('takes the ID from the option userId', async () => {
    const asked: string[] = []
    const { visitor } = world({ userId: (user) => `user:${user.id}`, loadUser: (id) => void asked.push(id) })
    const browser = visitor()
    await browser.loginAs(alice)
    await browser.ask(who)
    expect(asked).toEqual(['user:alice'])
  })
})

describe('an inactive user', () => {
  it('is rejected without a cookie, and the user before stays logged in', async () => {
    const { visitor } = world()
    const browser = visitor()
    const { value, cookies } = await browser.ask((auth) => auth.loginUser(zoe, { remember: true }))
    expect(value).toBe(false)
    expect(cookies).toEqual([])
    await browser.loginAs(alice)
    expect((await browser.ask(async (auth) => [await auth.loginUser(zoe), await auth.currentUser()])).value).toEqual([
      false,
      alice,
    ])
  })

  it('is returned by currentUser() after a forced login, and passes no guard', async () => {
    const browser = world().visitor()
    const ask = async (auth: Auth<User>) => [await auth.currentUser(), (await auth.require()).ok]
    const first = await browser.ask(async (auth) => [await auth.loginUser(zoe, { force: true }), ...(await ask(auth))])
    expect(first.value).toEqual([true, zoe, false])
    expect((await browser.ask(ask)).value).toEqual([zoe, false])
    expect((await browser.ask((auth) => auth.confirmLogin())).value).toBe(false)
  })

  it('is let through once they are active', async () => {
    const { visitor, users } = world()
    const browser = visitor()
    await browser.loginAs(zoe)
    users.set('zoe', { id: 'zoe' })
    expect((await browser.ask(async (auth) => (await auth.require()).ok)).value).toBe(true)
  })

  it.each<[string, object, boolean]>([
    ['without such a property', {}, true],
    ['active', { isActive: true }, true],
    ['active when asked', { isActive: () => true }, true],
    ['active when waited for', { isActive: async () => true }, true],
    ['not active', { isActive: false }, false],
    ['not active when asked', { isActive: () => false }, false],
    ['null in the database', { isActive: null }, false],
    ['0 in the database', { isActive: 0 }, false],
    ['1 in the database, which is not true', { isActive: 1 }, false],
  ])('is read from the user: %s', async (_, properties, isActive) => {
    const user = { id: 'alice', ...properties } as User
    expect(
      (
        await world()
          .visitor()
          .ask((auth) => auth.loginUser(user))
      ).value,
    ).toBe(isActive)
  })

  it.each([1, 'yes', {}])('may be anything that is not exactly active, and is warned of: %j', async (isActive) => {
    const warnings: LoginWarning[] = []
    const { visitor, record } = world({
      isActive: () => isActive as unknown as boolean,
      onWarning: (warning) => void warnings.push(warning),
    })
    const browser = visitor()
    for (const _ of ['once', 'and again'])
      expect((await browser.ask((auth) => auth.loginUser(alice))).value).toBe(false)
    expect(warnings).toMatchObject([{ code: 'is-active', message: expect.stringContaining(JSON.stringify(isActive)) }])
    expect(record.names().filter((name) => name === 'warning')).toHaveLength(1)
  })

  it.each([false, 0, null, undefined, ''])('is not warned of if isActive gives %j', async (isActive) => {
    const { visitor, record } = world({ isActive: () => isActive as unknown as boolean })
    expect((await visitor().ask((auth) => auth.loginUser(alice))).value).toBe(false)
    expect(record.names()).toEqual(['loginRejected'])
  })
})

describe('how long a login is remembered', () => {
  it.each<[string, unknown]>([
    ['a text', '600'],
    ['a text that is none', 'long'],
    ['null in disguise', {}],
    ['no number', Number.NaN],
    ['for ever', Number.POSITIVE_INFINITY],
    ['longer than can be counted', 1e300],
    ['longer than instants are exact', Number.MAX_SAFE_INTEGER],
    ['so long that its end is not exact', 2 ** 53 - 1_700_000_000],
    ['a function', () => 600],
    ['a list', [600]],
  ])('%s is refused before anything is changed', async (_, rememberSeconds) => {
    const browser = world().visitor()
    await browser.loginAs(bob)
    const options = { remember: true, rememberSeconds } as LoginOptions
    const { value, cookies } = await browser.ask(async (auth) => {
      await expect(auth.loginUser(alice, options)).rejects.toMatchObject({ code: 'invalid-duration' })
      return auth.currentUser()
    })
    expect(value).toEqual(bob)
    expect(cookies).toEqual([])
  })

  it.each([
    [undefined, 2_592_000],
    [600, 600],
    [600.9, 600],
  ])('%s is %i seconds', async (rememberSeconds, seconds) => {
    const { cookies } = await world()
      .visitor()
      .ask((auth) => auth.loginUser(alice, { remember: true, rememberSeconds }))
    expect(cookies[1]).toMatch(new RegExp(`^__Host-remember_token=[^;]+; Max-Age=${seconds};`))
  })

  it.each([0, -1, 0.5, -0.5])('%d is not at all', async (rememberSeconds) => {
    const browser = world().visitor()
    await browser.ask((auth) => auth.loginUser(alice, { remember: true, rememberSeconds }))
    expect(browser.cookies.names()).toEqual([SESSION])
  })

  it('does not stick to the session: the next remembered login has its own time', async () => {
    const browser = world({ remember: { seconds: 1000 } }).visitor()
    await browser.ask((auth) => auth.loginUser(alice, { remember: true, rememberSeconds: 60 }))
    const { cookies } = await browser.ask((auth) => auth.loginUser(bob, { remember: true }))
    expect(cookies[1]).toContain('; Max-Age=1000;')
  })
})

describe('a logout', () => {
  it('ends session and remember cookie, and clears only what the browser has', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice, { remember: true })
    await browser.ask((auth) => auth.session.set('cart', 1))
    const { cookies } = await browser.ask((auth) => auth.logoutUser())
    expect(cookies).toEqual([
      '__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      '__Host-remember_token=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      expect.stringMatching(/^__Host-session_ended=[\w-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ])
    expect(browser.cookies.names()).toEqual([ENDED])
    expect((await browser.ask((auth) => auth.logoutUser())).cookies).toEqual([])
  })

  it('is not undone in this request by anything but an explicit login', async () => {
    const { visitor } = world({ loadUserFromRequest: apiKey((key) => (key === 'k' ? bob : null)) })
    const browser = visitor({ 'x-api-key': 'k' })
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.ask(async (auth) => {
      await auth.logoutUser()
      const after = [await auth.currentUser(), (await auth.require()).ok, await auth.loginRemembered()]
      await auth.loginUser(alice)
      return [...after, await auth.currentUser()]
    })
    expect(value).toEqual([null, false, false, alice])
  })

  it('keeps the data of the app with keepData, but not the page to return to', async () => {
    const browser = world({ useSessionForNext: true, loginView: '/login' }).visitor()
    await browser.ask(async (auth) => {
      const decision = await auth.require()
      if (!decision.ok) await decision.respond()
    })
    expect((await browser.ask((auth) => auth.session.pendingNext())).value).toBe('/')
    await browser.ask(async (auth) => {
      await auth.loginUser(alice)
      await auth.session.set('cart', 1)
      await auth.logoutUser({ keepData: true })
      await auth.flash('Goodbye')
    })
    const { value } = await browser.ask(async (auth) => [
      await auth.currentUser(),
      await auth.session.get('cart'),
      await auth.session.pendingNext(),
      (await auth.peekFlashes()).map(({ message }) => message),
    ])
    expect(value).toEqual([null, 1, null, ['Goodbye']])
  })

  it('keeps the messages of its own request, set before it or after it, and none of an earlier request', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice)
    await browser.ask((auth) => auth.flash('earlier'))
    await browser.ask(async (auth) => {
      await auth.flash('before')
      await auth.logoutUser()
      await auth.flash('after')
    })
    expect((await browser.ask((auth) => auth.takeFlashes())).value).toEqual([
      { category: 'message', message: 'before' },
      { category: 'message', message: 'after' },
    ])
  })

  it('works if the user loader throws, and emits the ID of the user', async () => {
    const { visitor, record } = world({
      loadUser: () => {
        throw new Error('database')
      },
    })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.ask(async (auth) => {
      await auth.logoutUser()
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(browser.cookies.names()).toEqual([ENDED])
    expect(record.events.at(-1)).toMatchObject({ name: 'userLoggedOut', user: null, userId: 'alice' })
  })

  it('clears a cookie that the manager cannot read', async () => {
    const browser = world().visitor()
    browser.cookies.set(SESSION, 'nonsense')
    browser.cookies.set(REMEMBER, 'nonsense')
    await browser.ask((auth) => auth.logoutUser())
    expect(browser.cookies.names()).toEqual([])
  })

  it('leaves no user behind the guard that let them in', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice)
    await browser.ask(async (auth) => {
      await auth.require()
      expect(auth.user).toEqual(alice)
      await auth.logoutUser()
      expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
    })
  })
})

describe('a logout everywhere', () => {
  it('throws cannot-revoke without the option revokeUser, and changes nothing', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice)
    const { value, cookies } = await browser.ask(async (auth) => {
      await expect(auth.logoutUser({ everywhere: true })).rejects.toMatchObject({ code: 'cannot-revoke' })
      return auth.currentUser()
    })
    expect(value).toEqual(alice)
    expect(cookies).toEqual([])
  })

  it('ends the logins of the user on all devices, also remembered ones, and of no other user', async () => {
    const stamps = new Map([
      ['alice', 1],
      ['bob', 1],
    ])
    const { visitor } = world({
      sessionStamp: async (user) => stamps.get(user.id) as number,
      revokeUser: async (user) => void stamps.set(user.id, (stamps.get(user.id) as number) + 1),
    })
    const [laptop, phone, tablet, other] = [visitor(), visitor(), visitor(), visitor()]
    await laptop.loginAs(alice)
    await phone.loginAs(alice)
    await tablet.loginAs(alice, { remember: true })
    tablet.restart()
    await other.loginAs(bob)
    await laptop.ask((auth) => auth.logoutUser({ everywhere: true }))
    for (const device of [laptop, phone, tablet]) expect((await device.ask(who)).value).toBeNull()
    expect((await other.ask(who)).value).toEqual(bob)
    await laptop.ask((auth) => auth.loginUser(alice))
    expect((await laptop.ask(who)).value).toEqual(alice)
  })

  it('ends the login of this browser if revokeUser throws, and emits userLoggedOut', async () => {
    const failure = new Error('database')
    const { visitor } = world({
      revokeUser: () => {
        throw failure
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    await browser.ask((auth) => expect(auth.logoutUser({ everywhere: true })).rejects.toBe(failure))
    expect(browser.cookies.names()).toEqual([ENDED])
  })

  it('throws if the user could not be loaded, because other logins were not ended', async () => {
    const failure = new Error('database')
    const revoked: User[] = []
    const { visitor } = world({
      revokeUser: (user) => void revoked.push(user),
      loadUser: () => {
        throw failure
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    await browser.ask((auth) => expect(auth.logoutUser({ everywhere: true })).rejects.toBe(failure))
    expect(browser.cookies.names()).toEqual([ENDED])
    expect(revoked).toEqual([])
  })

  it('has nothing to revoke for a visitor who came without any login', async () => {
    const revoked: User[] = []
    const { visitor } = world({ revokeUser: (user) => void revoked.push(user) })
    const browser = visitor()
    await browser.ask((auth) => auth.session.set('cart', 1))
    await browser.ask((auth) => auth.logoutUser({ everywhere: true }))
    expect(revoked).toEqual([])
  })

  /** A manager whose users are changed after the login of alice, and what it revoked. */
  async function everywhere(options: Partial<LoginManagerOptions<User>> = {}, remember = false) {
    const revoked: string[] = []
    const active = { isActive: true }
    const { visitor, ...rest } = world({
      sessionStamp: () => stamp.value,
      isActive: () => active.isActive,
      revokeUser: (user) => void revoked.push(user.id),
      ...options,
    })
    const stamp = { value: 1 }
    const browser = visitor()
    await browser.loginAs(alice, { remember })
    return { ...rest, browser, revoked, active, stamp }
  }
  const leave = (auth: Auth<User>) => auth.logoutUser({ everywhere: true })
  const refused = (auth: Auth<User>) => expect(leave(auth)).rejects.toMatchObject({ code: 'cannot-revoke' })
  const other = { headers: { 'user-agent': 'another' } }

  it('revokes the logins of an inactive user, too', async () => {
    const { browser, revoked, active } = await everywhere()
    active.isActive = false
    await browser.ask(leave)
    expect([revoked, browser.cookies.names()]).toEqual([['alice'], [ENDED]])
  })

  it('revokes the logins of an inactive user who is remembered alone', async () => {
    const { browser, revoked, active } = await everywhere({}, true)
    browser.cookies.delete(SESSION)
    active.isActive = false
    await browser.ask(leave)
    expect([revoked, browser.cookies.names()]).toEqual([['alice'], [ENDED]])
  })

  it.each([false, true])(
    'revokes after strong protection dropped the login, by a guard before it: %s',
    async (guarded) => {
      const { browser, revoked } = await everywhere({ sessionProtection: 'strong' })
      await browser.ask(async (auth) => {
        if (guarded) expect((await auth.require()).ok).toBe(false)
        await leave(auth)
      }, other)
      expect([revoked, browser.cookies.names()]).toEqual([['alice'], [ENDED]])
    },
  )

  it.each<[string, (home: Awaited<ReturnType<typeof everywhere>>) => unknown]>([
    ['whose stamp changed', ({ stamp }) => Object.assign(stamp, { value: 2 })],
    ['of a user who is gone', ({ users }) => users.delete('alice')],
    ['that was idle for too long', ({ clock }) => clock.advance(86_400)],
    ['that ended', ({ clock }) => clock.advance(2_678_400)],
  ])('throws for a login %s, and clears the cookies and emits the event all the same', async (_, end) => {
    const home = await everywhere()
    end(home)
    await home.browser.ask(refused)
    const left = home.browser.cookies.names().filter((name) => name !== ENDED)
    expect([home.revoked, left]).toEqual([[], []])
    expect(home.record.names()).toContain('userLoggedOut')
  })

  it('throws for a login that strong protection dropped and that was revoked before', async () => {
    const { browser, revoked, stamp } = await everywhere({ sessionProtection: 'strong' })
    stamp.value = 2
    await browser.ask(refused, other)
    expect(revoked).toEqual([])
  })

  it('throws without a user loader, because the user whose logins shall end is unknown', async () => {
    const { browser } = await everywhere()
    const { visitor, record } = world({
      loadUser: undefined,
      loadUserFromRequest: () => null,
      revokeUser: () => expect.unreachable(),
    })
    const api = visitor()
    api.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    await api.ask(refused)
    expect(record.events).toMatchObject([{}, { name: 'userLoggedOut', ended: [{}] }])
  })

  it('throws for a cookie that the manager cannot read', async () => {
    const { browser } = await everywhere()
    browser.cookies.set(SESSION, 'x.y.z')
    await browser.ask(refused)
  })
})

describe('a confirmation', () => {
  it('makes a stale login fresh: the same session under a new id, as old as it was', async () => {
    const { visitor, clock } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    clock.advance(100)
    await browser.ask((auth) => auth.session.set('cart', 1))
    const before = (await browser.ask(login)).value?.session
    clock.advance(100)
    expect((await browser.ask((auth) => auth.confirmLogin({ method: 'pwd' }))).value).toBe(true)
    const after = (await browser.ask(login)).value?.session
    expect(before).toMatchObject({ fresh: false, methods: [], level: 0, authTime: 1_800_000_000 })
    expect(after).toMatchObject({ fresh: true, methods: ['pwd'], level: 1, authTime: clock(), since: before?.since })
    expect(after?.sessionId).not.toBe(before?.sessionId)
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBe(1)
    expect((await browser.ask((auth) => auth.loginRemembered())).value).toBe(true)
  })

  it('counts what was proven now, and nothing older: a weak proof does not renew a strong one', async () => {
    const { visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice, { method: ['pwd', 'hwk'], level: 3 })
    await browser.ask((auth) => auth.confirmLogin({ method: 'pwd', level: 1 }))
    expect((await browser.ask(login)).value?.session).toMatchObject({ methods: ['pwd'], level: 1 })
    await browser.ask((auth) => auth.confirmLogin({ method: ['pwd', 'otp'], level: 2 }))
    expect((await browser.ask(login)).value?.session).toMatchObject({ methods: ['pwd', 'otp'], level: 2 })
    await browser.ask((auth) => auth.confirmLogin())
    expect((await browser.ask(login)).value?.session).toMatchObject({ methods: [], level: 1 })
  })

  it('binds the login to the client that confirmed it', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice)
    const other = { headers: { 'user-agent': 'other' } }
    await browser.ask((auth) => auth.confirmLogin(), other)
    expect((await browser.ask((auth) => auth.loginFresh(), other)).value).toBe(true)
    expect((await browser.ask((auth) => auth.loginFresh())).value).toBe(false)
  })

  it('looks at the strong protection first: a thief confirms nothing', async () => {
    const { visitor } = world({ sessionProtection: 'strong' })
    const browser = visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask((auth) => auth.confirmLogin(), { headers: { 'user-agent': 'thief' } })
    expect(value).toBe(false)
    expect(browser.cookies.names()).toEqual([])
  })

  it('returns false if the request is anonymous', async () => {
    const { visitor, record } = world()
    const { value, cookies } = await visitor().ask((auth) => auth.confirmLogin())
    expect(value).toBe(false)
    expect(cookies).toEqual([])
    expect(record.names()).toEqual(['userAccessed'])
  })

  it('with the user of a new stamp lets this browser alone go on, remembered as it was', async () => {
    let stamp = 'old'
    const { visitor } = world({ sessionStamp: () => stamp })
    const [here, elsewhere] = [visitor(), visitor()]
    await here.loginAs(alice, { remember: true })
    await elsewhere.loginAs(alice, { remember: true })
    const changed: User = { id: 'alice' }
    const { value } = await here.ask(async (auth) => {
      await auth.currentUser()
      stamp = 'new'
      await auth.confirmLogin({ user: changed })
      return auth.currentUser()
    })
    expect(value).toBe(changed)
    expect((await here.ask(who)).value).toEqual(alice)
    expect((await here.ask((auth) => auth.loginRemembered())).value).toBe(true)
    here.restart()
    expect((await here.ask(who)).value).toEqual(alice)
    expect((await elsewhere.ask(who)).value).toBeNull()
  })

  it('does not log in another user', async () => {
    const browser = world({ sessionStamp: () => 's' }).visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(async (auth) => {
      await expect(auth.confirmLogin({ user: bob })).rejects.toMatchObject({ code: 'invalid-user-id' })
      return auth.currentUser()
    })
    expect(value).toEqual(alice)
  })
})

describe('currentLogin()', () => {
  it('returns null if the request is anonymous', async () => {
    expect((await world().visitor().ask(login)).value).toBeNull()
  })

  it('names its source, and for a request’s own credential no session', async () => {
    const { visitor } = world({ loadUserFromRequest: apiKey((key) => (key === 'k' ? bob : null)) })
    const browser = visitor()
    const made = await browser.ask(async (auth) => {
      await auth.loginUser(alice, { remember: true })
      return auth.currentLogin()
    })
    expect(made.value?.source).toBe('login')
    expect((await browser.ask(login)).value?.source).toBe('session')
    browser.restart()
    expect((await browser.ask(login)).value?.source).toBe('remember')
    expect((await visitor({ 'x-api-key': 'k' }).ask(login)).value).toEqual({ source: 'request', session: null })
  })

  it('returns the end of the session, which only a use of the session prolongs', async () => {
    const { visitor, clock } = world({ session: { idleSeconds: 1000 } })
    const browser = visitor()
    await browser.loginAs(alice)
    const start = clock()
    clock.advance(900)
    const { value, cookies } = await browser.ask(login)
    expect([value?.session?.endsAt, cookies]).toEqual([start + 1000, []])
    const used = await browser.ask(async (auth) => [(await login(auth))?.session?.endsAt, await auth.currentUser()])
    expect([used.value, used.cookies]).toEqual([[start + 1000, alice], [expect.stringContaining(SESSION)]])
    expect((await browser.ask(login)).value?.session?.endsAt).toBe(start + 1900)
  })

  it('tells whether the client is still the one it was given to', async () => {
    const { visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice)
    expect((await browser.ask(login)).value?.session?.client).toBe('same')
    const other = await browser.ask(login, { headers: { 'user-agent': 'other' } })
    expect(other.value?.session?.client).toBe('changed')
    const free = world({ sessionProtection: false }).visitor()
    await free.loginAs(alice)
    expect((await free.ask(login)).value?.session?.client).toBe('unbound')
  })

  it('does not let a thief pass for the client by asking after a login of their own', async () => {
    const { visitor } = world({ sessionProtection: 'strong' })
    const browser = visitor()
    await browser.loginAs(alice)
    const thief = visitor({ 'user-agent': 'thief' })
    thief.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    await thief.ask(async (auth) => {
      await auth.loginUser(bob)
      await auth.currentLogin()
    })
    thief.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    expect((await thief.ask(who)).value).toBeNull()
  })
})

describe('the options of a login', () => {
  it.each<[string, unknown, string]>([
    ['what a checkbox of a form says', { remember: 'on' }, '  - remember: must be true or false, but is "on"'],
    ['a number for a flag', { fresh: 1 }, '  - fresh: must be true or false, but is 1'],
    ['nothing for a flag', { force: null }, '  - force: must be true or false, but is null'],
    ['a misspelt one', { remeber: true }, '  - remeber: is not an option: did you mean remember?'],
    ['Flask-Login’s own name', { duration: 30 }, '  - duration: is not an option: check its spelling'],
    ['a flag by itself', true, '  - options: must be an object, but is true: such as { remember: true }'],
    ['null', null, '  - options: must be an object, but is null: such as { remember: true }'],
  ])('throw invalid-options, and no user is logged in, if they are %s', async (_, options, line) => {
    const browser = world().visitor()
    const { value, cookies } = await browser.ask(async (auth) => {
      const error = await auth.loginUser(alice, options as LoginOptions).catch((thrown: unknown) => thrown)
      return { error, user: await auth.currentUser() }
    })
    expect(value.error).toMatchObject({ code: 'invalid-options', message: expect.stringContaining(line) })
    expect([value.user, cookies]).toEqual([null, []])
  })

  it('may be undefined, which is the default', async () => {
    const browser = world().visitor()
    const options = { remember: undefined, fresh: undefined, method: undefined, rememberSeconds: undefined }
    expect((await browser.ask((auth) => auth.loginUser(alice, options))).value).toBe(true)
  })
})

describe('a login over plain http', () => {
  const loginAt = async (url: string, options: Partial<LoginManagerOptions<User>> = {}, times = 2) => {
    const { manager, record } = world(options)
    for (let i = 0; i < times; i++) {
      const auth = manager.open(new Request(url, { headers: { host: new URL(url).host } }))
      await auth.loginUser(alice)
    }
    return record.events.filter(({ name }) => name === 'warning')
  }

  it('that sets Secure cookies is warned of, once per manager, with the remedies', async () => {
    const warnings = await loginAt('http://app.test/login')
    expect(warnings).toMatchObject([{ code: 'insecure-transport' }])
    for (const remedy of ['https', 'publicOrigin', 'http://localhost', 'secure: false'])
      expect(warnings[0]).toMatchObject({ message: expect.stringContaining(remedy) })
  })

  it.each<[string, string, Partial<LoginManagerOptions<User>>]>([
    ['https', 'https://app.test/login', {}],
    ['localhost', 'http://localhost:3000/login', {}],
    ['a proxy that ends TLS and is named', 'http://app.test/login', { publicOrigin: 'https://app.test' }],
    ['cookies that are not Secure', 'http://app.test/login', { cookies: { secure: false } }],
  ])('is not warned of with %s', async (_, url, options) => {
    expect(await loginAt(url, options)).toEqual([])
  })
})

describe('a value that is not a user', () => {
  const NOT_USERS: [string, unknown, RegExp][] = [
    ['an empty list', [], /array of length 0.*rows\[0\]/],
    ['a list of rows', [{ id: 'alice' }], /array of length 1/],
    ['a promise that was not awaited', Promise.resolve(alice), /not awaited/],
    ['a map', new Map(), /collection/],
    ['bytes', new Uint8Array(1), /collection/],
    ['a cursor', { [Symbol.asyncIterator]: () => null }, /cursor/],
  ]

  it.each(NOT_USERS)(
    '%s is refused by loginUser() and confirmLogin(), and nothing is changed',
    async (_, user, message) => {
      const browser = world().visitor()
      await browser.loginAs(bob)
      const { value, cookies } = await browser.ask(async (auth) => {
        const wrong = { user: user as User }
        await expect(auth.loginUser(wrong.user)).rejects.toMatchObject({
          code: 'invalid-user',
          message: expect.stringMatching(message),
        })
        await expect(auth.confirmLogin(wrong)).rejects.toMatchObject({ code: 'invalid-user' })
        return auth.currentUser()
      })
      expect([value, cookies]).toEqual([bob, []])
    },
  )

  it.each(NOT_USERS.filter(([name]) => !name.includes('promise')))(
    '%s is refused from loaders: no token is let in by it',
    async (_, user) => {
      const loadUser = () => user as User
      const { visitor, manager } = world({ loadUser, loadUserFromRequest: bearer(loadUser) })
      const browser = visitor()
      await browser.loginAs(alice)
      await browser.ask((auth) => expect(auth.currentUser()).rejects.toMatchObject({ code: 'invalid-user' }))
      await browser.ask((auth) => expect(auth.session.get('cart')).rejects.toMatchObject({ code: 'invalid-user' }))
      const api = manager.open(new Request('https://app.test/', { headers: { authorization: 'Bearer anything' } }))
      await expect(api.currentUser()).rejects.toMatchObject({ code: 'invalid-user' })
    },
  )

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['minus zero', -0],
    ['a number beyond 2^53', 2 ** 53],
    ['a fraction', 1.5],
    ['nothing', undefined],
    ['null', null],
    ['a flag', true],
    ['an object', {}],
    ['a list', [1]],
    ['a symbol', Symbol('id')],
    ['what String() makes of an object', '[object Object]'],
    ['what String() makes of nothing', 'undefined'],
    ['what String() makes of NaN', 'NaN'],
  ])('an id that is %s is refused before anything is changed', async (_, id) => {
    class Row extends UserMixin {
      readonly id = id as string
    }
    for (const user of [{ id }, { getId: () => id }, new Row()]) {
      const browser = world().visitor()
      const { cookies } = await browser.ask((auth) =>
        expect(auth.loginUser(user as unknown as User)).rejects.toMatchObject({ code: 'invalid-user-id' }),
      )
      expect(cookies).toEqual([])
    }
  })

  it.each<[unknown, string]>([
    [0, '0'],
    [-7, '-7'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2n ** 63n, '9223372036854775808'],
    ['', ''],
    ['null', 'null'],
  ])('an id may be %o', async (id, text) => {
    const loaded: string[] = []
    const { visitor } = world({ loadUser: (given) => void loaded.push(given) })
    const browser = visitor()
    await browser.ask((auth) => auth.loginUser({ id } as unknown as User))
    await browser.ask((auth) => auth.currentUser())
    expect(loaded).toEqual([text])
  })
})
