// Attacks that worked once, each with the promise that now holds.
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

function managerWith(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({ loadUser: (id) => (id === '1' ? alice : null), secrets, ...options })
}

function guardedApp(options: Partial<LoginManagerOptions<User>>) {
  const manager = managerWith(options)
  const guard = manager.guard({ except: ['/health'] })
  const app = async (request: Request): Promise<Response> => {
    const auth = manager.open(request)
    const outcome = await guard(auth)
    return commit(auth, outcome.ok ? new Response('let in') : await outcome.respond())
  }
  return createTestClient(app, { manager })
}

describe('a guard over a whole app', () => {
  it('makes no exception of what a view function repeats of the request', async () => {
    const client = guardedApp({ loginView: ({ url }) => `/${new URL(url).searchParams.get('lang') ?? 'en'}/login` })
    for (const lang of ['admin/users?', 'admin/users%23', 'admin/users'])
      expect([302, 401]).toContain((await client.get(`/admin/users?lang=${lang}`)).status)
    expect((await client.get('/en/login')).status).toBe(401)
  })

  it('makes no exception of what the Host header claims to be', async () => {
    const client = guardedApp({ loginView: '//id.example.org/start' })
    expect((await client.get('/start', { host: 'id.example.org' })).status).toBe(302)
  })

  it('excepts a view on a host only where publicOrigin says that it is ours', async () => {
    const client = guardedApp({ loginView: `${ORIGIN}/login`, publicOrigin: ORIGIN })
    expect((await client.get('/login')).status).toBe(200)
  })
})

describe('a loader that gives something that is no user', () => {
  it.each([false, 0, '', true, 'alice'])('%j: nobody is logged in', async (value) => {
    const lies = (() => value) as unknown as () => User
    const byKey = managerWith({ loadUserFromRequest: apiKey(lies) })
    const request = new Request(ORIGIN, { headers: { 'x-api-key': 'k' } })
    expect(await byKey.open(request).currentUser()).toBeNull()
    const client = createTestClient(withLogin(managerWith({ loadUser: lies }), whoAmI), { manager: managerWith() })
    await client.loginAs(alice, { remember: true })
    expect(await (await client.get('/')).text()).toBe('nobody')
  })
})

async function whoAmI(_: Request, auth: import('../../src/auth').Auth<User>): Promise<Response> {
  return new Response((await auth.currentUser())?.id ?? 'nobody')
}

describe('a user who is not active', () => {
  it.each([
    ['false', false, false],
    ['0 from a database', 0, false],
    ['null', null, false],
    ['an empty text', '', false],
    ['a promise of false', Promise.resolve(false), false],
    ['a method that says false', () => false, false],
    ['a method that promises false', async () => false, false],
    ['true', true, true],
    ['a method that says true', () => true, true],
    ['a promise of true', Promise.resolve(true), true],
    ['no such property', undefined, true],
  ])('by %s', async (_, isActive, ok) => {
    const auth = managerWith().open(new Request(ORIGIN))
    expect(await auth.loginUser({ id: '1', isActive })).toBe(ok)
  })
})

describe('one response for many visitors', () => {
  it('carries the session of none to the next', async () => {
    const shared = new Response(null, { status: 204 })
    const manager = managerWith()
    const app = withLogin(manager, async (request, auth) => {
      if (request.url.endsWith('/login')) await auth.loginUser(alice, { remember: true })
      return shared
    })
    expect((await app(new Request(`${ORIGIN}/login`))).headers.getSetCookie()).toHaveLength(2)
    expect((await app(new Request(`${ORIGIN}/ping`))).headers.getSetCookie()).toEqual([])
  })
})

describe('two managers with one secret', () => {
  it('do not take each other for remembered where only the session has another name', async () => {
    const customers = managerWith()
    const staff = managerWith({ session: { cookie: { name: '__Host-staff' } } })
    const client = createTestClient(withLogin(staff, whoAmI), { manager: customers })
    await client.loginAs(alice, { remember: true })
    expect(await (await client.get('/')).text()).toBe('nobody')
  })
})

describe('a stolen session', () => {
  it('does not become permanent, and so exempt from strong protection, by a page that nobody guards', async () => {
    const manager = managerWith({ sessionProtection: 'strong' })
    const app = withLogin(manager, async (_, auth) => {
      await auth.session.setPermanent(true)
      return new Response((await auth.currentUser())?.id ?? 'nobody')
    })
    const victim = createTestClient(app, { manager })
    await victim.loginAs(alice)
    const cookie = `__Host-session=${victim.cookies.get('__Host-session')}`
    const stolen = new Request(ORIGIN, { headers: { cookie, 'user-agent': 'thief' } })
    expect(await (await app(stolen)).text()).toBe('nobody')
  })

  it('is told apart by no level and no method that the victim proved', async () => {
    const manager = managerWith()
    const client = createTestClient(() => new Response(), { manager })
    await client.loginAs(alice, { level: 2, method: 'otp' })
    const cookie = `__Host-session=${client.cookies.get('__Host-session')}`
    const auth = manager.open(new Request(ORIGIN, { headers: { cookie, 'user-agent': 'thief' } }))
    expect(await auth.require({ level: 2 })).toMatchObject({ reason: 'stale' })
    expect(await auth.require({ method: 'otp' })).toMatchObject({ reason: 'stale' })
  })
})

describe('a session planted before the login', () => {
  it('does not decide that the login in it is permanent', async () => {
    const manager = managerWith()
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

  it('does not decide that the login in it is permanent, if it holds the login of another user', async () => {
    const manager = managerWith({ sessionProtection: 'strong', sessionStamp: ({ id }) => id })
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
  it('is told to keep an id as long as any copy may live, also one from when the session was permanent', async () => {
    const clock = createTestClock()
    const manager = managerWith({ clock })
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
  it('is not excused by an API key beside Basic credentials, which browsers send by themselves', async () => {
    const manager = managerWith({ loadUserFromRequest: apiKey<User>(() => null) })
    const headers = { 'sec-fetch-site': 'cross-site', 'x-api-key': 'junk' }
    const admitted = (more: object) =>
      checkRequest(manager.open(new Request(ORIGIN, { method: 'POST', headers: { ...headers, ...more } })))
    expect(await admitted({})).toBeNull()
    expect(await admitted({ authorization: 'Basic YTpi' })).toMatchObject({ reason: 'forged' })
  })
})

describe('a policy that is spelled wrongly', () => {
  it.each([{ role: 'admin' }, { withn: 1 }, { fresh: 'yes' }, { levl: 9 }, { allowed: () => false }])(
    'is an error, not a yes: %j',
    async (policy) => {
      const auth = managerWith().open(new Request(ORIGIN))
      await auth.loginUser(alice)
      await expect(auth.require(policy as object)).rejects.toMatchObject({ code: 'invalid-options' })
    },
  )
})

describe('a login with a proof that no cookie can hold', () => {
  it.each([{ level: Number.NaN }, { level: '2' }, { method: [7] }, { method: 'pwd', level: Number.POSITIVE_INFINITY }])(
    'is refused before anything is changed: %j',
    async (proof) => {
      const auth = managerWith().open(new Request(ORIGIN))
      await expect(auth.loginUser(alice, proof as object)).rejects.toMatchObject({ code: 'invalid-proof' })
      expect(await auth.currentUser()).toBeNull()
      expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
    },
  )
})

describe('a login of nobody', () => {
  it.each([undefined, null, false, 'alice'])('is refused with words, not with a TypeError: %j', async (user) => {
    const auth = managerWith().open(new Request(ORIGIN))
    await expect(auth.loginUser(user as unknown as User)).rejects.toMatchObject({ code: 'invalid-user-id' })
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })
})
