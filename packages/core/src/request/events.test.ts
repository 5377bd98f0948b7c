import { describe, expect, it } from 'vitest'
import { alice, getUser, REMEMBER, SESSION, SESSION_ENDED, setUp, type User } from '../../test/setup'
import { type Auth, bearer, type LoginEventName, StoreError } from '../index'
import { recordEvents } from '../testing'

const zoe: User = { id: 'zoe', isActive: false }

/** Returns an operation that resolves with the error of another one. */
const catchError =
  (operation: (auth: Auth<User>) => Promise<unknown>) =>
  (auth: Auth<User>): Promise<unknown> =>
    operation(auth).then(
      () => undefined,
      (error: unknown) => error,
    )

const failure = new Error('the listener failed')
const fail = (): never => {
  throw failure
}

describe('listeners', () => {
  it('receive an event and its request one after the other, and each is awaited', async () => {
    const { manager, createBrowser } = setUp()
    const received: string[] = []
    manager.on('userLoggedIn', async ({ name, user, request }) => {
      await Promise.resolve()
      received.push(`first ${name} ${user.id} ${new URL(request.url).pathname}`)
    })
    manager.on('userLoggedIn', () => void received.push('second'))
    await createBrowser({ path: '/page' }).run((auth) => auth.loginUser(alice))
    expect(received).toEqual(['first userLoggedIn alice /page', 'second'])
  })

  it('do not receive an event after their removal, and the other listeners still do', async () => {
    const { manager, createBrowser } = setUp()
    const received: string[] = []
    const removeListener = manager.on('userAccessed', () => void received.push('one'))
    manager.on('userAccessed', () => void received.push('other'))
    await createBrowser().run(getUser)
    removeListener()
    removeListener()
    await createBrowser().run(getUser)
    expect(received).toEqual(['one', 'other', 'other'])
  })

  it('can remove themselves during an event, and all others still receive it', async () => {
    const { manager, createBrowser } = setUp()
    const received: string[] = []
    const removeListener = manager.on('userAccessed', () => {
      received.push('once')
      removeListener()
    })
    manager.on('userAccessed', () => void received.push('always'))
    await createBrowser().run(getUser)
    await createBrowser().run(getUser)
    expect(received).toEqual(['once', 'always', 'always'])
  })

  it('receive the events of one manager only', async () => {
    const [one, two] = [setUp(), setUp()]
    const record = recordEvents(one.manager)
    await two.createBrowser().run((auth) => auth.loginUser(alice))
    expect(record.events).toEqual([])
  })

  it('of recordEvents() do not receive an event after stop()', async () => {
    const { manager, createBrowser } = setUp()
    const record = recordEvents(manager)
    await createBrowser().run(getUser)
    record.stop()
    await createBrowser().run(getUser)
    expect(record.names()).toEqual(['userAccessed'])
  })
})

describe('the nine signals of Flask-Login', () => {
  it('are emitted once each for login, load, confirmation and logout', async () => {
    const { manager, createBrowser } = setUp()
    const record = recordEvents(manager)
    const browser = createBrowser()
    await browser.run((auth) => auth.loginUser(alice, { remember: true }))
    await browser.run(async (auth) => {
      await auth.currentUser()
      await auth.confirmLogin()
      await auth.logoutUser()
    })
    expect(record.events).toMatchObject([
      { name: 'userLoggedIn', user: alice },
      { name: 'userAccessed' },
      { name: 'userLoginConfirmed', user: alice },
      { name: 'userLoggedOut', user: alice, userId: 'alice' },
    ])
  })

  it('are emitted for a login from the remember cookie and for one from the request', async () => {
    const { manager, createBrowser } = setUp({ loadUserFromRequest: bearer<User>(() => alice) })
    const record = recordEvents(manager)
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    await browser.run(getUser)
    await createBrowser({ headers: { authorization: 'Bearer t' } }).run(getUser)
    expect(record.names()).toEqual([
      'userLoggedIn',
      'userAccessed',
      'userLoadedFromCookie',
      'userAccessed',
      'userLoadedFromRequest',
    ])
  })

  it('are emitted for refusals and for a changed client', async () => {
    const { manager, createBrowser } = setUp()
    const record = recordEvents(manager)
    const browser = createBrowser()
    await browser.run(async (auth) => {
      const decision = await auth.require()
      if (!decision.ok) await decision.respond()
    })
    await browser.loginAs(alice)
    const requireFresh = async (auth: Auth<User>): Promise<void> => {
      const decision = await auth.require({ fresh: true })
      if (!decision.ok) await decision.respond()
    }
    await browser.run(requireFresh, { headers: { 'user-agent': 'other' } })
    expect(record.events).toMatchObject([
      { name: 'userAccessed' },
      { name: 'userUnauthorized', reason: 'no-cookie' },
      { name: 'userLoggedIn' },
      { name: 'userAccessed' },
      { name: 'sessionProtected', userId: 'alice', verdict: 'stale' },
      { name: 'userNeedsRefresh' },
    ])
  })

  it('have the addition userForbidden, for a user that the option allow refuses', async () => {
    const { manager, createBrowser } = setUp()
    const record = recordEvents(manager)
    const browser = createBrowser()
    await browser.loginAs(alice)
    await browser.run(async (auth) => {
      const decision = await auth.require({ allow: () => false })
      if (!decision.ok) await decision.respond()
    })
    expect(record.events.at(-1)).toMatchObject({ name: 'userForbidden', user: alice })
  })

  it('are emitted for a logout of an anonymous request, as in Flask-Login', async () => {
    const { manager, createBrowser } = setUp()
    const record = recordEvents(manager)
    await createBrowser().run((auth) => auth.logoutUser())
    expect(record.events.at(-1)).toMatchObject({ name: 'userLoggedOut', user: null, userId: null })
  })

  it('do not include a login of an inactive user, which emits loginRejected', async () => {
    const { manager, createBrowser } = setUp()
    const record = recordEvents(manager)
    const { value } = await createBrowser().run((auth) => auth.loginUser(zoe))
    expect(value).toBe(false)
    expect(record.events).toMatchObject([{ name: 'loginRejected', user: zoe, reason: 'inactive' }])
  })
})

describe('a listener that throws', () => {
  it('undoes a login, so the request stays anonymous and no cookie is set', async () => {
    const { manager, createBrowser } = setUp()
    manager.on('userLoggedIn', fail)
    const browser = createBrowser()
    const { value, cookies } = await browser.run(async (auth) => {
      await expect(auth.loginUser(alice, { remember: true })).rejects.toBe(failure)
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(cookies).toEqual([])
  })

  it('undoes a login that replaces another one, so the first one stays', async () => {
    const { manager, createBrowser } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    manager.on('userLoggedIn', fail)
    const { value, cookies } = await browser.run(async (auth) => {
      await expect(auth.loginUser({ id: 'bob' })).rejects.toBe(failure)
      return [await auth.currentUser(), await auth.loginRemembered()]
    })
    expect(value).toEqual([alice, true])
    expect(cookies).toEqual([])
  })

  it('undoes a login if the second listener throws after the first one received the event', async () => {
    const { manager, createBrowser } = setUp()
    manager.on('userLoggedIn', () => undefined)
    manager.on('userLoggedIn', async () => fail())
    const { value: error, cookies } = await createBrowser().run(catchError((auth) => auth.loginUser(alice)))
    expect(error).toBe(failure)
    expect(cookies).toEqual([])
  })

  it('undoes a login from the remember cookie, for this request and the next', async () => {
    const { manager, createBrowser } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const removeListener = manager.on('userLoadedFromCookie', fail)
    const { value: error, cookies } = await browser.run(catchError(getUser))
    expect(error).toBe(failure)
    expect(cookies).toEqual([])
    removeListener()
    expect((await browser.run(getUser)).value).toEqual(alice)
  })

  it('undoes a login from the remember cookie before a guard, if it throws a StoreError', async () => {
    const { manager, createBrowser } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const removeListener = manager.on('userLoadedFromCookie', () => {
      removeListener()
      throw new StoreError('The audit log is down.', { retryAfterSeconds: 7 })
    })
    const { value, cookies } = await browser.run(async (auth) => {
      const decision = await auth.require()
      if (decision.ok) return 'allowed'
      const response = await decision.respond()
      return [decision.reason, response.status, response.headers.get('retry-after')]
    })
    expect(value).toEqual(['unavailable', 503, '7'])
    expect(cookies).toEqual([])
  })

  it('undoes a login from the request before a guard, if it throws a StoreError', async () => {
    const { manager, createBrowser } = setUp({ loadUserFromRequest: bearer<User>(() => alice) })
    const removeListener = manager.on('userLoadedFromRequest', () => {
      throw new StoreError('The audit log is down.')
    })
    const { value } = await createBrowser({ headers: { authorization: 'Bearer t' } }).run(async (auth) => {
      const first = await auth.require()
      const second = await auth.require()
      removeListener()
      return [first.ok, second.ok, (await auth.require()).ok]
    })
    expect(value).toEqual([false, false, true])
  })

  it('undoes a confirmation, so the login stays stale', async () => {
    const { manager, createBrowser } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { fresh: false })
    manager.on('userLoginConfirmed', fail)
    const { value, cookies } = await browser.run(async (auth) => {
      await expect(auth.confirmLogin()).rejects.toBe(failure)
      return auth.loginFresh()
    })
    expect(value).toBe(false)
    expect(cookies).toEqual([])
  })

  it('undoes a load of the user, so the read rejects with the error', async () => {
    const { manager, createBrowser } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice)
    manager.on('userAccessed', fail)
    const { value: error } = await browser.run(catchError(getUser))
    expect(error).toBe(failure)
  })

  it('never undoes a logout', async () => {
    const { manager, createBrowser } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    manager.on('userLoggedOut', fail)
    const { value: error, cookies } = await browser.run(catchError((auth) => auth.logoutUser()))
    expect(error).toBe(failure)
    expect(cookies).toHaveLength(3)
    expect(browser.cookies.names()).toEqual([SESSION_ENDED])
  })

  it.each<LoginEventName>(['userAccessed', 'sessionProtected', 'sessionRejected', 'rememberRejected'])(
    'does not undo a logout during which %s was emitted',
    async (name) => {
      const { manager, createBrowser } = setUp({
        sessionProtection: name === 'sessionProtected' ? 'strong' : 'basic',
      })
      const browser = createBrowser()
      await browser.loginAs(alice, { remember: true })
      if (name === 'sessionRejected') browser.cookies.set(SESSION, 'nonsense')
      if (name === 'rememberRejected') {
        browser.cookies.set(REMEMBER, 'nonsense')
        browser.cookies.delete(SESSION)
      }
      manager.on(name, fail)
      const init = name === 'sessionProtected' ? { headers: { 'user-agent': 'other' } } : {}
      await browser.run(
        catchError((auth) => auth.logoutUser()),
        init,
      )
      expect(browser.cookies.names().filter((one) => one !== SESSION_ENDED)).toEqual([])
    },
  )
})
