// Attacks that earlier versions did not prevent. Each test states the guarantee that prevents the attack.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../../src/adapter'
import { apiKey, createLoginManager, type LoginManagerOptions, withLogin } from '../../src/index'
import { createTestClient, createTestClock } from '../../src/testing'

interface User {
  readonly id: string
  readonly isActive?: unknown
}

const ORIGIN = 'https://app.test'
const alice: User = { id: '1' }
const secrets = 'a secret for these tests, long enough to be one'

function createManager(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({ loadUser: (id) => (id === '1' ? alice : null), secrets, ...options })
}

function createGuardedClient(options: Partial<LoginManagerOptions<User>>) {
  const manager = createManager(options)
  const guard = manager.guard({ except: ['/health'] })
  const app = async (request: Request): Promise<Response> => {
    const auth = manager.open(request)
    const outcome = await guard(auth)
    return commit(auth, outcome.ok ? new Response('allowed') : await outcome.respond())
  }
  return createTestClient(app, { manager })
}

describe('a guard of the whole app', () => {
  it('does not exempt a path that a view function copies from the request', async () => {
    const client = createGuardedClient({
      loginView: ({ url }) => `/${new URL(url).searchParams.get('lang') ?? 'en'}/login`,
    })
    for (const lang of ['admin/users?', 'admin/users%23', 'admin/users'])
      expect([302, 401]).toContain((await client.get(`/admin/users?lang=${lang}`)).status)
    expect((await client.get('/en/login')).status).toBe(401)
  })

  it('does not exempt a view of the host in the Host header', async () => {
    const client = createGuardedClient({ loginView: '//id.example.org/start' })
    expect((await client.get('/start', { host: 'id.example.org' })).status).toBe(302)
  })

  it('exempts a view with a host only if the host is that of publicOrigin', async () => {
    const client = createGuardedClient({ loginView: `${ORIGIN}/login`, publicOrigin: ORIGIN })
    expect((await client.get('/login')).status).toBe(200)
  })
})

describe('a loader that returns a value that is not an object', () => {
  it.each([false, 0, '', true, 'alice'])('does not log a user in: %j', async (value) => {
    const loadNoUser = (() => value) as unknown as () => User
    const byKey = createManager({ loadUserFromRequest: apiKey(loadNoUser) })
    const request = new Request(ORIGIN, { headers: { 'x-api-key': 'k' } })
    expect(await byKey.open(request).currentUser()).toBeNull()
    const client = createTestClient(withLogin(createManager({ loadUser: loadNoUser }), sendUserId), {
      manager: createManager(),
    })
    await client.loginAs(alice, { remember: true })
    expect(await (await client.get('/')).text()).toBe('anonymous')
  })
})

async function sendUserId(_: Request, auth: import('../../src/auth').Auth<User>): Promise<Response> {
  return new Response((await auth.currentUser())?.id ?? 'anonymous')
}

describe('loginUser() of a user', () => {
  it.each([
    ['false', false, false],
    ['0 from a database', 0, false],
    ['null', null, false],
    ['an empty string', '', false],
    ['a promise of false', Promise.resolve(false), false],
    ['a method that returns false', () => false, false],
    ['a method that resolves to false', async () => false, false],
    ['true', true, true],
    ['a method that returns true', () => true, true],
    ['a promise of true', Promise.resolve(true), true],
    ['undefined', undefined, true],
  ])('checks isActive, which is %s', async (_, isActive, ok) => {
    const auth = createManager().open(new Request(ORIGIN))
    expect(await auth.loginUser({ id: '1', isActive })).toBe(ok)
  })
})

describe('one Response object for several requests', () => {
  it('never has the cookies of another request', async () => {
    const shared = new Response(null, { status: 204 })
    const manager = createManager()
    const app = withLogin(manager, async (request, auth) => {
      if (request.url.endsWith('/login')) await auth.loginUser(alice, { remember: true })
      return shared
    })
    expect((await app(new Request(`${ORIGIN}/login`))).headers.getSetCookie()).toHaveLength(2)
    expect((await app(new Request(`${ORIGIN}/ping`))).headers.getSetCookie()).toEqual([])
  })
})

describe('two managers with one secret', () => {
  it('do not accept the remember cookies of each other if only the session cookies have different names', async () => {
    const customers = createManager()
    const staff = createManager({ session: { cookie: { name: '__Host-staff' } } })
    const client = createTestClient(withLogin(staff, sendUserId), { manager: customers })
    await client.loginAs(alice, { remember: true })
    expect(await (await client.get('/')).text()).toBe('anonymous')
  })
})

describe('a stolen session', () => {
  it('does not become permanent, and exempt from strong protection, on a page without a guard', async () => {
    const manager = createManager({ sessionProtection: 'strong' })
    const app = withLogin(manager, async (_, auth) => {
      await auth.session.setPermanent(true)
      return new Response((await auth.currentUser())?.id ?? 'anonymous')
    })
    const victim = createTestClient(app, { manager })
    await victim.loginAs(alice)
    const cookie = `__Host-session=${victim.cookies.get('__Host-session')}`
    const stolen = new Request(ORIGIN, { headers: { cookie, 'user-agent': 'thief' } })
    expect(await (await app(stolen)).text()).toBe('anonymous')
  })

  it('does not satisfy a guard with the level or the method of the victim', async () => {
    const manager = createManager()
    const client = createTestClient(() => new Response(), { manager })
    await client.loginAs(alice, { level: 2, method: 'otp' })
    const cookie = `__Host-session=${client.cookies.get('__Host-session')}`
    const auth = manager.open(new Request(ORIGIN, { headers: { cookie, 'user-agent': 'thief' } }))
    expect(await auth.require({ level: 2 })).toMatchObject({ reason: 'stale' })
    expect(await auth.require({ method: 'otp' })).toMatchObject({ reason: 'stale' })
  })
})

describe('a session planted before the login', () => {
  it('does not make a later login permanent', async () => {
    const manager = createManager()
    const planted = manager.open(new Request(ORIGIN))
    await planted.session.setPermanent(true)
    const cookie = commit(planted, new Response()).headers.getSetCookie()[0]?.split(';')[0] as string
    const login = async (permanent?: boolean): Promise<string> => {
      const auth = manager.open(new Request(ORIGIN, { headers: { cookie } }))
      await auth.loginUser(alice, permanent === undefined ? {} : { permanent })
      return commit(auth, new Response()).headers.getSetCookie()[0] as string
    }
    expect(await login()).not.toContain('Max-Age')
    expect(await login(true)).toContain('Max-Age=2678400')
  })

  it('does not make a later login permanent, also if it contains a login of another user', async () => {
    const manager = createManager({ sessionProtection: 'strong', sessionStamp: ({ id }) => id })
    const before = manager.open(new Request(ORIGIN))
    await before.loginUser({ id: '2' }, { permanent: true })
    const cookie = commit(before, new Response()).headers.getSetCookie()[0]?.split(';')[0] as string
    const auth = manager.open(new Request(ORIGIN, { headers: { cookie } }))
    await auth.loginUser(alice)
    expect(await auth.session.isPermanent()).toBe(false)
    expect(commit(auth, new Response()).headers.getSetCookie()[0]).not.toContain('Max-Age')
  })
})

describe('a deny list', () => {
  it('receives an end that includes copies of the session from when it was permanent', async () => {
    const clock = createTestClock()
    const manager = createManager({ clock })
    const ends: number[] = []
    manager.on('userLoggedOut', ({ ended }) => void ends.push(...ended.map(({ endsAt }) => endsAt)))
    const client = createTestClient(
      withLogin(manager, async (_, auth) => {
        await auth.session.setPermanent(false)
        await auth.logoutUser()
        return new Response()
      }),
      { manager, clock },
    )
    await client.loginAs(alice, { permanent: true })
    await client.get('/')
    expect(ends).toEqual([clock() + 2_678_400])
  })
})

describe('a forged request', () => {
  it('is refused with an API key beside Basic credentials, which browsers add to requests', async () => {
    const manager = createManager({ loadUserFromRequest: apiKey<User>(() => null) })
    const headers = { 'sec-fetch-site': 'cross-site', 'x-api-key': 'junk' }
    const check = (more: object) =>
      checkRequest(manager.open(new Request(ORIGIN, { method: 'POST', headers: { ...headers, ...more } })))
    expect(await check({})).toBeNull()
    expect(await check({ authorization: 'Basic YTpi' })).toMatchObject({ reason: 'forged' })
  })
})

describe('a guard option with a wrong name or value', () => {
  it.each([{ role: 'admin' }, { withn: 1 }, { fresh: 'yes' }, { levl: 9 }, { allowed: () => false }])(
    'throws invalid-options, and does not allow the request: %j',
    async (policy) => {
      const auth = createManager().open(new Request(ORIGIN))
      await auth.loginUser(alice)
      await expect(auth.require(policy as object)).rejects.toMatchObject({ code: 'invalid-options' })
    },
  )
})

describe('a login with an invalid level or method', () => {
  it.each([{ level: Number.NaN }, { level: '2' }, { method: [7] }, { method: 'pwd', level: Number.POSITIVE_INFINITY }])(
    'throws invalid-proof before any change: %j',
    async (assurance) => {
      const auth = createManager().open(new Request(ORIGIN))
      await expect(auth.loginUser(alice, assurance as object)).rejects.toMatchObject({ code: 'invalid-proof' })
      expect(await auth.currentUser()).toBeNull()
      expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
    },
  )
})

describe('a login without a user object', () => {
  it.each([undefined, null, false, 'alice'])('throws invalid-user-id, and no TypeError: %j', async (user) => {
    const auth = createManager().open(new Request(ORIGIN))
    await expect(auth.loginUser(user as unknown as User)).rejects.toMatchObject({ code: 'invalid-user-id' })
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })
})
