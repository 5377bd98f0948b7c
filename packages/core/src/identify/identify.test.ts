import { describe, expect, it } from 'vitest'
import {
  AnonymousUser,
  type Auth,
  apiKey,
  bearer,
  createLoginManager,
  type LoginManagerOptions,
  type RequestView,
  withLogin,
} from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
  readonly isActive?: boolean
}

const [alice, bob]: [User, User] = [{ id: 'alice' }, { id: 'bob' }]
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'

function world<Guest = null>(options: Partial<LoginManagerOptions<User, Guest>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const loads: unknown[][] = []
  const users = new Map([alice, bob].map((user) => [user.id, user]))
  const loadUser = (...given: unknown[]): User | undefined => {
    loads.push(given)
    return users.get(given[0] as string)
  }
  const manager = createLoginManager<User, Guest>({ secrets: SECRET, loadUser, clock, ...options })
  const visitor = (headers: Record<string, string> = {}, origin?: string) => {
    let verb: (auth: Auth<User, Guest>) => unknown
    const app = withLogin(manager, async (_, auth) => new Response(JSON.stringify((await verb(auth)) ?? null)))
    const client = createTestClient<User, Guest>(app, { manager, clock, headers, ...(origin && { origin }) })
    const ask = async <T>(what: (auth: Auth<User, Guest>) => T, init: RequestInit = {}) => {
      let value: unknown
      verb = async (auth) => {
        value = await what(auth)
      }
      const response = await client.fetch('/', init)
      return { value: value as Awaited<T>, response, cookies: response.headers.getSetCookie() }
    }
    return Object.assign(client, { ask })
  }
  return { clock, loads, users, manager, visitor, record: recordEvents(manager) }
}

function deferred() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const who = (auth: Auth<User>): Promise<User | null> => auth.currentUser()
const why = (auth: Auth<User>): Promise<string | null> => auth.whyAnonymous()

describe('the user loader', () => {
  it('is called once per request, with the ID and the request', async () => {
    const { visitor, loads } = world()
    const browser = visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(async (auth) => {
      const both = await Promise.all([auth.currentUser(), auth.currentUser()])
      await auth.require()
      await auth.loginFresh()
      await auth.whyAnonymous()
      return [...both, await auth.currentUser()]
    })
    expect(value).toEqual([alice, alice, alice])
    expect(loads).toEqual([['alice', expect.objectContaining({ url: 'https://app.test/' })]])
  })

  it('is not called if the handler reads neither the user nor the content of the session', async () => {
    const { visitor, loads } = world()
    const browser = visitor()
    await browser.loginAs(alice)
    await browser.ask((auth) => auth.loginUrl('/login'))
    expect(loads).toEqual([])
    await browser.ask((auth) => auth.session.get('cart'))
    expect(loads.map(([id]) => id)).toEqual(['alice'])
  })

  it('is not called after a login in the same request, or without a login', async () => {
    const { visitor, loads } = world()
    const browser = visitor()
    expect((await browser.ask(who)).value).toBeNull()
    const { value } = await browser.ask(async (auth) => {
      await auth.loginUser(bob)
      return auth.currentUser()
    })
    expect(value).toBe(bob)
    expect(loads).toEqual([])
  })

  it.each(['', '0', 'null', '__proto__', 'Zoë 😀', '\ud800', 'a.b|c;d=e'])(
    'receives the ID %j unchanged',
    async (id) => {
      const asked: string[] = []
      const { visitor } = world({
        loadUser: (given) => {
          asked.push(given)
          return { id: given }
        },
      })
      const browser = visitor()
      await browser.loginAs({ id })
      expect((await browser.ask(who)).value).toEqual({ id })
      expect(asked).toEqual([id])
    },
  )

  it.each([null, undefined])('can return %s for a deleted user, which ends the login permanently', async (missing) => {
    const gone = world({ loadUser: () => missing })
    const browser = gone.visitor()
    await browser.loginAs(alice, { remember: true })
    const { value, cookies } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])
    expect(value).toEqual([null, 'unknown-user'])
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-session=; Max-Age=0/),
      expect.stringMatching(/^__Host-remember_token=; Max-Age=0/),
    ])
    expect(browser.cookies.names()).toEqual([])
    expect(gone.record.names()).toEqual(['userLoggedIn', 'userAccessed', 'sessionRejected', 'rememberRejected'])
  })

  it.each([false, true, '', 'alice', 0, 7, Number.NaN])(
    'can return %j, which gives an anonymous request',
    async (missing) => {
      const given = missing as unknown as User
      const session = world({ loadUser: () => given }).visitor()
      await session.loginAs(alice, { remember: true })
      expect((await session.ask(why)).value).toBe('unknown-user')
      expect(session.cookies.names()).toEqual([])
      const request = world({ loadUserFromRequest: [() => given, bearer(() => given)] })
      const { value } = await request.visitor({ authorization: 'Bearer t' }).ask(why)
      expect(value).toBe('unknown-user')
    },
  )

  it('runs once for two parallel reads of the user', async () => {
    let finish: (user: User) => void = () => undefined
    const started = deferred()
    const { visitor } = world({
      loadUser: () => {
        started.resolve()
        return new Promise((resolve) => {
          finish = resolve
        })
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(async (auth) => {
      const asked = [auth.currentUser(), auth.currentUser()]
      await started.promise
      finish(alice)
      return Promise.all(asked)
    })
    expect(value).toEqual([alice, alice])
  })

  it('can throw: the error reaches the app, the login stays, and the next read calls the loader again', async () => {
    let broken = true
    const { visitor } = world({
      loadUser: (id) => {
        if (broken) throw new RangeError('database')
        return { id }
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    const { value, cookies } = await browser.ask(async (auth) => {
      const first = await auth.currentUser().catch((error: unknown) => error)
      broken = false
      return [first, await auth.currentUser()]
    })
    expect(value).toEqual([new RangeError('database'), alice])
    expect(cookies).toEqual([])
  })
})

describe('an inactive user', () => {
  it('is anonymous, keeps the session, and is logged in again after activation', async () => {
    let isActive = false
    const { visitor } = world({ isActive: async () => isActive })
    const browser = visitor()
    isActive = true
    await browser.loginAs(alice)
    isActive = false
    const { value, cookies } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])
    expect(value).toEqual([null, 'inactive'])
    expect(cookies).toEqual([])
    isActive = true
    expect((await browser.ask(who)).value).toEqual(alice)
  })

  it('is not restored from the remember cookie, which stays', async () => {
    let isActive = true
    const { visitor } = world({ isActive: () => isActive })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    isActive = false
    const { value, cookies } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])
    expect(value).toEqual([null, 'inactive'])
    expect(cookies).toEqual([])
  })
})

describe('request loaders', () => {
  it('are called in order, once, with the request, until one returns a user', async () => {
    const asked: unknown[] = []
    const seen: RequestView[] = []
    const { manager } = world({
      loadUserFromRequest: [
        (request) => {
          asked.push('first')
          seen.push(request)
          return undefined
        },
        {
          load: async (request) => {
            asked.push('second')
            return request.headers.get('X-Who') === 'alice' ? alice : null
          },
        },
        () => {
          asked.push('third')
          return bob
        },
      ],
    })
    const request = new Request('https://app.test/a?b', { method: 'POST', headers: { 'x-who': 'alice' } })
    const auth = manager.open(request, { address: '192.0.2.1' })
    expect(await Promise.all([auth.currentUser(), auth.currentUser()])).toEqual([alice, alice])
    expect(asked).toEqual(['first', 'second'])
    expect(seen[0]).toMatchObject({ method: 'POST', url: 'https://app.test/a?b', address: '192.0.2.1' })
  })

  it('are not called if the session has a user, and are called if a cookie is invalid', async () => {
    const { visitor, record } = world({ loadUserFromRequest: () => bob })
    const browser = visitor()
    await browser.loginAs(alice)
    expect((await browser.ask(who)).value).toEqual(alice)
    browser.cookies.set('__Host-session', 'nonsense')
    browser.cookies.set('__Host-remember_token', 'nonsense')
    expect((await browser.ask(who)).value).toEqual(bob)
    expect(record.names().slice(3)).toEqual(['sessionRejected', 'rememberRejected', 'userLoadedFromRequest'])
  })

  it('do not start a session or set a cookie, and their logins are never fresh', async () => {
    const { visitor } = world({ loadUserFromRequest: apiKey((key) => (key === 'k' ? bob : null)) })
    const { value, cookies } = await visitor({ 'x-api-key': 'k' }).ask(async (auth) => [
      await auth.currentUser(),
      await auth.loginFresh(),
      await auth.loginRemembered(),
      await auth.confirmLogin(),
    ])
    expect(value).toEqual([bob, false, false, false])
    expect(cookies).toEqual([])
  })

  it('do not authenticate an inactive user, and the next loader is not called', async () => {
    const { visitor } = world({ isActive: () => false, loadUserFromRequest: [() => alice, () => bob] })
    expect((await visitor().ask(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])).value).toEqual([
      null,
      'inactive',
    ])
  })

  it('can be the only loaders, and then an old session gives an anonymous request', async () => {
    const before = world()
    const browser = before.visitor()
    await browser.loginAs(alice)
    const { visitor } = world({ loadUser: undefined, loadUserFromRequest: bearer(() => bob) })
    const api = visitor({ authorization: 'Bearer t' })
    api.cookies.set('__Host-session', browser.cookies.get('__Host-session') as string)
    const { value, cookies } = await api.ask(async (auth) => [
      await auth.currentUser(),
      await auth.loginFresh(),
      await auth.confirmLogin(),
    ])
    expect(value).toEqual([bob, false, false])
    expect(cookies).toEqual([])
  })
})

describe('the anonymous user', () => {
  it('is created once per request, and only if the request is anonymous', async () => {
    let made = 0
    const anonymousUser = (): AnonymousUser => {
      made++
      return new AnonymousUser()
    }
    const { visitor } = world<AnonymousUser>({ anonymousUser })
    const browser = visitor()
    const { value } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.currentUser()])
    expect(value[0]).toBeInstanceOf(AnonymousUser)
    expect(value[0]).toBe(value[1])
    expect(made).toBe(1)
    await browser.loginAs(alice)
    await browser.ask((auth) => auth.currentUser())
    expect(made).toBe(1)
    const after = await browser.ask(async (auth) => {
      await auth.currentUser()
      await auth.logoutUser()
      return auth.currentUser()
    })
    expect(after.value).toBeInstanceOf(AnonymousUser)
    expect(made).toBe(2)
  })
})

describe('a call of the Auth object from inside the app’s own code', () => {
  it.each(['loadUser', 'isActive', 'sessionStamp', 'userId', 'listener', 'request loader'])(
    'throws at once in %s, instead of waiting for itself',
    async (place) => {
      let auth: Auth<User> | undefined
      const refusals: Promise<unknown>[] = []
      const reenter = <T>(answer: T): T => {
        if (auth !== undefined) refusals.push(auth.currentUser().catch((error: unknown) => error))
        return answer
      }
      const option: Partial<LoginManagerOptions<User>> =
        {
          loadUser: { loadUser: (id: string) => reenter({ id }) },
          isActive: { isActive: () => reenter(true) },
          sessionStamp: { sessionStamp: () => reenter('1') },
          userId: { userId: (user: User) => reenter(user.id) },
          'request loader': { loadUserFromRequest: () => reenter(bob) },
        }[place] ?? {}
      const { visitor, manager } = world(option)
      manager.on('userAccessed', () => (place === 'listener' ? reenter(undefined) : undefined))
      const browser = visitor()
      if (place !== 'request loader') await browser.loginAs(alice)
      const { value } = await browser.ask(async (handle) => {
        auth = handle
        if (place === 'userId') await handle.loginUser(alice)
        return handle.currentUser()
      })
      expect(value).toEqual(place === 'request loader' ? bob : alice)
      expect(await Promise.all(refusals)).not.toEqual([])
      for (const refusal of await Promise.all(refusals)) expect(refusal).toMatchObject({ code: 'reentered' })
    },
  )

  it('throws in stored getters, the clock and the source of random bytes, and no logout is lost', async () => {
    let auth: Auth<User> | undefined
    const codes: unknown[] = []
    const reenter = (): void => {
      if (auth !== undefined) codes.push(auth.logoutUser().catch(({ code }: { code: string }) => code))
    }
    const { visitor } = world({
      random: (length) => {
        reenter()
        return crypto.getRandomValues(new Uint8Array(length))
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(async (handle) => {
      auth = handle
      const cart = {
        get total(): number {
          reenter()
          return 1
        },
      }
      await handle.session.set('cart', cart)
      await handle.confirmLogin()
      auth = undefined
      await handle.logoutUser()
      return handle.currentUser()
    })
    expect(value).toBeNull()
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['reentered']))
    expect((await browser.ask((handle) => handle.currentUser())).value).toBeNull()
  })

  it('fails the load if the loader awaits its result', async () => {
    let auth: Auth<User> | undefined
    const { visitor } = world({ loadUser: async () => (await auth?.currentUser()) ?? alice })
    const browser = visitor()
    await browser.loginAs(alice)
    const asked = browser.ask((handle) => {
      auth = handle
      return handle.currentUser()
    })
    await expect(asked).rejects.toMatchObject({ name: 'UsageError', code: 'reentered' })
  })

  it('throws also after the listener created the login address, which calls the app again', async () => {
    let auth: Auth<User> | undefined
    const refusals: unknown[] = []
    const { visitor, manager } = world({ loginView: () => '/login' })
    manager.on('userAccessed', () => {
      auth?.loginUrl()
      refusals.push(auth?.currentUser().catch((error: unknown) => (error as { code?: string }).code))
    })
    await visitor().ask((handle) => {
      auth = handle
      return handle.currentUser()
    })
    const waiting = new Promise((resolve) => setTimeout(resolve, 50, 'still waiting'))
    expect(await Promise.race([Promise.all(refusals), waiting])).toEqual(['reentered'])
  })
})

describe('the reason for an anonymous request', () => {
  const remembered = { remember: true, rememberSeconds: 100_000 }
  it('is no-cookie if no cookie arrived', async () => {
    expect((await world().visitor().ask(why)).value).toBe('no-cookie')
  })

  it('is insecure-transport over HTTP with Secure cookies, except on localhost', async () => {
    const { visitor } = world()
    expect((await visitor({}, 'http://app.test').ask(why)).value).toBe('insecure-transport')
    expect((await visitor({}, 'http://localhost:3000').ask(why)).value).toBe('no-cookie')
    expect((await visitor({}, 'http://127.0.0.1').ask(why)).value).toBe('no-cookie')
    const open = world({ session: { cookie: { secure: false } } })
    expect((await open.visitor({}, 'http://app.test').ask(why)).value).toBe('no-cookie')
    const bare = world().manager.open({ method: 'GET', url: 'http://app.test/', headers: { get: () => null } })
    expect(await bare.whyAnonymous()).toBe('insecure-transport')
    const proxied = world({ publicOrigin: 'https://app.test' })
    expect((await proxied.visitor({}, 'http://inner.test').ask(why)).value).toBe('no-cookie')
  })

  it('is no-login if the session has no login', async () => {
    const browser = world().visitor()
    await browser.ask((auth) => auth.session.set('cart', 1))
    expect((await browser.ask(why)).value).toBe('no-login')
  })

  it.each([
    ['nonsense', 'bad-format'],
    ['a.b.c', 'bad-signature'],
    ['', 'bad-format'],
  ])('names the problem of the session cookie %j', async (cookie, reason) => {
    const { visitor, record } = world()
    const browser = visitor({ cookie: `__Host-session=${cookie}` })
    expect((await browser.ask(why)).value).toBe(reason)
    expect(record.events).toMatchObject([{ name: 'userAccessed' }, { name: 'sessionRejected', reason }])
  })

  it.each([
    ['nonsense', 'bad-format'],
    ['a.b.c', 'bad-signature'],
  ])('names the problem of the remember cookie %j', async (cookie, reason) => {
    const { visitor, record } = world()
    const browser = visitor({ cookie: `__Host-remember_token=${cookie}` })
    const { value, cookies } = await browser.ask(why)
    expect(value).toBe(reason)
    expect(cookies).toEqual([])
    expect(record.events).toMatchObject([{ name: 'userAccessed' }, { name: 'rememberRejected', reason }])
  })

  it('is revoked if the stamp changed, for session and remember cookie', async () => {
    let stamp = 1
    const { visitor, record } = world({ sessionStamp: async () => stamp })
    const browser = visitor()
    await browser.loginAs(alice, remembered)
    expect((await browser.ask(who)).value).toEqual(alice)
    stamp = 2
    const { value, cookies } = await browser.ask(why)
    expect(value).toBe('revoked')
    expect(cookies).toHaveLength(2)
    expect(record.names().slice(-2)).toEqual(['sessionRejected', 'rememberRejected'])
  })

  it('is revoked if stamps were introduced after the login', async () => {
    const before = world().visitor()
    await before.loginAs(alice, remembered)
    const browser = world({ sessionStamp: () => 'new' }).visitor()
    for (const name of before.cookies.names()) browser.cookies.set(name, before.cookies.get(name) as string)
    expect((await browser.ask(why)).value).toBe('revoked')
  })

  it('is protected if strong session protection ended the login', async () => {
    const { visitor } = world({ sessionProtection: 'strong' })
    const browser = visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(why, { headers: { 'user-agent': 'thief' } })
    expect(value).toBe('protected')
  })

  it('is logged-out after a logout, and null after a login', async () => {
    const browser = world().visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(async (auth) => {
      const reasons = [await auth.whyAnonymous()]
      await auth.logoutUser()
      reasons.push(await auth.whyAnonymous())
      await auth.loginUser(bob)
      reasons.push(await auth.whyAnonymous())
      return reasons
    })
    expect(value).toEqual([null, 'logged-out', null])
  })

  it('is still available after a failed login', async () => {
    const { visitor, manager } = world()
    manager.on('userLoggedIn', () => {
      throw new Error('audit log is down')
    })
    const { value } = await visitor().ask(async (auth) => {
      const before = await auth.whyAnonymous()
      await auth.loginUser(alice).catch(() => undefined)
      return [before, await auth.whyAnonymous()]
    })
    expect(value).toEqual(['no-cookie', 'no-cookie'])
  })

  it.each([
    ['ambiguous-header', 'Bearer a, Bearer b'],
    ['unknown-user', 'Bearer unknown'],
  ])('is the reason of the request loader: %s', async (reason, authorization) => {
    const { visitor } = world({ loadUserFromRequest: bearer<User>(() => null) })
    expect((await visitor({ authorization }).ask(why)).value).toBe(reason)
  })
})

describe('session protection', () => {
  const thief = { headers: { 'user-agent': 'thief' } }

  it('in mode basic makes the login of another client stale, and it stays stale when the first client is back', async () => {
    const { visitor, record } = world()
    const browser = visitor()
    await browser.loginAs(alice)
    const { value } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.loginFresh()], thief)
    expect(value).toEqual([alice, false])
    expect(record.events.at(-1)).toMatchObject({ name: 'sessionProtected', userId: 'alice', verdict: 'stale' })
    expect((await browser.ask((auth) => auth.loginFresh())).value).toBe(false)
  })

  it('in mode basic writes a stale login once, and does not emit its event in each request', async () => {
    const { visitor } = world()
    const browser = visitor()
    await browser.loginAs(alice)
    expect((await browser.ask(who, thief)).cookies).toHaveLength(1)
    expect((await browser.ask(who, thief)).cookies).toHaveLength(0)
  })

  it('in mode strong ends session and remember cookie of another client, and no loader runs', async () => {
    const { visitor, loads, record } = world({ sessionProtection: 'strong', loadUserFromRequest: () => bob })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const { value, cookies } = await browser.ask(who, thief)
    expect(value).toBeNull()
    expect(loads).toEqual([])
    expect(cookies).toHaveLength(2)
    expect(record.events.at(-1)).toMatchObject({ name: 'sessionProtected', verdict: 'dropped' })
    expect(browser.cookies.names()).toEqual([])
  })

  it('in mode strong makes the login of a permanent session stale', async () => {
    const browser = world({ sessionProtection: 'strong' }).visitor()
    await browser.loginAs(alice, { permanent: true })
    const { value } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.loginFresh()], thief)
    expect(value).toEqual([alice, false])
  })

  it('in mode strong binds a login from the remember cookie to its client', async () => {
    const browser = world({ sessionProtection: 'strong' }).visitor()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    expect((await browser.ask(who)).value).toEqual(alice)
    expect((await browser.ask(who)).value).toEqual(alice)
    expect((await browser.ask(who, thief)).value).toBeNull()
  })

  it('in mode strong ignores a session without a login', async () => {
    const { visitor, record } = world({ sessionProtection: 'strong' })
    const browser = visitor()
    await browser.ask((auth) => auth.session.set('cart', 1))
    expect((await browser.ask((auth) => auth.session.get('cart'), thief)).value).toBe(1)
    expect(record.names()).not.toContain('sessionProtected')
  })

  it('accepts any client if it is off', async () => {
    const browser = world({ sessionProtection: false }).visitor()
    await browser.loginAs(alice)
    expect((await browser.ask((auth) => auth.loginFresh(), thief)).value).toBe(true)
  })

  it('in mode basic keeps its verdict if the loader then fails', async () => {
    let broken = false
    const { visitor } = world({
      loadUser: (id) => {
        if (broken) throw new Error('database')
        return { id }
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    broken = true
    const { cookies } = await browser.ask((auth) => auth.currentUser().catch(() => null), thief)
    expect(cookies).toHaveLength(1)
    broken = false
    expect((await browser.ask((auth) => auth.loginFresh())).value).toBe(false)
  })
})

describe('parallel operations of one request', () => {
  it('do not restore a session after a logout during a slow load', async () => {
    const { visitor } = world({
      loadUser: async (id) => {
        await Promise.resolve()
        return { id }
      },
    })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.ask(async (auth) => {
      const slow = auth.currentUser()
      await auth.logoutUser()
      return [await slow, await auth.currentUser(), await auth.loginRemembered()]
    })
    expect(value).toEqual([alice, null, false])
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it('run in the order of their calls, so the last login wins', async () => {
    const { visitor } = world()
    const browser = visitor()
    const { value } = await browser.ask(async (auth) => {
      const all = [
        auth.loginUser(alice),
        auth.currentUser(),
        auth.logoutUser(),
        auth.loginUser(bob),
        auth.currentUser(),
      ]
      return Promise.all(all)
    })
    expect(value).toEqual([true, alice, undefined, true, bob])
    expect((await browser.ask(who)).value).toEqual(bob)
  })

  it('continue after one of them failed', async () => {
    const { visitor } = world()
    const { value } = await visitor().ask((auth) =>
      Promise.all([
        auth.loginUser(alice, { remember: true, rememberSeconds: Number.NaN }).catch(() => 'failed'),
        auth.loginUser(bob),
        auth.currentUser(),
      ]),
    )
    expect(value).toEqual(['failed', true, bob])
  })
})
