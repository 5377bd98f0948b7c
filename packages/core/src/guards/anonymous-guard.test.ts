import { describe, expect, it } from 'vitest'
import { commit } from '../adapter'
import { createLoginManager, type LoginManager, type LoginManagerOptions, StoreError } from '../index'
import type { AnonymousGuardOptions } from './anonymous-guard'

interface User {
  readonly id: string
  readonly isActive?: boolean
}

const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const ORIGIN = 'https://app.test'
const PAGE = { accept: 'text/html' }
const alice: User = { id: 'alice' }

const options: LoginManagerOptions<User, null, string> = {
  secrets: SECRET,
  loadUser: () => alice,
  loginView: '/login',
  refreshView: '/again',
}

interface RequestOptions {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly isAnonymous?: boolean
  readonly guard?: AnonymousGuardOptions
  readonly manager?: Partial<LoginManagerOptions<User, null, string>>
}

/** Returns the session cookie of a login. */
async function createSessionCookie(manager: LoginManager<User, null, string>, cookie = ''): Promise<string> {
  const auth = manager.open(new Request(ORIGIN, { headers: { cookie } }))
  await auth.loginUser(alice)
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** Sends a request to a page with an anonymous guard: of a logged-in user, unless `isAnonymous` is set. */
async function send({ path = '/login', method = 'GET', headers = PAGE, isAnonymous = false, ...rest }: RequestOptions) {
  const manager = createLoginManager({ ...options, ...rest.manager })
  const cookie = isAnonymous ? {} : { cookie: await createSessionCookie(manager) }
  const auth = manager.open(new Request(ORIGIN + path, { method, headers: { ...headers, ...cookie } }))
  const outcome = await manager.guardAnonymous(rest.guard)(auth)
  const response = commit(auth, outcome.ok ? new Response('passed') : await outcome.respond())
  return { auth, outcome, response, to: response.headers.get('location') }
}

/** Returns the paths of the invalid options that `guardAnonymous()` reports. */
const getProblemPaths = (guardOptions: unknown): string[] => {
  try {
    createLoginManager(options).guardAnonymous(guardOptions as AnonymousGuardOptions)
  } catch (error) {
    return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
  }
  return []
}

describe('guardAnonymous() allows, without a user,', () => {
  it.each<[string, RequestOptions]>([
    ['an anonymous request', { isAnonymous: true }],
    ['an inactive user', { manager: { loadUser: () => ({ id: 'alice', isActive: false }) } }],
    ['a deleted user', { manager: { loadUser: () => null } }],
    ['every request at the refresh view', { path: '/again?next=/x' }],
    ['every request if the login view is also the refresh view', { manager: { refreshView: '/login' } }],
    ['an exempt method', { method: 'OPTIONS', manager: { exemptMethods: ['OPTIONS'] } }],
  ])('%s', async (_case, requestOptions) => {
    const { outcome, auth } = await send(requestOptions)
    expect(outcome).toEqual({ ok: true, user: undefined })
    expect(() => auth.user).toThrow(/no guard/i)
  })

  it('an anonymous request, and sets headers that keep its response out of shared caches', async () => {
    const { response } = await send({ isAnonymous: true })
    expect(response.headers.get('vary')).toContain('Cookie')
    expect(response.headers.get('cache-control')).toContain('private')
  })
})

describe('guardAnonymous() redirects a logged-in user', () => {
  it.each<[string, RequestOptions, string]>([
    ['to / by default', {}, '/'],
    ['to the option home', { guard: { home: '/dashboard' } }, '/dashboard'],
    ['to the percent-encoded path of the option home', { guard: { home: '/日本' } }, '/%E6%97%A5%E6%9C%AC'],
    ['to the path of next in the query', { path: '/login?next=%2Finbox%3Fa%3D1' }, '/inbox?a=1'],
    [
      'to the URL of next if its origin is in nextOrigins',
      { path: '/login?next=https://b.test/x', manager: { nextOrigins: ['https://b.test'] } },
      'https://b.test/x',
    ],
    [
      'to the home below the base path',
      { guard: { home: '/dashboard' }, manager: { basePath: '/app' } },
      '/app/dashboard',
    ],
    ['to the home if next is of another origin', { path: '/login?next=https://evil.test/' }, '/'],
    ['to the home if next is relative to the scheme', { path: '/login?next=//evil.test' }, '/'],
    ['to the home if next has a backslash', { path: '/login?next=/%5Cevil.test' }, '/'],
    ['to the home if next is a javascript: URL', { path: '/login?next=javascript:alert(1)' }, '/'],
    ['to the home if next is a login view', { path: '/join?next=/login' }, '/'],
    ['to the home if next is a refresh view', { path: '/login?next=/again' }, '/'],
    ['to the home if next is the requested page', { path: '/join?next=/join%3Fnext%3D%2Fjoin' }, '/'],
    [
      'to the home if next is the requested page in another letter case and with a trailing slash',
      { path: '/join?next=/Join/' },
      '/',
    ],
  ])('%s', async (_case, requestOptions, expected) => {
    const { outcome, response, to } = await send(requestOptions)
    expect(outcome).toMatchObject({ ok: false, reason: 'logged-in' })
    expect([response.status, to]).toEqual([302, expected])
  })

  it('with status 302 after HEAD, and with status 303 after POST', async () => {
    expect((await send({ method: 'HEAD' })).response.status).toBe(302)
    expect((await send({ method: 'POST' })).response.status).toBe(303)
  })

  it('with Cache-Control: private, no-store, and without Set-Cookie', async () => {
    const { response, auth } = await send({})
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toContain('Cookie')
    expect(response.headers.getSetCookie()).toEqual([])
    expect(() => auth.user).toThrow(/no guard/i)
  })

  it('without a use of the next that the session stores, which the login page can still read', async () => {
    const manager = createLoginManager({ ...options, useSessionForNext: true })
    const visitor = manager.open(new Request(`${ORIGIN}/inbox`, { headers: PAGE }))
    const refused = await visitor.require()
    const response = commit(visitor, refused.ok ? new Response() : await refused.respond())
    const before = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const cookie = await createSessionCookie(manager, before)
    const auth = manager.open(new Request(`${ORIGIN}/login`, { headers: { ...PAGE, cookie } }))
    const outcome = await manager.guardAnonymous()(auth)
    expect(outcome.ok ? null : (await outcome.respond()).headers.get('location')).toBe('/')
    expect(await auth.nextUrl('/fallback')).toBe('/inbox')
  })
})

describe('guardAnonymous() responds to a logged-in user with 403', () => {
  it.each<[string, RequestOptions]>([
    ['if the home is the requested page', { path: '/' }],
    [
      'if the home is the requested page in another letter case and with a trailing slash',
      { path: '/Join/', guard: { home: '/join' } },
    ],
    ['if next and home are the requested page', { path: '/join?next=/join', guard: { home: '/join' } }],
    ['if the request is a prefetch', { headers: { ...PAGE, 'sec-purpose': 'prefetch' } }],
  ])('%s', async (_case, requestOptions) => {
    const { response, to } = await send(requestOptions)
    expect([response.status, to]).toEqual([403, null])
    expect(await response.text()).toContain('You are logged in already.')
  })

  it('as application/problem+json if the client accepts JSON only', async () => {
    const { response } = await send({ headers: { accept: 'application/json' } })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('vary')).toContain('Accept')
    expect(await response.json()).toMatchObject({ status: 403, detail: 'You are logged in already.' })
  })
})

describe('guardAnonymous()', () => {
  it('responds with 503 if the user loader throws a StoreError', async () => {
    const loadUser = (): never => {
      throw new StoreError('down', { retryAfterSeconds: 7 })
    }
    const { outcome, response } = await send({ manager: { loadUser } })
    expect(outcome).toMatchObject({ ok: false, reason: 'unavailable' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
  })

  it('throws any other error of the user loader', async () => {
    const loadUser = (): never => {
      throw new RangeError('broken')
    }
    await expect(send({ manager: { loadUser } })).rejects.toThrow(RangeError)
  })

  it.each<[string, unknown]>([
    ['home', { home: 1 }],
    ['home', { home: '' }],
    ['home', { home: 'dashboard' }],
    ['home', { home: '//evil.test' }],
    ['home', { home: '/\\evil.test' }],
    ['home', { home: 'https://evil.test/' }],
    ['home', { home: 'http://unknown.invalid/' }],
    ['area', { area: 'staff' }],
    ['fresh', { fresh: true }],
    ['options', null],
    ['options', '/dashboard'],
    ['options', []],
    ['options', () => undefined],
    ['options', new Request(ORIGIN)],
    ['options', { req: {} }],
  ])('throws OptionsError for the wrong option %s in %j when the guard is created', (path, guardOptions) => {
    expect(getProblemPaths(guardOptions)).toEqual([path])
  })
})
