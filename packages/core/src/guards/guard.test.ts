import { describe, expect, it } from 'vitest'
import { commit } from '../adapter'
import {
  type Auth,
  bearer,
  createLoginManager,
  type GuardOptions,
  type LoginManagerOptions,
  StoreError,
} from '../index'
import { createTestClock } from '../testing'

interface User {
  readonly id: string
  readonly role?: string
}

const alice: User = { id: 'alice', role: 'admin' }
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'

function setUp(options: Partial<LoginManagerOptions<User, null, string>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User, null, string>({ secrets: SECRET, loadUser: () => alice, clock, ...options })
  /** Runs a guard on a request of an anonymous visitor, or of the user that the cookie logs in. */
  const runGuard = async (guardOptions: GuardOptions<User>, url = '/page', init: RequestInit = {}, cookie = '') => {
    const request = { method: init.method ?? 'GET', url, headers: new Headers({ host: 'app.test', cookie }) }
    return manager.guard(guardOptions)(manager.open(request))
  }
  const createSessionCookie = async (login: Parameters<Auth<User>['loginUser']>[1] = {}): Promise<string> => {
    const auth = manager.open(new Request('https://app.test/'))
    await auth.loginUser(alice, login)
    return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }
  return { clock, manager, runGuard, createSessionCookie }
}

/** Returns the paths of the invalid options that the function reports. */
const getProblemPaths = (create: () => unknown): string[] => {
  try {
    create()
  } catch (error) {
    return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
  }
  return []
}

describe('the options of manager.guard()', () => {
  it.each<[string, object]>([
    ['except', { except: '/public' }],
    ['except', { except: ['public'] }],
    ['except', { except: [''] }],
    ['except', { except: [/public/] }],
    ['except', { except: ['/a/*/b'] }],
    ['except', { except: ['/public*'] }],
    ['except', { except: ['*'] }],
    ['allow', { allow: 'admin' }],
    ['fresh', { fresh: 'yes' }],
    ['withinSeconds', { withinSeconds: 0 }],
    ['withinSeconds', { withinSeconds: -1 }],
    ['withinSeconds', { withinSeconds: Number.NaN }],
    ['withinSeconds', { withinSeconds: '600' }],
    ['level', { level: '2' }],
    ['level', { level: Number.NaN }],
    ['method', { method: 2 }],
    ['area', { area: 'unknown' }],
    ['next', { next: 1 }],
    ['excpet', { excpet: ['/public'] }],
    ['__proto__', JSON.parse('{"__proto__": {"allow": 1}}') as object],
  ])('are validated when the guard is created: %s in %j', (path, options) => {
    const { manager } = setUp()
    expect(getProblemPaths(() => manager.guard(options))).toEqual([path])
  })

  it.each<[object, string]>([
    [{ excpet: ['/public'] }, 'excpet: is not an option: did you mean except?'],
    [{ within_seconds: 60 }, 'within_seconds: is not an option: did you mean withinSeconds?'],
    [{ roles: ['admin'] }, 'roles: is not an option: check its spelling'],
    [{ except: '/public' }, "except: must be a list of paths such as '/health' or '/public/*', but is \"/public\""],
    [{ fresh: 'yes' }, 'fresh: must be true or false, but is "yes"'],
    [{ method: ['pwd', 7] }, 'method: must be a string, or a list of strings, but is an array'],
  ])('cause an OptionsError with the wording of the manager options: %j', (options, line) => {
    const { manager } = setUp()
    expect(() => manager.guard(options)).toThrow(`A guard received an invalid option:\n  - ${line}`)
  })

  it('are all listed in one error if several are invalid', () => {
    const { manager } = setUp()
    const wrong = {
      except: 1,
      allow: 1,
      fresh: 1,
      withinSeconds: 'x',
      level: 'x',
      method: 1,
      area: 'x',
      next: 1,
      other: 1,
    }
    expect(getProblemPaths(() => manager.guard(wrong as object)).sort()).toEqual(Object.keys(wrong).sort())
    expect(() => manager.guard(wrong as object)).toThrow(/^A guard received invalid options:\n/)
  })

  it.each([
    ['a Fetch API request', new Request('https://app.test/')],
    ['a context of Hono', { req: {} }],
    ['a copy of a Node request', { rawHeaders: [], httpVersion: '1.1' }],
    ['a copy of a Fastify request', { id: 'req-1', raw: {} }],
  ])('cause an OptionsError that advises to call loginRequired() if they are %s', (_case, request) => {
    const { manager } = setUp()
    expect(getProblemPaths(() => manager.guard(request as object))).toEqual(['options'])
    expect(() => manager.guard(request as object)).toThrow(/loginRequired\(\) instead of loginRequired$/)
  })

  it('may each be undefined, and may be missing', () => {
    const { manager } = setUp()
    const allUndefined = {
      except: undefined,
      allow: undefined,
      fresh: undefined,
      withinSeconds: undefined,
      level: undefined,
      method: undefined,
      area: undefined,
      next: undefined,
    }
    expect(getProblemPaths(() => manager.guard(allUndefined))).toEqual([])
    expect(getProblemPaths(() => manager.guard())).toEqual([])
  })

  it('throw unknown-area at the first request if the area was not validated before', async () => {
    const { manager } = setUp()
    const auth = manager.open(new Request('https://app.test/'))
    await expect(auth.require({ area: 'unknown' })).rejects.toMatchObject({ code: 'unknown-area' })
    await expect(auth.unauthorized({ area: 'constructor' })).rejects.toMatchObject({ code: 'unknown-area' })
  })
})

describe('the paths of the option except of a guard', () => {
  const except = ['/health', '/public/*', '/']

  it.each([
    '/health',
    '/health?probe=1',
    '/health#top',
    'https://app.test/health',
    'http://app.test/health?x=/secret',
    '/public/a',
    '/public/a/',
    '/public/a/b',
    "/public/a-b_c.d~e!f$g&h'i(j)k*l+m,n=o:p@q",
    '/public/a?b=/../secret',
    '/public/a.b',
    '/public/.well-known/x',
    '/public/...',
    '/',
    'https://app.test/?x',
    'https://[::1]:8080/health',
  ])('allow the anonymous request of %s', async (url) => {
    expect(await setUp().runGuard({ except }, url)).toEqual({ ok: true, user: undefined })
  })

  it.each([
    '/secret',
    '/Health',
    '/health/',
    '/healthy',
    '/public',
    '/public/',
    '/public/?a',
    '/public/#a',
    'https://app.test/public/',
    '/public/\xa0',
    '/public/\ufeff',
    '/public/\x85',
    '/public/\u2028',
    '/public/ ',
    '/public/\t',
    '/public/\x00',
    '/public/é',
    '/public/a|b',
    '/public/"',
    '/publicity',
    '/PUBLIC/a',
    '/public/%2e%2e/secret',
    '/public/../secret',
    '/public/./a',
    '/public/..',
    '/public/.',
    '/public//a',
    '//health',
    '/public/a;b',
    '/public/a\\..\\secret',
    '/%68ealth',
    'http://app.test?x=/health',
    'http://app.test#/health',
    'http://app.test?/public/a',
    'http://health',
    'http://a:b/health',
    'http://[/health',
    'http:///health',
    '*',
  ])('do not allow the anonymous request of %s', async (url) => {
    expect((await setUp().runGuard({ except }, url)).ok).toBe(false)
  })

  it('allow with /* everything below the root, and not the root itself', async () => {
    expect((await setUp().runGuard({ except: ['/*'] }, '/secret')).ok).toBe(true)
    expect((await setUp().runGuard({ except: ['/*'] }, '/')).ok).toBe(false)
    expect((await setUp().runGuard({ except: ['/*', '/'] }, '/')).ok).toBe(true)
  })

  it('do not load the user and do not change the response, which stays public', async () => {
    let loads = 0
    const { manager, createSessionCookie } = setUp({
      loadUser: () => {
        loads++
        return alice
      },
    })
    const headers = { cookie: await createSessionCookie() }
    const auth = manager.open(new Request('https://app.test/health', { headers }))
    await manager.guard({ except })(auth)
    const response = new Response()
    expect(commit(auth, response)).toBe(response)
    expect([loads, ...response.headers]).toEqual([0])
    expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
  })

  it('match a rewritten path below a prefix only if they match the path of the router too', async () => {
    const isExcepted = async (url: string, routedPath: string) => {
      const request = { method: 'GET', url, routedPath, headers: new Headers({ host: 'app.test' }) }
      const { manager } = setUp()
      return (await manager.guard({ except: ['/public/*', '/health'] })(manager.open(request))).ok
    }
    expect(await isExcepted('/public/a', '/public/b')).toBe(true)
    expect(await isExcepted('/public/a', '/health')).toBe(true)
    expect(await isExcepted('/public/users', '/users')).toBe(false)
    expect(await isExcepted('/public/a', '/public/')).toBe(false)
    expect(await isExcepted('/health', '/v2/health')).toBe(true)
  })
})

describe('exempt methods', () => {
  it.each([
    [undefined, 'OPTIONS', false],
    [undefined, 'HEAD', false],
    [undefined, 'GET', false],
    [['get', 'HEAD'], 'GET', true],
    [['get', 'HEAD'], 'HEAD', true],
    [['get', 'HEAD'], 'OPTIONS', false],
    [[], 'OPTIONS', false],
    [['OPTIONS'], 'OPTIONS', true],
  ])('with exemptMethods %j, a guard allows an anonymous %s request: %s', async (exemptMethods, method, isExempt) => {
    expect((await setUp({ exemptMethods }).runGuard({}, '/page', { method })).ok).toBe(isExempt)
  })
})

describe('the login view and the refresh view', () => {
  it.each(['/login', '/login?next=%2F', 'https://app.test/login', 'https://app.test/signin', '/areas/admin/login'])(
    'are exempt from a guard of the whole app: %s',
    async (url) => {
      const { runGuard } = setUp({
        loginView: '/login?lang=en',
        publicOrigin: 'https://app.test',
        areas: { admin: { loginView: 'https://app.test/areas/admin/login' }, staff: { loginView: '/signin' } },
      })
      expect((await runGuard({}, url)).ok).toBe(true)
    },
  )

  it('exempt no path of the own origin if they are at another origin', async () => {
    const { runGuard } = setUp({ loginView: 'https://id.test/login' })
    expect((await runGuard({}, '/login')).ok).toBe(false)
  })

  it('let a user with a stale login, and not an anonymous visitor, reach the refresh view', async () => {
    const { runGuard, createSessionCookie } = setUp({ refreshView: '/refresh' })
    const cookie = await createSessionCookie({ fresh: false })
    const options = { fresh: true, withinSeconds: 60, level: 9, method: 'hwk' }
    expect((await runGuard(options, '/page', {}, cookie)).ok).toBe(false)
    expect((await runGuard(options, '/refresh', {}, cookie)).ok).toBe(true)
    expect((await runGuard(options, '/refresh')).ok).toBe(false)
    expect((await runGuard({ ...options, allow: () => false }, '/refresh', {}, cookie)).ok).toBe(false)
  })
})

describe('a guard', () => {
  it('returns the user, or a refusal if the request is anonymous', async () => {
    const { runGuard, createSessionCookie } = setUp()
    expect(await runGuard({}, '/page', {}, await createSessionCookie())).toEqual({ ok: true, user: alice })
    expect(await runGuard({})).toMatchObject({ ok: false, reason: 'unauthorized' })
  })

  it.each<[string, GuardOptions<User>, number, boolean]>([
    ['fresh: true', { fresh: true }, 10_000, true],
    ['withinSeconds, and the login is as old', { withinSeconds: 600 }, 600, true],
    ['withinSeconds, and the login is older', { withinSeconds: 600 }, 601, false],
    ['a level that the login has', { level: 2 }, 0, true],
    ['a level above that of the login', { level: 3 }, 0, false],
    ['a method of the login', { method: 'otp' }, 0, true],
    ['one of two methods, and the login has one', { method: ['hwk', 'otp'] }, 0, true],
    ['a method that the login does not have', { method: 'hwk' }, 0, false],
    ['fresh: false, which requires nothing', { fresh: false }, 10_000, true],
  ])('compares the login with the guard options: %s', async (_, options, seconds, ok) => {
    const { runGuard, createSessionCookie, clock } = setUp()
    const cookie = await createSessionCookie({ method: ['pwd', 'otp'], level: 2 })
    clock.advance(seconds)
    const outcome = await runGuard(options, '/page', {}, cookie)
    expect(outcome.ok ? true : outcome.reason).toBe(ok ? true : 'stale')
  })

  it('ignores the level and the methods of a login that is not fresh, because another client may use it', async () => {
    const { runGuard, createSessionCookie } = setUp()
    const cookie = await createSessionCookie({ fresh: false, level: 2 })
    expect(await runGuard({ level: 2 }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
    expect(await runGuard({ level: 2, fresh: true }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
    expect(await runGuard({ withinSeconds: 600 }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
  })

  it('refuses a bearer token as stale if freshness, a level or a method is required', async () => {
    const { manager } = setUp({ loadUserFromRequest: bearer<User>(() => alice) })
    const request = new Request('https://app.test/', { headers: { authorization: 'Bearer t' } })
    const auth = manager.open(request)
    expect((await auth.require()).ok).toBe(true)
    for (const policy of [{ fresh: true }, { withinSeconds: 9 }, { level: 0 }, { method: 'pwd' }])
      expect(await auth.require(policy)).toMatchObject({ ok: false, reason: 'stale' })
  })

  it.each<[unknown, boolean]>([
    [true, true],
    [false, false],
    [undefined, false],
    ['yes', false],
    [1, false],
    [Promise.resolve(true), true],
    [Promise.resolve(false), false],
  ])('allows a user only if the option allow returns true, not %j', async (result, ok) => {
    const { runGuard, createSessionCookie } = setUp()
    const receivedUsers: unknown[] = []
    const allow = (user: User) => {
      receivedUsers.push(user)
      return result as boolean
    }
    const outcome = await runGuard({ allow }, '/page', {}, await createSessionCookie())
    expect(outcome.ok ? true : outcome.reason).toBe(ok ? true : 'forbidden')
    expect(receivedUsers).toEqual([alice])
  })

  it('does not call allow for an anonymous request or a stale login', async () => {
    const { runGuard, createSessionCookie } = setUp()
    const allow = () => {
      throw new Error('allow was called')
    }
    expect(await runGuard({ allow })).toMatchObject({ reason: 'unauthorized' })
    const cookie = await createSessionCookie({ fresh: false })
    expect(await runGuard({ allow, fresh: true }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
  })

  it('throws the error of allow or of the loader, and responds with 503 to a StoreError', async () => {
    const { runGuard, createSessionCookie } = setUp()
    const cookie = await createSessionCookie()
    const createFailingOptions = (error: Error) => ({
      allow: () => {
        throw error
      },
    })
    await expect(runGuard(createFailingOptions(new RangeError('role')), '/page', {}, cookie)).rejects.toThrow('role')
    const outcome = await runGuard(
      createFailingOptions(new StoreError('Down.', { retryAfterSeconds: 9 })),
      '/page',
      {},
      cookie,
    )
    const response = outcome.ok ? new Response() : await outcome.respond()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '9'])
  })

  it('sets auth.user only if it allowed the request, also after another guard refused it', async () => {
    const { manager, createSessionCookie } = setUp()
    const headers = { cookie: await createSessionCookie() }
    const auth = manager.open(new Request('https://app.test/', { headers }))
    expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
    await auth.currentUser()
    expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
    await manager.guard({ allow: () => false })(auth)
    expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
    await manager.guard()(auth)
    expect(auth.user).toBe(alice)
  })
})

describe('a guard of percent-encoded paths', () => {
  /** Runs a guard on an anonymous request, and returns whether the guard allowed it. */
  const allowsAnonymous = async (
    options: Partial<LoginManagerOptions<User>>,
    guardOptions: GuardOptions<User>,
    url: string,
  ) => (await setUp({ loadUser: () => null, ...options }).runGuard(guardOptions, url)).ok

  it.each([
    ['/iniciar-sesión', '/iniciar-sesi%C3%B3n'],
    ['/iniciar-sesi%c3%b3n', '/iniciar-sesi%C3%B3n'],
    ['/iniciar-sesión', '/iniciar-sesi%c3%b3n'],
    ['/log in', '/log%20in?next=%2F'],
    ['/log%20in', '/log%20in'],
    ['https://app.test/über', '/%C3%BCber'],
  ])('exempts the login view %s if the request spells it %s', async (loginView, url) => {
    expect(await allowsAnonymous({ loginView, publicOrigin: 'https://app.test' }, {}, url)).toBe(true)
  })

  it.each([
    ['/über-uns', '/%C3%BCber-uns', true],
    ['/%c3%bcber-uns', '/%C3%BCber-uns', true],
    ['/log in', '/log%20in', true],
    ['/über/*', '/%C3%BCber/a', true],
    ['/über/*', '/%C3%BCber/', false],
    ['/über/*', '/%C3%BCber/a%2f..%2fsecret', false],
    ['/über/*', '/%C3%BCber/%2e%2e/secret', false],
    ['/über-uns', '/%C3%BCber-uns/', false],
    ['/über-uns', '/%C3%BCber-uns%2f', false],
    ['/über-uns', '/%C3%9Cber-uns', false],
    ['/public/*', '/public/%2e%2e/secret', false],
    ['/public/*', '/public/a%5c..%5csecret', false],
    ['/a', '/%61', false],
  ])('compares the pattern %s in except with the path %s: %s', async (except, url, isExcepted) => {
    expect(await allowsAnonymous({}, { except: [except] }, url)).toBe(isExcepted)
  })

  it.each([
    ['/über/*', '/%C3%BCber/a', '/über/a', true],
    ['/log in/*', '/log%20in/a', '/log in/a', true],
    ['/über/*', '/%C3%BCber/a', '/secret', false],
    ['/über/*', '/%C3%BCber/a', '/über/../secret', false],
    ['/über/*', '/%C3%BCber/a', '/über/', false],
    ['/über/*', '/%C3%BCber/a', '/über/%61', false],
  ])(
    'compares the pattern %s in except with the path %s that a router decodes to %s: %s',
    async (pattern, sent, routedPath, isExcepted) => {
      const { manager } = setUp()
      const auth = manager.open(new Request(`https://app.test${sent}`), { routedPath })
      expect((await manager.guard({ except: [pattern] })(auth)).ok).toBe(isExcepted)
    },
  )

  it.each(['/a%2fb', '/a%5cb/*', '/a/../b', '/a//b', '/a;b', '/a%25b', '/100%', '/a?b', '/a#b', '/a\\b', '/a|b'])(
    'throws OptionsError for a pattern in except that can never match: %s',
    (pattern) => {
      const { manager } = setUp()
      expect(getProblemPaths(() => manager.guard({ except: [pattern] }))).toEqual(['except'])
    },
  )

  it.each(['/a%2fb', '/a%5cb', '/a//b', '/a;b', '/a%25b', '/100%', 'https://app.test/a%2fb'])(
    'throws OptionsError for a view that no guard can exempt: %s',
    (view) => {
      const publicOrigin = 'https://app.test'
      expect(getProblemPaths(() => setUp({ publicOrigin, loginView: view }))).toEqual(['loginView'])
      const areas = { office: { refreshView: view } }
      expect(getProblemPaths(() => setUp({ publicOrigin, areas }))).toEqual(['areas.office.refreshView'])
    },
  )

  it('accepts a view of another origin with any path', () => {
    expect(getProblemPaths(() => setUp({ loginView: 'https://id.test/a%2fb;c//d' }))).toEqual([])
  })
})
