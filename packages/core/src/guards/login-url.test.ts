import { describe, expect, it } from 'vitest'
import { createManager, type User } from '../../test/setup'
import { commit, requestView } from '../adapter'
import type { LoginManagerOptions, RequestView, View } from '../index'

/** Opens a GET request without the option publicOrigin. */
function openAuth(url: string, options: Partial<LoginManagerOptions<User>> = {}, headers: readonly string[] = []) {
  const source = url.startsWith('/') ? ['host', 'app.test', ...headers] : headers
  return createManager({ publicOrigin: undefined, ...options }).open(
    requestView({ method: 'GET', url, headers: source }),
  )
}

describe('loginUrl()', () => {
  it.each<[string, View, string]>([
    ['adds next with the path of the page', '/login', '/login?next=%2Fcart%3Fa%3D1%2B1'],
    ['keeps the query of the view', '/login?lang=de', '/login?lang=de&next=%2Fcart%3Fa%3D1%2B1'],
    [
      'adds next with the whole URL if the view is at another origin',
      'https://id.test/',
      'https://id.test/?next=http%3A%2F%2Fapp.test%2Fcart%3Fa%3D1%2B1',
    ],
    [
      'adds next with the path alone if the view is a URL of the own origin',
      'http://app.test/login',
      'http://app.test/login?next=%2Fcart%3Fa%3D1%2B1',
    ],
    [
      'calls the view if it is a function',
      (request) => `/login?from=${request.method}`,
      '/login?from=GET&next=%2Fcart%3Fa%3D1%2B1',
    ],
    [
      'percent-encodes characters that a header cannot contain',
      () => '/lögin set-cookie: x',
      '/l%C3%B6gin%20set-cookie:%20x?next=%2Fcart%3Fa%3D1%2B1',
    ],
  ])('%s', (_, loginView, address) => {
    expect(openAuth('/cart?a=1+1', { loginView }).loginUrl()).toBe(address)
  })

  it('does not add next if the requested page is unknown', () => {
    expect(openAuth('', { loginView: '/login' }).loginUrl()).toBe('/login')
    expect(openAuth('', { loginView: 'https://id.test/' }).loginUrl()).toBe('https://id.test/')
    expect(openAuth('', { loginView: '/login' }).loginUrl('/login', '/home')).toBe('/login?next=%2Fhome')
  })

  it('adds next to the query if useSessionForNext is set and the session is read-only', () => {
    const options = { loginView: '/login', useSessionForNext: true }
    expect(openAuth('/cart', options).loginUrl()).toBe('/login')
    const request = requestView({ method: 'GET', url: '/cart', headers: ['host', 'app.test', 'accept', 'text/html'] })
    expect(createManager(options).open(request, { readOnly: true }).loginUrl()).toBe('/login?next=%2Fcart')
  })

  it('is the target of a refusal with a read-only session, and nextUrl() returns the page after the login', async () => {
    const manager = createManager({ loginView: '/login', useSessionForNext: true })
    const headers = ['host', 'app.test', 'accept', 'text/html']
    const auth = manager.open(requestView({ method: 'GET', url: '/cart?a=1', headers }), { readOnly: true })
    const decision = await auth.require()
    if (decision.ok) throw new Error('The request must be anonymous.')
    const location = (await decision.respond()).headers.get('location') as string
    expect(location).toBe('/login?next=%2Fcart%3Fa%3D1')
    const form = manager.open(requestView({ method: 'POST', url: location, headers }))
    expect(await form.nextUrl('/')).toBe('/cart?a=1')
  })

  it('accepts another view, and another page as next', () => {
    const auth = openAuth('/cart', { loginView: '/login' })
    expect(auth.loginUrl('/signin')).toBe('/signin?next=%2Fcart')
    expect(auth.loginUrl('/signin', '/home')).toBe('/signin?next=%2Fhome')
    expect(auth.loginUrl(undefined, '/home')).toBe('/login?next=%2Fhome')
  })

  it('throws no-login-view if the login view is not set', () => {
    expect(() => openAuth('/cart').loginUrl()).toThrow(expect.objectContaining({ code: 'no-login-view' }))
  })

  it('uses the options nextParam and forceHostForRedirects', () => {
    expect(openAuth('/cart', { loginView: '/login', nextParam: 'zurück' }).loginUrl()).toBe(
      '/login?zur%C3%BCck=%2Fcart',
    )
    const forced = { loginView: '/login', forceHostForRedirects: 'id.test:8080' }
    expect(openAuth('/cart', forced).loginUrl()).toBe('//id.test:8080/login?next=%2Fcart')
    const full = { loginView: 'https://app.test/login', forceHostForRedirects: 'id.test' }
    expect(openAuth('https://app.test/cart', full).loginUrl()).toBe('https://id.test/login?next=%2Fcart')
    expect(openAuth('/cart', { ...forced, useSessionForNext: true }).loginUrl()).toBe('//id.test:8080/login')
  })

  it('does not add next for a page of more than 4,096 bytes, or of an unknown origin', () => {
    expect(openAuth(`/${'a'.repeat(4096)}`, { loginView: '/login' }).loginUrl()).toBe('/login')
    expect(openAuth(`/${'%C3%A4'.repeat(682)}`, { loginView: '/login' }).loginUrl()).toContain('next=')
    const withoutHost = createManager({ loginView: 'https://id.test/' }).open({
      method: 'GET',
      url: '/cart',
      headers: { get: () => null },
    })
    expect(withoutHost.loginUrl()).toBe('https://id.test/')
  })

  it('uses the option publicOrigin, and not the Host header', () => {
    const options = { loginView: 'https://id.test/', publicOrigin: 'https://www.app.test' }
    expect(openAuth('/cart', options, ['host', 'evil.test']).loginUrl()).toContain('https%3A%2F%2Fwww.app.test%2Fcart')
  })
})

describe('a login view that is a function', () => {
  const options = { origins: ['https://id.test'], publicOrigin: 'https://app.test' }

  it.each([
    '/login',
    'login',
    'https://app.test/login',
    '//app.test/login',
    'https://id.test/login',
    '//id.test/login',
    'https://next.test/login',
  ])('may return %s', (address) => {
    const allOptions = { ...options, nextOrigins: ['https://next.test'], loginView: () => address }
    expect(openAuth('/cart', allOptions).loginUrl()).toContain('login')
  })

  it.each([
    'https://evil.test/login',
    '//evil.test/login',
    'https://app.test.evil.test/',
    'http://id.test/login',
    'https://app.test@evil.test/',
    'javascript://app.test/%0aalert(1)',
    'data:text/html,login',
    '\\\\evil.test/login',
    '/\\evil.test/login',
    '/\t/evil.test/login',
    '\n//evil.test/login',
    '///evil.test/login',
    'http:evil.test/login',
    'http:/evil.test/login',
    'https:/evil.test/login',
    'HTTP:evil.test/login',
    'http:login',
    '/login\r\nset-cookie: a=b',
    '/x/..//evil.test/login',
    '..//evil.test/login',
    '',
    'https://',
    7 as unknown as string,
    undefined as unknown as string,
  ])('makes loginUrl() throw off-origin-view if it returns %s', (address) => {
    for (const publicOrigin of ['https://app.test', 'http://app.test', undefined]) {
      const auth = openAuth('/cart', { ...options, publicOrigin, loginView: () => address })
      expect(() => auth.loginUrl()).toThrow(expect.objectContaining({ code: 'off-origin-view' }))
    }
  })

  it('receives the request', () => {
    const seen: RequestView[] = []
    const loginView = (request: RequestView): string => {
      seen.push(request)
      return request.headers.get('accept-language')?.startsWith('de') ? '/de/login' : '/login'
    }
    expect(openAuth('/cart', { loginView }, ['accept-language', 'de']).loginUrl()).toBe('/de/login?next=%2Fcart')
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/cart' })
  })
})

describe('nextUrl()', () => {
  it('returns next of the form, else of the query, else of the session, else the fallback', async () => {
    const options = { loginView: '/login', useSessionForNext: true }
    const manager = createManager(options)
    const refused = manager.open(new Request('https://app.test/kept', { headers: { accept: 'text/html' } }))
    await refused.unauthorized()
    const headers = { cookie: commit(refused, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    const openAt = (url: string) => manager.open(new Request(`https://app.test${url}`, { headers }))
    expect(await openAt('/login').session.pendingNext()).toBe('/kept')
    expect(await openAt('/login?next=/query').nextUrl('/home', { next: '/form' })).toBe('/form')
    expect(await openAt('/login?next=/query').nextUrl('/home', { next: null })).toBe('/query')
    expect(await openAt('/login').nextUrl('/home')).toBe('/kept')
    const bare = manager.open(new Request('https://app.test/login'))
    expect([await bare.nextUrl('/home'), await bare.nextUrl()]).toEqual(['/home', '/'])
  })

  it('returns next of the query if next of the form is not safe, and the fallback if neither is', async () => {
    const auth = openAuth('/login?next=/query')
    expect(await auth.nextUrl('/home', { next: 'https://evil.test/' })).toBe('/query')
    const none = openAuth('/login?next=//evil.test')
    expect(await none.nextUrl('/home', { next: '/\\evil.test' })).toBe('/home')
  })

  it('removes next from the session, also if it returns another candidate', async () => {
    const manager = createManager({ loginView: '/login', useSessionForNext: true })
    const refused = manager.open(new Request('https://app.test/kept', { headers: { accept: 'text/html' } }))
    await refused.unauthorized()
    const cookie = commit(refused, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const auth = manager.open(new Request('https://app.test/login', { headers: { cookie } }))
    expect(await auth.nextUrl('/home', { next: '/form' })).toBe('/form')
    expect(await auth.session.pendingNext()).toBeNull()
    expect(await auth.nextUrl('/home')).toBe('/home')
    expect(commit(auth, new Response()).headers.getSetCookie()).toHaveLength(1)
  })

  it('returns a whole URL if its origin is in the option nextOrigins', async () => {
    const auth = openAuth('/login?next=https://friend.test/a%3Fb', { nextOrigins: ['https://friend.test'] })
    expect(await auth.nextUrl('/home')).toBe('https://friend.test/a?b')
  })

  it.each(['https://friend.test', 'https://*.friend.test', 'capacitor://localhost'])(
    'never returns a page of an origin that is only in the option origins: %s',
    async (origin) => {
      for (const next of ['https://friend.test/a', 'https://a.friend.test/a', 'capacitor://localhost/a']) {
        const auth = openAuth(`/login?next=${encodeURIComponent(next)}`, { origins: [origin] })
        expect(await auth.nextUrl('/home')).toBe('/home')
      }
    },
  )

  it('compares the whole origin with publicOrigin, also behind a proxy', async () => {
    const auth = openAuth('/login?next=https://app.test/a', { publicOrigin: 'https://app.test' }, [
      'host',
      'inner:3000',
    ])
    expect(await auth.nextUrl('/home')).toBe('/a')
  })

  it('returns only a path if the origin is unknown', async () => {
    for (const [next, expected] of [
      ['/a', '/a'],
      ['http://app.test/a', '/home'],
    ] as const) {
      const auth = createManager().open({ method: 'GET', url: `/login?next=${next}`, headers: { get: () => null } })
      expect(await auth.nextUrl('/home')).toBe(expected)
    }
  })

  it('returns a percent-encoded path that a header can contain', async () => {
    expect(await openAuth('/login').nextUrl('/', { next: '/ä b?c=ü#d ' })).toBe('/')
    expect(await openAuth('/login').nextUrl('/', { next: '/ä b?c=ü#d' })).toBe('/%C3%A4%20b?c=%C3%BC#d')
  })

  it('ignores next of a form if it is not a string', async () => {
    const auth = openAuth('/login?next=/query')
    for (const next of [{}, ['/a'], 7, true] as unknown as string[])
      expect(await auth.nextUrl('/home', { next })).toBe('/query')
  })
})
