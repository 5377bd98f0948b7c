// A proxy renews before pages that cannot set cookies. It must make the changes that loading the user makes, load no user
// if no change is due, and never fail the request.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders, renew } from '../adapter'
import { apiKey, createLoginManager, type LoginManagerOptions, StoreError } from '../index'
import { createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const FORMER = 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'

type Options = Partial<LoginManagerOptions<User>>

function world(options: Options = {}) {
  const clock = createTestClock(1_800_000_000)
  const loaded: string[] = []
  const load = options.loadUser ?? ((id: string) => ({ id }))
  const usual = { secrets: SECRET, clock, ...options }
  const loadUser: typeof load = (id, request) => {
    loaded.push(id)
    return load(id, request)
  }
  const manager = createLoginManager<User>({ ...usual, loadUser })

  const requestOf = (cookie: string, agent: string) =>
    new Request('https://app.test/page', { headers: { 'user-agent': agent, ...(cookie && { cookie }) } })

  /** The cookies of a login, as this manager or one with other options makes them. */
  const login = async (how: Parameters<ReturnType<typeof manager.open>['loginUser']>[1] = {}, by: Options = {}) => {
    const auth = createLoginManager<User>({ ...usual, loadUser: load, ...by }).open(requestOf('', 'one'))
    await auth.loginUser(alice, how)
    const lines = commit(auth, new Response()).headers.getSetCookie()
    const pairs = lines.map((line) => line.split(';')[0] as string)
    const pairOf = (name: string) => pairs.find((pair) => pair.startsWith(`${name}=`)) ?? ''
    return { all: pairs.join('; '), session: pairOf(SESSION), remember: pairOf(REMEMBER) }
  }

  /** Returns the headers that a proxy adds to the response. */
  const renewFor = async (cookie: string, { agent = 'one', readOnly = false, by = manager } = {}) => {
    const auth = by.open(requestOf(cookie, agent), { readOnly })
    await renew(auth)
    const headers = new Headers()
    commitHeaders(auth, headers)
    const set = new Map(headers.getSetCookie().map((line) => [line.slice(0, line.indexOf('=')), line]))
    return { headers, set }
  }

  /** Who is there by these cookies, and how fresh. */
  const who = async (line: string | undefined, agent = 'one') => {
    const auth = manager.open(requestOf(line?.split(';')[0] ?? '', agent))
    return [(await auth.currentUser())?.id ?? (await auth.whyAnonymous()), await auth.loginFresh()]
  }
  return { manager, clock, loaded, login, renew: renewFor, who, record: recordEvents(manager) }
}

const nothing = (headers: Headers) => expect([...headers]).toEqual([])

describe('renewal before the page', () => {
  it('restores a login from the remember cookie, stale', async () => {
    const { login, renew, who, loaded } = world()
    const { set, headers } = await renew((await login({ remember: true })).remember)
    expect([...set.keys()]).toEqual([SESSION])
    expect(loaded).toEqual(['alice'])
    expect(await who(set.get(SESSION))).toEqual(['alice', false])
    expect(headers.get('vary')).toBe('Cookie')
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('restores a login also if its session was idle for too long', async () => {
    const { login, renew, who, clock } = world()
    const { all } = await login({ remember: true })
    clock.advance(90_000)
    const { set } = await renew(all)
    expect(await who(set.get(SESSION))).toEqual(['alice', false])
  })

  it.each<[string, Options, number]>([
    ['that ended', {}, 3_000_000],
    ['whose user is gone', { loadUser: () => null }, 0],
    ['on the deny list', { isRevoked: () => true }, 0],
  ])('clears a remember cookie %s', async (_, options, seconds) => {
    const { login, renew, clock } = world(options)
    const { remember } = await login({ remember: true })
    clock.advance(seconds)
    const { set } = await renew(remember)
    expect([...set.keys()]).toEqual([REMEMBER])
    expect(set.get(REMEMBER)).toContain(`${REMEMBER}=; Max-Age=0`)
  })

  it('clears a session that was idle for too long, and loads no user', async () => {
    const { login, renew, clock, loaded } = world()
    const { all } = await login()
    clock.advance(90_000)
    expect((await renew(all)).set.get(SESSION)).toContain(`${SESSION}=; Max-Age=0`)
    expect(loaded).toEqual([])
  })

  it('renews a session one minute after it was set', async () => {
    const { login, renew, who, clock, loaded } = world()
    const { all } = await login()
    clock.advance(59)
    nothing((await renew(all)).headers)
    expect(loaded).toEqual([])
    clock.advance(1)
    const { set } = await renew(all)
    expect(loaded).toEqual(['alice'])
    clock.advance(86_399)
    expect((await who(set.get(SESSION)))[0]).toBe('alice')
    expect((await who(all))[0]).toBe('idle')
  })

  it('makes a login of another client stale, and ends it in mode strong', async () => {
    const basic = world()
    const { set } = await basic.renew((await basic.login()).all, { agent: 'two' })
    expect(await basic.who(set.get(SESSION))).toEqual(['alice', false])
    const strong = world({ sessionProtection: 'strong' })
    const dropped = await strong.renew((await strong.login({ remember: true })).all, { agent: 'two' })
    expect([...dropped.set.values()].map((line) => /=; Max-Age=0;/.test(line))).toEqual([true, true])
    expect(strong.loaded).toEqual([])
  })

  it('signs session, remember cookie and their claims again if a previous secret signed them', async () => {
    const rotating = world({ secrets: { current: SECRET, previous: [FORMER] }, sessionStamp: () => 'stamp' })
    const { all } = await rotating.login({ remember: true }, { secrets: FORMER })
    const { set } = await rotating.renew(all)
    expect([...set.keys()]).toEqual([SESSION, REMEMBER])
    const rotated = world({ secrets: SECRET, sessionStamp: () => 'stamp' })
    expect(await rotated.who(set.get(SESSION))).toEqual(['alice', true])
    expect(await rotated.who(set.get(REMEMBER))).toEqual(['alice', false])
    const pairs = [...set.values()].map((line) => line.split(';')[0]).join('; ')
    nothing((await rotating.renew(pairs)).headers)
  })

  it('signs the claims of a session again after a request signed the session without loading the user', async () => {
    const rotating = world({ secrets: { current: SECRET, previous: [FORMER] }, remember: { renew: 'everyRequest' } })
    const { all } = await rotating.login({}, { secrets: FORMER })
    const auth = rotating.manager.open(
      new Request('https://app.test/', { headers: { cookie: all, 'user-agent': 'one' } }),
    )
    await checkRequest(auth)
    const resigned = commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] as string
    const { set } = await rotating.renew(resigned)
    expect(await world({ secrets: SECRET }).who(set.get(SESSION))).toEqual(['alice', true])
    expect(await world({ secrets: SECRET }).who(resigned)).toEqual(['alice', false])
  })

  it('does not renew a session or token on the deny list', async () => {
    const denied = new Set<string>()
    const { login, renew, clock, who } = world({ isRevoked: (id) => denied.has(id) })
    const { session } = await login()
    clock.advance(10_000)
    denied.add(JSON.parse(atob((session.split('.')[1] as string).replaceAll('-', '+').replaceAll('_', '/'))).sid)
    const { set } = await renew(session)
    expect(set.get(SESSION)).toContain(`${SESSION}=; Max-Age=0`)
    expect((await who(session))[0]).toBe('revoked')
  })
})

describe('renewal before the page, if nothing is due', () => {
  it.each<[string, Options, (home: ReturnType<typeof world>) => Promise<readonly [cookie: string, agent?: string]>]>([
    ['without cookies', {}, async () => ['']],
    ['with cookies of the app only', {}, async () => ['theme=dark']],
    ['with a session', {}, async ({ login }) => [(await login()).session]],
    ['with a session and a remember cookie', {}, async ({ login }) => [(await login({ remember: true })).all]],
    [
      'with a login that is stale already because of another client',
      {},
      async ({ login, renew, clock }) => {
        const by = createLoginManager<User>({ secrets: SECRET, clock, loadUser: (id) => ({ id }) })
        const { set } = await renew((await login()).all, { agent: 'two', by })
        return [set.get(SESSION)?.split(';')[0] ?? '', 'two']
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
      'with a remember cookie of a secret that is not known yet',
      {},
      async ({ login }) => [(await login({ remember: true }, { secrets: FORMER })).remember],
    ],
  ])('loads no user and does not change the response: %s', async (_, options, cookieOf) => {
    const asked: string[] = []
    const loadUserFromRequest = apiKey<User>((key) => {
      asked.push(key)
      return null
    })
    const home = world({ ...options, loadUserFromRequest })
    const [cookie, agent] = await cookieOf(home)
    const { headers } = await home.renew(cookie, { agent })
    nothing(headers)
    expect([home.loaded, asked]).toEqual([[], []])
    expect(home.record.names()).not.toContain('userAccessed')
  })

  it('does not change the response if the user was loaded without a change', async () => {
    const { login, renew, loaded } = world({ isActive: () => false })
    const { headers } = await renew((await login({ remember: true, force: true })).remember)
    expect(loaded).toEqual(['alice'])
    nothing(headers)
  })

  it('applies Vary and Cache-Control if the page reads the user later', async () => {
    const { login, manager } = world()
    const { all } = await login()
    const auth = manager.open(new Request('https://app.test/', { headers: { cookie: all, 'user-agent': 'one' } }))
    await renew(auth)
    expect(await auth.currentUser()).toEqual(alice)
    const { headers } = commit(auth, new Response())
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual(['Cookie', 'private, no-store'])
  })
})

describe('renewal before the page, if a loader or a listener fails', () => {
  const failures: [string, () => never][] = [
    [
      'throws',
      () => {
        throw new Error('the loader failed')
      },
    ],
    [
      'is cut off from its store',
      () => {
        throw new StoreError('down')
      },
    ],
  ]

  it.each(failures)('changes nothing and throws nothing if the loader %s', async (_, fail) => {
    const failing = world({ loadUser: fail, secrets: { current: SECRET, previous: [FORMER] } })
    nothing((await failing.renew((await failing.login({ remember: true })).remember)).headers)
    const former = await failing.login({ remember: true }, { secrets: FORMER })
    nothing((await failing.renew(former.all)).headers)
    const { all } = await failing.login()
    failing.clock.advance(10_000)
    nothing((await failing.renew(all)).headers)
    expect(failing.loaded).toHaveLength(3)
  })

  it.each(failures)('keeps the stale login of another client if the loader %s', async (_, fail) => {
    const { login, renew } = world({ loadUser: fail })
    const { set } = await renew((await login()).all, { agent: 'two' })
    expect(await world().who(set.get(SESSION))).toEqual(['alice', false])
  })

  it('lets the page receive the error, and the session stays', async () => {
    let isDown = true
    const loadUser = (id: string) => {
      if (isDown) throw new Error('down')
      return { id }
    }
    const { login, manager, clock } = world({ loadUser })
    const { all } = await login()
    clock.advance(10_000)
    const auth = manager.open(new Request('https://app.test/', { headers: { cookie: all, 'user-agent': 'one' } }))
    await expect(renew(auth)).resolves.toBeUndefined()
    await expect(auth.currentUser()).rejects.toThrow('down')
    isDown = false
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('changes nothing if a listener fails', async () => {
    const { login, renew, manager } = world()
    manager.on('userLoadedFromCookie', () => {
      throw new Error('the listener failed')
    })
    nothing((await renew((await login({ remember: true })).remember)).headers)
  })
})

describe('renewal before the page with a read-only Auth object', () => {
  it('writes nothing and loads no user', async () => {
    const { login, renew, loaded, clock } = world()
    const { all, remember } = await login({ remember: true })
    clock.advance(10_000)
    for (const cookie of [all, remember]) nothing((await renew(cookie, { readOnly: true })).headers)
    expect(loaded).toEqual([])
  })

  it('writes nothing after the response was sent', async () => {
    const { login, manager } = world()
    const { remember } = await login({ remember: true })
    const auth = manager.open(new Request('https://app.test/', { headers: { cookie: remember, 'user-agent': 'one' } }))
    commitHeaders(auth, new Headers())
    await renew(auth)
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })
})

describe('reads before the page affect the response if the page reads the login', () => {
  const everyRequest = { session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } } as const
  const requestOf = (cookie: string) => new Request('https://app.test/page', { headers: { cookie } })

  it('so no cache keeps the content of a session that is renewed with every request, and other pages are unchanged', async () => {
    const { manager } = world(everyRequest)
    const visitor = manager.open(requestOf(''))
    await visitor.session.set('cart', ['pills'])
    const cookie = commit(visitor, new Response()).headers.get('set-cookie')?.split(';')[0] ?? ''
    const answerOf = async (ask: (auth: ReturnType<typeof manager.open>) => unknown) => {
      const auth = manager.open(requestOf(cookie))
      await checkRequest(auth)
      await ask(auth)
      return Object.fromEntries(commit(auth, new Response()).headers)
    }
    const personal = { vary: 'Cookie', 'cache-control': 'private, no-store' }
    expect(await answerOf((auth) => auth.session.get('cart'))).toEqual(personal)
    expect(await answerOf((auth) => auth.peekFlashes())).toEqual(personal)
    expect(await answerOf(() => null)).toEqual({})
  })

  it.each([
    ['inactive', { isActive: () => false }, [undefined, 'Cookie']],
    ['gone', { loadUser: () => null }, ['robot', 'Cookie, x-api-key']],
  ] as const)(
    'so a response has the correct Vary header after a user was loaded before the page and is %s',
    async (_, gone, expected) => {
      const key = apiKey<User>(() => ({ id: 'robot' }), { header: 'x-api-key' })
      const { manager, login } = world({ ...gone, loadUserFromRequest: [key] })
      const { remember: cookie } = await login({ remember: true }, { isActive: () => true })
      const headers = { cookie, 'x-api-key': 'key' }
      const auth = manager.open(new Request('https://app.test/page', { headers }))
      await renew(auth)
      const user = await auth.currentUser()
      expect([user?.id, commit(auth, new Response()).headers.get('vary')]).toEqual(expected)
    },
  )
})
