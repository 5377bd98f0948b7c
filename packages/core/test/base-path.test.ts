// An app behind a path that clients see and the app does not.
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { createLoginManager, type GuardOptions, type LoginManagerOptions } from '../src/index'
import type { User } from './setup'

const OPTIONS: LoginManagerOptions<User> = {
  secrets: 'only for tests: 0123456789 abcdefghijklmnop',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  refreshView: '/again',
  basePath: '/mnt',
}

function open(path: string, options: Partial<LoginManagerOptions<User>> = {}, headers: Record<string, string> = {}) {
  const manager = createLoginManager<User>({ ...OPTIONS, ...options })
  const all = { host: 'app.test', accept: 'text/html', ...headers }
  return manager.open(new Request(`https://app.test${path}`, { headers: all }))
}

describe('a base path', () => {
  it.each(['/mnt', '/mnt/', () => '/mnt', () => '/mnt/'])('stands before the login view and next: %s', (basePath) => {
    expect(open('/page?a=1', { basePath }).loginUrl()).toBe('/mnt/login?next=%2Fmnt%2Fpage%3Fa%3D1')
    expect(open('/page', { basePath, loginView: () => '/signin' }).loginUrl()).toBe('/mnt/signin?next=%2Fmnt%2Fpage')
    const full = 'https://app.test/mnt/login'
    expect(open('/page', { basePath, loginView: full }).loginUrl()).toBe(`${full}?next=%2Fmnt%2Fpage`)
  })

  it('stands once before what the app gives as next or fallback', async () => {
    for (const page of ['/home', '/mnt/home']) {
      expect(open('/page').loginUrl('/login', page)).toBe('/mnt/login?next=%2Fmnt%2Fhome')
      expect(await open('/page').nextUrl(page)).toBe('/mnt/home')
    }
    expect(await open('/page').nextUrl('https://other.test/')).toBe('https://other.test/')
  })

  it('is missing in the request.url that a refusal handler receives, which is the URL that the app received', async () => {
    const unauthorizedHandler = ({ request, auth }: { request: { url: string }; auth: { loginUrl(): string } }) =>
      new Response(`${request.url} ${auth.loginUrl()}`)
    const outcome = await open('/page', { unauthorizedHandler }).require()
    const response = outcome.ok ? null : await outcome.respond()
    expect(await response?.text()).toBe('https://app.test/page /mnt/login?next=%2Fmnt%2Fpage')
  })

  it('is part of a next that comes in, which names what the client sees', async () => {
    expect(await open('/login?next=/mnt/page').nextUrl()).toBe('/mnt/page')
    for (const view of ['/mnt/login', '/mnt/Login/', '/mnt/again'])
      expect(await open(`/login?next=${view}`).nextUrl('/home')).toBe('/mnt/home')
    expect(open('/login?next=/mnt/page').loginUrl()).toBe('/mnt/login?next=%2Fmnt%2Fpage')
  })

  it('is not part of exceptions and exempt views, which are paths that the app sees', async () => {
    const passes = async (
      path: string,
      given: GuardOptions<User> = {},
      more: Partial<LoginManagerOptions<User>> = {},
    ) => {
      const manager = createLoginManager<User>({ ...OPTIONS, ...more })
      return (await manager.guard(given)(manager.open(new Request(`https://app.test${path}`)))).ok
    }
    const except = ['/health', '/public/*']
    for (const path of ['/health', '/public/a', '/login']) expect(await passes(path, { except })).toBe(true)
    for (const path of ['/mnt/health', '/mnt/public/a', '/mnt/login', '/page'])
      expect(await passes(path, { except })).toBe(false)
    const full = { loginView: 'https://app.test/mnt/login', publicOrigin: 'https://app.test' }
    expect(await passes('/login', {}, full)).toBe(true)
    expect(await passes('/mnt/login', {}, full)).toBe(false)
    expect(await passes('/login', {}, { ...full, basePath: () => '/mnt' })).toBe(false)
  })

  it('is the default path of both cookies, which then have the prefix __Secure-', async () => {
    const lines = async (options: Partial<LoginManagerOptions<User>>) => {
      const auth = open('/login', options)
      await auth.loginUser({ id: 'alice' }, { remember: true })
      return commit(auth, new Response()).headers.getSetCookie()
    }
    for (const line of await lines({})) expect(line).toMatch(/^__Secure-\w+=.*; Path=\/mnt(?:;|$)/)
    for (const line of await lines({ cookies: { path: '/' } })) expect(line).toMatch(/^__Host-\w+=.*; Path=\/(?:;|$)/)
    for (const line of await lines({ basePath: () => '/mnt' })) expect(line).toMatch(/^__Host-\w+=.*; Path=\/(?:;|$)/)
  })

  it('is read from a header that the proxy of the app overwrites', () => {
    const basePath: LoginManagerOptions<User>['basePath'] = ({ headers }) => headers.get('x-forwarded-prefix')
    const at = (prefix?: string) =>
      open('/page', { basePath }, prefix === undefined ? {} : { 'x-forwarded-prefix': prefix }).loginUrl()
    expect(at('/app')).toBe('/app/login?next=%2Fapp%2Fpage')
    expect(at()).toBe('/login?next=%2Fpage')
    for (const hostile of [
      '//evil.test',
      '/\\evil.test',
      'https://evil.test',
      '/a/..//evil.test',
      '/a, /b',
      'x',
      '/a;b',
      '/%2f',
      '//',
      '/a//',
    ])
      expect(at(hostile)).toBe('/login?next=%2Fpage')
  })

  it('of slashes alone never turns the path of a view into another host', async () => {
    const options = { basePath: () => '//', loginView: () => '/evil.test/login' }
    expect(open('/evil.test/page', options).loginUrl()).toBe('/evil.test/login?next=%2Fevil.test%2Fpage')
    expect(await open('/page', options).nextUrl('/evil.test')).toBe('/evil.test')
  })

  it.each(['mnt', '//', '/mnt//', '//mnt', '/a/../b', '/a?b', '/%2f', 7, 'https://app.test/'])(
    'is refused if it is not a path: %s',
    (basePath) => {
      expect(() => createLoginManager({ ...OPTIONS, basePath: basePath as string })).toThrow(/basePath: must be a path/)
    },
  )
})
