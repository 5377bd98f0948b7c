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

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly isAnonymous?: boolean
  readonly guard?: AnonymousGuardOptions
  readonly manager?: Partial<LoginManagerOptions<User, null, string>>
}

/** Returns the session cookie of a login. */
async function cookieOf(manager: LoginManager<User, null, string>, cookie = ''): Promise<string> {
  const auth = manager.open(new Request(ORIGIN, { headers: { cookie } }))
  await auth.loginUser(alice)
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function send({ path = '/login', method = 'GET', headers = PAGE, isAnonymous = false, ...rest }: Sent) {
  const manager = createLoginManager({ ...options, ...rest.manager })
  const cookie = isAnonymous ? {} : { cookie: await cookieOf(manager) }
  const auth = manager.open(new Request(ORIGIN + path, { method, headers: { ...headers, ...cookie } }))
  const outcome = await manager.guardAnonymous(rest.guard)(auth)
  const response = commit(auth, outcome.ok ? new Response('passed') : await outcome.respond())
  return { auth, outcome, response, to: response.headers.get('location') }
}

const problemsOf = (given: unknown): string[] => {
  try {
    createLoginManager(options).guardAnonymous(given as AnonymousGuardOptions)
  } catch (error) {
    return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
  }
  return []
}

describe('guardAnonymous() lets pass', () => {
  it.each<[string, Sent]>([
    ['an anonymous request', { isAnonymous: true }],
    ['an inactive user', { manager: { loadUser: () => ({ id: 'alice', isActive: false }) } }],
    ['a deleted user', { manager: { loadUser: () => null } }],
    ['every request at the refresh view', { path: '/again?next=/x' }],
    ['every request if login and refresh view are one page', { manager: { refreshView: '/login' } }],
    ['an exempt method', { method: 'OPTIONS', manager: { exemptMethods: ['OPTIONS'] } }],
  ])('%s, without a user', async (_what, sent) => {
    const { outcome, auth } = await send(sent)
    expect(outcome).toEqual({ ok: true, user: undefined })
    expect(() => auth.user).toThrow(/no guard/i)
  })

  it('an anonymous request with a response that is kept by no shared cache', async () => {
    const { response } = await send({ isAnonymous: true })
    expect(response.headers.get('vary')).toContain('Cookie')
    expect(response.headers.get('cache-control')).toContain('private')
  })
})

describe('guardAnonymous() redirects a logged-in user', () => {
  it.each<[string, Sent, string]>([
    ['to / by default', {}, '/'],
    ['to the option home', { guard: { home: '/dashboard' } }, '/dashboard'],
    ['to the home in the form in which a header can carry it', { guard: { home: '/日本' } }, '/%E6%97%A5%E6%9C%AC'],
    ['to the next of the query', { path: '/login?next=%2Finbox%3Fa%3D1' }, '/inbox?a=1'],
    [
      'to a next of nextOrigins',
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
    ['to the home if next is a script', { path: '/login?next=javascript:alert(1)' }, '/'],
    ['to the home if next is a login view', { path: '/join?next=/login' }, '/'],
    ['to the home if next is a refresh view', { path: '/login?next=/again' }, '/'],
    ['to the home if next is this page', { path: '/join?next=/join%3Fnext%3D%2Fjoin' }, '/'],
    ['to the home if next is this page to a lax router', { path: '/join?next=/Join/' }, '/'],
  ])('%s', async (_what, sent, expected) => {
    const { outcome, response, to } = await send(sent)
    expect(outcome).toMatchObject({ ok: false, reason: 'logged-in' })
    expect([response.status, to]).toEqual([302, expected])
  })

  it('with 302 after HEAD, and with 303 after POST', async () => {
    expect((await send({ method: 'HEAD' })).response.status).toBe(302)
    expect((await send({ method: 'POST' })).response.status).toBe(303)
  })

  it('with a response that no cache keeps, and that writes no cookie', async () => {
    const { response, auth } = await send({})
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toContain('Cookie')
    expect(response.headers.getSetCookie()).toEqual([])
    expect(() => auth.user).toThrow(/no guard/i)
  })

  it('by the query alone, so the session keeps its page to come back to', async () => {
    const kept = { ...options, useSessionForNext: true }
    const manager = createLoginManager(kept)
    const visitor = manager.open(new Request(`${ORIGIN}/inbox`, { headers: PAGE }))
    const refused = await visitor.require()
    const response = commit(visitor, refused.ok ? new Response() : await refused.respond())
    const before = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const cookie = await cookieOf(manager, before)
    const auth = manager.open(new Request(`${ORIGIN}/login`, { headers: { ...PAGE, cookie } }))
    const outcome = await manager.guardAnonymous()(auth)
    expect(outcome.ok ? null : (await outcome.respond()).headers.get('location')).toBe('/')
    expect(await auth.nextUrl('/fallback')).toBe('/inbox')
  })
})

describe('guardAnonymous() responds to a logged-in user with 403', () => {
  it.each<[string, Sent]>([
    ['if the home is this page', { path: '/' }],
    ['if the home is this page to a lax router', { path: '/Join/', guard: { home: '/join' } }],
    ['if next and home are this page', { path: '/join?next=/join', guard: { home: '/join' } }],
    ['if the page is only prefetched', { headers: { ...PAGE, 'sec-purpose': 'prefetch' } }],
  ])('%s', async (_what, sent) => {
    const { response, to } = await send(sent)
    expect([response.status, to]).toEqual([403, null])
    expect(await response.text()).toContain('You are logged in already.')
  })

  it('as problem+json if a program sent the request', async () => {
    const { response } = await send({ headers: { accept: 'application/json' } })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('vary')).toContain('Accept')
    expect(await response.json()).toMatchObject({ status: 403, detail: 'You are logged in already.' })
  })
})

describe('guardAnonymous()', () => {
  it('responds with 503 if the store of the users is down', async () => {
    const loadUser = (): never => {
      throw new StoreError('down', { retryAfterSeconds: 7 })
    }
    const { outcome, response } = await send({ manager: { loadUser } })
    expect(outcome).toMatchObject({ ok: false, reason: 'unavailable' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
  })

  it('throws any other error of the loader', async () => {
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
  ])('throws OptionsError for the wrong option %s in %j when the guard is created', (path, given) => {
    expect(problemsOf(given)).toEqual([path])
  })
})
