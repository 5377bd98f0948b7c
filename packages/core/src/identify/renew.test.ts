// A proxy renews before pages that cannot set cookies. It must make the changes that loading the user makes. It must
// not load the user if no change is due, and must never fail the request.
import { describe, expect, it } from 'vitest'
import {
  alice,
  commitCookies,
  createManager,
  REMEMBER,
  SESSION,
  setUp,
  toCookieHeader,
  toPair,
  type User,
} from '../../test/setup'
import { checkRequest, commit, commitHeaders, renew } from '../adapter'
import { type Auth, apiKey, type LoginManagerOptions, type LoginOptions, StoreError } from '../index'

const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const FORMER = 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui'

type Options = Partial<LoginManagerOptions<User>>

const requestWith = (cookie: string, agent = 'one'): Request =>
  new Request('https://app.test/page', { headers: { 'user-agent': agent, ...(cookie && { cookie }) } })

/** Creates a manager that records the IDs it loads, and functions that log in, renew, and read the user. */
function setUpRenewal(options: Options = {}) {
  const loaded: string[] = []
  const load = options.loadUser ?? ((id: string) => ({ id }))
  const loadUser: typeof load = (id, request) => {
    loaded.push(id)
    return load(id, request)
  }
  const { clock, manager, record } = setUp({ secrets: SECRET, ...options, loadUser })

  /** Logs in at this manager, or at one with other options, and returns the cookies. */
  const login = async (loginOptions: LoginOptions = {}, others: Options = {}) => {
    const auth = createManager({ secrets: SECRET, clock, ...options, ...others }).open(requestWith(''))
    await auth.loginUser(alice, loginOptions)
    const pairs = commitCookies(auth).map(toPair)
    const findPair = (name: string) => pairs.find((pair) => pair.startsWith(`${name}=`)) ?? ''
    return { all: pairs.join('; '), session: findPair(SESSION), remember: findPair(REMEMBER) }
  }

  /** Returns the headers that a proxy adds to the response. */
  const renewFor = async (cookie: string, { agent = 'one', readOnly = false, by = manager } = {}) => {
    const auth = by.open(requestWith(cookie, agent), { readOnly })
    await renew(auth)
    const headers = new Headers()
    commitHeaders(auth, headers)
    const set = new Map(headers.getSetCookie().map((line) => [line.slice(0, line.indexOf('=')), line]))
    return { headers, set }
  }

  /** Returns the ID of the user or the reason for an anonymous request, and whether the login is fresh. */
  const readLogin = async (line = '', agent = 'one') => {
    const auth = manager.open(requestWith(toPair(line), agent))
    return [(await auth.currentUser())?.id ?? (await auth.whyAnonymous()), await auth.loginFresh()]
  }
  return { manager, clock, loaded, login, renew: renewFor, readLogin, record }
}

const expectNoHeaders = (headers: Headers): void => expect([...headers]).toEqual([])

describe('renewal before the page', () => {
  it('restores a login from the remember cookie, which is stale', async () => {
    const { login, renew, readLogin, loaded } = setUpRenewal()
    const { set, headers } = await renew((await login({ remember: true })).remember)
    expect([...set.keys()]).toEqual([SESSION])
    expect(loaded).toEqual(['alice'])
    expect(await readLogin(set.get(SESSION))).toEqual(['alice', false])
    expect(headers.get('vary')).toBe('Cookie')
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('restores a login also if its session was idle for too long', async () => {
    const { login, renew, readLogin, clock } = setUpRenewal()
    const { all } = await login({ remember: true })
    clock.advance(90_000)
    const { set } = await renew(all)
    expect(await readLogin(set.get(SESSION))).toEqual(['alice', false])
  })

  it.each<[string, Options, number]>([
    ['that has expired', {}, 3_000_000],
    ['of a deleted user', { loadUser: () => null }, 0],
    ['on the deny list', { isRevoked: () => true }, 0],
  ])('clears a remember cookie %s', async (_, options, seconds) => {
    const { login, renew, clock } = setUpRenewal(options)
    const { remember } = await login({ remember: true })
    clock.advance(seconds)
    const { set } = await renew(remember)
    expect([...set.keys()]).toEqual([REMEMBER])
    expect(set.get(REMEMBER)).toContain(`${REMEMBER}=; Max-Age=0`)
  })

  it('clears a session that was idle for too long, and does not load a user', async () => {
    const { login, renew, clock, loaded } = setUpRenewal()
    const { all } = await login()
    clock.advance(90_000)
    expect((await renew(all)).set.get(SESSION)).toContain(`${SESSION}=; Max-Age=0`)
    expect(loaded).toEqual([])
  })

  it('renews a session one minute after it was set', async () => {
    const { login, renew, readLogin, clock, loaded } = setUpRenewal()
    const { all } = await login()
    clock.advance(59)
    expectNoHeaders((await renew(all)).headers)
    expect(loaded).toEqual([])
    clock.advance(1)
    const { set } = await renew(all)
    expect(loaded).toEqual(['alice'])
    clock.advance(86_399)
    expect((await readLogin(set.get(SESSION)))[0]).toBe('alice')
    expect((await readLogin(all))[0]).toBe('idle')
  })

  it('makes a login of another client stale, and ends it in mode strong', async () => {
    const basic = setUpRenewal()
    const { set } = await basic.renew((await basic.login()).all, { agent: 'two' })
    expect(await basic.readLogin(set.get(SESSION))).toEqual(['alice', false])
    const strong = setUpRenewal({ sessionProtection: 'strong' })
    const dropped = await strong.renew((await strong.login({ remember: true })).all, { agent: 'two' })
    expect([...dropped.set.values()].map((line) => /=; Max-Age=0;/.test(line))).toEqual([true, true])
    expect(strong.loaded).toEqual([])
  })

  it('signs session, remember cookie and their claims again if a previous secret signed them', async () => {
    const rotating = setUpRenewal({ secrets: { current: SECRET, previous: [FORMER] }, sessionStamp: () => 'stamp' })
    const { all } = await rotating.login({ remember: true }, { secrets: FORMER })
    const { set } = await rotating.renew(all)
    expect([...set.keys()]).toEqual([SESSION, REMEMBER])
    const rotated = setUpRenewal({ secrets: SECRET, sessionStamp: () => 'stamp' })
    expect(await rotated.readLogin(set.get(SESSION))).toEqual(['alice', true])
    expect(await rotated.readLogin(set.get(REMEMBER))).toEqual(['alice', false])
    const cookie = toCookieHeader([...set.values()])
    expectNoHeaders((await rotating.renew(cookie)).headers)
  })

  it('signs the claims of a session again after a request signed the session without loading the user', async () => {
    const rotating = setUpRenewal({
      secrets: { current: SECRET, previous: [FORMER] },
      remember: { renew: 'everyRequest' },
    })
    const { all } = await rotating.login({}, { secrets: FORMER })
    const auth = rotating.manager.open(requestWith(all))
    await checkRequest(auth)
    const resigned = toCookieHeader(commitCookies(auth))
    const { set } = await rotating.renew(resigned)
    expect(await setUpRenewal({ secrets: SECRET }).readLogin(set.get(SESSION))).toEqual(['alice', true])
    expect(await setUpRenewal({ secrets: SECRET }).readLogin(resigned)).toEqual(['alice', false])
  })

  it('does not renew a session or token on the deny list', async () => {
    const denied = new Set<string>()
    const { login, renew, clock, readLogin } = setUpRenewal({ isRevoked: (id) => denied.has(id) })
    const { session } = await login()
    clock.advance(10_000)
    denied.add(JSON.parse(atob((session.split('.')[1] as string).replaceAll('-', '+').replaceAll('_', '/'))).sid)
    const { set } = await renew(session)
    expect(set.get(SESSION)).toContain(`${SESSION}=; Max-Age=0`)
    expect((await readLogin(session))[0]).toBe('revoked')
  })
})

describe('renewal before the page, if nothing is due', () => {
  it.each<
    [string, Options, (site: ReturnType<typeof setUpRenewal>) => Promise<readonly [cookie: string, agent?: string]>]
  >([
    ['without cookies', {}, async () => ['']],
    ['with cookies of the app only', {}, async () => ['theme=dark']],
    ['with a session', {}, async ({ login }) => [(await login()).session]],
    ['with a session and a remember cookie', {}, async ({ login }) => [(await login({ remember: true })).all]],
    [
      'with a login that is stale already because of another client',
      {},
      async ({ login, renew, clock }) => {
        const by = createManager({ secrets: SECRET, clock })
        const { set } = await renew((await login()).all, { agent: 'two', by })
        return [toPair(set.get(SESSION) ?? ''), 'two']
      },
    ],
    [
      'with another client and session protection off',
      { sessionProtection: false },
      async ({ login }) => [(await login({}, { sessionProtection: 'basic' })).all, 'two'],
    ],
    [
      'with an old session that is never renewed',
      { session: { renew: 'never' } },
      async ({ login, clock }) => {
        const { session } = await login()
        clock.advance(80_000)
        return [session]
      },
    ],
    ['with a broken session', {}, async () => [`${SESSION}=x.y.z`]],
    ['with a broken remember cookie', {}, async () => [`${REMEMBER}=x.y.z`]],
    [
      'with a remember cookie of a secret that is not configured',
      {},
      async ({ login }) => [(await login({ remember: true }, { secrets: FORMER })).remember],
    ],
  ])('does not load a user and does not change the response: %s', async (_, options, cookieOf) => {
    const keys: string[] = []
    const loadUserFromRequest = apiKey<User>((key) => {
      keys.push(key)
      return null
    })
    const site = setUpRenewal({ ...options, loadUserFromRequest })
    const [cookie, agent] = await cookieOf(site)
    const { headers } = await site.renew(cookie, { agent })
    expectNoHeaders(headers)
    expect([site.loaded, keys]).toEqual([[], []])
    expect(site.record.names()).not.toContain('userAccessed')
  })

  it('does not change the response if the user was loaded without a change', async () => {
    const { login, renew, loaded } = setUpRenewal({ isActive: () => false })
    const { headers } = await renew((await login({ remember: true, force: true })).remember)
    expect(loaded).toEqual(['alice'])
    expectNoHeaders(headers)
  })

  it('applies Vary and Cache-Control if the page reads the user later', async () => {
    const { login, manager } = setUpRenewal()
    const { all } = await login()
    const auth = manager.open(requestWith(all))
    await renew(auth)
    expect(await auth.currentUser()).toEqual(alice)
    const { headers } = commit(auth, new Response())
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual(['Cookie', 'private, no-store'])
  })
})

describe('renewal before the page, if a loader or a listener fails', () => {
  const failures: [string, () => never][] = [
    [
      'throws an error',
      () => {
        throw new Error('the loader failed')
      },
    ],
    [
      'throws a StoreError',
      () => {
        throw new StoreError('down')
      },
    ],
  ]

  it.each(failures)('changes nothing and throws nothing if the loader %s', async (_, fail) => {
    const failing = setUpRenewal({ loadUser: fail, secrets: { current: SECRET, previous: [FORMER] } })
    expectNoHeaders((await failing.renew((await failing.login({ remember: true })).remember)).headers)
    const former = await failing.login({ remember: true }, { secrets: FORMER })
    expectNoHeaders((await failing.renew(former.all)).headers)
    const { all } = await failing.login()
    failing.clock.advance(10_000)
    expectNoHeaders((await failing.renew(all)).headers)
    expect(failing.loaded).toHaveLength(3)
  })

  it.each(failures)('keeps the stale login of another client if the loader %s', async (_, fail) => {
    const { login, renew } = setUpRenewal({ loadUser: fail })
    const { set } = await renew((await login()).all, { agent: 'two' })
    expect(await setUpRenewal().readLogin(set.get(SESSION))).toEqual(['alice', false])
  })

  it('passes the error to the page that reads the user, and the session stays', async () => {
    let isDown = true
    const loadUser = (id: string) => {
      if (isDown) throw new Error('down')
      return { id }
    }
    const { login, manager, clock } = setUpRenewal({ loadUser })
    const { all } = await login()
    clock.advance(10_000)
    const auth = manager.open(requestWith(all))
    await expect(renew(auth)).resolves.toBeUndefined()
    await expect(auth.currentUser()).rejects.toThrow('down')
    isDown = false
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('changes nothing if a listener fails', async () => {
    const { login, renew, manager } = setUpRenewal()
    manager.on('userLoadedFromCookie', () => {
      throw new Error('the listener failed')
    })
    expectNoHeaders((await renew((await login({ remember: true })).remember)).headers)
  })
})

describe('renewal before the page with a read-only Auth object', () => {
  it('writes nothing and does not load a user', async () => {
    const { login, renew, loaded, clock } = setUpRenewal()
    const { all, remember } = await login({ remember: true })
    clock.advance(10_000)
    for (const cookie of [all, remember]) expectNoHeaders((await renew(cookie, { readOnly: true })).headers)
    expect(loaded).toEqual([])
  })

  it('writes nothing after the response was sent', async () => {
    const { login, manager } = setUpRenewal()
    const { remember } = await login({ remember: true })
    const auth = manager.open(requestWith(remember))
    commitHeaders(auth, new Headers())
    await renew(auth)
    expect(commitCookies(auth)).toEqual([])
  })
})

describe('data that the library reads before the page', () => {
  const everyRequest = { session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } } as const

  it('makes a page private only if the page reads the session, with renew: everyRequest', async () => {
    const { manager } = setUpRenewal(everyRequest)
    const visitor = manager.open(requestWith(''))
    await visitor.session.set('cart', ['pills'])
    const cookie = toCookieHeader(commitCookies(visitor))
    const getHeaders = async (read: (auth: Auth<User>) => unknown) => {
      const auth = manager.open(requestWith(cookie))
      await checkRequest(auth)
      await read(auth)
      return Object.fromEntries(commit(auth, new Response()).headers)
    }
    const personal = { vary: 'Cookie', 'cache-control': 'private, no-store' }
    expect(await getHeaders((auth) => auth.session.get('cart'))).toEqual(personal)
    expect(await getHeaders((auth) => auth.peekFlashes())).toEqual(personal)
    expect(await getHeaders(() => null)).toEqual({})
  })

  it.each([
    ['inactive', { isActive: () => false }, [undefined, 'Cookie']],
    ['deleted', { loadUser: () => null }, ['robot', 'Cookie, x-api-key']],
  ] as const)(
    'sets the correct Vary header if the user that was loaded before the page is %s',
    async (_, options, expected) => {
      const key = apiKey<User>(() => ({ id: 'robot' }), { header: 'x-api-key' })
      const { manager, login } = setUpRenewal({ ...options, loadUserFromRequest: [key] })
      const { remember: cookie } = await login({ remember: true }, { isActive: () => true })
      const headers = { cookie, 'x-api-key': 'key' }
      const auth = manager.open(new Request('https://app.test/page', { headers }))
      await renew(auth)
      const user = await auth.currentUser()
      expect([user?.id, commit(auth, new Response()).headers.get('vary')]).toEqual(expected)
    },
  )
})
