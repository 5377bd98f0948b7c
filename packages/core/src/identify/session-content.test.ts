// The content of a session belongs to its login. If the login has ended or is not valid, the content cannot be read or
// written, and no write renews the session.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../adapter'
import { type Auth, createLoginManager, type LoginManagerOptions, StoreError, withLogin } from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
  stamp: number
  isActive: boolean
}

const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const alice: User = { id: 'alice', stamp: 1, isActive: true }
  const users = new Map([[alice.id, alice]])
  const denied = new Set<string>()
  const manager = createLoginManager<User>({
    secrets: SECRET,
    loadUser: (id) => users.get(id),
    sessionStamp: (user) => user.stamp,
    isRevoked: (id) => denied.has(id),
    loginView: '/login',
    clock,
    ...options,
  })
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
  return { alice, users, denied, clock, manager, visitor, record: recordEvents(manager) }
}

type World = ReturnType<typeof world>

/** A browser whose login has data, a message, a page to go to and a CSRF token. */
async function full(home: World) {
  const browser = home.visitor()
  const { value: token } = await browser.ask(async (auth) => {
    await auth.loginUser(home.alice)
    await auth.session.set('cart', 'private')
    await auth.flash('private')
    return auth.csrfToken()
  })
  const { value: sid } = await browser.ask(async (auth) => (await auth.currentLogin())?.session?.sessionId as string)
  return { browser, token, sid }
}

const ENDS: [string, Partial<LoginManagerOptions<User>>, (home: World, sid: string) => void, RequestInit][] = [
  ['whose stamp changed', {}, ({ alice }) => void Object.assign(alice, { stamp: 2 }), {}],
  ['on the deny list', {}, ({ denied }, sid) => void denied.add(sid), {}],
  ['of a deleted user', {}, ({ users }) => void users.delete('alice'), {}],
  ['dropped by protection', { sessionProtection: 'strong' }, () => {}, { headers: { 'user-agent': 'another' } }],
  ['that was idle for too long', {}, ({ clock }) => clock.advance(86_400), {}],
  ['of an inactive user', {}, ({ alice }) => void Object.assign(alice, { isActive: false }), {}],
]

const READS: [string, (auth: Auth<User>, token: string) => unknown, unknown][] = [
  ['session.get()', (auth) => auth.session.get('cart'), undefined],
  ['peekFlashes()', (auth) => auth.peekFlashes(), []],
  ['takeFlashes()', (auth) => auth.takeFlashes(), []],
]

describe.each(ENDS)('a login %s', (name, options, end, init) => {
  it.each(READS)('gives none of its content to %s, on a page that does not read the user', async (_, read, nothing) => {
    const home = world(options)
    const { browser, token, sid } = await full(home)
    expect((await browser.ask((auth) => read(auth, token))).value).not.toEqual(nothing)
    end(home, sid)
    expect((await browser.ask((auth) => read(auth, token), init)).value).toEqual(nothing)
  })

  it('is not renewed by a write on a page that does not read the user', async () => {
    const home = world({ session: { absoluteSeconds: null }, ...options })
    const { browser, sid } = await full(home)
    end(home, sid)
    const writes: ((auth: Auth<User>) => unknown)[] = [
      (auth) => auth.session.set('more', 1),
      (auth) => auth.flash('again'),
      (auth) => auth.csrfToken(),
      (auth) => auth.unauthorized(),
      (auth) => auth.session.setPermanent(false),
    ]
    for (const write of writes) {
      home.clock.advance(20_000)
      await browser.ask(write, init)
    }
    // The deny list drops its entry, and the stamp and the user are restored. The login stays ended.
    home.denied.clear()
    home.users.set('alice', Object.assign(home.alice, { stamp: 1, isActive: true }))
    expect((await browser.ask((auth) => auth.currentUser())).value, name).toBeNull()
  })
})

describe('a login that has ended', () => {
  it('loses its next page and its CSRF tokens', async () => {
    const home = world({ useSessionForNext: true })
    const { browser, token } = await full(home)
    const page = (auth: Auth<User>) => auth.unauthorized()
    await browser.ask(page, { headers: { accept: 'text/html' } })
    home.alice.stamp = 2
    const { value } = await browser.ask(async (auth) => [await auth.nextUrl('/home'), await auth.checkCsrf(token)])
    expect(value).toEqual(['/home', false])
  })

  it('keeps the messages of the request that detects the end', async () => {
    const home = world()
    const { browser } = await full(home)
    home.alice.stamp = 2
    await browser.ask(
      async (auth) => {
        await auth.unauthorized()
        await auth.currentUser()
      },
      { headers: { accept: 'text/html' } },
    )
    const { value } = await browser.ask((auth) => auth.takeFlashes())
    expect(value).toEqual([{ category: 'message', message: 'Please log in to access this page.' }])
  })
})

describe('a new login of the same user', () => {
  const content = (auth: Auth<User>) => Promise.all([auth.session.get('cart'), auth.peekFlashes()])

  it.each(ENDS.filter(([name]) => !/deleted|inactive|idle/.test(name)))(
    'takes over nothing of a login %s, if nothing read the session before it',
    async (_, options, end, init) => {
      const home = world(options)
      const { browser, sid } = await full(home)
      await browser.ask((auth) => auth.session.setPermanent(true))
      if (options.sessionProtection === 'strong') await browser.ask((auth) => auth.session.setPermanent(false))
      end(home, sid)
      await browser.ask((auth) => auth.loginUser(home.alice), init)
      const { value } = await browser.ask(
        async (auth) => [...(await content(auth)), await auth.session.isPermanent()],
        init,
      )
      expect(value).toEqual([undefined, [], false])
    },
  )

  it.each(['basic', 'strong'] as const)(
    'takes over the content of a login that holds, under %s protection',
    async (mode) => {
      const home = world({ sessionProtection: mode })
      const { browser } = await full(home)
      await browser.ask((auth) => auth.loginUser(home.alice))
      expect((await browser.ask(content)).value).toEqual(['private', [{ category: 'message', message: 'private' }]])
    },
  )

  it('keeps the message of its own request if the previous login has ended', async () => {
    const home = world()
    const { browser } = await full(home)
    home.alice.stamp = 2
    await browser.ask(async (auth) => {
      await auth.flash('Welcome back.')
      await auth.loginUser(home.alice)
    })
    expect((await browser.ask(content)).value).toEqual([undefined, [{ category: 'message', message: 'Welcome back.' }]])
  })
})

describe('a logout that keeps data', () => {
  it.each<[string, (home: World, fail: () => void) => void]>([
    ['of an inactive user', ({ alice }) => void Object.assign(alice, { isActive: false })],
    [
      'that was revoked, while the users cannot be loaded',
      ({ alice }, fail) => {
        alice.stamp = 2
        fail()
      },
    ],
  ])('gives none of the content of a login %s to the visitor', async (_, change) => {
    let isDown = false
    const loadUser = (id: string): User | undefined => {
      if (isDown) throw new StoreError('The users cannot be loaded.')
      return home.users.get(id)
    }
    const home: World = world({ loadUser })
    const { browser } = await full(home)
    change(home, () => {
      isDown = true
    })
    await browser.ask((auth) => auth.logoutUser({ keepData: true }))
    const { value } = await browser.ask((auth) => Promise.all([auth.session.get('cart'), auth.peekFlashes()]))
    expect(value).toEqual([undefined, []])
  })
})

describe('a login of an inactive user', () => {
  it('keeps its content for when the user is active again, and shows only messages to the visitor until then', async () => {
    const home = world()
    const { browser } = await full(home)
    home.alice.isActive = false
    await browser.ask((auth) => auth.flash('Your account is suspended.'))
    const { value } = await browser.ask((auth) => auth.takeFlashes())
    expect(value).toEqual([{ category: 'message', message: 'Your account is suspended.' }])
    home.alice.isActive = true
    const again = await browser.ask(async (auth) => [await auth.session.get('cart'), (await auth.takeFlashes()).length])
    expect(again.value).toEqual(['private', 1])
  })

  it('is valid with its content if it was forced', async () => {
    const home = world()
    home.alice.isActive = false
    const browser = home.visitor()
    await browser.ask((auth) => auth.loginUser(home.alice, { force: true }))
    await browser.ask((auth) => auth.session.set('cart', 1))
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBe(1)
  })
})

describe('the content of a session', () => {
  it('is unavailable while the users cannot be loaded, and is not lost', async () => {
    let isDown = false
    const alice: User = { id: 'alice', stamp: 1, isActive: true }
    const home = world({
      loadUser: () => {
        if (isDown) throw new StoreError('The database is down.')
        return alice
      },
    })
    const { browser } = await full(home)
    isDown = true
    await browser.ask((auth) => expect(auth.session.get('cart')).rejects.toBeInstanceOf(StoreError))
    await browser.ask((auth) => expect(auth.takeFlashes()).rejects.toBeInstanceOf(StoreError))
    isDown = false
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBe('private')
  })

  it('of a visitor without a login loads no user and restores no login', async () => {
    const home = world()
    const browser = home.visitor()
    await browser.loginAs(home.alice, { remember: true })
    browser.cookies.delete(SESSION)
    await browser.ask((auth) => auth.session.set('cart', 1))
    const { value } = await browser.ask((auth) => auth.session.get('cart'))
    expect([value, home.record.names()]).toEqual([1, ['userLoggedIn']])
  })
})

describe('with renew: never', () => {
  const WRITES: [string, (auth: Auth<User>) => unknown][] = [
    ['session.set()', (auth) => auth.session.set('a', Math.random())],
    ['flash()', (auth) => auth.flash('hello')],
    ['takeFlashes()', (auth) => auth.takeFlashes()],
    ['csrfToken()', (auth) => auth.csrfToken()],
    ['a refusal with a message', (auth) => auth.needsRefresh()],
    ['confirmLogin()', (auth) => auth.confirmLogin()],
    ['currentUser()', (auth) => auth.currentUser()],
  ]

  it.each(WRITES)('%s does not renew a login', async (_, write) => {
    const home = world({ session: { renew: 'never', idleSeconds: 1000 }, refreshView: '/again' })
    const { browser } = await full(home)
    home.clock.advance(999)
    await browser.ask(write, { headers: { accept: 'text/html' } })
    expect((await browser.ask((auth) => auth.currentUser())).value).toBe(home.alice)
    home.clock.advance(1)
    expect((await browser.ask((auth) => auth.whyAnonymous())).value).toMatch(/idle|no-cookie/)
  })

  it('a session without a login ends with its idle time, too, and a login in it starts one', async () => {
    const home = world({ session: { renew: 'never', idleSeconds: 1000 } })
    const browser = home.visitor()
    await browser.ask((auth) => auth.session.set('cart', 1))
    home.clock.advance(999)
    await browser.ask((auth) => auth.session.set('cart', 2))
    await browser.ask((auth) => auth.loginUser(home.alice))
    home.clock.advance(999)
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBe(2)
    home.clock.advance(1)
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toBeUndefined()
  })

  it('a permanent session keeps its end in the browser, too', async () => {
    const home = world({ session: { renew: 'never', permanentSeconds: 1000 } })
    const browser = home.visitor()
    await browser.ask((auth) => auth.loginUser(home.alice, { permanent: true }))
    home.clock.advance(400)
    const { cookies } = await browser.ask((auth) => auth.session.set('a', 1))
    expect(cookies).toEqual([expect.stringContaining('Max-Age=600;')])
  })
})

describe('a request for which the option isActivity returns false', () => {
  const session = { idleSeconds: 1000, isActivity: ({ url }: { url: string }) => !url.includes('poll') }

  it.each<[string, (auth: Auth<User>) => unknown]>([
    ['currentUser()', (auth) => auth.currentUser()],
    ['session.set()', (auth) => auth.session.set('a', Math.random())],
    ['flash()', (auth) => auth.flash('hello')],
  ])('does not prolong the session by %s', async (_, use) => {
    const home = world({ session })
    const auth = home.manager.open(new Request('https://app.test/'))
    await auth.loginUser(home.alice)
    let cookie = commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] as string
    for (const seconds of [500, 499]) {
      home.clock.advance(seconds)
      const poll = home.manager.open(new Request('https://app.test/poll', { headers: { cookie } }))
      await use(poll)
      cookie = commit(poll, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    }
    const last = home.manager.open(new Request('https://app.test/poll', { headers: { cookie } }))
    expect(await last.currentUser()).toBe(home.alice)
    home.clock.advance(1)
    const late = home.manager.open(new Request('https://app.test/', { headers: { cookie } }))
    expect([await late.currentUser(), await late.whyAnonymous()]).toEqual([null, 'idle'])
  })

  it('does not renew cookies that are renewed with each response', async () => {
    const home = world({
      session: { ...session, renew: 'everyRequest', permanentSeconds: 1000 },
      remember: { renew: 'everyRequest' },
    })
    const auth = home.manager.open(new Request('https://app.test/'))
    await auth.loginUser(home.alice, { permanent: true, remember: true })
    const lines = commit(auth, new Response()).headers.getSetCookie()
    const cookie = lines.map((line) => line.split(';')[0]).join('; ')
    const setBy = async (path: string) => {
      const next = home.manager.open(new Request(`https://app.test${path}`, { headers: { cookie } }))
      await checkRequest(next)
      return commit(next, new Response()).headers.getSetCookie().length
    }
    expect([await setBy('/poll'), await setBy('/page')]).toEqual([0, 2])
  })

  it('makes the library call isActivity at most once a request, and only if the session could be prolonged', async () => {
    let asked = 0
    const home = world({ session: { isActivity: () => ++asked > 0 } })
    const browser = home.visitor()
    await browser.loginAs(home.alice)
    await browser.ask((auth) => auth.currentUser())
    expect(asked).toBe(0)
    home.clock.advance(40_000)
    await browser.ask(async (auth) => [await auth.currentUser(), await auth.session.set('a', 1)])
    expect(asked).toBe(1)
  })
})

describe('currentLogin()', () => {
  it('does not renew the session, so a page that shows the remaining time does not extend it', async () => {
    const home = world({ session: { idleSeconds: 1000 } })
    const browser = home.visitor()
    await browser.loginAs(home.alice)
    const endsAt = home.clock() + 1000
    for (const seconds of [400, 400, 199]) {
      home.clock.advance(seconds)
      const { value, cookies } = await browser.ask(async (auth) => (await auth.currentLogin())?.session?.endsAt)
      expect([value, cookies]).toEqual([endsAt, []])
    }
    home.clock.advance(1)
    expect((await browser.ask((auth) => auth.currentLogin())).value).toBeNull()
  })
})

describe('a login from the remember cookie', () => {
  it('does not become permanent by a planted anonymous session', async () => {
    const home = world({ sessionProtection: 'strong' })
    const browser = home.visitor()
    await browser.loginAs(home.alice, { remember: true })
    browser.cookies.delete(SESSION)
    await browser.ask((auth) => auth.session.setPermanent(true))
    const { value, cookies } = await browser.ask(async (auth) => [
      (await auth.currentUser())?.id,
      await auth.session.isPermanent(),
    ])
    expect(value).toEqual(['alice', false])
    expect(cookies).toEqual([expect.not.stringContaining('Max-Age')])
    const thief = await browser.ask((auth) => auth.currentUser(), { headers: { 'user-agent': 'another' } })
    expect(thief.value).toBeNull()
    expect(browser.cookies.get(REMEMBER)).toBeUndefined()
  })

  it('is permanent if the app sets it in the same request', async () => {
    const home = world()
    const browser = home.visitor()
    await browser.loginAs(home.alice, { remember: true })
    browser.cookies.delete(SESSION)
    const { value } = await browser.ask(async (auth) => {
      await auth.session.setPermanent(true)
      await auth.currentUser()
      return auth.session.isPermanent()
    })
    expect(value).toBe(true)
  })
})

describe('sessionProtected', () => {
  const other = { headers: { 'user-agent': 'another' } }

  it.each<[string, boolean]>([
    ['fresh', true],
    ['stale', false],
  ])('is emitted once per change of the client, not once per request, for a login that is %s', async (_, fresh) => {
    const home = world()
    const browser = home.visitor()
    await browser.loginAs(home.alice, { fresh })
    const emitted: number[] = []
    for (const init of [other, other, {}, {}, other, other]) {
      await browser.ask((auth) => auth.loginFresh(), init)
      emitted.push(home.record.names().filter((name) => name === 'sessionProtected').length)
    }
    expect(emitted).toEqual([1, 1, 1, 1, 2, 2])
  })

  it('is emitted again after a confirmation from the new client', async () => {
    const home = world()
    const browser = home.visitor()
    await browser.loginAs(home.alice)
    await browser.ask((auth) => auth.confirmLogin(), other)
    await browser.ask((auth) => auth.loginFresh(), other)
    await browser.ask((auth) => auth.loginFresh(), {})
    expect(home.record.names().filter((name) => name === 'sessionProtected')).toHaveLength(2)
  })
})

describe('a copy on the deny list', () => {
  it('is not renewed by a page that reads nothing, if each response renews', async () => {
    const home = world({ session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } })
    const browser = home.visitor()
    const { value: sid } = await browser.ask(async (auth) => {
      await auth.loginUser(home.alice, { remember: true, permanent: true })
      return (await auth.currentLogin())?.session?.sessionId as string
    })
    home.clock.advance(1000)
    expect((await browser.ask(() => null)).cookies).toHaveLength(2)
    home.denied.add(sid)
    home.clock.advance(1000)
    expect((await browser.ask(() => null)).cookies).toEqual([])
  })
})

it('currentUser() after currentLogin() prolongs the session, as it does alone', async () => {
  const home = world()
  const browser = home.visitor()
  await browser.ask((auth) => auth.loginUser(home.alice))
  home.clock.advance(10_000)
  expect((await browser.ask((auth) => auth.currentLogin())).cookies).toEqual([])
  const both = await browser.ask(async (auth) => [await auth.currentLogin(), await auth.currentUser()])
  expect(both.cookies).toHaveLength(1)
})
