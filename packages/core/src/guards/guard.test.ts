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

function managerWith(options: Partial<LoginManagerOptions<User, null, string>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User, null, string>({ secrets: SECRET, loadUser: () => alice, clock, ...options })
  /** Whether a guard lets a visitor, or alice, see a path. */
  const passes = async (guardOptions: GuardOptions<User>, url = '/page', init: RequestInit = {}, cookie = '') => {
    const request = { method: init.method ?? 'GET', url, headers: new Headers({ host: 'app.test', cookie }) }
    return manager.guard(guardOptions)(manager.open(request))
  }
  const cookieOf = async (login: Parameters<Auth<User>['loginUser']>[1] = {}): Promise<string> => {
    const auth = manager.open(new Request('https://app.test/'))
    await auth.loginUser(alice, login)
    return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }
  return { clock, manager, passes, cookieOf }
}

const problemsOf = (make: () => unknown): string[] => {
  try {
    make()
  } catch (error) {
    return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
  }
  return []
}

describe('the options of a guard', () => {
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
  ])('are looked at when the guard is made: %s in %j', (path, options) => {
    const { manager } = managerWith()
    expect(problemsOf(() => manager.guard(options))).toEqual([path])
  })

  it.each<[object, string]>([
    [{ excpet: ['/public'] }, 'excpet: is not an option: did you mean except?'],
    [{ within_seconds: 60 }, 'within_seconds: is not an option: did you mean withinSeconds?'],
    [{ roles: ['admin'] }, 'roles: is not an option: check its spelling'],
    [{ except: '/public' }, "except: must be a list of paths such as '/health' or '/public/*', but is \"/public\""],
    [{ fresh: 'yes' }, 'fresh: must be true or false, but is "yes"'],
    [{ method: ['pwd', 7] }, 'method: must be a string, or a list of strings, but is an array'],
  ])('throw an OptionsError with the wording of the manager options: %j', (options, line) => {
    const { manager } = managerWith()
    expect(() => manager.guard(options)).toThrow(`A guard received an invalid option:\n  - ${line}`)
  })

  it('are all listed in one error if several are invalid', () => {
    const { manager } = managerWith()
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
    expect(problemsOf(() => manager.guard(wrong as object)).sort()).toEqual(Object.keys(wrong).sort())
    expect(() => manager.guard(wrong as object)).toThrow(/^A guard received invalid options:\n/)
  })

  it.each([
    ['a Fetch API request', new Request('https://app.test/')],
    ['a context of Hono', { req: {} }],
    ['a copy of what Node hands over', { rawHeaders: [], httpVersion: '1.1' }],
    ['a copy of what Fastify hands over', { id: 'req-1', raw: {} }],
  ])('are not %s: a guard that was not called throws invalid-options', (_what, request) => {
    const { manager } = managerWith()
    expect(problemsOf(() => manager.guard(request as object))).toEqual(['options'])
    expect(() => manager.guard(request as object)).toThrow(/loginRequired\(\) instead of loginRequired$/)
  })

  it('may be undefined, each of them, and none at all', () => {
    const { manager } = managerWith()
    const nothing = {
      except: undefined,
      allow: undefined,
      fresh: undefined,
      withinSeconds: undefined,
      level: undefined,
      method: undefined,
      area: undefined,
      next: undefined,
    }
    expect(problemsOf(() => manager.guard(nothing))).toEqual([])
    expect(problemsOf(() => manager.guard())).toEqual([])
  })

  it('throw unknown-area at the first request if the area was not validated before', async () => {
    const { manager } = managerWith()
    const auth = manager.open(new Request('https://app.test/'))
    await expect(auth.require({ area: 'unknown' })).rejects.toMatchObject({ code: 'unknown-area' })
    await expect(auth.unauthorized({ area: 'constructor' })).rejects.toMatchObject({ code: 'unknown-area' })
  })
})

describe('the exceptions of a guard', () => {
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
  ])('let %s through unseen', async (url) => {
    expect(await managerWith().passes({ except }, url)).toEqual({ ok: true, user: undefined })
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
  ])('do not let %s through', async (url) => {
    expect((await managerWith().passes({ except }, url)).ok).toBe(false)
  })

  it('let everything below the root through by /*, and not the root itself', async () => {
    expect((await managerWith().passes({ except: ['/*'] }, '/secret')).ok).toBe(true)
    expect((await managerWith().passes({ except: ['/*'] }, '/')).ok).toBe(false)
    expect((await managerWith().passes({ except: ['/*', '/'] }, '/')).ok).toBe(true)
  })

  it('do not load the user: the response stays public', async () => {
    let loads = 0
    const { manager, cookieOf } = managerWith({
      loadUser: () => {
        loads++
        return alice
      },
    })
    const headers = { cookie: await cookieOf() }
    const auth = manager.open(new Request('https://app.test/health', { headers }))
    await manager.guard({ except })(auth)
    const response = new Response()
    expect(commit(auth, response)).toBe(response)
    expect([loads, ...response.headers]).toEqual([0])
    expect(() => auth.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
  })

  it('excepts a rewritten path below a prefix only if the path that the router matches is excepted too', async () => {
    const passes = async (url: string, routedPath: string) => {
      const request = { method: 'GET', url, routedPath, headers: new Headers({ host: 'app.test' }) }
      const { manager } = managerWith()
      return (await manager.guard({ except: ['/public/*', '/health'] })(manager.open(request))).ok
    }
    expect(await passes('/public/a', '/public/b')).toBe(true)
    expect(await passes('/public/a', '/health')).toBe(true)
    expect(await passes('/public/users', '/users')).toBe(false)
    expect(await passes('/public/a', '/public/')).toBe(false)
    expect(await passes('/health', '/v2/health')).toBe(true)
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
  ])('exemptMethods %j lets %s through: %s', async (exemptMethods, method, passes) => {
    expect((await managerWith({ exemptMethods }).passes({}, '/page', { method })).ok).toBe(passes)
  })
})

describe('views', () => {
  it.each(['/login', '/login?next=%2F', 'https://app.test/login', 'https://app.test/signin', '/areas/admin/login'])(
    'a guard over the whole app lets visitors reach %s',
    async (url) => {
      const { passes } = managerWith({
        loginView: '/login?lang=en',
        publicOrigin: 'https://app.test',
        areas: { admin: { loginView: 'https://app.test/areas/admin/login' }, staff: { loginView: '/signin' } },
      })
      expect((await passes({}, url)).ok).toBe(true)
    },
  )

  it('of another origin except nothing here', async () => {
    const { passes } = managerWith({ loginView: 'https://id.test/login' })
    expect((await passes({}, '/login')).ok).toBe(false)
  })

  it('a fresh guard lets users reach the refresh view, and visitors not', async () => {
    const { passes, cookieOf } = managerWith({ refreshView: '/refresh' })
    const cookie = await cookieOf({ fresh: false })
    const options = { fresh: true, withinSeconds: 60, level: 9, method: 'hwk' }
    expect((await passes(options, '/page', {}, cookie)).ok).toBe(false)
    expect((await passes(options, '/refresh', {}, cookie)).ok).toBe(true)
    expect((await passes(options, '/refresh')).ok).toBe(false)
    expect((await passes({ ...options, allow: () => false }, '/refresh', {}, cookie)).ok).toBe(false)
  })
})

describe('a guard', () => {
  it('returns the user, or a refusal if the request is anonymous', async () => {
    const { passes, cookieOf } = managerWith()
    expect(await passes({}, '/page', {}, await cookieOf())).toEqual({ ok: true, user: alice })
    expect(await passes({})).toMatchObject({ ok: false, reason: 'unauthorized' })
  })

  it.each<[string, GuardOptions<User>, number, boolean]>([
    ['fresh', { fresh: true }, 10_000, true],
    ['within the time', { withinSeconds: 600 }, 600, true],
    ['too long ago', { withinSeconds: 600 }, 601, false],
    ['strong enough', { level: 2 }, 0, true],
    ['not strong enough', { level: 3 }, 0, false],
    ['by this method', { method: 'otp' }, 0, true],
    ['by one of these', { method: ['hwk', 'otp'] }, 0, true],
    ['by no such method', { method: 'hwk' }, 0, false],
    ['fresh: false asks for nothing more', { fresh: false }, 10_000, true],
  ])('requires of a login what the policy states: %s', async (_, options, seconds, ok) => {
    const { passes, cookieOf, clock } = managerWith()
    const cookie = await cookieOf({ method: ['pwd', 'otp'], level: 2 })
    clock.advance(seconds)
    const outcome = await passes(options, '/page', {}, cookie)
    expect(outcome.ok ? true : outcome.reason).toBe(ok ? true : 'stale')
  })

  it('takes no level and no method of who is not fresh: it may be another client', async () => {
    const { passes, cookieOf } = managerWith()
    const cookie = await cookieOf({ fresh: false, level: 2 })
    expect(await passes({ level: 2 }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
    expect(await passes({ level: 2, fresh: true }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
    expect(await passes({ withinSeconds: 600 }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
  })

  it('takes an API key for no proof of freshness, level or method', async () => {
    const { manager } = managerWith({ loadUserFromRequest: bearer<User>(() => alice) })
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
  ])('lets a user pass only if allow returns true: %j', async (answer, ok) => {
    const { passes, cookieOf } = managerWith()
    const asked: unknown[] = []
    const allow = (user: User) => {
      asked.push(user)
      return answer as boolean
    }
    const outcome = await passes({ allow }, '/page', {}, await cookieOf())
    expect(outcome.ok ? true : outcome.reason).toBe(ok ? true : 'forbidden')
    expect(asked).toEqual([alice])
  })

  it('does not call allow for an anonymous request or a stale login', async () => {
    const { passes, cookieOf } = managerWith()
    const allow = () => {
      throw new Error('asked')
    }
    expect(await passes({ allow })).toMatchObject({ reason: 'unauthorized' })
    const cookie = await cookieOf({ fresh: false })
    expect(await passes({ allow, fresh: true }, '/page', {}, cookie)).toMatchObject({ reason: 'stale' })
  })

  it('throws the error of allow or of the loader, and responds with 503 to a StoreError', async () => {
    const { passes, cookieOf } = managerWith()
    const cookie = await cookieOf()
    const failing = (error: Error) => ({
      allow: () => {
        throw error
      },
    })
    await expect(passes(failing(new RangeError('role')), '/page', {}, cookie)).rejects.toThrow('role')
    const outcome = await passes(failing(new StoreError('Down.', { retryAfterSeconds: 9 })), '/page', {}, cookie)
    const response = outcome.ok ? new Response() : await outcome.respond()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '9'])
  })

  it('is one of several: the one that lets the user pass makes the user known', async () => {
    const { manager, cookieOf } = managerWith()
    const headers = { cookie: await cookieOf() }
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

describe('a path that needs encoding', () => {
  const anonymous = async (
    options: Partial<LoginManagerOptions<User>>,
    guardOptions: GuardOptions<User>,
    url: string,
  ) => (await managerWith({ loadUser: () => null, ...options }).passes(guardOptions, url)).ok

  it.each([
    ['/iniciar-sesión', '/iniciar-sesi%C3%B3n'],
    ['/iniciar-sesi%c3%b3n', '/iniciar-sesi%C3%B3n'],
    ['/iniciar-sesión', '/iniciar-sesi%c3%b3n'],
    ['/log in', '/log%20in?next=%2F'],
    ['/log%20in', '/log%20in'],
    ['https://app.test/über', '/%C3%BCber'],
  ])('is exempt as the view %s, however it is written: %s', async (loginView, url) => {
    expect(await anonymous({ loginView, publicOrigin: 'https://app.test' }, {}, url)).toBe(true)
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
  ])('matches the exception %s if it is %s: %s', async (except, url, isExcepted) => {
    expect(await anonymous({}, { except: [except] }, url)).toBe(isExcepted)
  })

  it.each([
    ['/über/*', '/%C3%BCber/a', '/über/a', true],
    ['/log in/*', '/log%20in/a', '/log in/a', true],
    ['/über/*', '/%C3%BCber/a', '/secret', false],
    ['/über/*', '/%C3%BCber/a', '/über/../secret', false],
    ['/über/*', '/%C3%BCber/a', '/über/', false],
    ['/über/*', '/%C3%BCber/a', '/über/%61', false],
  ])('matches the exception %s if a router decodes %s to %s: %s', async (pattern, sent, routedPath, isExcepted) => {
    const { manager } = managerWith()
    const auth = manager.open(new Request(`https://app.test${sent}`), { routedPath })
    expect((await manager.guard({ except: [pattern] })(auth)).ok).toBe(isExcepted)
  })

  it.each(['/a%2fb', '/a%5cb/*', '/a/../b', '/a//b', '/a;b', '/a%25b', '/100%', '/a?b', '/a#b', '/a\\b', '/a|b'])(
    'is refused as an exception that can never match: %s',
    (pattern) => {
      const { manager } = managerWith()
      expect(problemsOf(() => manager.guard({ except: [pattern] }))).toEqual(['except'])
    },
  )

  it.each(['/a%2fb', '/a%5cb', '/a//b', '/a;b', '/a%25b', '/100%', 'https://app.test/a%2fb'])(
    'is refused as a view that no guard can exempt: %s',
    (view) => {
      const publicOrigin = 'https://app.test'
      expect(problemsOf(() => managerWith({ publicOrigin, loginView: view }))).toEqual(['loginView'])
      const areas = { office: { refreshView: view } }
      expect(problemsOf(() => managerWith({ publicOrigin, areas }))).toEqual(['areas.office.refreshView'])
    },
  )

  it('may be anything at another origin', () => {
    expect(problemsOf(() => managerWith({ loginView: 'https://id.test/a%2fb;c//d' }))).toEqual([])
  })
})
