// The guarantees of every adapter. A case does not depend on a framework: the tests of each adapter serve the same app.
import { type Auth, bearer, createLoginManager, type LoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock, recordEvents } from '@fetch-login/core/testing'
import { expect, it } from 'vitest'

export interface User {
  readonly id: string
  stamp: number
  isActive: boolean
}

/** The routes of the app, for every method. The last one is guarded by `loginRequired()`. */
export const ROUTES = ['/', '/login', '/poll', '/saml/acs', '/saml/acs/more'] as const
export const GUARDED = '/guarded'

/** The app that an adapter serves. `handle` runs in each route; the error handler of the framework calls `onError` and responds 500. */
export interface App {
  readonly manager: LoginManager<User>
  handle(auth: Auth<User>): Promise<void>
  onError(error: unknown): void
}

/** Serves the app on the framework of an adapter, and returns a client of it. The host is that of the `Host` header. */
export type Serve = (app: App) => Promise<(request: Request) => Promise<Response>>

type Options = Partial<LoginManagerOptions<User>>
type Operation<T> = (auth: Auth<User>) => T
type CreateBrowser = Awaited<ReturnType<typeof createSetup>>['browser']

interface Case {
  readonly title: string
  /** The documented limit that replaces the case if a proxy that renews logins precedes the route. */
  readonly behindProxy?: Omit<Case, 'behindProxy'>
  readonly run: (serve: Serve) => Promise<void>
}

/** Serves an app on the framework, and returns it with a function that creates browsers. */
async function createSetup(serve: Serve, options: Options = {}) {
  const clock = createTestClock(1_800_000_000)
  const alice: User = { id: 'alice', stamp: 1, isActive: true }
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => (id === alice.id ? alice : null),
    sessionStamp: (user) => user.stamp,
    loginView: '/login',
    cookies: { secure: false },
    clock,
    ...options,
  })
  const errors: unknown[] = []
  let operation: Operation<unknown> = () => undefined
  const handle = async (auth: Auth<User>): Promise<void> => void (await operation(auth))
  const fetch = await serve({ manager, handle, onError: (error) => void errors.push(error) })
  const browser = (headers: Record<string, string> = {}) => {
    const client = createTestClient<User>(fetch, { manager, clock, origin: 'http://app.test', headers })
    const send = async <T>(run: Operation<T>, path = '/', init: RequestInit = {}) => {
      const result: { value?: Awaited<T> } = {}
      operation = async (auth) => {
        result.value = await run(auth)
      }
      const response = await client.fetch(path, init)
      await response.text()
      return { value: result.value, ran: 'value' in result, status: response.status, response }
    }
    return { send, cookies: client.cookies }
  }
  return { alice, clock, manager, errors, browser, record: recordEvents(manager) }
}

const readUser = async (auth: Auth<User>): Promise<string | null> => (await auth.currentUser())?.id ?? null
const takeMessages = async (auth: Auth<User>): Promise<string[]> =>
  (await auth.takeFlashes()).map(({ message }) => message)
const createPost = (headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', headers })
const getErrorCode = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code

/** Opens a page that only reads when the login ends, one second before it does. */
async function showEndOfLogin(serve: Serve, session: LoginManagerOptions<User>['session']) {
  const { browser, alice, clock } = await createSetup(serve, { session: { idleSeconds: 1000, ...session } })
  const { send } = browser()
  await send((auth) => auth.loginUser(alice))
  const endsAt = clock() + 1000
  clock.advance(999)
  const { value, response } = await send(async (auth) => (await auth.currentLogin())?.session?.endsAt, '/poll')
  return { endsAt, shown: value, lines: response.headers.getSetCookie(), clock, send }
}

async function expectCrossOrigin(
  send: ReturnType<CreateBrowser>['send'],
  origin: string,
  path: string,
  status: 200 | 403,
): Promise<void> {
  const { ran, status: received } = await send(
    () => true,
    path,
    createPost({ origin, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }),
  )
  expect([origin, path, received, ran]).toEqual([origin, path, status, status === 200])
}

/** A list in the place of a user is an error on the error path of the framework, and never a login. */
async function expectNoUser(
  serve: Serve,
  options: Options,
  path: string,
  operation: Operation<unknown>,
): Promise<void> {
  const { browser, errors } = await createSetup(serve, options)
  const { send, cookies } = browser()
  const { status, ran } = await send(operation, path, { headers: { authorization: 'Bearer any' } })
  expect([status, ran, errors.map(getErrorCode)]).toEqual([500, false, ['invalid-user']])
  expect(cookies.names()).toEqual([])
}

const LIST = [] as unknown as User

const CASES: readonly Case[] = [
  {
    title: 'a page that does not read the user returns no data and no messages of a login whose stamp changed',
    run: async (serve) => {
      const { browser, alice } = await createSetup(serve)
      const { send } = browser()
      await send(async (auth) => {
        await auth.loginUser(alice)
        await auth.session.set('cart', 'private')
        await auth.flash('private')
      })
      expect((await send((auth) => auth.session.get('cart'))).value).toBe('private')
      alice.stamp = 2
      expect((await send((auth) => auth.session.get('cart'))).value).toBeUndefined()
      expect((await send(takeMessages)).value).toEqual([])
    },
  },
  {
    title: 'session data of an inactive user cannot be read, and is available again when the user is active again',
    run: async (serve) => {
      const { browser, alice } = await createSetup(serve)
      const { send } = browser()
      await send(async (auth) => {
        await auth.loginUser(alice)
        await auth.session.set('cart', 'private')
        await auth.flash('private')
      })
      alice.isActive = false
      expect((await send(async (auth) => [await auth.session.get('cart'), await takeMessages(auth)])).value).toEqual([
        undefined,
        [],
      ])
      alice.isActive = true
      expect((await send((auth) => auth.session.get('cart'))).value).toBe('private')
    },
  },
  {
    title: 'session data and messages do not prolong a login if the option renew is never',
    run: async (serve) => {
      const { browser, alice, clock } = await createSetup(serve, { session: { renew: 'never', idleSeconds: 1000 } })
      const { send } = browser()
      await send((auth) => auth.loginUser(alice))
      clock.advance(999)
      await send((auth) => auth.session.set('cart', 1))
      await send((auth) => auth.flash('hello'))
      expect((await send(readUser)).value).toBe('alice')
      clock.advance(1)
      expect((await send(readUser)).value).toBeNull()
    },
  },
  {
    title: 'a logout everywhere of an inactive user revokes the logins of that user',
    run: async (serve) => {
      const revoked: string[] = []
      const { browser, alice } = await createSetup(serve, { revokeUser: ({ id }) => revoked.push(id) })
      const { send } = browser()
      await send((auth) => auth.loginUser(alice))
      alice.isActive = false
      await send((auth) => auth.logoutUser({ everywhere: true }))
      expect(revoked).toEqual(['alice'])
    },
  },
  {
    title: 'a logout everywhere revokes or throws after strong protection dropped the login, and is never silent',
    run: async (serve) => {
      const revoked: string[] = []
      const { browser, alice, errors } = await createSetup(serve, {
        sessionProtection: 'strong',
        revokeUser: ({ id }) => revoked.push(id),
      })
      const { send } = browser()
      await send((auth) => auth.loginUser(alice))
      const { status, ran } = await send((auth) => auth.logoutUser({ everywhere: true }), '/', {
        headers: { 'user-agent': 'another' },
      })
      if (ran) expect([status, revoked]).toEqual([200, ['alice']])
      else expect([status, revoked, errors.map(getErrorCode)]).toEqual([500, [], ['cannot-revoke']])
    },
  },
  {
    title:
      'a logout everywhere throws, and whyAnonymous() returns the reason, if the login expired or its user is deleted',
    run: async (serve) => {
      let isDeleted = false
      const setup = await createSetup(serve, {
        session: { idleSeconds: 1000 },
        revokeUser: () => {},
        loadUser: () => (isDeleted ? null : setup.alice),
      })
      const { alice, browser, clock, errors } = setup
      const [idle, deleted] = [browser(), browser()]
      const logOut = (auth: Auth<User>) => auth.logoutUser({ everywhere: true })
      await idle.send((auth) => auth.loginUser(alice))
      const idleCookie = idle.cookies.get('session') ?? ''
      clock.advance(1001)
      expect((await idle.send((auth) => auth.whyAnonymous())).value).toBe('idle')
      idle.cookies.set('session', idleCookie)
      expect((await idle.send(logOut)).status).toBe(500)
      await deleted.send((auth) => auth.loginUser(alice))
      const deletedCookie = deleted.cookies.get('session') ?? ''
      isDeleted = true
      clock.advance(600)
      expect((await deleted.send((auth) => auth.whyAnonymous())).value).toBe('unknown-user')
      deleted.cookies.set('session', deletedCookie)
      expect((await deleted.send(logOut)).status).toBe(500)
      expect(errors.map(getErrorCode)).toEqual(['cannot-revoke', 'cannot-revoke'])
    },
  },
  {
    title: 'a login from the remember cookie is not permanent because an anonymous session was',
    run: async (serve) => {
      const { browser, alice } = await createSetup(serve, { sessionProtection: 'strong' })
      const [{ send, cookies }, attacker] = [browser(), browser()]
      await send((auth) => auth.loginUser(alice, { remember: true }))
      await attacker.send((auth) => auth.session.setPermanent(true))
      cookies.set('session', attacker.cookies.get('session') ?? '')
      const { value } = await send(async (auth) => [await readUser(auth), await auth.session.isPermanent()])
      expect(value).toEqual(['alice', false])
      expect((await send(readUser, '/', { headers: { 'user-agent': 'another' } })).value).toBeNull()
    },
  },
  {
    title: 'a request loader that returns a list causes an error, and logs no user in, in a route and behind a guard',
    run: async (serve) => {
      const options = { loadUserFromRequest: bearer<User>(() => LIST) }
      await expectNoUser(serve, options, '/', readUser)
      await expectNoUser(serve, options, GUARDED, readUser)
    },
  },
  {
    title: 'loginUser() of a list causes an error, and logs no user in',
    run: (serve) => expectNoUser(serve, {}, '/', (auth) => auth.loginUser(LIST, { remember: true })),
  },
  {
    title: 'a user loader that returns a list causes an error, and logs no user in',
    run: async (serve) => {
      const { browser, alice, errors } = await createSetup(serve, { loadUser: () => LIST })
      const { send } = browser()
      await send((auth) => auth.loginUser(alice))
      for (const path of ['/', GUARDED]) {
        const { status, ran } = await send(readUser, path)
        expect([path, status, ran]).toEqual([path, 500, false])
      }
      expect(errors.map(getErrorCode)).toEqual(['invalid-user', 'invalid-user'])
    },
  },
  {
    title: 'a login removes the message of the library that no page has shown, and keeps the messages of the app',
    run: async (serve) => {
      const { browser, alice } = await createSetup(serve)
      const { send } = browser()
      expect((await send(readUser, GUARDED)).status).toBe(302)
      expect((await send((auth) => auth.peekFlashes())).value).toHaveLength(1)
      await send((auth) => auth.flash('of the app'))
      await send((auth) => auth.loginUser(alice))
      expect((await send(takeMessages)).value).toEqual(['of the app'])
    },
  },
  {
    title: 'an exact origin of another scheme may send requests, and origins that resemble it may not',
    run: async (serve) => {
      const { browser } = await createSetup(serve, { origins: ['capacitor://localhost'] })
      const { send } = browser()
      await expectCrossOrigin(send, 'capacitor://localhost', '/', 200)
      for (const origin of ['capacitor://localhost:1', 'ionic://localhost', 'http://localhost', 'null'])
        await expectCrossOrigin(send, origin, '/', 403)
    },
  },
  {
    title: 'a wildcard in the option origins stands for exactly one label of the host',
    run: async (serve) => {
      const { browser } = await createSetup(serve, { origins: ['https://*.example.org'] })
      const { send } = browser()
      await expectCrossOrigin(send, 'https://shop.example.org', '/', 200)
      const others = [
        'example.org',
        'a.b.example.org',
        'shop.example.org:444',
        'evilexample.org',
        'a.example.org.evil.test',
      ]
      for (const host of others) await expectCrossOrigin(send, `https://${host}`, '/', 403)
      await expectCrossOrigin(send, 'http://shop.example.org', '/', 403)
    },
  },
  {
    title: 'another site may send a form to an exact path in csrf.except, and to no other path',
    run: async (serve) => {
      const { browser } = await createSetup(serve, { csrf: { except: ['/saml/acs'] } })
      const { send } = browser()
      await expectCrossOrigin(send, 'https://idp.test', '/saml/acs', 200)
      await expectCrossOrigin(send, 'https://idp.test', '/saml/acs?a=1', 200)
      for (const path of ['/', '/saml/acs/more', '/?/saml/acs'])
        await expectCrossOrigin(send, 'https://idp.test', path, 403)
    },
  },
  {
    title: 'loadUser receives the request, and the cookies of one tenant are not a login at another',
    run: async (serve) => {
      const hosts: (string | null)[] = []
      const { browser, alice } = await createSetup(serve, {
        audience: ({ headers }) => headers.get('host'),
        loadUser: (_, { headers }) => {
          hosts.push(headers.get('host'))
          return alice
        },
      })
      const [one, two] = [browser({ host: 'a.test' }), browser({ host: 'b.test' })]
      await one.send((auth) => auth.loginUser(alice, { remember: true }))
      expect((await one.send(readUser)).value).toBe('alice')
      for (const name of one.cookies.names()) two.cookies.set(name, one.cookies.get(name) ?? '')
      expect((await two.send(readUser)).value).toBeNull()
      expect((await two.send(readUser, GUARDED)).ran).toBe(false)
      expect(new Set(hosts)).toEqual(new Set(['a.test']))
    },
  },
  {
    title: 'a message that no page takes never makes a later flash() throw: the oldest ones are dropped, with an event',
    run: async (serve) => {
      const { browser, record } = await createSetup(serve)
      const { send } = browser()
      for (let index = 0; index < 60; index++)
        expect((await send((auth) => auth.flash(`message ${index} ${'x'.repeat(60)}`))).status).toBe(200)
      expect((await send(takeMessages)).value?.at(-1)).toMatch(/^message 59 /)
      expect(record.names()).toContain('sessionTrimmed')
    },
  },
  {
    title: 'session data is refused if it would leave too little space for a login, so the login succeeds',
    run: async (serve) => {
      for (let length = 2500; length <= 3000; length += 100) {
        const { browser, alice } = await createSetup(serve)
        const { send } = browser()
        const stored = await send((auth) => auth.session.set('cart', 'x'.repeat(length)).catch(getErrorCode))
        if (length === 3000) expect(stored.value).toBe('cookie-too-large')
        expect((await send((auth) => auth.loginUser(alice, { remember: true, permanent: true }))).value).toBe(true)
        expect((await send(readUser, GUARDED)).value).toBe('alice')
      }
    },
  },
  {
    title:
      'a response whose Set-Cookie lines have more than 4,096 bytes emits one warning that names proxy_buffer_size',
    run: async (serve) => {
      const { browser, alice, record } = await createSetup(serve)
      for (let times = 0; times < 2; times++) {
        const { send } = browser()
        const { response, value } = await send(async (auth) => {
          await auth.session.set('cart', 'x'.repeat(2600))
          return auth.loginUser(alice, { remember: true })
        })
        expect(value).toBe(true)
        expect(response.headers.getSetCookie().join('').length).toBeGreaterThan(4096)
      }
      const warnings = record.events.filter(({ name }) => name === 'warning')
      expect(warnings).toMatchObject([{ code: 'large-cookies', message: expect.stringContaining('proxy_buffer_size') }])
    },
  },
  {
    title:
      'a request that isActivity does not count as a use does not prolong the session, in a route and behind a guard',
    run: async (serve) => {
      const { browser, alice, clock } = await createSetup(serve, {
        session: { idleSeconds: 1000, isActivity: ({ headers }) => headers.get('x-poll') === null },
      })
      const { send } = browser()
      const poll = { headers: { 'x-poll': '1' } }
      await send((auth) => auth.loginUser(alice))
      clock.advance(500)
      expect((await send(readUser, '/poll', poll)).value).toBe('alice')
      clock.advance(499)
      expect((await send(readUser, GUARDED, poll)).value).toBe('alice')
      clock.advance(1)
      expect((await send(readUser)).value).toBeNull()
    },
  },
  {
    title: 'a page that shows how long a login lasts does not prolong it',
    behindProxy: {
      title:
        'a page that only reads currentLogin() prolongs the login, because the proxy renews it before the page is known',
      run: async (serve) => {
        const { endsAt, shown, lines } = await showEndOfLogin(serve, {})
        expect([shown, lines.length]).toEqual([endsAt + 999, 1])
      },
    },
    run: async (serve) => {
      const { endsAt, shown, lines, clock, send } = await showEndOfLogin(serve, {})
      expect([shown, lines]).toEqual([endsAt, []])
      clock.advance(1)
      expect((await send(readUser)).value).toBeNull()
    },
  },
  {
    title: 'a page that session.isActivity excludes shows how long a login lasts and does not prolong it',
    run: async (serve) => {
      const isActivity = ({ url }: { readonly url: string }): boolean => !url.endsWith('/poll')
      const { endsAt, shown, lines, clock, send } = await showEndOfLogin(serve, { isActivity })
      expect([shown, lines]).toEqual([endsAt, []])
      clock.advance(1)
      expect((await send(readUser)).value).toBeNull()
    },
  },
  {
    title: 'a message of the same request survives the logout, in either order',
    run: async (serve) => {
      const flash = (auth: Auth<User>) => auth.flash('You are logged out.')
      const logOut = (auth: Auth<User>) => auth.logoutUser()
      for (const order of [
        [flash, logOut],
        [logOut, flash],
      ]) {
        const { browser, alice } = await createSetup(serve)
        const { send } = browser()
        await send((auth) => auth.loginUser(alice))
        await send((auth) => auth.flash('private'))
        await send(async (auth) => {
          for (const step of order) await step(auth)
        })
        expect((await send(async (auth) => [await readUser(auth), ...(await takeMessages(auth))])).value).toEqual([
          null,
          'You are logged out.',
        ])
      }
    },
  },
  {
    title: 'a page with a query of two kilobytes is kept as next, and the event nextDropped reports a longer one',
    run: async (serve) => {
      const { browser, record } = await createSetup(serve)
      const { send } = browser()
      const page = `${GUARDED}?filter=${'x'.repeat(2000)}`
      const location = (await send(readUser, page)).response.headers.get('location') ?? ''
      expect(new URL(location, 'http://app.test').searchParams.get('next')).toBe(page)
      expect((await send((auth) => auth.nextUrl('/home'), location)).value).toBe(page)
      expect(record.names()).not.toContain('nextDropped')
      await send(readUser, `${GUARDED}?filter=${'x'.repeat(10_000)}`)
      expect(record.names()).toContain('nextDropped')
    },
  },
  {
    title: 'loginUrl() on the login page keeps the next of that page, and the login page is never the next page',
    run: async (serve) => {
      const { browser } = await createSetup(serve)
      const { send } = browser()
      let address = '/login?next=%2Fguarded'
      for (let press = 0; press < 5; press++) address = (await send((auth) => auth.loginUrl(), address)).value ?? ''
      expect(address).toBe('/login?next=%2Fguarded')
      for (const next of ['/login', '/login?next=%2Flogin']) {
        const path = `/?next=${encodeURIComponent(next)}`
        expect((await send((auth) => auth.nextUrl('/home'), path)).value).toBe('/home')
      }
    },
  },
  {
    title: 'HEAD, a prefetch and a prerender read messages and the kept next page without consuming them',
    run: async (serve) => {
      const { browser } = await createSetup(serve, { useSessionForNext: true })
      const { send } = browser()
      await send(readUser, GUARDED)
      await send((auth) => auth.flash('of the app'))
      const previews: RequestInit[] = [
        { method: 'HEAD' },
        { headers: { 'sec-purpose': 'prefetch' } },
        { headers: { 'sec-purpose': 'prefetch;prerender' } },
      ]
      const read = async (auth: Auth<User>) => [(await takeMessages(auth)).length, await auth.nextUrl('/home')]
      for (const preview of previews) expect((await send(read, '/', preview)).value).toEqual([2, GUARDED])
      expect((await send(read)).value).toEqual([2, GUARDED])
      expect((await send(read)).value).toEqual([0, '/home'])
    },
  },
  {
    title: 'an origin of the option origins may only send requests, and one of nextOrigins may only be visited',
    run: async (serve) => {
      const { browser } = await createSetup(serve, {
        origins: ['https://sends.test'],
        nextOrigins: ['https://visited.test'],
      })
      const { send } = browser()
      const nextOf = async (next: string) =>
        (await send((auth) => auth.nextUrl('/home'), `/?next=${encodeURIComponent(next)}`)).value
      expect(await nextOf('https://visited.test/page')).toBe('https://visited.test/page')
      expect(await nextOf('https://sends.test/page')).toBe('/home')
      await expectCrossOrigin(send, 'https://sends.test', '/', 200)
      await expectCrossOrigin(send, 'https://visited.test', '/', 403)
    },
  },
  {
    title: 'the forms of two first pages that a visitor opened at once are both accepted',
    run: async (serve) => {
      const { browser } = await createSetup(serve)
      const [{ send, cookies }, twin] = [browser(), browser()]
      const [one, two] = [await send((auth) => auth.csrfToken()), await twin.send((auth) => auth.csrfToken())]
      for (const name of twin.cookies.names()) cookies.set(name, twin.cookies.get(name) ?? '')
      for (const { value: token } of [one, two])
        expect((await send((auth) => auth.checkCsrf(token), '/', createPost())).value).toBe(true)
      expect((await browser().send((auth) => auth.checkCsrf(one.value), '/', createPost())).value).toBe(false)
    },
  },
  {
    title: 'the event sessionProtected is emitted once for a client that changed, and not with each request',
    run: async (serve) => {
      const { browser, alice, record } = await createSetup(serve)
      const { send } = browser()
      await send((auth) => auth.loginUser(alice))
      for (let time = 0; time < 3; time++)
        expect((await send(readUser, '/', { headers: { 'user-agent': 'another' } })).value).toBe('alice')
      expect(record.names().filter((name) => name === 'sessionProtected')).toHaveLength(1)
    },
  },
]

/** Runs all cases over an adapter. */
export function testGuarantees(serve: Serve): void {
  it.each(CASES)('$title', ({ run }) => run(serve))
}

/** Runs all cases behind a proxy that renews logins, and the documented limits instead of the cases that they replace. */
export function testGuaranteesBehindProxy(serve: Serve): void {
  it.each(CASES.map((one) => one.behindProxy ?? one))('$title', ({ run }) => run(serve))
}
