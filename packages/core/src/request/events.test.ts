import { describe, expect, it } from 'vitest'
import {
  type Auth,
  bearer,
  createLoginManager,
  type LoginEventName,
  type LoginManagerOptions,
  StoreError,
  withLogin,
} from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
  readonly isActive?: boolean
}

const alice: User = { id: 'alice' }
const zoe: User = { id: 'zoe', isActive: false }
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const visitor = (headers: Record<string, string> = {}) => {
    let verb: (auth: Auth<User>) => unknown
    const app = withLogin(manager, async (_, auth) => new Response(String(await verb(auth))))
    const client = createTestClient<User>(app, { manager, clock, headers })
    const ask = async <T>(what: (auth: Auth<User>) => Promise<T>, init: RequestInit = {}) => {
      let value: T | undefined
      let error: unknown
      verb = async (auth) => {
        try {
          value = await what(auth)
        } catch (caught) {
          error = caught
        }
      }
      const response = await client.fetch('/page', init)
      return { value, error, cookies: response.headers.getSetCookie() }
    }
    return Object.assign(client, { ask })
  }
  return { clock, manager, visitor }
}

const who = (auth: Auth<User>): Promise<User | null> => auth.currentUser()
const failure = new Error('the listener failed')
const fail = (): never => {
  throw failure
}

describe('listeners', () => {
  it('receive an event with its request one after the other, and each is awaited', async () => {
    const { manager, visitor } = world()
    const heard: string[] = []
    manager.on('userLoggedIn', async ({ name, user, request }) => {
      await Promise.resolve()
      heard.push(`first ${name} ${user.id} ${new URL(request.url).pathname}`)
    })
    manager.on('userLoggedIn', () => void heard.push('second'))
    await visitor().ask((auth) => auth.loginUser(alice))
    expect(heard).toEqual(['first userLoggedIn alice /page', 'second'])
  })

  it('receive no event after they were removed, and others still do', async () => {
    const { manager, visitor } = world()
    const heard: string[] = []
    const end = manager.on('userAccessed', () => void heard.push('one'))
    manager.on('userAccessed', () => void heard.push('other'))
    await visitor().ask(who)
    end()
    end()
    await visitor().ask(who)
    expect(heard).toEqual(['one', 'other', 'other'])
  })

  it('can remove themselves during an event, and all others still receive it', async () => {
    const { manager, visitor } = world()
    const heard: string[] = []
    const end = manager.on('userAccessed', () => {
      heard.push('once')
      end()
    })
    manager.on('userAccessed', () => void heard.push('always'))
    await visitor().ask(who)
    await visitor().ask(who)
    expect(heard).toEqual(['once', 'always', 'always'])
  })

  it('receive the events of one manager only', async () => {
    const [one, two] = [world(), world()]
    const record = recordEvents(one.manager)
    await two.visitor().ask((auth) => auth.loginUser(alice))
    expect(record.events).toEqual([])
  })

  it('of a recorder receive no event after the recorder was stopped', async () => {
    const { manager, visitor } = world()
    const record = recordEvents(manager)
    await visitor().ask(who)
    record.stop()
    await visitor().ask(who)
    expect(record.names()).toEqual(['userAccessed'])
  })
})

describe('the nine signals of Flask-Login', () => {
  it('are emitted once each for login, load, confirmation and logout', async () => {
    const { manager, visitor } = world()
    const record = recordEvents(manager)
    const browser = visitor()
    await browser.ask((auth) => auth.loginUser(alice, { remember: true }))
    await browser.ask(async (auth) => {
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
    const { manager, visitor } = world({ loadUserFromRequest: bearer<User>(() => alice) })
    const record = recordEvents(manager)
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    await browser.ask(who)
    await visitor({ authorization: 'Bearer t' }).ask(who)
    expect(record.names()).toEqual([
      'userLoggedIn',
      'userAccessed',
      'userLoadedFromCookie',
      'userAccessed',
      'userLoadedFromRequest',
    ])
  })

  it('are emitted for refusals and for a changed client', async () => {
    const { manager, visitor } = world()
    const record = recordEvents(manager)
    const browser = visitor()
    await browser.ask(async (auth) => {
      const decision = await auth.require()
      if (!decision.ok) await decision.respond()
    })
    await browser.loginAs(alice)
    const stale = async (auth: Auth<User>): Promise<void> => {
      const decision = await auth.require({ fresh: true })
      if (!decision.ok) await decision.respond()
    }
    await browser.ask(stale, { headers: { 'user-agent': 'other' } })
    expect(record.events).toMatchObject([
      { name: 'userAccessed' },
      { name: 'userUnauthorized', reason: 'no-cookie' },
      { name: 'userLoggedIn' },
      { name: 'userAccessed' },
      { name: 'sessionProtected', userId: 'alice', verdict: 'stale' },
      { name: 'userNeedsRefresh' },
    ])
  })

  it('have an addition for a user that allow refused', async () => {
    const { manager, visitor } = world()
    const record = recordEvents(manager)
    const browser = visitor()
    await browser.loginAs(alice)
    await browser.ask(async (auth) => {
      const decision = await auth.require({ allow: () => false })
      if (!decision.ok) await decision.respond()
    })
    expect(record.events.at(-1)).toMatchObject({ name: 'userForbidden', user: alice })
  })

  it('are emitted for a logout of an anonymous request, as in Flask-Login', async () => {
    const { manager, visitor } = world()
    const record = recordEvents(manager)
    await visitor().ask((auth) => auth.logoutUser())
    expect(record.events.at(-1)).toMatchObject({ name: 'userLoggedOut', user: null, userId: null })
  })

  it('do not include a login of an inactive user, which emits loginRejected', async () => {
    const { manager, visitor } = world()
    const record = recordEvents(manager)
    const { value } = await visitor().ask((auth) => auth.loginUser(zoe))
    expect(value).toBe(false)
    expect(record.events).toMatchObject([{ name: 'loginRejected', user: zoe, reason: 'inactive' }])
  })
})

describe('a listener that throws undoes', () => {
  it('a login, so the request stays anonymous and no cookie is set', async () => {
    const { manager, visitor } = world()
    manager.on('userLoggedIn', fail)
    const browser = visitor()
    const { value, cookies } = await browser.ask(async (auth) => {
      await expect(auth.loginUser(alice, { remember: true })).rejects.toBe(failure)
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(cookies).toEqual([])
  })

  it('a login that replaces another one, so the first one stays', async () => {
    const { manager, visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    manager.on('userLoggedIn', fail)
    const { value, cookies } = await browser.ask(async (auth) => {
      await expect(auth.loginUser({ id: 'bob' })).rejects.toBe(failure)
      return [await auth.currentUser(), await auth.loginRemembered()]
    })
    expect(value).toEqual([alice, true])
    expect(cookies).toEqual([])
  })

  it('a login whose second listener throws, although the first one received the event', async () => {
    const { manager, visitor } = world()
    manager.on('userLoggedIn', () => undefined)
    manager.on('userLoggedIn', async () => fail())
    const { error, cookies } = await visitor().ask((auth) => auth.loginUser(alice))
    expect(error).toBe(failure)
    expect(cookies).toEqual([])
  })

  it('a login from the remember cookie, for this request and the next', async () => {
    const { manager, visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const end = manager.on('userLoadedFromCookie', fail)
    const { error, cookies } = await browser.ask(who)
    expect(error).toBe(failure)
    expect(cookies).toEqual([])
    end()
    expect((await browser.ask(who)).value).toEqual(alice)
  })

  it('a login from the remember cookie before a guard, if it throws a StoreError', async () => {
    const { manager, visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    const end = manager.on('userLoadedFromCookie', () => {
      end()
      throw new StoreError('The audit log is down.', { retryAfterSeconds: 7 })
    })
    const { value, cookies } = await browser.ask(async (auth) => {
      const decision = await auth.require()
      if (decision.ok) return 'let in'
      const response = await decision.respond()
      return [decision.reason, response.status, response.headers.get('retry-after')]
    })
    expect(value).toEqual(['unavailable', 503, '7'])
    expect(cookies).toEqual([])
  })

  it('a login from the request before a guard, if it throws a StoreError', async () => {
    const { manager, visitor } = world({ loadUserFromRequest: bearer<User>(() => alice) })
    const end = manager.on('userLoadedFromRequest', () => {
      throw new StoreError('The audit log is down.')
    })
    const { value } = await visitor({ authorization: 'Bearer t' }).ask(async (auth) => {
      const first = await auth.require()
      const second = await auth.require()
      end()
      return [first.ok, second.ok, (await auth.require()).ok]
    })
    expect(value).toEqual([false, false, true])
  })

  it('a confirmation, so the login stays stale', async () => {
    const { manager, visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice, { fresh: false })
    manager.on('userLoginConfirmed', fail)
    const { value, cookies } = await browser.ask(async (auth) => {
      await expect(auth.confirmLogin()).rejects.toBe(failure)
      return auth.loginFresh()
    })
    expect(value).toBe(false)
    expect(cookies).toEqual([])
  })

  it('a load of the user, so the request is anonymous', async () => {
    const { manager, visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice)
    manager.on('userAccessed', fail)
    const { error } = await browser.ask(who)
    expect(error).toBe(failure)
  })

  it('never a logout', async () => {
    const { manager, visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    manager.on('userLoggedOut', fail)
    const { error, cookies } = await browser.ask((auth) => auth.logoutUser())
    expect(error).toBe(failure)
    expect(cookies).toHaveLength(3)
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it.each<LoginEventName>(['userAccessed', 'sessionProtected', 'sessionRejected', 'rememberRejected'])(
    'not a logout during which %s was emitted',
    async (name) => {
      const { manager, visitor } = world({ sessionProtection: name === 'sessionProtected' ? 'strong' : 'basic' })
      const browser = visitor()
      await browser.loginAs(alice, { remember: true })
      if (name === 'sessionRejected') browser.cookies.set('__Host-session', 'nonsense')
      if (name === 'rememberRejected') {
        browser.cookies.set('__Host-remember_token', 'nonsense')
        browser.cookies.delete('__Host-session')
      }
      manager.on(name, fail)
      const init = name === 'sessionProtected' ? { headers: { 'user-agent': 'other' } } : {}
      await browser.ask((auth) => auth.logoutUser(), init)
      expect(browser.cookies.names().filter((one) => one !== '__Host-session_ended')).toEqual([])
    },
  )
})
