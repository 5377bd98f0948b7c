import { describe, expect, it } from 'vitest'
import { SECRET, type User } from '../../test/setup'
import { commit, requestView } from '../adapter'
import { createLoginManager, type LoginManagerOptions, type RequestView, type View } from '../index'

function managerWith(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), ...options })
}

function open(url: string, options: Partial<LoginManagerOptions<User>> = {}, headers: readonly string[] = []) {
  const source = url.startsWith('/') ? ['host', 'app.test', ...headers] : headers
  return managerWith({ publicOrigin: undefined, ...options }).open(requestView({ method: 'GET', url, headers: source }))
}

describe('the address of the login view', () => {
  it.each<[string, View, string]>([
    ['brings the page back', '/login', '/login?next=%2Fcart%3Fa%3D1%2B1'],
    ['keeps the query of the view', '/login?lang=de', '/login?lang=de&next=%2Fcart%3Fa%3D1%2B1'],
    [
      'says the whole address to another site',
      'https://id.test/',
      'https://id.test/?next=http%3A%2F%2Fapp.test%2Fcart%3Fa%3D1%2B1',
    ],
    [
      'says the path alone to the same site in full',
      'http://app.test/login',
      'http://app.test/login?next=%2Fcart%3Fa%3D1%2B1',
    ],
    [
      'asks the app, where the view is a function',
      (request) => `/login?from=${request.method}`,
      '/login?from=GET&next=%2Fcart%3Fa%3D1%2B1',
    ],
    [
      'percent-encodes what may not stand in a header',
      () => '/lögin set-cookie: x',
      '/l%C3%B6gin%20set-cookie:%20x?next=%2Fcart%3Fa%3D1%2B1',
    ],
  ])('%s', (_, loginView, address) => {
    expect(open('/cart?a=1+1', { loginView }).loginUrl()).toBe(address)
  })

  it('has no next if the requested page is unknown', () => {
    expect(open('', { loginView: '/login' }).loginUrl()).toBe('/login')
    expect(open('', { loginView: 'https://id.test/' }).loginUrl()).toBe('https://id.test/')
    expect(open('', { loginView: '/login' }).loginUrl('/login', '/home')).toBe('/login?next=%2Fhome')
  })

  it('has next in its query if the session would store it but cannot be written', () => {
    const options = { loginView: '/login', useSessionForNext: true }
    expect(open('/cart', options).loginUrl()).toBe('/login')
    const request = requestView({ method: 'GET', url: '/cart', headers: ['host', 'app.test', 'accept', 'text/html'] })
    expect(managerWith(options).open(request, { readOnly: true }).loginUrl()).toBe('/login?next=%2Fcart')
  })

  it('does so in a refusal too, and the page is found again after the login', async () => {
    const manager = managerWith({ loginView: '/login', useSessionForNext: true })
    const headers = ['host', 'app.test', 'accept', 'text/html']
    const auth = manager.open(requestView({ method: 'GET', url: '/cart?a=1', headers }), { readOnly: true })
    const decision = await auth.require()
    if (decision.ok) throw new Error('nobody is logged in')
    const location = (await decision.respond()).headers.get('location') as string
    expect(location).toBe('/login?next=%2Fcart%3Fa%3D1')
    const form = manager.open(requestView({ method: 'POST', url: location, headers }))
    expect(await form.nextUrl('/')).toBe('/cart?a=1')
  })

  it('may be another view, with another page to come back to', () => {
    const auth = open('/cart', { loginView: '/login' })
    expect(auth.loginUrl('/signin')).toBe('/signin?next=%2Fcart')
    expect(auth.loginUrl('/signin', '/home')).toBe('/signin?next=%2Fhome')
    expect(auth.loginUrl(undefined, '/home')).toBe('/login?next=%2Fhome')
  })

  it('throws no-login-view if the login view is not set', () => {
    expect(() => open('/cart').loginUrl()).toThrow(expect.objectContaining({ code: 'no-login-view' }))
  })

  it('names the field that the app named, and the host that it forces', () => {
    expect(open('/cart', { loginView: '/login', nextParam: 'zurück' }).loginUrl()).toBe('/login?zur%C3%BCck=%2Fcart')
    const forced = { loginView: '/login', forceHostForRedirects: 'id.test:8080' }
    expect(open('/cart', forced).loginUrl()).toBe('//id.test:8080/login?next=%2Fcart')
    const full = { loginView: 'https://app.test/login', forceHostForRedirects: 'id.test' }
    expect(open('https://app.test/cart', full).loginUrl()).toBe('https://id.test/login?next=%2Fcart')
    expect(open('/cart', { ...forced, useSessionForNext: true }).loginUrl()).toBe('//id.test:8080/login')
  })

  it('takes no page along that has more than 4,096 bytes, or whose origin is unknown', () => {
    expect(open(`/${'a'.repeat(4096)}`, { loginView: '/login' }).loginUrl()).toBe('/login')
    expect(open(`/${'%C3%A4'.repeat(682)}`, { loginView: '/login' }).loginUrl()).toContain('next=')
    const nowhere = managerWith({ loginView: 'https://id.test/' }).open({
      method: 'GET',
      url: '/cart',
      headers: { get: () => null },
    })
    expect(nowhere.loginUrl()).toBe('https://id.test/')
  })

  it('uses the option publicOrigin, and not the Host header', () => {
    const options = { loginView: 'https://id.test/', publicOrigin: 'https://www.app.test' }
    expect(open('/cart', options, ['host', 'evil.test']).loginUrl()).toContain('https%3A%2F%2Fwww.app.test%2Fcart')
  })
})

describe('a view that is a function', () => {
  const options = { origins: ['https://id.test'], publicOrigin: 'https://app.test' }

  it.each([
    '/login',
    'login',
    'https://app.test/login',
    '//app.test/login',
    'https://id.test/login',
    '//id.test/login',
    'https://next.test/login',
  ])('may lead to %s', (address) => {
    const both = { ...options, nextOrigins: ['https://next.test'], loginView: () => address }
    expect(open('/cart', both).loginUrl()).toContain('login')
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
  ])('throws off-origin-view if a view function returns %s', (address) => {
    for (const publicOrigin of ['https://app.test', 'http://app.test', undefined]) {
      const auth = open('/cart', { ...options, publicOrigin, loginView: () => address })
      expect(() => auth.loginUrl()).toThrow(expect.objectContaining({ code: 'off-origin-view' }))
    }
  })

  it('sees the request', () => {
    const seen: RequestView[] = []
    const loginView = (request: RequestView): string => {
      seen.push(request)
      return request.headers.get('accept-language')?.startsWith('de') ? '/de/login' : '/login'
    }
    expect(open('/cart', { loginView }, ['accept-language', 'de']).loginUrl()).toBe('/de/login?next=%2Fcart')
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/cart' })
  })
})

describe('nextUrl()', () => {
  it('returns next of the form, else of the query, else of the session, else the fallback', async () => {
    const options = { loginView: '/login', useSessionForNext: true }
    const manager = managerWith(options)
    const refused = manager.open(new Request('https://app.test/kept', { headers: { accept: 'text/html' } }))
    await refused.unauthorized()
    const headers = { cookie: commit(refused, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    const at = (url: string) => manager.open(new Request(`https://app.test${url}`, { headers }))
    expect(await at('/login').session.pendingNext()).toBe('/kept')
    expect(await at('/login?next=/query').nextUrl('/home', { next: '/form' })).toBe('/form')
    expect(await at('/login?next=/query').nextUrl('/home', { next: null })).toBe('/query')
    expect(await at('/login').nextUrl('/home')).toBe('/kept')
    const bare = manager.open(new Request('https://app.test/login'))
    expect([await bare.nextUrl('/home'), await bare.nextUrl()]).toEqual(['/home', '/'])
  })

  it('returns the second candidate if the first is not safe', async () => {
    const auth = open('/login?next=/query')
    expect(await auth.nextUrl('/home', { next: 'https://evil.test/' })).toBe('/query')
    const none = open('/login?next=//evil.test')
    expect(await none.nextUrl('/home', { next: '/\\evil.test' })).toBe('/home')
  })

  it('removes next from the session, also if it returns another candidate', async () => {
    const manager = managerWith({ loginView: '/login', useSessionForNext: true })
    const refused = manager.open(new Request('https://app.test/kept', { headers: { accept: 'text/html' } }))
    await refused.unauthorized()
    const cookie = commit(refused, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const auth = manager.open(new Request('https://app.test/login', { headers: { cookie } }))
    expect(await auth.nextUrl('/home', { next: '/form' })).toBe('/form')
    expect(await auth.session.pendingNext()).toBeNull()
    expect(await auth.nextUrl('/home')).toBe('/home')
    expect(commit(auth, new Response()).headers.getSetCookie()).toHaveLength(1)
  })

  it('may be an origin of the app’s own, in full', async () => {
    const auth = open('/login?next=https://friend.test/a%3Fb', { nextOrigins: ['https://friend.test'] })
    expect(await auth.nextUrl('/home')).toBe('https://friend.test/a?b')
  })

  it.each(['https://friend.test', 'https://*.friend.test', 'capacitor://localhost'])(
    'is never a page of an origin that may only send requests: %s',
    async (origin) => {
      for (const next of ['https://friend.test/a', 'https://a.friend.test/a', 'capacitor://localhost/a']) {
        const auth = open(`/login?next=${encodeURIComponent(next)}`, { origins: [origin] })
        expect(await auth.nextUrl('/home')).toBe('/home')
      }
    },
  )

  it('compares the whole origin, also behind a proxy', async () => {
    const auth = open('/login?next=https://app.test/a', { publicOrigin: 'https://app.test' }, ['host', 'inner:3000'])
    expect(await auth.nextUrl('/home')).toBe('/a')
  })

  it('returns only a path if the origin is unknown', async () => {
    for (const [next, expected] of [
      ['/a', '/a'],
      ['http://app.test/a', '/home'],
    ] as const) {
      const auth = managerWith().open({ method: 'GET', url: `/login?next=${next}`, headers: { get: () => null } })
      expect(await auth.nextUrl('/home')).toBe(expected)
    }
  })

  it('can stand in a header', async () => {
    expect(await open('/login').nextUrl('/', { next: '/ä b?c=ü#d ' })).toBe('/')
    expect(await open('/login').nextUrl('/', { next: '/ä b?c=ü#d' })).toBe('/%C3%A4%20b?c=%C3%BC#d')
  })

  it('takes nothing but text from a form', async () => {
    const auth = open('/login?next=/query')
    for (const next of [{}, ['/a'], 7, true] as unknown as string[])
      expect(await auth.nextUrl('/home', { next })).toBe('/query')
  })
})
