import { describe, expect, it } from 'vitest'
import { alice, SECRET, setUp, type User } from '../../test/setup'
import { checkRequest, commit, requestView } from '../adapter'
import { type Auth, apiKey, basicAuth, bearer, createLoginManager, type LoginManagerOptions, withLogin } from '../index'
import { createTestClock, recordEvents } from '../testing'

function createManager(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({ secrets: SECRET, loadUser: () => alice, ...options })
}

/** Returns `allowed`, or the reason with which the CSRF check refused this request before its handler. */
async function runCsrfCheck(
  headers: Record<string, string>,
  options: Partial<LoginManagerOptions<User>> = {},
  method = 'POST',
): Promise<string> {
  const request = { method, url: '/transfer', headers: Object.entries({ host: 'app.test', ...headers }).flat() }
  const manager = createManager({ publicOrigin: 'https://app.test', ...options })
  const record = recordEvents(manager)
  const refused = await checkRequest(manager.open(requestView(request)))
  if (refused === null) return 'allowed'
  const event = record.events[0]
  expect((await refused.respond()).status).toBe(403)
  return event?.name === 'csrfRejected' ? event.reason : 'no event'
}

describe('the CSRF check of a request', () => {
  it.each<[string, Record<string, string>, string]>([
    ['from a page of the own origin', { 'sec-fetch-site': 'same-origin', origin: 'https://app.test' }, 'allowed'],
    ['started by the user, as in the address bar', { 'sec-fetch-site': 'none' }, 'allowed'],
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 'cross-site'],
    ['from another site without an Origin header', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    [
      'from another origin of the same site',
      { 'sec-fetch-site': 'same-site', origin: 'https://blog.app.test' },
      'cross-site',
    ],
    [
      'with an unknown value of Sec-Fetch-Site',
      { 'sec-fetch-site': 'other', origin: 'https://app.test' },
      'cross-site',
    ],
    ['of the own origin from a browser without fetch metadata', { origin: 'https://app.test' }, 'allowed'],
    ['of another origin from a browser without fetch metadata', { origin: 'https://evil.test' }, 'origin'],
    ['of the own host over plain HTTP', { origin: 'http://app.test' }, 'origin'],
    ['of the own host at another port', { origin: 'https://app.test:8443' }, 'origin'],
    ['of a host that begins with the own host', { origin: 'https://app.test.evil.test' }, 'origin'],
    ['of the opaque origin null', { origin: 'null' }, 'origin'],
    ['with two origins in one header', { origin: 'https://app.test, https://evil.test' }, 'origin'],
    ['without headers of a browser', {}, 'allowed'],
  ])('for a POST %s, with the headers %j, results in: %s', async (_, headers, expected) => {
    expect(await runCsrfCheck(headers)).toBe(expected)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'post'])('applies to the method %s', async (method) => {
    expect(await runCsrfCheck({ 'sec-fetch-site': 'cross-site' }, {}, method)).toBe('cross-site')
  })

  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE'])('does not apply to the method %s', async (method) => {
    expect(await runCsrfCheck({ 'sec-fetch-site': 'cross-site' }, {}, method)).toBe('allowed')
  })

  it('allows the origins in the option origins', async () => {
    const origins = ['https://friend.test']
    expect(await runCsrfCheck({ origin: 'https://friend.test' }, { origins })).toBe('allowed')
    const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://friend.test' }
    expect(await runCsrfCheck(crossSite, { origins })).toBe('allowed')
    expect(await runCsrfCheck({ ...crossSite, origin: 'https://other.test' }, { origins })).toBe('cross-site')
  })

  it.each(['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop'])(
    'allows an exact origin of a custom scheme in the option origins: %s',
    async (origin) => {
      const crossSite = { 'sec-fetch-site': 'cross-site', origin }
      expect(await runCsrfCheck(crossSite, { origins: [origin] })).toBe('allowed')
      expect(await runCsrfCheck({ origin }, { origins: [origin] })).toBe('allowed')
      expect(await runCsrfCheck(crossSite)).toBe('cross-site')
      expect(await runCsrfCheck({ ...crossSite, origin: `${origin}.evil` }, { origins: [origin] })).toBe('cross-site')
    },
  )

  it('allows hosts exactly one label below a wildcard in the option origins', async () => {
    const options = { origins: ['https://*.friend.test'] }
    expect(await runCsrfCheck({ origin: 'https://a.friend.test' }, options)).toBe('allowed')
    for (const origin of [
      'https://friend.test',
      'https://a.b.friend.test',
      'https://evilfriend.test',
      'http://a.friend.test',
    ])
      expect(await runCsrfCheck({ origin }, options)).toBe('origin')
  })

  it('allows every origin on exactly the paths of the option csrf.except', async () => {
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    for (const mode of ['origin', 'token'] as const) {
      expect(await runCsrfCheck(evil, { csrf: { mode, except: ['/transfer'] } })).toBe('allowed')
      expect(await runCsrfCheck(evil, { csrf: { mode, except: ['/trans', '/transfer/', '/Transfer'] } })).toBe(
        'cross-site',
      )
    }
    expect(await runCsrfCheck(evil, { csrf: { except: [] } })).toBe('cross-site')
    expect(await runCsrfCheck({}, { csrf: { mode: 'token' } })).toBe('allowed')
    expect(await runCsrfCheck({ 'x-csrf-token': 'x' }, { csrf: { mode: 'token' } })).toBe('token')
  })

  it.each([
    '/a/../transfer',
    '/%74ransfer',
    '/transfer/',
    '//transfer',
    '/transfer;x',
    '/transfer/.',
    '/TRANSFER',
    '/a\\transfer',
  ])('refuses another spelling of a path in csrf.except: %s', async (url) => {
    const manager = createManager({ publicOrigin: 'https://app.test', csrf: { except: ['/transfer'] } })
    const headers = ['host', 'app.test', 'sec-fetch-site', 'cross-site']
    expect(await checkRequest(manager.open(requestView({ method: 'POST', url, headers })))).not.toBeNull()
  })

  it('lets a cross-site POST log a user in on a path of csrf.except, with csrf mode origin and token', async () => {
    for (const mode of ['origin', 'token'] as const) {
      const manager = createManager({ csrf: { mode, except: ['/saml/acs'] } })
      const handler = withLogin(manager, async (_, auth) => Response.json(await auth.loginUser(alice)))
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://id.test' }
      const response = await handler(new Request('https://app.test/saml/acs?x=1', { method: 'POST', headers }))
      expect(await response.json()).toBe(true)
    }
  })

  it('names the option publicOrigin in the refusal if the app may be behind a proxy', async () => {
    const manager = createManager({})
    const getDetail = async (origin: string): Promise<string> => {
      const headers = ['host', 'app.test', 'origin', origin]
      const refused = await checkRequest(manager.open(requestView({ method: 'POST', url: '/', headers })))
      return (await refused?.respond())?.text() ?? ''
    }
    expect(await getDetail('https://app.test')).toContain('only the scheme differs')
    for (const origin of ['https://app.test', 'https://www.app.test'])
      expect(await getDetail(origin)).toContain('publicOrigin')
  })

  it('compares the Origin header with the Host header if the option publicOrigin is not set', async () => {
    const withoutPublicOrigin = { publicOrigin: undefined }
    expect(await runCsrfCheck({ origin: 'http://app.test' }, withoutPublicOrigin)).toBe('allowed')
    expect(await runCsrfCheck({ origin: 'http://app.test', host: 'other.test' }, withoutPublicOrigin)).toBe('origin')
    expect(await runCsrfCheck({ origin: 'http://app.test', host: 'a, b' }, withoutPublicOrigin)).toBe('origin')
  })

  it('does not run with csrf: false', async () => {
    expect(await runCsrfCheck({ 'sec-fetch-site': 'cross-site' }, { csrf: false })).toBe('allowed')
  })
})

describe('the CSRF check of a cross-site POST with a credential', () => {
  const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
  it.each<[string, Partial<LoginManagerOptions<User>>, Record<string, string>, string]>([
    ['a bearer token', { loadUserFromRequest: bearer(() => alice) }, { authorization: 'Bearer t' }, 'allowed'],
    ['a key in a header', { loadUserFromRequest: apiKey(() => alice) }, { 'x-api-key': 'k' }, 'allowed'],
    [
      'a key in the Authorization header',
      { loadUserFromRequest: apiKey(() => alice, { scheme: 'Api-Key' }) },
      { authorization: 'Api-Key k' },
      'allowed',
    ],
    [
      'a Basic password, which browsers send without the script of a page',
      { loadUserFromRequest: basicAuth(() => alice) },
      { authorization: 'Basic YTpi' },
      'cross-site',
    ],
    [
      'a key in the query, which a link can contain',
      { loadUserFromRequest: apiKey(() => alice, { query: 'key' }) },
      {},
      'cross-site',
    ],
    [
      'two bearer tokens, which are an invalid header',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer a, Bearer b' },
      'cross-site',
    ],
    ['a bearer token without a request loader', {}, { authorization: 'Bearer t' }, 'cross-site'],
    [
      'a bearer token and a request loader without a declared scheme',
      { loadUserFromRequest: () => alice },
      { authorization: 'Bearer t' },
      'cross-site',
    ],
    [
      'a bearer token beside a session cookie',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer t', cookie: '__Host-session=x' },
      'cross-site',
    ],
    [
      'a bearer token beside a remember cookie',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer t', cookie: '__Host-remember_token=x' },
      'cross-site',
    ],
    [
      'a bearer token beside a cookie of the app',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer t', cookie: 'theme=dark' },
      'allowed',
    ],
  ])('with %s has the expected result', async (_, options, headers, expected) => {
    expect(await runCsrfCheck({ ...forged, ...headers }, options)).toBe(expected)
  })
})

describe('the CSRF check of a WebSocket handshake', () => {
  const upgrade = { upgrade: 'WebSocket', connection: 'upgrade' }
  it.each<[string, Record<string, string>, string]>([
    ['of the own origin', { origin: 'https://app.test' }, 'allowed'],
    [
      'of the own origin with Sec-Fetch-Site: cross-site',
      { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' },
      'allowed',
    ],
    ['of another origin', { origin: 'https://evil.test' }, 'origin'],
    [
      'of another origin with Sec-Fetch-Site: same-origin',
      { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
      'origin',
    ],
    ['of the opaque origin null', { origin: 'null' }, 'origin'],
    ['without an Origin header', {}, 'allowed'],
  ])('%s, with the headers %j, results in: %s', async (_, headers, expected) => {
    for (const csrf of ['origin', 'token'] as const)
      expect(await runCsrfCheck({ ...upgrade, ...headers }, { csrf }, 'GET')).toBe(expected)
  })

  it.each<[string, Record<string, string>, string]>([
    ['of the same host under https', { origin: 'https://app.test', 'sec-fetch-site': 'same-origin' }, 'allowed'],
    ['of the same host under https, without fetch metadata', { origin: 'https://app.test' }, 'origin'],
    ['of another host', { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' }, 'origin'],
    ['of the same host, from another site', { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' }, 'origin'],
    [
      'of the same host at another port',
      { origin: 'https://app.test:8443', 'sec-fetch-site': 'same-origin' },
      'origin',
    ],
  ])('behind a proxy that terminates TLS, %s, with the headers %j, results in: %s', async (_, headers, expected) => {
    const url = 'http://app.test/chat'
    const view = requestView({
      method: 'GET',
      url,
      headers: Object.entries({ host: 'app.test', ...upgrade, ...headers }).flat(),
    })
    const refused = await checkRequest(createManager().open(view))
    expect(refused === null ? 'allowed' : 'origin').toBe(expected)
  })

  it('ignores csrf.except, which is for forms', async () => {
    const headers = { ...upgrade, origin: 'https://evil.test' }
    expect(await runCsrfCheck(headers, { csrf: { except: ['/transfer'] } }, 'GET')).toBe('origin')
  })

  it('does not apply to an upgrade to another protocol', async () => {
    expect(await runCsrfCheck({ upgrade: 'h2c', origin: 'https://evil.test' }, {}, 'GET')).toBe('allowed')
  })
})

describe('a method override after the login middleware, on a route without a guard', () => {
  /** The operations that change the login or the session. */
  const CHANGES: Readonly<Record<string, (auth: Auth<User>) => Promise<unknown>>> = {
    loginUser: (auth) => auth.loginUser(alice),
    logoutUser: (auth) => auth.logoutUser(),
    confirmLogin: (auth) => auth.confirmLogin(),
    flash: (auth) => auth.flash('hello'),
    'session.set': (auth) => auth.session.set('a', 1),
    'session.delete': (auth) => auth.session.delete('a'),
    'session.setPermanent': (auth) => auth.session.setPermanent(true),
  }
  const CROSS_SITE = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }

  /** Creates a request whose method was GET at the CSRF check, and is POST afterwards. */
  async function createOverridden(headers: Record<string, string>, options: Partial<LoginManagerOptions<User>> = {}) {
    const manager = createManager({ publicOrigin: 'https://app.test', ...options })
    const login = manager.open(new Request('https://app.test/'))
    await login.loginUser(alice)
    const cookie = commit(login, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const fields = Object.entries({
      host: 'app.test',
      ...(headers.authorization === undefined && { cookie }),
      ...headers,
    })
    const view = { ...requestView({ method: 'GET', url: '/transfer', headers: fields.flat() }), method: 'GET' }
    const auth = manager.open(view)
    expect(await checkRequest(auth)).toBeNull()
    view.method = 'POST'
    return { auth, record: recordEvents(manager) }
  }

  it.each(Object.entries(CHANGES))(
    'makes %s throw csrf-unchecked if a cross-site GET became a POST',
    async (_, change) => {
      const { auth, record } = await createOverridden(CROSS_SITE)
      for (let times = 0; times < 2; times++) {
        const error = await change(auth).catch((thrown) => thrown)
        expect(error).toMatchObject({
          code: 'csrf-unchecked',
          message: expect.stringContaining('before the login middleware'),
        })
      }
      expect(record.events[0]).toMatchObject({ name: 'csrfRejected', reason: 'cross-site' })
      expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
    },
  )

  it.each(Object.entries(CHANGES))(
    'does not make %s throw if a GET of the own origin became a POST',
    async (_, change) => {
      const { auth } = await createOverridden({ 'sec-fetch-site': 'same-origin' })
      await change(auth)
    },
  )

  it('allows the requests that the CSRF check of a POST allows', async () => {
    const assertAllowed = async (headers: Record<string, string>, options: Partial<LoginManagerOptions<User>>) =>
      (await createOverridden({ ...CROSS_SITE, ...headers }, options)).auth.session.set('a', 1)
    await assertAllowed({}, { csrf: false })
    await assertAllowed({}, { csrf: { except: ['/transfer'] } })
    await assertAllowed({}, { origins: ['https://evil.test'] })
    await assertAllowed({ authorization: 'Bearer t' }, { loadUserFromRequest: bearer(() => alice) })
  })

  it('does not prevent reads of the login and the session', async () => {
    const { auth } = await createOverridden(CROSS_SITE)
    expect([await auth.currentUser(), await auth.session.get('a')]).toEqual([alice, undefined])
  })

  it('makes logoutUser() and a second require() refuse the request after require() refused it', async () => {
    const { auth } = await createOverridden(CROSS_SITE)
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'forged' })
    await expect(auth.logoutUser()).rejects.toMatchObject({ code: 'csrf-unchecked' })
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'forged' })
  })

  it("requires the form token too with csrf: 'token'", async () => {
    const { auth } = await createOverridden({ 'sec-fetch-site': 'same-origin' }, { csrf: 'token' })
    const token = await auth.csrfToken()
    await expect(auth.logoutUser()).rejects.toMatchObject({ code: 'csrf-unchecked' })
    expect(await auth.checkCsrf(token)).toBe(true)
    await auth.logoutUser()
  })
})

function createBrowser(options: Partial<LoginManagerOptions<User>>) {
  const { manager, record, createBrowser: create } = setUp({ loadUser: () => alice, ...options })
  return Object.assign(create({ path: '/form' }), { manager, record })
}

const POST: RequestInit = { method: 'POST' }

describe('a CSRF token', () => {
  it('has a different text each time, and is valid until login or logout', async () => {
    const browser = createBrowser({})
    const { value: tokens } = await browser.run(async (auth) => [await auth.csrfToken(), await auth.csrfToken()])
    const { value: third } = await browser.run((auth) => auth.csrfToken())
    expect(new Set([...tokens, third]).size).toBe(3)
    const check = (token: unknown) => browser.run((auth) => auth.checkCsrf(token)).then(({ value }) => value)
    for (const token of [...tokens, third]) expect(await check(token)).toBe(true)
    await browser.loginAs(alice)
    for (const token of [...tokens, third]) expect(await check(token)).toBe(false)
    const { value: fresh } = await browser.run((auth) => auth.csrfToken())
    expect(await check(fresh)).toBe(true)
    await browser.run((auth) => auth.logoutUser({ keepData: true }))
    expect(await check(fresh)).toBe(false)
  })

  it('stays valid after a confirmation, and after a remembered login is restored in a new session', async () => {
    const browser = createBrowser({})
    await browser.loginAs(alice, { remember: true })
    const { value: token } = await browser.run((auth) => auth.csrfToken())
    const isValid = () => browser.run((auth) => auth.checkCsrf(token)).then(({ value }) => value)
    await browser.run((auth) => auth.confirmLogin())
    expect(await isValid()).toBe(true)
    browser.restart()
    expect(await isValid()).toBe(true)
    await browser.run((auth) => auth.currentUser())
    expect(await isValid()).toBe(true)
  })

  it('is invalid after the idle time ended the login', async () => {
    const clock = createTestClock()
    const browser = createBrowser({ clock, session: { idleSeconds: 100 } })
    await browser.loginAs(alice)
    const { value: token } = await browser.run((auth) => auth.csrfToken())
    const isValid = () => browser.run((auth) => auth.checkCsrf(token)).then(({ value }) => value)
    clock.advance(99)
    expect(await isValid()).toBe(true)
    clock.advance(100)
    expect(await isValid()).toBe(false)
  })

  it('of an anonymous visitor is bound to a cookie that a restart of the browser deletes', async () => {
    const browser = createBrowser({})
    const { value: token } = await browser.run((auth) => auth.csrfToken())
    browser.restart()
    expect((await browser.run((auth) => auth.checkCsrf(token))).value).toBe(false)
  })

  it('of one session is invalid in another session', async () => {
    const [one, two] = [createBrowser({}), createBrowser({})]
    const { value: token } = await one.run((auth) => auth.csrfToken())
    await two.run((auth) => auth.csrfToken())
    expect((await two.run((auth) => auth.checkCsrf(token))).value).toBe(false)
  })

  it('is valid in the request that created it', async () => {
    const browser = createBrowser({})
    const { value } = await browser.run(async (auth) => auth.checkCsrf(await auth.csrfToken()))
    expect(value).toBe(true)
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['a number', 1],
    ['an array', ['a']],
    ['a random string of the right length', 'A'.repeat(44)],
    ['a string that is not base64url', '!'.repeat(44)],
    ['a string of another length', 'A'.repeat(43)],
  ])('is invalid if it is %s', async (_, token) => {
    const browser = createBrowser({})
    await browser.run((auth) => auth.csrfToken())
    expect((await browser.run((auth) => auth.checkCsrf(token))).value).toBe(false)
    expect(browser.record.events.at(-1)).toMatchObject({ name: 'csrfRejected', reason: 'token' })
  })

  it('is invalid if the session never issued one', async () => {
    expect((await createBrowser({}).run((auth) => auth.checkCsrf('A'.repeat(44)))).value).toBe(false)
  })

  it('is bound to one cookie, and keeps the response out of caches', async () => {
    const { response } = await createBrowser({}).run((auth) => auth.csrfToken())
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('cannot be issued if the response cannot set its cookie', async () => {
    const { manager } = createBrowser({})
    const readOnly = manager.open(new Request('https://app.test/'), { readOnly: true })
    await expect(readOnly.csrfToken()).rejects.toMatchObject({ code: 'read-only' })
    const sent = manager.open(new Request('https://app.test/'))
    commit(sent, new Response())
    await expect(sent.csrfToken()).rejects.toMatchObject({ code: 'response-sent' })
  })
})

describe("csrf: 'token'", () => {
  const token = { csrf: 'token' } as const

  it('allows a script with a valid X-CSRF-Token header, and refuses an invalid one before the handler runs', async () => {
    const browser = createBrowser(token)
    const { value } = await browser.run((auth) => auth.csrfToken())
    const good = await browser.run((auth) => auth.loginUser(alice), { ...POST, headers: { 'x-csrf-token': value } })
    expect([good.response.status, good.value]).toEqual([200, true])
    const bad = await browser.run(() => 'handled', { ...POST, headers: { 'x-csrf-token': value } })
    expect([bad.response.status, bad.value]).toEqual([403, undefined])
    expect(await bad.response.text()).toContain('out of date')
  })

  it('calls the handler of a form, and refuses every change until checkCsrf() accepted its token', async () => {
    const browser = createBrowser(token)
    const { value: good } = await browser.run((auth) => auth.csrfToken())
    const changes: ((auth: Auth<User>) => Promise<unknown>)[] = [
      (auth) => auth.loginUser(alice),
      (auth) => auth.logoutUser(),
      (auth) => auth.confirmLogin(),
      (auth) => auth.session.set('a', 1),
      (auth) => auth.session.delete('a'),
      (auth) => auth.session.setPermanent(true),
      (auth) => auth.flash('hello'),
    ]
    for (const change of changes) {
      const { value } = await browser.run(async (auth) => {
        await expect(change(auth)).rejects.toMatchObject({ code: 'csrf-unchecked' })
        expect(await auth.checkCsrf('wrong')).toBe(false)
        await expect(change(auth)).rejects.toMatchObject({ code: 'csrf-unchecked' })
        return auth.checkCsrf(good)
      }, POST)
      expect(value).toBe(true)
    }
    const { value } = await browser.run(async (auth) => {
      await auth.checkCsrf(good)
      await auth.session.set('a', 1)
      return auth.loginUser(alice)
    }, POST)
    expect(value).toBe(true)
  })

  it('lets the response to a POST show the form again, with a new token', async () => {
    const browser = createBrowser(token)
    const { value } = await browser.run((auth) => auth.csrfToken(), POST)
    expect((await browser.run((auth) => auth.checkCsrf(value), POST)).value).toBe(true)
  })

  it('does not require a token of a GET', async () => {
    expect((await createBrowser(token).run((auth) => auth.session.set('a', 1))).response.status).toBe(200)
  })

  it('does not require a token of a request with a bearer token', async () => {
    const browser = createBrowser({ ...token, loadUserFromRequest: bearer<User>(() => alice) })
    const init = { ...POST, headers: { authorization: 'Bearer t' } }
    expect((await browser.run((auth) => auth.session.set('a', 1), init)).response.status).toBe(200)
  })

  it('still compares the origin of the request', async () => {
    const browser = createBrowser(token)
    const { value } = await browser.run((auth) => auth.csrfToken())
    const headers = { 'x-csrf-token': value, 'sec-fetch-site': 'cross-site' }
    expect((await browser.run(() => 'handled', { ...POST, headers })).response.status).toBe(403)
  })
})

describe('the refusal of the CSRF check', () => {
  it('is application/problem+json for a client that accepts JSON, and plain text for a browser', async () => {
    const browser = createBrowser({})
    const headers = { origin: 'https://evil.test' }
    const page = await browser.run(() => null, { ...POST, headers })
    expect([page.response.status, page.response.headers.get('content-type')]).toEqual([
      403,
      'text/plain; charset=utf-8',
    ])
    const data = await browser.run(() => null, { ...POST, headers: { ...headers, accept: 'application/json' } })
    expect(data.response.headers.get('content-type')).toBe('application/problem+json')
    expect(await data.response.json()).toMatchObject({ status: 403, detail: expect.stringContaining('another origin') })
    const site = await browser.run(() => null, { ...POST, headers: { 'sec-fetch-site': 'cross-site' } })
    expect(await site.response.text()).toContain('another site')
  })
})

describe('a method override after the CSRF check', () => {
  const createOverridden = async (
    before: string,
    after: string,
    headers: Record<string, string> = { 'sec-fetch-site': 'cross-site' },
    options: Partial<LoginManagerOptions<User>> = {},
  ) => {
    const request = { method: before, url: '/transfer', headers: new Headers(headers) }
    const manager = createManager({ isActive: () => true, ...options })
    const auth = manager.open(request)
    expect(await checkRequest(auth)).toBeNull()
    request.method = after
    return { auth, manager }
  }

  it.each([
    ['GET', 'POST'],
    ['HEAD', 'DELETE'],
    ['OPTIONS', 'PUT'],
  ])('makes a guard repeat the check, also on a path of its option except: %s became %s', async (before, after) => {
    for (const except of [undefined, ['/transfer']]) {
      const { auth, manager } = await createOverridden(before, after)
      const outcome = await manager.guard({ except })(auth)
      expect(outcome).toMatchObject({ ok: false, reason: 'forged' })
    }
    const { auth } = await createOverridden(before, after)
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'forged' })
  })

  it('passes the repeated check for a request of the own origin', async () => {
    const { auth, manager } = await createOverridden('GET', 'POST', { 'sec-fetch-site': 'same-origin' })
    expect(await manager.guard({ except: ['/transfer'] })(auth)).toEqual({ ok: true, user: undefined })
  })

  it('keeps a form token valid that the handler checked, if one unsafe method became another', async () => {
    const request = { method: 'POST', url: '/transfer', headers: new Headers({ 'sec-fetch-site': 'same-origin' }) }
    const manager = createManager({ csrf: 'token' })
    const auth = manager.open(request)
    await checkRequest(auth)
    await auth.checkCsrf(await auth.csrfToken())
    request.method = 'DELETE'
    await manager.guard()(auth)
    await expect(auth.loginUser(alice)).resolves.toBe(true)
  })
})
