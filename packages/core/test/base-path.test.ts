// The option basePath: a proxy removes this path before the app receives the request.
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

function openAuth(
  path: string,
  options: Partial<LoginManagerOptions<User>> = {},
  headers: Record<string, string> = {},
) {
  const manager = createLoginManager<User>({ ...OPTIONS, ...options })
  const all = { host: 'app.test', accept: 'text/html', ...headers }
  return manager.open(new Request(`https://app.test${path}`, { headers: all }))
}

describe('basePath', () => {
  it.each(['/mnt', '/mnt/', () => '/mnt', () => '/mnt/'])('is added to the login view and to next: %s', (basePath) => {
    expect(openAuth('/page?a=1', { basePath }).loginUrl()).toBe('/mnt/login?next=%2Fmnt%2Fpage%3Fa%3D1')
    expect(openAuth('/page', { basePath, loginView: () => '/signin' }).loginUrl()).toBe(
      '/mnt/signin?next=%2Fmnt%2Fpage',
    )
    const full = 'https://app.test/mnt/login'
    expect(openAuth('/page', { basePath, loginView: full }).loginUrl()).toBe(`${full}?next=%2Fmnt%2Fpage`)
  })

  it('is added once to the next and the fallback that the app passes', async () => {
    for (const page of ['/home', '/mnt/home']) {
      expect(openAuth('/page').loginUrl('/login', page)).toBe('/mnt/login?next=%2Fmnt%2Fhome')
      expect(await openAuth('/page').nextUrl(page)).toBe('/mnt/home')
    }
    expect(await openAuth('/page').nextUrl('https://other.test/')).toBe('https://other.test/')
  })

  it('is missing in the request.url that a refusal handler receives, which is the URL that the app received', async () => {
    const unauthorizedHandler = ({ request, auth }: { request: { url: string }; auth: { loginUrl(): string } }) =>
      new Response(`${request.url} ${auth.loginUrl()}`)
    const outcome = await openAuth('/page', { unauthorizedHandler }).require()
    const response = outcome.ok ? null : await outcome.respond()
    expect(await response?.text()).toBe('https://app.test/page /mnt/login?next=%2Fmnt%2Fpage')
  })

  it('is part of next in a request, which is a path of the client', async () => {
    expect(await openAuth('/login?next=/mnt/page').nextUrl()).toBe('/mnt/page')
    for (const view of ['/mnt/login', '/mnt/Login/', '/mnt/again'])
      expect(await openAuth(`/login?next=${view}`).nextUrl('/home')).toBe('/mnt/home')
    expect(openAuth('/login?next=/mnt/page').loginUrl()).toBe('/mnt/login?next=%2Fmnt%2Fpage')
  })

  it('is not part of the option except and of exempt views, which are paths of the app', async () => {
    const isAllowed = async (
      path: string,
      guardOptions: GuardOptions<User> = {},
      more: Partial<LoginManagerOptions<User>> = {},
    ) => {
      const manager = createLoginManager<User>({ ...OPTIONS, ...more })
      return (await manager.guard(guardOptions)(manager.open(new Request(`https://app.test${path}`)))).ok
    }
    const except = ['/health', '/public/*']
    for (const path of ['/health', '/public/a', '/login']) expect(await isAllowed(path, { except })).toBe(true)
    for (const path of ['/mnt/health', '/mnt/public/a', '/mnt/login', '/page'])
      expect(await isAllowed(path, { except })).toBe(false)
    const full = { loginView: 'https://app.test/mnt/login', publicOrigin: 'https://app.test' }
    expect(await isAllowed('/login', {}, full)).toBe(true)
    expect(await isAllowed('/mnt/login', {}, full)).toBe(false)
    expect(await isAllowed('/login', {}, { ...full, basePath: () => '/mnt' })).toBe(false)
  })

  it('is the default path of both cookies, which then have the prefix __Secure-', async () => {
    const login = async (options: Partial<LoginManagerOptions<User>>) => {
      const auth = openAuth('/login', options)
      await auth.loginUser({ id: 'alice' }, { remember: true })
      return commit(auth, new Response()).headers.getSetCookie()
    }
    for (const line of await login({})) expect(line).toMatch(/^__Secure-\w+=.*; Path=\/mnt(?:;|$)/)
    for (const line of await login({ cookies: { path: '/' } })) expect(line).toMatch(/^__Host-\w+=.*; Path=\/(?:;|$)/)
    for (const line of await login({ basePath: () => '/mnt' })) expect(line).toMatch(/^__Host-\w+=.*; Path=\/(?:;|$)/)
  })

  it('is returned by a function that reads a header of the proxy, and is ignored if it is not a safe path', () => {
    const basePath: LoginManagerOptions<User>['basePath'] = ({ headers }) => headers.get('x-forwarded-prefix')
    const getLoginUrl = (prefix?: string) =>
      openAuth('/page', { basePath }, prefix === undefined ? {} : { 'x-forwarded-prefix': prefix }).loginUrl()
    expect(getLoginUrl('/app')).toBe('/app/login?next=%2Fapp%2Fpage')
    expect(getLoginUrl()).toBe('/login?next=%2Fpage')
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
      expect(getLoginUrl(hostile)).toBe('/login?next=%2Fpage')
  })

  it('of only slashes never changes the path of a view into another host', async () => {
    const options = { basePath: () => '//', loginView: () => '/evil.test/login' }
    expect(openAuth('/evil.test/page', options).loginUrl()).toBe('/evil.test/login?next=%2Fevil.test%2Fpage')
    expect(await openAuth('/page', options).nextUrl('/evil.test')).toBe('/evil.test')
  })

  it.each(['mnt', '//', '/mnt//', '//mnt', '/a/../b', '/a?b', '/%2f', 7, 'https://app.test/'])(
    'that is not a path makes createLoginManager() throw: %s',
    (basePath) => {
      expect(() => createLoginManager({ ...OPTIONS, basePath: basePath as string })).toThrow(/basePath: must be a path/)
    },
  )
})
