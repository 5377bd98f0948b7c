// The content of a session belongs to its login. If the login has ended or is not valid, the content cannot be read or
// written, and no write renews the session.
import { describe, expect, it } from 'vitest'
import { REMEMBER, SESSION, setUp } from '../../test/setup'
import { checkRequest, commit } from '../adapter'
import { type Auth, type LoginManagerOptions, StoreError } from '../index'

interface User {
  readonly id: string
  stamp: number
  isActive: boolean
}

type Options = Partial<LoginManagerOptions<User>>

/** Creates a manager whose user Alice has a session stamp, and a deny list. */
function createSite(options: Options = {}) {
  const alice: User = { id: 'alice', stamp: 1, isActive: true }
  const users = new Map([[alice.id, alice]])
  const denied = new Set<string>()
  const { clock, manager, record, createBrowser } = setUp<User>({
    loadUser: (id) => users.get(id),
    sessionStamp: (user) => user.stamp,
    isRevoked: (id) => denied.has(id),
    loginView: '/login',
    ...options,
  })
  return { alice, users, denied, clock, manager, record, createBrowser }
}

type Site = ReturnType<typeof createSite>

/** Creates a browser whose login has data, a message and a CSRF token. */
async function logInWithContent(site: Site) {
  const browser = site.createBrowser()
  const { value: token } = await browser.run(async (auth) => {
    await auth.loginUser(site.alice)
    await auth.session.set('cart', 'private')
    await auth.flash('private')
    return auth.csrfToken()
  })
  const { value: sid } = await browser.run(async (auth) => (await auth.currentLogin())?.session?.sessionId as string)
  return { browser, token, sid }
}

const ENDS: [string, Options, (site: Site, sid: string) => void, RequestInit][] = [
  ['whose stamp changed', {}, ({ alice }) => void Object.assign(alice, { stamp: 2 }), {}],
  ['on the deny list', {}, ({ denied }, sid) => void denied.add(sid), {}],
  ['of a deleted user', {}, ({ users }) => void users.delete('alice'), {}],
  [
    'that strong session protection ended',
    { sessionProtection: 'strong' },
    () => {},
    { headers: { 'user-agent': 'another' } },
  ],
  ['that was idle for too long', {}, ({ clock }) => clock.advance(86_400), {}],
  ['of an inactive user', {}, ({ alice }) => void Object.assign(alice, { isActive: false }), {}],
]

const READS: [string, (auth: Auth<User>, token: string) => unknown, unknown][] = [
  ['session.get()', (auth) => auth.session.get('cart'), undefined],
  ['peekFlashes()', (auth) => auth.peekFlashes(), []],
  ['takeFlashes()', (auth) => auth.takeFlashes(), []],
]

describe.each(ENDS)('a login %s', (name, options, end, init) => {
  it.each(READS)('does not reveal its content to %s, on a page that does not read the user', async (_, read, empty) => {
    const site = createSite(options)
    const { browser, token, sid } = await logInWithContent(site)
    expect((await browser.run((auth) => read(auth, token))).value).not.toEqual(empty)
    end(site, sid)
    expect((await browser.run((auth) => read(auth, token), init)).value).toEqual(empty)
  })

  it('is not renewed by a write on a page that does not read the user', async () => {
    const site = createSite({ session: { absoluteSeconds: null }, ...options })
    const { browser, sid } = await logInWithContent(site)
    end(site, sid)
    const writes: ((auth: Auth<User>) => unknown)[] = [
      (auth) => auth.session.set('more', 1),
      (auth) => auth.flash('again'),
      (auth) => auth.csrfToken(),
      (auth) => auth.unauthorized(),
      (auth) => auth.session.setPermanent(false),
    ]
    for (const write of writes) {
      site.clock.advance(20_000)
      await browser.run(write, init)
    }
    // The deny list drops its entry, and the stamp and the user are restored. The login stays ended.
    site.denied.clear()
    site.users.set('alice', Object.assign(site.alice, { stamp: 1, isActive: true }))
    expect((await browser.run((auth) => auth.currentUser())).value, name).toBeNull()
  })
})

describe('a login that has ended', () => {
  it('does not keep its next page and its CSRF tokens', async () => {
    const site = createSite({ useSessionForNext: true })
    const { browser, token } = await logInWithContent(site)
    const page = (auth: Auth<User>) => auth.unauthorized()
    await browser.run(page, { headers: { accept: 'text/html' } })
    site.alice.stamp = 2
    const { value } = await browser.run(async (auth) => [await auth.nextUrl('/home'), await auth.checkCsrf(token)])
    expect(value).toEqual(['/home', false])
  })

  it('keeps the messages of the request that detects its end', async () => {
    const site = createSite()
    const { browser } = await logInWithContent(site)
    site.alice.stamp = 2
    await browser.run(
      async (auth) => {
        await auth.unauthorized()
        await auth.currentUser()
      },
      { headers: { accept: 'text/html' } },
    )
    const { value } = await browser.run((auth) => auth.takeFlashes())
    expect(value).toEqual([{ category: 'message', message: 'Please log in to access this page.' }])
  })
})

describe('a new login of the same user', () => {
  const content = (auth: Auth<User>) => Promise.all([auth.session.get('cart'), auth.peekFlashes()])

  it.each(ENDS.filter(([name]) => !/deleted|inactive|idle/.test(name)))(
    'does not take over the content of a login %s, if the request did not read the session before',
    async (_, options, end, init) => {
      const site = createSite(options)
      const { browser, sid } = await logInWithContent(site)
      await browser.run((auth) => auth.session.setPermanent(true))
      if (options.sessionProtection === 'strong') await browser.run((auth) => auth.session.setPermanent(false))
      end(site, sid)
      await browser.run((auth) => auth.loginUser(site.alice), init)
      const { value } = await browser.run(
        async (auth) => [...(await content(auth)), await auth.session.isPermanent()],
        init,
      )
      expect(value).toEqual([undefined, [], false])
    },
  )

  it.each(['basic', 'strong'] as const)(
    'takes over the content of a valid login, under %s protection',
    async (mode) => {
      const site = createSite({ sessionProtection: mode })
      const { browser } = await logInWithContent(site)
      await browser.run((auth) => auth.loginUser(site.alice))
      expect((await browser.run(content)).value).toEqual(['private', [{ category: 'message', message: 'private' }]])
    },
  )

  it('keeps the message of its own request if the previous login has ended', async () => {
    const site = createSite()
    const { browser } = await logInWithContent(site)
    site.alice.stamp = 2
    await browser.run(async (auth) => {
      await auth.flash('Welcome back.')
      await auth.loginUser(site.alice)
    })
    expect((await browser.run(content)).value).toEqual([undefined, [{ category: 'message', message: 'Welcome back.' }]])
  })
})

describe('a logout that keeps data', () => {
  it.each<[string, (site: Site, fail: () => void) => void]>([
    ['of an inactive user', ({ alice }) => void Object.assign(alice, { isActive: false })],
    [
      'that was revoked, while the users cannot be loaded',
      ({ alice }, fail) => {
        alice.stamp = 2
        fail()
      },
    ],
  ])('does not reveal the content of a login %s to the visitor', async (_, change) => {
    let isDown = false
    const loadUser = (id: string): User | undefined => {
      if (isDown) throw new StoreError('The users cannot be loaded.')
      return site.users.get(id)
    }
    const site: Site = createSite({ loadUser })
    const { browser } = await logInWithContent(site)
    change(site, () => {
      isDown = true
    })
    await browser.run((auth) => auth.logoutUser({ keepData: true }))
    const { value } = await browser.run((auth) => Promise.all([auth.session.get('cart'), auth.peekFlashes()]))
    expect(value).toEqual([undefined, []])
  })
})

describe('a login of an inactive user', () => {
  it('keeps its content until the user is active again, and shows the visitor only messages until then', async () => {
    const site = createSite()
    const { browser } = await logInWithContent(site)
    site.alice.isActive = false
    await browser.run((auth) => auth.flash('Your account is suspended.'))
    const { value } = await browser.run((auth) => auth.takeFlashes())
    expect(value).toEqual([{ category: 'message', message: 'Your account is suspended.' }])
    site.alice.isActive = true
    const again = await browser.run(async (auth) => [await auth.session.get('cart'), (await auth.takeFlashes()).length])
    expect(again.value).toEqual(['private', 1])
  })

  it('is valid with its content if it was forced', async () => {
    const site = createSite()
    site.alice.isActive = false
    const browser = site.createBrowser()
    await browser.run((auth) => auth.loginUser(site.alice, { force: true }))
    await browser.run((auth) => auth.session.set('cart', 1))
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBe(1)
  })
})

describe('the content of a session', () => {
  it('is unavailable while the users cannot be loaded, and is not lost', async () => {
    let isDown = false
    const alice: User = { id: 'alice', stamp: 1, isActive: true }
    const site = createSite({
      loadUser: () => {
        if (isDown) throw new StoreError('The database is down.')
        return alice
      },
    })
    const { browser } = await logInWithContent(site)
    isDown = true
    await browser.run((auth) => expect(auth.session.get('cart')).rejects.toBeInstanceOf(StoreError))
    await browser.run((auth) => expect(auth.takeFlashes()).rejects.toBeInstanceOf(StoreError))
    isDown = false
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBe('private')
  })

  it('of a visitor without a login does not load a user and does not restore a login', async () => {
    const site = createSite()
    const browser = site.createBrowser()
    await browser.loginAs(site.alice, { remember: true })
    browser.cookies.delete(SESSION)
    await browser.run((auth) => auth.session.set('cart', 1))
    const { value } = await browser.run((auth) => auth.session.get('cart'))
    expect([value, site.record.names()]).toEqual([1, ['userLoggedIn']])
  })
})

describe('with the option session.renew: never', () => {
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
    const site = createSite({ session: { renew: 'never', idleSeconds: 1000 }, refreshView: '/again' })
    const { browser } = await logInWithContent(site)
    site.clock.advance(999)
    await browser.run(write, { headers: { accept: 'text/html' } })
    expect((await browser.run((auth) => auth.currentUser())).value).toBe(site.alice)
    site.clock.advance(1)
    expect((await browser.run((auth) => auth.whyAnonymous())).value).toMatch(/idle|no-cookie/)
  })

  it('a session without a login ends after its idle time, and a login restarts this time', async () => {
    const site = createSite({ session: { renew: 'never', idleSeconds: 1000 } })
    const browser = site.createBrowser()
    await browser.run((auth) => auth.session.set('cart', 1))
    site.clock.advance(999)
    await browser.run((auth) => auth.session.set('cart', 2))
    await browser.run((auth) => auth.loginUser(site.alice))
    site.clock.advance(999)
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBe(2)
    site.clock.advance(1)
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toBeUndefined()
  })

  it('a permanent session keeps the expiry of its cookie in the browser', async () => {
    const site = createSite({ session: { renew: 'never', permanentSeconds: 1000 } })
    const browser = site.createBrowser()
    await browser.run((auth) => auth.loginUser(site.alice, { permanent: true }))
    site.clock.advance(400)
    const { cookies } = await browser.run((auth) => auth.session.set('a', 1))
    expect(cookies).toEqual([expect.stringContaining('Max-Age=600;')])
  })
})

describe('a request for which the option isActivity returns false', () => {
  const session = { idleSeconds: 1000, isActivity: ({ url }: { url: string }) => !url.includes('poll') }

  it.each<[string, (auth: Auth<User>) => unknown]>([
    ['currentUser()', (auth) => auth.currentUser()],
    ['session.set()', (auth) => auth.session.set('a', Math.random())],
    ['flash()', (auth) => auth.flash('hello')],
  ])('does not prolong the session by %s', async (_, operation) => {
    const site = createSite({ session })
    const auth = site.manager.open(new Request('https://app.test/'))
    await auth.loginUser(site.alice)
    let cookie = commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] as string
    for (const seconds of [500, 499]) {
      site.clock.advance(seconds)
      const poll = site.manager.open(new Request('https://app.test/poll', { headers: { cookie } }))
      await operation(poll)
      cookie = commit(poll, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    }
    const last = site.manager.open(new Request('https://app.test/poll', { headers: { cookie } }))
    expect(await last.currentUser()).toBe(site.alice)
    site.clock.advance(1)
    const late = site.manager.open(new Request('https://app.test/', { headers: { cookie } }))
    expect([await late.currentUser(), await late.whyAnonymous()]).toEqual([null, 'idle'])
  })

  it('does not renew cookies that are renewed with each response', async () => {
    const site = createSite({
      session: { ...session, renew: 'everyRequest', permanentSeconds: 1000 },
      remember: { renew: 'everyRequest' },
    })
    const auth = site.manager.open(new Request('https://app.test/'))
    await auth.loginUser(site.alice, { permanent: true, remember: true })
    const lines = commit(auth, new Response()).headers.getSetCookie()
    const cookie = lines.map((line) => line.split(';')[0]).join('; ')
    const setBy = async (path: string) => {
      const next = site.manager.open(new Request(`https://app.test${path}`, { headers: { cookie } }))
      await checkRequest(next)
      return commit(next, new Response()).headers.getSetCookie().length
    }
    expect([await setBy('/poll'), await setBy('/page')]).toEqual([0, 2])
  })

  it('makes the library call isActivity at most once a request, and only if the session could be prolonged', async () => {
    let calls = 0
    const site = createSite({ session: { isActivity: () => ++calls > 0 } })
    const browser = site.createBrowser()
    await browser.loginAs(site.alice)
    await browser.run((auth) => auth.currentUser())
    expect(calls).toBe(0)
    site.clock.advance(40_000)
    await browser.run(async (auth) => [await auth.currentUser(), await auth.session.set('a', 1)])
    expect(calls).toBe(1)
  })
})

describe('currentLogin()', () => {
  it('does not renew the session, so a page that shows the remaining time does not extend it', async () => {
    const site = createSite({ session: { idleSeconds: 1000 } })
    const browser = site.createBrowser()
    await browser.loginAs(site.alice)
    const endsAt = site.clock() + 1000
    for (const seconds of [400, 400, 199]) {
      site.clock.advance(seconds)
      const { value, cookies } = await browser.run(async (auth) => (await auth.currentLogin())?.session?.endsAt)
      expect([value, cookies]).toEqual([endsAt, []])
    }
    site.clock.advance(1)
    expect((await browser.run((auth) => auth.currentLogin())).value).toBeNull()
  })
})

describe('a login from the remember cookie', () => {
  it('does not become permanent by a planted anonymous session', async () => {
    const site = createSite({ sessionProtection: 'strong' })
    const browser = site.createBrowser()
    await browser.loginAs(site.alice, { remember: true })
    browser.cookies.delete(SESSION)
    await browser.run((auth) => auth.session.setPermanent(true))
    const { value, cookies } = await browser.run(async (auth) => [
      (await auth.currentUser())?.id,
      await auth.session.isPermanent(),
    ])
    expect(value).toEqual(['alice', false])
    expect(cookies).toEqual([expect.not.stringContaining('Max-Age')])
    const thief = await browser.run((auth) => auth.currentUser(), { headers: { 'user-agent': 'another' } })
    expect(thief.value).toBeNull()
    expect(browser.cookies.get(REMEMBER)).toBeUndefined()
  })

  it('is permanent if the app sets it in the same request', async () => {
    const site = createSite()
    const browser = site.createBrowser()
    await browser.loginAs(site.alice, { remember: true })
    browser.cookies.delete(SESSION)
    const { value } = await browser.run(async (auth) => {
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
    const site = createSite()
    const browser = site.createBrowser()
    await browser.loginAs(site.alice, { fresh })
    const emitted: number[] = []
    for (const init of [other, other, {}, {}, other, other]) {
      await browser.run((auth) => auth.loginFresh(), init)
      emitted.push(site.record.names().filter((name) => name === 'sessionProtected').length)
    }
    expect(emitted).toEqual([1, 1, 1, 1, 2, 2])
  })

  it('is emitted again after a confirmation from the new client', async () => {
    const site = createSite()
    const browser = site.createBrowser()
    await browser.loginAs(site.alice)
    await browser.run((auth) => auth.confirmLogin(), other)
    await browser.run((auth) => auth.loginFresh(), other)
    await browser.run((auth) => auth.loginFresh(), {})
    expect(site.record.names().filter((name) => name === 'sessionProtected')).toHaveLength(2)
  })
})

describe('a copied cookie of a session on the deny list', () => {
  it('is not renewed by a page that does not read the login, with renew: everyRequest', async () => {
    const site = createSite({ session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } })
    const browser = site.createBrowser()
    const { value: sid } = await browser.run(async (auth) => {
      await auth.loginUser(site.alice, { remember: true, permanent: true })
      return (await auth.currentLogin())?.session?.sessionId as string
    })
    site.clock.advance(1000)
    expect((await browser.run(() => null)).cookies).toHaveLength(2)
    site.denied.add(sid)
    site.clock.advance(1000)
    expect((await browser.run(() => null)).cookies).toEqual([])
  })
})

it('currentUser() after currentLogin() prolongs the session, as it does alone', async () => {
  const site = createSite()
  const browser = site.createBrowser()
  await browser.run((auth) => auth.loginUser(site.alice))
  site.clock.advance(10_000)
  expect((await browser.run((auth) => auth.currentLogin())).cookies).toEqual([])
  const both = await browser.run(async (auth) => [await auth.currentLogin(), await auth.currentUser()])
  expect(both.cookies).toHaveLength(1)
})
