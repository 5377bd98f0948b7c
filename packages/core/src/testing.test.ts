import { describe, expect, it } from 'vitest'
import { alice, createManager, type User } from '../test/setup'
import { type Auth, type LoginManagerOptions, withLogin } from './index'
import { createTestClient, createTestClock, recordEvents, type TestClientOptions } from './testing'

/** Responds with the request as JSON, with the cookies of the parameters `set`, and a redirect to the parameter `to`. */
async function echo(request: Request): Promise<Response> {
  const url = new URL(request.url)
  const headers = new Headers(url.searchParams.getAll('set').map((line): [string, string] => ['set-cookie', line]))
  const location = url.searchParams.get('to')
  if (location !== null) headers.set('location', location)
  const body = {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  }
  return new Response(JSON.stringify(body), { headers, status: location === null ? 200 : 302 })
}

interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
}

const createSetPath = (...lines: string[]): string =>
  `/?${lines.map((line) => `set=${encodeURIComponent(line)}`).join('&')}`
const createRedirectPath = (location: string): string => `/?to=${encodeURIComponent(location)}`
const readEcho = async (response: Response): Promise<Echo> => response.json() as Promise<Echo>

describe('a test clock', () => {
  it('returns the same time until advance() is called', () => {
    const clock = createTestClock(100)
    expect([clock(), clock()]).toEqual([100, 100])
    clock.advance(60)
    expect(clock()).toBe(160)
  })

  it('starts at the system time by default', () => {
    expect(Math.abs(createTestClock()() - Date.now() / 1000)).toBeLessThan(10)
  })
})

describe('a test client', () => {
  it('sends the headers of a browser that requests a page, to the origin of the options', async () => {
    const received = await readEcho(await createTestClient(echo).get('/a?b'))
    expect(received).toMatchObject({ method: 'GET', url: 'https://app.test/a?b' })
    expect(received.headers).toMatchObject({ host: 'app.test', 'user-agent': 'test-client' })
    expect(received.headers.accept).toContain('text/html')
    const local = await readEcho(await createTestClient(echo, { origin: 'http://localhost:3000' }).get('/a'))
    expect([local.url, local.headers.host]).toEqual(['http://localhost:3000/a', 'localhost:3000'])
  })

  it('sends the headers of the options, which the headers of a request replace', async () => {
    const client = createTestClient(echo, { headers: { 'user-agent': 'mine', 'x-both': '1' } })
    const { headers } = await readEcho(await client.get('/', { 'x-both': '2', accept: '*/*', cookie: 'a=1' }))
    expect(headers).toMatchObject({ 'user-agent': 'mine', 'x-both': '2', accept: '*/*', cookie: 'a=1' })
  })

  it('sends forms with post()', async () => {
    const client = createTestClient(echo)
    const { method, headers, body } = await readEcho(await client.post('/login', { name: 'ä b' }, { 'x-a': '1' }))
    expect([method, headers['x-a'], body]).toEqual(['POST', '1', 'name=%C3%A4+b'])
    expect(headers['content-type']).toContain('application/x-www-form-urlencoded')
    expect((await readEcho(await client.post('/logout'))).body).toBe('')
  })

  it('stores cookies and sends them until they expire', async () => {
    const clock = createTestClock(1000)
    const client = createTestClient(echo, { clock })
    await client.get(createSetPath('a=1; Path=/', 'b=2; Max-Age=60', 'c=x=y'))
    expect((await readEcho(await client.get('/'))).headers.cookie).toBe('a=1; b=2; c=x=y')
    clock.advance(59)
    expect((await readEcho(await client.get('/'))).headers.cookie).toContain('b=2')
    clock.advance(1)
    expect((await readEcho(await client.get('/'))).headers.cookie).toBe('a=1; c=x=y')
    await client.get(createSetPath('a=; Max-Age=0', 'c=; max-age=-1'))
    expect((await readEcho(await client.get('/'))).headers.cookie).toBeUndefined()
  })

  it('deletes cookies without an expiry on restart()', async () => {
    const client = createTestClient(echo)
    await client.get(createSetPath('a=1', 'b=2; Max-Age=60'))
    client.restart()
    expect(client.cookies.names()).toEqual(['b'])
  })

  it('sends a cookie only to pages below its path', async () => {
    const client = createTestClient(echo)
    await client.get(createSetPath('a=1; Path=/app', 'b=2; Path=/dir/'))
    const cookieAt = async (path: string) => (await readEcho(await client.get(path))).headers.cookie
    expect(await cookieAt('/app')).toBe('a=1')
    expect(await cookieAt('/app/deep')).toBe('a=1')
    expect(await cookieAt('/apple')).toBeUndefined()
    expect(await cookieAt('/')).toBeUndefined()
    expect(await cookieAt('/dir/x')).toBe('b=2')
    expect(await cookieAt('/dir')).toBeUndefined()
  })

  it.each([
    ['larger than browsers keep', `a=${'x'.repeat(4096)}`],
    ['__Host- without Secure', '__Host-a=1; Path=/'],
    ['__Host- below a path', '__Host-a=1; Path=/app; Secure'],
    ['__Host- with a domain', '__Host-a=1; Path=/; Secure; Domain=app.test'],
    ['__Secure- without Secure', '__Secure-a=1'],
  ])('drops a cookie that is %s, as browsers do', async (_, line) => {
    const client = createTestClient(echo)
    await client.get(createSetPath(line))
    expect(client.cookies.names()).toEqual([])
  })

  it('keeps Secure cookies over HTTPS and on localhost', async () => {
    for (const [origin, names] of [
      ['https://app.test', ['a']],
      ['http://localhost:3000', ['a']],
      ['http://127.0.0.1', ['a']],
      ['http://app.test', []],
      ['http://localhost.evil.test', []],
    ] as const) {
      const client = createTestClient(echo, { origin })
      await client.get(createSetPath('a=1; Secure'))
      expect(client.cookies.names()).toEqual(names)
    }
  })

  it('lets a test read, set and delete cookies', async () => {
    const client = createTestClient(echo)
    client.cookies.set('a', '1')
    client.cookies.set('b', '2')
    client.cookies.delete('a')
    expect([client.cookies.get('a'), client.cookies.get('b'), client.cookies.names()]).toEqual([undefined, '2', ['b']])
    expect((await readEcho(await client.get('/'))).headers.cookie).toBe('b=2')
  })

  it('deletes a cookie at its Expires, and sends it by default only to the directory of the page that set it', async () => {
    const clock = createTestClock(784_111_776)
    const client = createTestClient(echo, { clock })
    await client.get(`/dir/page${createSetPath('a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT').slice(1)}`)
    const cookieAt = async (path: string) => (await readEcho(await client.get(path))).headers.cookie
    expect([await cookieAt('/dir/x'), await cookieAt('/')]).toEqual(['a=1', undefined])
    clock.advance(1)
    expect(await cookieAt('/dir/x')).toBeUndefined()
  })

  it('never sends a cookie of its origin to another host, nor one of another host to its origin', async () => {
    const client = createTestClient(echo)
    await client.get(createSetPath('a=1; Path=/'))
    const other = await client.get('https://evil.test/?set=b%3D2')
    expect((await readEcho(other)).headers.cookie).toBeUndefined()
    expect((await readEcho(await client.get('/'))).headers.cookie).toBe('a=1')
    expect(client.cookies.names()).toEqual(['a'])
  })

  it('keeps cookies of one name on two paths, and returns the one that is sent first', async () => {
    const client = createTestClient(echo)
    await client.get(createSetPath('a=root; Path=/', 'a=deep; Path=/deep'))
    expect((await readEcho(await client.get('/deep'))).headers.cookie).toBe('a=deep; a=root')
    expect([client.cookies.get('a'), client.cookies.names()]).toEqual(['deep', ['a']])
    client.cookies.set('a', 'new')
    expect((await readEcho(await client.get('/deep'))).headers.cookie).toBe('a=new')
  })

  it('follows redirects on this origin, and no others', async () => {
    const client = createTestClient(echo)
    expect((await client.get(createRedirectPath('/a'))).status).toBe(302)
    expect((await readEcho(await client.follow(await client.get(createRedirectPath('/a?b'))))).url).toBe(
      'https://app.test/a?b',
    )
    const twice = await client.follow(await client.get(createRedirectPath(createRedirectPath('https://app.test/end'))))
    expect((await readEcho(twice)).url).toBe('https://app.test/end')
    for (const location of ['https://evil.test/', '//evil.test/']) {
      const response = await client.get(createRedirectPath(location))
      expect(await client.follow(response)).toBe(response)
    }
    const plain = await client.get('/')
    expect(await client.follow(plain)).toBe(plain)
  })

  it('follows at most five redirects', async () => {
    let requests = 0
    const client = createTestClient(() => {
      requests++
      return new Response(null, { status: 302, headers: { location: '/' } })
    })
    expect((await client.follow(await client.get('/'))).status).toBe(302)
    expect(requests).toBe(6)
  })
})

function createLoginClient(
  options: Partial<LoginManagerOptions<User>> = {},
  client: Partial<TestClientOptions<User, null>> = {},
) {
  const clock = createTestClock(1_800_000_000)
  const manager = createManager({ clock, ...options })
  const readLogin = async (auth: Auth<User>) => [
    await auth.currentUser(),
    await auth.loginFresh(),
    await auth.loginRemembered(),
  ]
  const app = withLogin(manager, async (_, auth) => new Response(JSON.stringify(await readLogin(auth))), {
    address: () => client.address,
  })
  return Object.assign(createTestClient<User>(app, { manager, clock, ...client }), { manager, clock })
}

describe('loginAs()', () => {
  it.each<[string, Partial<LoginManagerOptions<User>>, Partial<TestClientOptions<User, null>>]>([
    ['with the default options', {}, {}],
    ['under strong protection', { sessionProtection: 'strong' }, { headers: { 'user-agent': 'mine' } }],
    ['with an address', { sessionProtection: 'strong', fingerprint: ['address'] }, { address: '192.0.2.1' }],
    ["with csrf: 'token'", { csrf: 'token' }, {}],
    ['over plain HTTP', { cookies: { secure: false } }, { origin: 'http://app.test' }],
    ['below a path', { cookies: { path: '/app' } }, {}],
  ])('stores the cookies of a fresh and remembered login: %s', async (_, options, client) => {
    const browser = createLoginClient(options, client)
    await browser.loginAs(alice, { remember: true })
    expect(await (await browser.get('/app')).json()).toEqual([alice, true, true])
  })

  it('logs in an inactive user too', async () => {
    const browser = createLoginClient({ isActive: () => false })
    await browser.loginAs(alice)
    expect(await (await browser.get('/')).json()).toEqual([alice, true, false])
  })

  it('creates a login that expires by the test clock', async () => {
    const browser = createLoginClient({ remember: { seconds: 100 } })
    await browser.loginAs(alice, { remember: true })
    browser.restart()
    browser.clock.advance(100)
    expect(await (await browser.get('/')).json()).toEqual([null, false, false])
  })

  it('throws not-installed without the option manager', async () => {
    await expect(createTestClient<User>(echo).loginAs(alice)).rejects.toMatchObject({ code: 'not-installed' })
  })
})

it('recordEvents() records every event in order until stop()', async () => {
  const browser = createLoginClient()
  const record = recordEvents(browser.manager)
  await browser.loginAs(alice)
  await browser.get('/')
  expect(record.names()).toEqual(['userLoggedIn', 'userAccessed'])
  expect(record.events[0]).toMatchObject({ user: alice })
  record.stop()
  await browser.get('/')
  expect(record.events).toHaveLength(2)
})
