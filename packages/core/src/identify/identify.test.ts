import { describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  copyCookies,
  createDeferred,
  getReason,
  getUser,
  REMEMBER,
  SESSION,
  SESSION_ENDED,
  setUp,
  type User,
} from '../../test/setup'
import { AnonymousUser, type Auth, apiKey, bearer, type LoginManagerOptions, type RequestView } from '../index'

/** Creates a manager whose loader finds Alice and Bob, and records its arguments. */
function setUpUsers<Guest = null>(options: Partial<LoginManagerOptions<User, Guest>> = {}) {
  const loads: unknown[][] = []
  const users = new Map([alice, bob].map((user) => [user.id, user]))
  const loadUser = (...args: unknown[]): User | undefined => {
    loads.push(args)
    return users.get(args[0] as string)
  }
  return { loads, ...setUp<User, Guest>({ loadUser, ...options }) }
}

describe('the user loader', () => {
  it('is called once per request, with the ID and the request', async () => {
    const { createBrowser, loads } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(async (auth) => {
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
    const { createBrowser, loads } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice)
    await browser.run((auth) => auth.loginUrl('/login'))
    expect(loads).toEqual([])
    await browser.run((auth) => auth.session.get('cart'))
    expect(loads.map(([id]) => id)).toEqual(['alice'])
  })

  it('is not called after a login in the same request, or without a login', async () => {
    const { createBrowser, loads } = setUpUsers()
    const browser = createBrowser()
    expect((await browser.run(getUser)).value).toBeNull()
    const { value } = await browser.run(async (auth) => {
      await auth.loginUser(bob)
      return auth.currentUser()
    })
    expect(value).toBe(bob)
    expect(loads).toEqual([])
  })

  it.each(['', '0', 'null', '__proto__', 'Zoë 😀', '\ud800', 'a.b|c;d=e'])(
    'receives the ID %j unchanged',
    async (id) => {
      const ids: string[] = []
      const { createBrowser } = setUpUsers({
        loadUser: (given) => {
          ids.push(given)
          return { id: given }
        },
      })
      const browser = createBrowser()
      await browser.loginAs({ id })
      expect((await browser.run(getUser)).value).toEqual({ id })
      expect(ids).toEqual([id])
    },
  )

  it.each([null, undefined])('can return %s for a deleted user, which ends the login permanently', async (missing) => {
    const gone = setUpUsers({ loadUser: () => missing })
    const browser = gone.createBrowser()
    await browser.loginAs(alice, { remember: true })
    const { value, cookies } = await browser.run(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])
    expect(value).toEqual([null, 'unknown-user'])
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-session=; Max-Age=0/),
      expect.stringMatching(/^__Host-remember_token=; Max-Age=0/),
    ])
    expect(browser.cookies.names()).toEqual([])
    expect(gone.record.names()).toEqual(['userLoggedIn', 'userAccessed', 'sessionRejected', 'rememberRejected'])
  })

  it.each([false, true, '', 'alice', 0, 7, Number.NaN])(
    'can return %j, and then the request is anonymous',
    async (missing) => {
      const given = missing as unknown as User
      const session = setUpUsers({ loadUser: () => given }).createBrowser()
      await session.loginAs(alice, { remember: true })
      expect((await session.run(getReason)).value).toBe('unknown-user')
      expect(session.cookies.names()).toEqual([])
      const request = setUpUsers({ loadUserFromRequest: [() => given, bearer(() => given)] })
      const { value } = await request.createBrowser({ headers: { authorization: 'Bearer t' } }).run(getReason)
      expect(value).toBe('unknown-user')
    },
  )

  it('runs once for two parallel reads of the user', async () => {
    let finish: (user: User) => void = () => undefined
    const started = createDeferred()
    const { createBrowser } = setUpUsers({
      loadUser: () => {
        started.resolve()
        return new Promise((resolve) => {
          finish = resolve
        })
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(async (auth) => {
      const reads = [auth.currentUser(), auth.currentUser()]
      await started.promise
      finish(alice)
      return Promise.all(reads)
    })
    expect(value).toEqual([alice, alice])
  })

  it('can throw an error, which the app receives; the login stays, and the next read calls the loader again', async () => {
    let broken = true
    const { createBrowser } = setUpUsers({
      loadUser: (id) => {
        if (broken) throw new RangeError('database')
        return { id }
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value, cookies } = await browser.run(async (auth) => {
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
    const { createBrowser } = setUpUsers({ isActive: async () => isActive })
    const browser = createBrowser()
    isActive = true
    await browser.loginAs(alice)
    isActive = false
    const { value, cookies } = await browser.run(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])
    expect(value).toEqual([null, 'inactive'])
    expect(cookies).toEqual([])
    isActive = true
    expect((await browser.run(getUser)).value).toEqual(alice)
  })

  it('is not restored from the remember cookie, which stays', async () => {
    let isActive = true
    const { createBrowser } = setUpUsers({ isActive: () => isActive })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    isActive = false
    const { value, cookies } = await browser.run(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])
    expect(value).toEqual([null, 'inactive'])
    expect(cookies).toEqual([])
  })
})

describe('request loaders', () => {
  it('are called in order, once, with the request, until one returns a user', async () => {
    const called: unknown[] = []
    const seen: RequestView[] = []
    const { manager } = setUpUsers({
      loadUserFromRequest: [
        (request) => {
          called.push('first')
          seen.push(request)
          return undefined
        },
        {
          load: async (request) => {
            called.push('second')
            return request.headers.get('X-Who') === 'alice' ? alice : null
          },
        },
        () => {
          called.push('third')
          return bob
        },
      ],
    })
    const request = new Request('https://app.test/a?b', { method: 'POST', headers: { 'x-who': 'alice' } })
    const auth = manager.open(request, { address: '192.0.2.1' })
    expect(await Promise.all([auth.currentUser(), auth.currentUser()])).toEqual([alice, alice])
    expect(called).toEqual(['first', 'second'])
    expect(seen[0]).toMatchObject({ method: 'POST', url: 'https://app.test/a?b', address: '192.0.2.1' })
  })

  it('are not called if the session has a user, and are called if a cookie is invalid', async () => {
    const { createBrowser, record } = setUpUsers({ loadUserFromRequest: () => bob })
    const browser = createBrowser()
    await browser.loginAs(alice)
    expect((await browser.run(getUser)).value).toEqual(alice)
    browser.cookies.set(SESSION, 'nonsense')
    browser.cookies.set(REMEMBER, 'nonsense')
    expect((await browser.run(getUser)).value).toEqual(bob)
    expect(record.names().slice(3)).toEqual(['sessionRejected', 'rememberRejected', 'userLoadedFromRequest'])
  })

  it('do not start a session or set a cookie, and their logins are never fresh', async () => {
    const { createBrowser } = setUpUsers({ loadUserFromRequest: apiKey((key) => (key === 'k' ? bob : null)) })
    const { value, cookies } = await createBrowser({ headers: { 'x-api-key': 'k' } }).run(async (auth) => [
      await auth.currentUser(),
      await auth.loginFresh(),
      await auth.loginRemembered(),
      await auth.confirmLogin(),
    ])
    expect(value).toEqual([bob, false, false, false])
    expect(cookies).toEqual([])
  })

  it('do not authenticate an inactive user, and the next loader is not called', async () => {
    const { createBrowser } = setUpUsers({ isActive: () => false, loadUserFromRequest: [() => alice, () => bob] })
    expect(
      (await createBrowser().run(async (auth) => [await auth.currentUser(), await auth.whyAnonymous()])).value,
    ).toEqual([null, 'inactive'])
  })

  it('can be the only loaders, and then a session cookie does not log a user in', async () => {
    const before = setUpUsers()
    const browser = before.createBrowser()
    await browser.loginAs(alice)
    const { createBrowser } = setUpUsers({ loadUser: undefined, loadUserFromRequest: bearer(() => bob) })
    const api = createBrowser({ headers: { authorization: 'Bearer t' } })
    api.cookies.set(SESSION, browser.cookies.get(SESSION) as string)
    const { value, cookies } = await api.run(async (auth) => [
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
    let created = 0
    const anonymousUser = (): AnonymousUser => {
      created++
      return new AnonymousUser()
    }
    const { createBrowser } = setUpUsers<AnonymousUser>({ anonymousUser })
    const browser = createBrowser()
    const { value } = await browser.run(async (auth) => [await auth.currentUser(), await auth.currentUser()])
    expect(value[0]).toBeInstanceOf(AnonymousUser)
    expect(value[0]).toBe(value[1])
    expect(created).toBe(1)
    await browser.loginAs(alice)
    await browser.run((auth) => auth.currentUser())
    expect(created).toBe(1)
    const after = await browser.run(async (auth) => {
      await auth.currentUser()
      await auth.logoutUser()
      return auth.currentUser()
    })
    expect(after.value).toBeInstanceOf(AnonymousUser)
    expect(created).toBe(2)
  })
})

describe('a call of the Auth object from inside the app’s own code', () => {
  it.each(['loadUser', 'isActive', 'sessionStamp', 'userId', 'listener', 'request loader'])(
    'throws reentered in %s, and does not wait for itself',
    async (place) => {
      let auth: Auth<User> | undefined
      const refusals: Promise<unknown>[] = []
      const reenter = <T>(result: T): T => {
        if (auth !== undefined) refusals.push(auth.currentUser().catch((error: unknown) => error))
        return result
      }
      const option: Partial<LoginManagerOptions<User>> =
        {
          loadUser: { loadUser: (id: string) => reenter({ id }) },
          isActive: { isActive: () => reenter(true) },
          sessionStamp: { sessionStamp: () => reenter('1') },
          userId: { userId: (user: User) => reenter(user.id) },
          'request loader': { loadUserFromRequest: () => reenter(bob) },
        }[place] ?? {}
      const { createBrowser, manager } = setUpUsers(option)
      manager.on('userAccessed', () => (place === 'listener' ? reenter(undefined) : undefined))
      const browser = createBrowser()
      if (place !== 'request loader') await browser.loginAs(alice)
      const { value } = await browser.run(async (current) => {
        auth = current
        if (place === 'userId') await current.loginUser(alice)
        return current.currentUser()
      })
      expect(value).toEqual(place === 'request loader' ? bob : alice)
      expect(await Promise.all(refusals)).not.toEqual([])
      for (const refusal of await Promise.all(refusals)) expect(refusal).toMatchObject({ code: 'reentered' })
    },
  )

  it('throws in getters of stored data and in the source of random bytes, and no logout is lost', async () => {
    let auth: Auth<User> | undefined
    const codes: unknown[] = []
    const reenter = (): void => {
      if (auth !== undefined) codes.push(auth.logoutUser().catch(({ code }: { code: string }) => code))
    }
    const { createBrowser } = setUpUsers({
      random: (length) => {
        reenter()
        return crypto.getRandomValues(new Uint8Array(length))
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(async (current) => {
      auth = current
      const cart = {
        get total(): number {
          reenter()
          return 1
        },
      }
      await current.session.set('cart', cart)
      await current.confirmLogin()
      auth = undefined
      await current.logoutUser()
      return current.currentUser()
    })
    expect(value).toBeNull()
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['reentered']))
    expect((await browser.run((current) => current.currentUser())).value).toBeNull()
  })

  it('rejects the load with reentered if the loader awaits the call', async () => {
    let auth: Auth<User> | undefined
    const { createBrowser } = setUpUsers({ loadUser: async () => (await auth?.currentUser()) ?? alice })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const pending = browser.run((current) => {
      auth = current
      return current.currentUser()
    })
    await expect(pending).rejects.toMatchObject({ name: 'UsageError', code: 'reentered' })
  })

  it('throws also after a listener called loginUrl(), which calls the function loginView', async () => {
    let auth: Auth<User> | undefined
    const refusals: unknown[] = []
    const { createBrowser, manager } = setUpUsers({ loginView: () => '/login' })
    manager.on('userAccessed', () => {
      auth?.loginUrl()
      refusals.push(auth?.currentUser().catch((error: unknown) => (error as { code?: string }).code))
    })
    await createBrowser().run((current) => {
      auth = current
      return current.currentUser()
    })
    const timeout = new Promise((resolve) => setTimeout(resolve, 50, 'still pending'))
    expect(await Promise.race([Promise.all(refusals), timeout])).toEqual(['reentered'])
  })
})

describe('the reason for an anonymous request', () => {
  const remembered = { remember: true, rememberSeconds: 100_000 }
  it('is no-cookie if the request has no cookie', async () => {
    expect((await setUpUsers().createBrowser().run(getReason)).value).toBe('no-cookie')
  })

  it('is insecure-transport over HTTP with Secure cookies, except on localhost', async () => {
    const { createBrowser } = setUpUsers()
    expect((await createBrowser({ origin: 'http://app.test' }).run(getReason)).value).toBe('insecure-transport')
    expect((await createBrowser({ origin: 'http://localhost:3000' }).run(getReason)).value).toBe('no-cookie')
    expect((await createBrowser({ origin: 'http://127.0.0.1' }).run(getReason)).value).toBe('no-cookie')
    const open = setUpUsers({ session: { cookie: { secure: false } } })
    expect((await open.createBrowser({ origin: 'http://app.test' }).run(getReason)).value).toBe('no-cookie')
    const bare = setUpUsers().manager.open({ method: 'GET', url: 'http://app.test/', headers: { get: () => null } })
    expect(await bare.whyAnonymous()).toBe('insecure-transport')
    const proxied = setUpUsers({ publicOrigin: 'https://app.test' })
    expect((await proxied.createBrowser({ origin: 'http://inner.test' }).run(getReason)).value).toBe('no-cookie')
  })

  it('is no-login if the session has no login', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.run((auth) => auth.session.set('cart', 1))
    expect((await browser.run(getReason)).value).toBe('no-login')
  })

  it.each([
    ['nonsense', 'bad-format'],
    ['a.b.c', 'bad-signature'],
    ['', 'bad-format'],
  ])('names the problem of the session cookie %j', async (cookie, reason) => {
    const { createBrowser, record } = setUpUsers()
    const browser = createBrowser({ headers: { cookie: `${SESSION}=${cookie}` } })
    expect((await browser.run(getReason)).value).toBe(reason)
    expect(record.events).toMatchObject([{ name: 'userAccessed' }, { name: 'sessionRejected', reason }])
  })

  it.each([
    ['nonsense', 'bad-format'],
    ['a.b.c', 'bad-signature'],
  ])('names the problem of the remember cookie %j', async (cookie, reason) => {
    const { createBrowser, record } = setUpUsers()
    const browser = createBrowser({ headers: { cookie: `${REMEMBER}=${cookie}` } })
    const { value, cookies } = await browser.run(getReason)
    expect(value).toBe(reason)
    expect(cookies).toEqual([])
    expect(record.events).toMatchObject([{ name: 'userAccessed' }, { name: 'rememberRejected', reason }])
  })

  it('is revoked if the stamp changed, for session and remember cookie', async () => {
    let stamp = 1
    const { createBrowser, record } = setUpUsers({ sessionStamp: async () => stamp })
    const browser = createBrowser()
    await browser.loginAs(alice, remembered)
    expect((await browser.run(getUser)).value).toEqual(alice)
    stamp = 2
    const { value, cookies } = await browser.run(getReason)
    expect(value).toBe('revoked')
    expect(cookies).toHaveLength(2)
    expect(record.names().slice(-2)).toEqual(['sessionRejected', 'rememberRejected'])
  })

  it('is revoked if stamps were introduced after the login', async () => {
    const before = setUpUsers().createBrowser()
    await before.loginAs(alice, remembered)
    const browser = setUpUsers({ sessionStamp: () => 'new' }).createBrowser()
    copyCookies(before, browser)
    expect((await browser.run(getReason)).value).toBe('revoked')
  })

  it('is protected if strong session protection ended the login', async () => {
    const { createBrowser } = setUpUsers({ sessionProtection: 'strong' })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(getReason, { headers: { 'user-agent': 'thief' } })
    expect(value).toBe('protected')
  })

  it('is logged-out after a logout, and null after a login', async () => {
    const browser = setUpUsers().createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(async (auth) => {
      const reasons = [await auth.whyAnonymous()]
      await auth.logoutUser()
      reasons.push(await auth.whyAnonymous())
      await auth.loginUser(bob)
      reasons.push(await auth.whyAnonymous())
      return reasons
    })
    expect(value).toEqual([null, 'logged-out', null])
  })

  it('is the same after a failed login', async () => {
    const { createBrowser, manager } = setUpUsers()
    manager.on('userLoggedIn', () => {
      throw new Error('audit log is down')
    })
    const { value } = await createBrowser().run(async (auth) => {
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
    const { createBrowser } = setUpUsers({ loadUserFromRequest: bearer<User>(() => null) })
    expect((await createBrowser({ headers: { authorization } }).run(getReason)).value).toBe(reason)
  })
})

describe('session protection', () => {
  const thief = { headers: { 'user-agent': 'thief' } }

  it('in mode basic makes the login of another client stale, and it stays stale when the first client is back', async () => {
    const { createBrowser, record } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice)
    const { value } = await browser.run(async (auth) => [await auth.currentUser(), await auth.loginFresh()], thief)
    expect(value).toEqual([alice, false])
    expect(record.events.at(-1)).toMatchObject({ name: 'sessionProtected', userId: 'alice', verdict: 'stale' })
    expect((await browser.run((auth) => auth.loginFresh())).value).toBe(false)
  })

  it('in mode basic writes a stale login once, and does not emit its event in each request', async () => {
    const { createBrowser } = setUpUsers()
    const browser = createBrowser()
    await browser.loginAs(alice)
    expect((await browser.run(getUser, thief)).cookies).toHaveLength(1)
    expect((await browser.run(getUser, thief)).cookies).toHaveLength(0)
  })

  it('in mode strong ends session and remember cookie of another client, and no loader runs', async () => {
    const { createBrowser, loads, record } = setUpUsers({ sessionProtection: 'strong', loadUserFromRequest: () => bob })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const { value, cookies } = await browser.run(getUser, thief)
    expect(value).toBeNull()
    expect(loads).toEqual([])
    expect(cookies).toHaveLength(2)
    expect(record.events.at(-1)).toMatchObject({ name: 'sessionProtected', verdict: 'dropped' })
    expect(browser.cookies.names()).toEqual([])
  })

  it('in mode strong makes the login of a permanent session stale', async () => {
    const browser = setUpUsers({ sessionProtection: 'strong' }).createBrowser()
    await browser.loginAs(alice, { permanent: true })
    const { value } = await browser.run(async (auth) => [await auth.currentUser(), await auth.loginFresh()], thief)
    expect(value).toEqual([alice, false])
  })

  it('in mode strong binds a login from the remember cookie to its client', async () => {
    const browser = setUpUsers({ sessionProtection: 'strong' }).createBrowser()
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    expect((await browser.run(getUser)).value).toEqual(alice)
    expect((await browser.run(getUser)).value).toEqual(alice)
    expect((await browser.run(getUser, thief)).value).toBeNull()
  })

  it('in mode strong ignores a session without a login', async () => {
    const { createBrowser, record } = setUpUsers({ sessionProtection: 'strong' })
    const browser = createBrowser()
    await browser.run((auth) => auth.session.set('cart', 1))
    expect((await browser.run((auth) => auth.session.get('cart'), thief)).value).toBe(1)
    expect(record.names()).not.toContain('sessionProtected')
  })

  it('accepts any client if it is off', async () => {
    const browser = setUpUsers({ sessionProtection: false }).createBrowser()
    await browser.loginAs(alice)
    expect((await browser.run((auth) => auth.loginFresh(), thief)).value).toBe(true)
  })

  it('in mode basic keeps its verdict if the loader then fails', async () => {
    let broken = false
    const { createBrowser } = setUpUsers({
      loadUser: (id) => {
        if (broken) throw new Error('database')
        return { id }
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    broken = true
    const { cookies } = await browser.run((auth) => auth.currentUser().catch(() => null), thief)
    expect(cookies).toHaveLength(1)
    broken = false
    expect((await browser.run((auth) => auth.loginFresh())).value).toBe(false)
  })
})

describe('parallel operations of one request', () => {
  it('do not restore a session after a logout during a slow load', async () => {
    const { createBrowser } = setUpUsers({
      loadUser: async (id) => {
        await Promise.resolve()
        return { id }
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.run(async (auth) => {
      const slow = auth.currentUser()
      await auth.logoutUser()
      return [await slow, await auth.currentUser(), await auth.loginRemembered()]
    })
    expect(value).toEqual([alice, null, false])
    expect(browser.cookies.names()).toEqual([SESSION_ENDED])
  })

  it('run in the order of their calls, so the last login takes effect', async () => {
    const { createBrowser } = setUpUsers()
    const browser = createBrowser()
    const { value } = await browser.run(async (auth) => {
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
    expect((await browser.run(getUser)).value).toEqual(bob)
  })

  it('continue after one of them failed', async () => {
    const { createBrowser } = setUpUsers()
    const { value } = await createBrowser().run((auth) =>
      Promise.all([
        auth.loginUser(alice, { remember: true, rememberSeconds: Number.NaN }).catch(() => 'failed'),
        auth.loginUser(bob),
        auth.currentUser(),
      ]),
    )
    expect(value).toEqual(['failed', true, bob])
  })
})
