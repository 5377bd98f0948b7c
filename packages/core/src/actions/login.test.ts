import { describe, expect, it } from 'vitest'
import { alice, bob, getUser, REMEMBER, SESSION, SESSION_ENDED, setUp, type User } from '../../test/setup'
import {
  type Auth,
  apiKey,
  bearer,
  type LoginManagerOptions,
  type LoginOptions,
  type LoginWarning,
  UserMixin,
} from '../index'

const zoe: User = { id: 'zoe', isActive: false }

/** Creates a manager that finds Alice, Bob and Zoe. */
function setUpUsers(options: Partial<LoginManagerOptions<User>> = {}) {
  const users = new Map([alice, bob, zoe].map((user) => [user.id, user]))
  return { users, ...setUp({ loadUser: (id) => users.get(id), ...options }) }
}

const getLogin = (auth: Auth<User>) => auth.currentLogin()

describe('a login', () => {
  it('is in effect in its own request, and in the requests that follow', async () => {
    const browser = setUpUsers().createBrowser()
    const { value } = await browser.run(async (auth) => [await auth.loginUser(alice), await auth.currentUser()])
    expect(value).toEqual([true, alice])
    expect((await browser.run(getUser)).value).toEqual(alice)
  })

  it('ends when the browser restarts, unless it is remembered', async () => {
    const browser = setUpUsers().createBrowser()
    const { cookies } = await browser.run((auth) => auth.loginUser(alice))
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-session=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ])
    browser.restart()
    expect((await browser.run(getUser)).value).toBeNull()
    await browser.run((auth) => auth.loginUser(alice, { remember: true }))
    browser.restart()
    expect((await browser.run(getUser)).value).toEqual(alice)
  })

  it('gets a new session ID, also if a user was logged in', async () => {
    const browser = setUpUsers().createBrowser()
    const ids = new Set<string | undefined>()
    for (const user of [alice, alice, bob]) {
      await browser.run((auth) => auth.loginUser(user))
      ids.add((await browser.run(getLogin)).value?.session?.sessionId)
    }
    expect(ids.size).toBe(3)
    expect([...ids].join()).toMatch(/^[\w-]{22},[\w-]{22},[\w-]{22}$/)
  })

  it('has the methods and the level that the app passes', async () => {
    const { createBrowser, clock } = setUpUsers()
    const browser = createBrowser()
    const methods: [LoginOptions, string[], number][] = [
      [{}, [], 1],
      [{ method: 'pwd' }, ['pwd'], 1],
      [{ method: ['pwd', 'otp'], level: 2 }, ['pwd', 'otp'], 2],
      [{ level: 0 }, [], 0],
    ]
    for (const [options, expected, level] of methods) {
      await browser.run((auth) => auth.loginUser(alice, options))
      expect((await browser.run(getLogin)).value?.session).toMatchObject({
        methods: expected,
        level,
        authTime: clock(),
      })
    }
  })

  it('is fresh, unless the app passes fresh: false', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.run((auth) => auth.loginUser(alice))
    expect((await browser.run((auth) => auth.loginFresh())).value).toBe(true)
    await browser.run((auth) => auth.loginUser(alice, { fresh: false }))
    expect((await browser.run((auth) => auth.loginFresh())).value).toBe(false)
  })

  it('has a cookie with a lifetime if it is permanent, and keeps this property by default', async () => {
    const browser = setUpUsers().createBrowser()
    const { cookies } = await browser.run((auth) => auth.loginUser(alice, { permanent: true }))
    expect(cookies[0]).toContain('; Max-Age=2678400;')
    browser.restart()
    expect((await browser.run(getUser)).value).toEqual(alice)
    await browser.run((auth) => auth.loginUser(alice))
    expect((await browser.run((auth) => auth.session.isPermanent())).value).toBe(true)
    await browser.run((auth) => auth.loginUser(alice, { permanent: false }))
    expect((await browser.run((auth) => auth.session.isPermanent())).value).toBe(false)
  })

  it('keeps the session data of the anonymous visitor and of the same user, and not of another user', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.run((auth) => auth.session.set('cart', ['book']))
    await browser.run((auth) => auth.loginUser(alice))
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toEqual(['book'])
    await browser.run((auth) => auth.loginUser(alice))
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toEqual(['book'])
    await browser.run((auth) => auth.flash('for alice'))
    await browser.run((auth) => auth.loginUser(bob))
    const { value } = await browser.run(async (auth) => [await auth.session.get('cart'), await auth.peekFlashes()])
    expect(value).toEqual([undefined, []])
  })

  it('of another user keeps the flash messages of its own request, and removes earlier ones', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.run((auth) => auth.loginUser(alice))
    await browser.run((auth) => auth.flash('for alice'))
    await browser.run(async (auth) => {
      await auth.flash('You are now bob')
      await auth.loginUser(bob)
    })
    const { value } = await browser.run((auth) => auth.takeFlashes())
    expect(value.map(({ message }) => message)).toEqual(['You are now bob'])
  })

  it.each<[boolean | string[], unknown[]]>([
    [true, [1, 2]],
    [false, [undefined, undefined]],
    [['draft'], [undefined, 2]],
  ])('keeps the data of the anonymous session that keepAnonymousData %j selects', async (keepAnonymousData, kept) => {
    const browser = setUpUsers({ keepAnonymousData }).createBrowser()
    await browser.run(async (auth) => {
      await auth.session.set('cart', 1)
      await auth.session.set('draft', 2)
      await auth.loginUser(alice)
    })
    const both = (auth: Auth<User>) => Promise.all([auth.session.get('cart'), auth.session.get('draft')])
    expect((await browser.run(both)).value).toEqual(kept)
  })

  it('invalidates the CSRF tokens that were issued before it', async () => {
    const browser = setUpUsers().createBrowser()
    const { value: token } = await browser.run((auth) => auth.csrfToken())
    expect((await browser.run((auth) => auth.checkCsrf(token))).value).toBe(true)
    await browser.run((auth) => auth.loginUser(alice))
    expect((await browser.run((auth) => auth.checkCsrf(token))).value).toBe(false)
  })

  it('clears the remember cookie of the previous user', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice, { remember: true })
    await browser.run((auth) => auth.loginUser(bob))
    expect(browser.cookies.names()).not.toContain(REMEMBER)
    browser.restart()
    expect((await browser.run(getUser)).value).toBeNull()
  })

  it('of a user without an ID throws invalid-user-id, and no user is logged in', async () => {
    const { createBrowser } = setUpUsers()
    for (const user of [{}, { id: null }, { id: {} }, { getId: () => undefined }] as unknown as User[]) {
      const { value, cookies } = await createBrowser().run(async (auth) => {
        await expect(auth.loginUser(user, { remember: true })).rejects.toMatchObject({ code: 'invalid-user-id' })
        return auth.currentUser()
      })
      expect(value).toBeNull()
      expect(cookies).toEqual([])
    }
  })

  it('converts numeric IDs to strings, and prefers getId() to the property id', async () => {
    const loadedIds: string[] = []
    const { createBrowser } = setUpUsers({ loadUser: (id) => void loadedIds.push(id) })
    const users = [{ id: 7 }, { id: 7n }, { id: 'x', getId: () => '8' }, { id: 0 }] as unknown as User[]
    for (const user of users) {
      const browser = createBrowser()
      await browser.loginAs(user)
      await browser.run(getUser)
    }
    expect(loadedIds).toEqual(['7', '7', '8', '0'])
  })

  it('uses the ID that the option userId returns', async () => {
    const loadedIds: string[] = []
    const { createBrowser } = setUpUsers({
      userId: (user) => `user:${user.id}`,
      loadUser: (id) => void loadedIds.push(id),
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    await browser.run(getUser)
    expect(loadedIds).toEqual(['user:alice'])
  })
})

describe('an inactive user', () => {
  it('is rejected without a cookie, and the previous user stays logged in', async () => {
    const { createBrowser } = setUpUsers()
    const browser = createBrowser()
    const { value, cookies } = await browser.run((auth) => auth.loginUser(zoe, { remember: true }))
    expect(value).toBe(false)
    expect(cookies).toEqual([])
    await browser.loginAs(alice)
    expect((await browser.run(async (auth) => [await auth.loginUser(zoe), await auth.currentUser()])).value).toEqual([
      false,
      alice,
    ])
  })

  it('is returned by currentUser() after a forced login, and does not pass a guard', async () => {
    const browser = setUpUsers().createBrowser()
    const checkUser = async (auth: Auth<User>) => [await auth.currentUser(), (await auth.require()).ok]
    const first = await browser.run(async (auth) => [
      await auth.loginUser(zoe, { force: true }),
      ...(await checkUser(auth)),
    ])
    expect(first.value).toEqual([true, zoe, false])
    expect((await browser.run(checkUser)).value).toEqual([zoe, false])
    expect((await browser.run((auth) => auth.confirmLogin())).value).toBe(false)
  })

  it('passes a guard after the user became active', async () => {
    const { createBrowser, users } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(zoe)
    users.set('zoe', { id: 'zoe' })
    expect((await browser.run(async (auth) => (await auth.require()).ok)).value).toBe(true)
  })

  it.each<[string, object, boolean]>([
    ['a user without isActive', {}, true],
    ['isActive: true', { isActive: true }, true],
    ['an isActive() that returns true', { isActive: () => true }, true],
    ['an isActive() that resolves to true', { isActive: async () => true }, true],
    ['isActive: false', { isActive: false }, false],
    ['an isActive() that returns false', { isActive: () => false }, false],
    ['null in the database', { isActive: null }, false],
    ['0 in the database', { isActive: 0 }, false],
    ['1 in the database, which does not count as active', { isActive: 1 }, false],
  ])('is detected by the isActive of the user: %s', async (_, properties, isActive) => {
    const user = { id: 'alice', ...properties } as User
    expect(
      (
        await setUpUsers()
          .createBrowser()
          .run((auth) => auth.loginUser(user))
      ).value,
    ).toBe(isActive)
  })

  it.each([1, 'yes', {}])(
    'is a user whose isActive is not true, with one warning if isActive is %j',
    async (isActive) => {
      const warnings: LoginWarning[] = []
      const { createBrowser, record } = setUpUsers({
        isActive: () => isActive as unknown as boolean,
        onWarning: (warning) => void (warning.code !== 'refused' && warnings.push(warning)),
      })
      const browser = createBrowser()
      for (const _ of ['first', 'second'])
        expect((await browser.run((auth) => auth.loginUser(alice))).value).toBe(false)
      expect(warnings).toMatchObject([
        { code: 'is-active', message: expect.stringContaining(JSON.stringify(isActive)) },
      ])
      expect(record.names().filter((name) => name === 'warning')).toHaveLength(1)
    },
  )

  it.each([false, 0, null, undefined, ''])('is rejected without a warning if isActive returns %j', async (isActive) => {
    const { createBrowser, record } = setUpUsers({ isActive: () => isActive as unknown as boolean })
    expect((await createBrowser().run((auth) => auth.loginUser(alice))).value).toBe(false)
    expect(record.names()).toEqual(['loginRejected'])
  })
})

describe('rememberSeconds of loginUser()', () => {
  it.each<[string, unknown]>([
    ['a string', '600'],
    ['a string without digits', 'long'],
    ['an object', {}],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['above every safe integer', 1e300],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER],
    ['so large that the end is not a safe integer', 2 ** 53 - 1_700_000_000],
    ['a function', () => 600],
    ['an array', [600]],
  ])('throws invalid-duration before any change if it is %s', async (_, rememberSeconds) => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(bob)
    const options = { remember: true, rememberSeconds } as LoginOptions
    const { value, cookies } = await browser.run(async (auth) => {
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
  ])('%s sets a remember cookie with Max-Age=%i', async (rememberSeconds, seconds) => {
    const { cookies } = await setUpUsers()
      .createBrowser()
      .run((auth) => auth.loginUser(alice, { remember: true, rememberSeconds }))
    expect(cookies[1]).toMatch(new RegExp(`^__Host-remember_token=[^;]+; Max-Age=${seconds};`))
  })

  it.each([0, -1, 0.5, -0.5])('%d does not set a remember cookie', async (rememberSeconds) => {
    const browser = setUpUsers().createBrowser()
    await browser.run((auth) => auth.loginUser(alice, { remember: true, rememberSeconds }))
    expect(browser.cookies.names()).toEqual([SESSION])
  })

  it('applies to its own login only: the next remembered login uses the manager option', async () => {
    const browser = setUpUsers({ remember: { seconds: 1000 } }).createBrowser()
    await browser.run((auth) => auth.loginUser(alice, { remember: true, rememberSeconds: 60 }))
    const { cookies } = await browser.run((auth) => auth.loginUser(bob, { remember: true }))
    expect(cookies[1]).toContain('; Max-Age=1000;')
  })
})

describe('a logout', () => {
  it('clears the session cookie and the remember cookie, only if the browser sent them', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice, { remember: true })
    await browser.run((auth) => auth.session.set('cart', 1))
    const { cookies } = await browser.run((auth) => auth.logoutUser())
    expect(cookies).toEqual([
      '__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      '__Host-remember_token=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      expect.stringMatching(/^__Host-session_ended=[\w-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ])
    expect(browser.cookies.names()).toEqual([SESSION_ENDED])
    expect((await browser.run((auth) => auth.logoutUser())).cookies).toEqual([])
  })

  it('stays in effect in its request, despite an API key, until an explicit login', async () => {
    const { createBrowser } = setUpUsers({ loadUserFromRequest: apiKey((key) => (key === 'k' ? bob : null)) })
    const browser = createBrowser({ headers: { 'x-api-key': 'k' } })
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.run(async (auth) => {
      await auth.logoutUser()
      const after = [await auth.currentUser(), (await auth.require()).ok, await auth.loginRemembered()]
      await auth.loginUser(alice)
      return [...after, await auth.currentUser()]
    })
    expect(value).toEqual([null, false, false, alice])
  })

  it('with keepData keeps the session data of the app, but not the pending next', async () => {
    const browser = setUpUsers({ useSessionForNext: true, loginView: '/login' }).createBrowser()
    await browser.run(async (auth) => {
      const decision = await auth.require()
      if (!decision.ok) await decision.respond()
    })
    expect((await browser.run((auth) => auth.session.pendingNext())).value).toBe('/')
    await browser.run(async (auth) => {
      await auth.loginUser(alice)
      await auth.session.set('cart', 1)
      await auth.logoutUser({ keepData: true })
      await auth.flash('Goodbye')
    })
    const { value } = await browser.run(async (auth) => [
      await auth.currentUser(),
      await auth.session.get('cart'),
      await auth.session.pendingNext(),
      (await auth.peekFlashes()).map(({ message }) => message),
    ])
    expect(value).toEqual([null, 1, null, ['Goodbye']])
  })

  it('keeps the flash messages of its own request, before and after it, and removes those of earlier requests', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice)
    await browser.run((auth) => auth.flash('earlier'))
    await browser.run(async (auth) => {
      await auth.flash('before')
      await auth.logoutUser()
      await auth.flash('after')
    })
    expect((await browser.run((auth) => auth.takeFlashes())).value).toEqual([
      { category: 'message', message: 'before' },
      { category: 'message', message: 'after' },
    ])
  })

  it('works if the user loader throws, and emits the ID of the user', async () => {
    const { createBrowser, record } = setUpUsers({
      loadUser: () => {
        throw new Error('database')
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.run(async (auth) => {
      await auth.logoutUser()
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(browser.cookies.names()).toEqual([SESSION_ENDED])
    expect(record.events.at(-1)).toMatchObject({ name: 'userLoggedOut', user: null, userId: 'alice' })
  })

  it('clears a cookie that the manager cannot read', async () => {
    const browser = setUpUsers().createBrowser()
    browser.cookies.set(SESSION, 'nonsense')
    browser.cookies.set(REMEMBER, 'nonsense')
    await browser.run((auth) => auth.logoutUser())
    expect(browser.cookies.names()).toEqual([])
  })

  it('removes the user from auth.user after a guard', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice)
    await browser.run(async (auth) => {
      await auth.require()
      expect(auth.user).toEqual(alice)
      await auth.logoutUser()
      expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
    })
  })
})

describe('a logout everywhere', () => {
  it('throws cannot-revoke without the option revokeUser, and changes nothing', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice)
    const { value, cookies } = await browser.run(async (auth) => {
      await expect(auth.logoutUser({ everywhere: true })).rejects.toMatchObject({ code: 'cannot-revoke' })
      return auth.currentUser()
    })
    expect(value).toEqual(alice)
    expect(cookies).toEqual([])
  })

  it('ends all logins of the user, also remembered ones, and no login of another user', async () => {
    const stamps = new Map([
      ['alice', 1],
      ['bob', 1],
    ])
    const { createBrowser } = setUpUsers({
      sessionStamp: async (user) => stamps.get(user.id) as number,
      revokeUser: async (user) => void stamps.set(user.id, (stamps.get(user.id) as number) + 1),
    })
    const [laptop, phone, tablet, other] = [createBrowser(), createBrowser(), createBrowser(), createBrowser()]
    await laptop.loginAs(alice)
    await phone.loginAs(alice)
    await tablet.loginAs(alice, { remember: true })
    tablet.restart()
    await other.loginAs(bob)
    await laptop.run((auth) => auth.logoutUser({ everywhere: true }))
    for (const device of [laptop, phone, tablet]) expect((await device.run(getUser)).value).toBeNull()
    expect((await other.run(getUser)).value).toEqual(bob)
    await laptop.run((auth) => auth.loginUser(alice))
    expect((await laptop.run(getUser)).value).toEqual(alice)
  })

  it('ends the login of this browser if revokeUser throws', async () => {
    const failure = new Error('database')
    const { createBrowser } = setUpUsers({
      revokeUser: () => {
        throw failure
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    await browser.run((auth) => expect(auth.logoutUser({ everywhere: true })).rejects.toBe(failure))
    expect(browser.cookies.names()).toEqual([SESSION_ENDED])
  })

  it('throws if the user could not be loaded, because other logins were not ended', async () => {
    const failure = new Error('database')
    const revoked: User[] = []
    const { createBrowser } = setUpUsers({
      revokeUser: (user) => void revoked.push(user),
      loadUser: () => {
        throw failure
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    await browser.run((auth) => expect(auth.logoutUser({ everywhere: true })).rejects.toBe(failure))
    expect(browser.cookies.names()).toEqual([SESSION_ENDED])
    expect(revoked).toEqual([])
  })

  it('does not call revokeUser if the request has no login', async () => {
    const revoked: User[] = []
    const { createBrowser } = setUpUsers({ revokeUser: (user) => void revoked.push(user) })
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 1))
    await browser.run((auth) => auth.logoutUser({ everywhere: true }))
    expect(revoked).toEqual([])
  })

  /** Logs alice in. Returns the browser, the IDs that were revoked, and variables that change the user afterwards. */
  async function setUpRevocation(options: Partial<LoginManagerOptions<User>> = {}, remember = false) {
    const revoked: string[] = []
    const active = { isActive: true }
    const { createBrowser, ...rest } = setUpUsers({
      sessionStamp: () => stamp.value,
      isActive: () => active.isActive,
      revokeUser: (user) => void revoked.push(user.id),
      ...options,
    })
    const stamp = { value: 1 }
    const browser = createBrowser()
    await browser.loginAs(alice, { remember })
    return { ...rest, browser, revoked, active, stamp }
  }
  const logoutEverywhere = (auth: Auth<User>) => auth.logoutUser({ everywhere: true })
  const expectCannotRevoke = (auth: Auth<User>) =>
    expect(logoutEverywhere(auth)).rejects.toMatchObject({ code: 'cannot-revoke' })
  const otherClient = { headers: { 'user-agent': 'another' } }

  it('also revokes the logins of an inactive user', async () => {
    const { browser, revoked, active } = await setUpRevocation()
    active.isActive = false
    await browser.run(logoutEverywhere)
    expect([revoked, browser.cookies.names()]).toEqual([['alice'], [SESSION_ENDED]])
  })

  it('revokes the logins of an inactive user whose browser has only the remember cookie', async () => {
    const { browser, revoked, active } = await setUpRevocation({}, true)
    browser.cookies.delete(SESSION)
    active.isActive = false
    await browser.run(logoutEverywhere)
    expect([revoked, browser.cookies.names()]).toEqual([['alice'], [SESSION_ENDED]])
  })

  it.each([false, true])(
    'revokes the logins after strong protection ended this one, with a guard before it: %s',
    async (guarded) => {
      const { browser, revoked } = await setUpRevocation({ sessionProtection: 'strong' })
      await browser.run(async (auth) => {
        if (guarded) expect((await auth.require()).ok).toBe(false)
        await logoutEverywhere(auth)
      }, otherClient)
      expect([revoked, browser.cookies.names()]).toEqual([['alice'], [SESSION_ENDED]])
    },
  )

  it.each<[string, (context: Awaited<ReturnType<typeof setUpRevocation>>) => unknown]>([
    ['whose stamp changed', ({ stamp }) => Object.assign(stamp, { value: 2 })],
    ['of a deleted user', ({ users }) => users.delete('alice')],
    ['that was idle longer than its idle time', ({ clock }) => clock.advance(86_400)],
    ['that is older than its lifetime', ({ clock }) => clock.advance(2_678_400)],
  ])('throws cannot-revoke for a login %s, but clears the cookies and emits userLoggedOut', async (_, end) => {
    const context = await setUpRevocation()
    end(context)
    await context.browser.run(expectCannotRevoke)
    const left = context.browser.cookies.names().filter((name) => name !== SESSION_ENDED)
    expect([context.revoked, left]).toEqual([[], []])
    expect(context.record.names()).toContain('userLoggedOut')
  })

  it('throws cannot-revoke for a login that strong protection ended and that was revoked before', async () => {
    const { browser, revoked, stamp } = await setUpRevocation({ sessionProtection: 'strong' })
    stamp.value = 2
    await browser.run(expectCannotRevoke, otherClient)
    expect(revoked).toEqual([])
  })

  it('throws cannot-revoke without a user loader, because the user is unknown', async () => {
    const { browser } = await setUpRevocation()
    const { createBrowser, record } = setUpUsers({
      loadUser: undefined,
      loadUserFromRequest: () => null,
      revokeUser: () => expect.unreachable(),
    })
    const api = createBrowser()
    api.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    await api.run(expectCannotRevoke)
    expect(record.events).toMatchObject([{}, { name: 'userLoggedOut', ended: [{}] }])
  })

  it('throws cannot-revoke for a cookie that the manager cannot read', async () => {
    const { browser } = await setUpRevocation()
    browser.cookies.set(SESSION, 'x.y.z')
    await browser.run(expectCannotRevoke)
  })
})

describe('a confirmation', () => {
  it('makes a stale login fresh, with a new session ID, the same data and the same start', async () => {
    const { createBrowser, clock } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    clock.advance(100)
    await browser.run((auth) => auth.session.set('cart', 1))
    const before = (await browser.run(getLogin)).value?.session
    clock.advance(100)
    expect((await browser.run((auth) => auth.confirmLogin({ method: 'pwd' }))).value).toBe(true)
    const after = (await browser.run(getLogin)).value?.session
    expect(before).toMatchObject({ fresh: false, methods: [], level: 0, authTime: 1_800_000_000 })
    expect(after).toMatchObject({ fresh: true, methods: ['pwd'], level: 1, authTime: clock(), since: before?.since })
    expect(after?.sessionId).not.toBe(before?.sessionId)
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBe(1)
    expect((await browser.run((auth) => auth.loginRemembered())).value).toBe(true)
  })

  it('replaces the methods and the level of the login by its own, so a weak one does not renew a strong one', async () => {
    const { createBrowser } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice, { method: ['pwd', 'hwk'], level: 3 })
    await browser.run((auth) => auth.confirmLogin({ method: 'pwd', level: 1 }))
    expect((await browser.run(getLogin)).value?.session).toMatchObject({ methods: ['pwd'], level: 1 })
    await browser.run((auth) => auth.confirmLogin({ method: ['pwd', 'otp'], level: 2 }))
    expect((await browser.run(getLogin)).value?.session).toMatchObject({ methods: ['pwd', 'otp'], level: 2 })
    await browser.run((auth) => auth.confirmLogin())
    expect((await browser.run(getLogin)).value?.session).toMatchObject({ methods: [], level: 1 })
  })

  it('binds the login to the client that sent it', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice)
    const other = { headers: { 'user-agent': 'other' } }
    await browser.run((auth) => auth.confirmLogin(), other)
    expect((await browser.run((auth) => auth.loginFresh(), other)).value).toBe(true)
    expect((await browser.run((auth) => auth.loginFresh())).value).toBe(false)
  })

  it('returns false to another client under strong protection', async () => {
    const { createBrowser } = setUpUsers({ sessionProtection: 'strong' })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run((auth) => auth.confirmLogin(), { headers: { 'user-agent': 'thief' } })
    expect(value).toBe(false)
    expect(browser.cookies.names()).toEqual([])
  })

  it('returns false if the request is anonymous', async () => {
    const { createBrowser, record } = setUpUsers()
    const { value, cookies } = await createBrowser().run((auth) => auth.confirmLogin())
    expect(value).toBe(false)
    expect(cookies).toEqual([])
    expect(record.names()).toEqual(['userAccessed'])
  })

  it('with a user whose session stamp changed keeps the login and the remember cookie of this browser only', async () => {
    let stamp = 'old'
    const { createBrowser } = setUpUsers({ sessionStamp: () => stamp })
    const [here, elsewhere] = [createBrowser(), createBrowser()]
    await here.loginAs(alice, { remember: true })
    await elsewhere.loginAs(alice, { remember: true })
    const changed: User = { id: 'alice' }
    const { value } = await here.run(async (auth) => {
      await auth.currentUser()
      stamp = 'new'
      await auth.confirmLogin({ user: changed })
      return auth.currentUser()
    })
    expect(value).toBe(changed)
    expect((await here.run(getUser)).value).toEqual(alice)
    expect((await here.run((auth) => auth.loginRemembered())).value).toBe(true)
    here.restart()
    expect((await here.run(getUser)).value).toEqual(alice)
    expect((await elsewhere.run(getUser)).value).toBeNull()
  })

  it('throws invalid-user-id for another user', async () => {
    const browser = setUpUsers({ sessionStamp: () => 's' }).createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(async (auth) => {
      await expect(auth.confirmLogin({ user: bob })).rejects.toMatchObject({ code: 'invalid-user-id' })
      return auth.currentUser()
    })
    expect(value).toEqual(alice)
  })
})

describe('currentLogin()', () => {
  it('returns null if the request is anonymous', async () => {
    expect((await setUpUsers().createBrowser().run(getLogin)).value).toBeNull()
  })

  it('returns the source of the login, and a null session for a request credential', async () => {
    const { createBrowser } = setUpUsers({ loadUserFromRequest: apiKey((key) => (key === 'k' ? bob : null)) })
    const browser = createBrowser()
    const created = await browser.run(async (auth) => {
      await auth.loginUser(alice, { remember: true })
      return auth.currentLogin()
    })
    expect(created.value?.source).toBe('login')
    expect((await browser.run(getLogin)).value?.source).toBe('session')
    browser.restart()
    expect((await browser.run(getLogin)).value?.source).toBe('remember')
    expect((await createBrowser({ headers: { 'x-api-key': 'k' } }).run(getLogin)).value).toEqual({
      source: 'request',
      session: null,
    })
  })

  it('returns the end of the session, and does not renew the session itself', async () => {
    const { createBrowser, clock } = setUpUsers({ session: { idleSeconds: 1000 } })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const start = clock()
    clock.advance(900)
    const { value, cookies } = await browser.run(getLogin)
    expect([value?.session?.endsAt, cookies]).toEqual([start + 1000, []])
    const used = await browser.run(async (auth) => [(await getLogin(auth))?.session?.endsAt, await auth.currentUser()])
    expect([used.value, used.cookies]).toEqual([[start + 1000, alice], [expect.stringContaining(SESSION)]])
    expect((await browser.run(getLogin)).value?.session?.endsAt).toBe(start + 1900)
  })

  it('returns whether the client is the one that logged in', async () => {
    const { createBrowser } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice)
    expect((await browser.run(getLogin)).value?.session?.client).toBe('same')
    const other = await browser.run(getLogin, { headers: { 'user-agent': 'other' } })
    expect(other.value?.session?.client).toBe('changed')
    const unprotected = setUpUsers({ sessionProtection: false }).createBrowser()
    await unprotected.loginAs(alice)
    expect((await unprotected.run(getLogin)).value?.session?.client).toBe('unbound')
  })

  it('does not bind the stolen session to the client of a thief who calls it after a login of their own', async () => {
    const { createBrowser } = setUpUsers({ sessionProtection: 'strong' })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const thief = createBrowser({ headers: { 'user-agent': 'thief' } })
    thief.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    await thief.run(async (auth) => {
      await auth.loginUser(bob)
      await auth.currentLogin()
    })
    thief.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    expect((await thief.run(getUser)).value).toBeNull()
  })
})

describe('the options of a login', () => {
  it.each<[string, unknown, string]>([
    ['the "on" of a checkbox for a flag', { remember: 'on' }, '  - remember: must be true or false, but is "on"'],
    ['a number for a flag', { fresh: 1 }, '  - fresh: must be true or false, but is 1'],
    ['null for a flag', { force: null }, '  - force: must be true or false, but is null'],
    ['a misspelled option', { remeber: true }, '  - remeber: is not an option: did you mean remember?'],
    ['the option name of Flask-Login', { duration: 30 }, '  - duration: is not an option: check its spelling'],
    ['a boolean instead of an object', true, '  - options: must be an object, but is true: such as { remember: true }'],
    ['null', null, '  - options: must be an object, but is null: such as { remember: true }'],
  ])('throw invalid-options, and no user is logged in, if they are %s', async (_, options, line) => {
    const browser = setUpUsers().createBrowser()
    const { value, cookies } = await browser.run(async (auth) => {
      const error = await auth.loginUser(alice, options as LoginOptions).catch((thrown: unknown) => thrown)
      return { error, user: await auth.currentUser() }
    })
    expect(value.error).toMatchObject({ code: 'invalid-options', message: expect.stringContaining(line) })
    expect([value.user, cookies]).toEqual([null, []])
  })

  it('may each be undefined, which selects the default', async () => {
    const browser = setUpUsers().createBrowser()
    const options = { remember: undefined, fresh: undefined, method: undefined, rememberSeconds: undefined }
    expect((await browser.run((auth) => auth.loginUser(alice, options))).value).toBe(true)
  })
})

describe('a login over plain http', () => {
  const loginAt = async (url: string, options: Partial<LoginManagerOptions<User>> = {}, times = 2) => {
    const { manager, record } = setUpUsers(options)
    for (let i = 0; i < times; i++) {
      const auth = manager.open(new Request(url, { headers: { host: new URL(url).host } }))
      await auth.loginUser(alice)
    }
    return record.events.filter(({ name }) => name === 'warning')
  }

  it('that sets Secure cookies emits one warning per manager, with the remedies', async () => {
    const warnings = await loginAt('http://app.test/login')
    expect(warnings).toMatchObject([{ code: 'insecure-transport' }])
    for (const remedy of ['https', 'publicOrigin', 'http://localhost', 'secure: false'])
      expect(warnings[0]).toMatchObject({ message: expect.stringContaining(remedy) })
  })

  it.each<[string, string, Partial<LoginManagerOptions<User>>]>([
    ['https', 'https://app.test/login', {}],
    ['localhost', 'http://localhost:3000/login', {}],
    ['a proxy that terminates TLS and publicOrigin', 'http://app.test/login', { publicOrigin: 'https://app.test' }],
    ['cookies that are not Secure', 'http://app.test/login', { cookies: { secure: false } }],
  ])('does not emit a warning with %s', async (_, url, options) => {
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
    'makes loginUser() and confirmLogin() throw invalid-user without a change: %s',
    async (_, user, message) => {
      const browser = setUpUsers().createBrowser()
      await browser.loginAs(bob)
      const { value, cookies } = await browser.run(async (auth) => {
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
    'makes a user loader and a request loader throw invalid-user: %s',
    async (_, user) => {
      const loadUser = () => user as User
      const { createBrowser, manager } = setUpUsers({ loadUser, loadUserFromRequest: bearer(loadUser) })
      const browser = createBrowser()
      await browser.loginAs(alice)
      await browser.run((auth) => expect(auth.currentUser()).rejects.toMatchObject({ code: 'invalid-user' }))
      await browser.run((auth) => expect(auth.session.get('cart')).rejects.toMatchObject({ code: 'invalid-user' }))
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
    ['undefined', undefined],
    ['null', null],
    ['a boolean', true],
    ['an object', {}],
    ['an array', [1]],
    ['a symbol', Symbol('id')],
    ['the result of String() for an object', '[object Object]'],
    ['the result of String() for undefined', 'undefined'],
    ['the result of String() for NaN', 'NaN'],
  ])('makes loginUser() throw invalid-user-id before any change if the ID is %s', async (_, id) => {
    class Row extends UserMixin {
      readonly id = id as string
    }
    for (const user of [{ id }, { getId: () => id }, new Row()]) {
      const browser = setUpUsers().createBrowser()
      const { cookies } = await browser.run((auth) =>
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
  ])('is not the ID %o, which loadUser receives as a string', async (id, text) => {
    const loaded: string[] = []
    const { createBrowser } = setUpUsers({ loadUser: (given) => void loaded.push(given) })
    const browser = createBrowser()
    await browser.run((auth) => auth.loginUser({ id } as unknown as User))
    await browser.run((auth) => auth.currentUser())
    expect(loaded).toEqual([text])
  })
})
