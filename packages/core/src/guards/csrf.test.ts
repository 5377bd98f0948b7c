import { describe, expect, it } from 'vitest'
import { alice, SECRET, type User } from '../../test/setup'
import { checkRequest, commit, requestView } from '../adapter'
import { type Auth, apiKey, basicAuth, bearer, createLoginManager, type LoginManagerOptions, withLogin } from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

function managerWith(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({ secrets: SECRET, loadUser: () => alice, ...options })
}

/** What the handle says before the handler of this request runs. */
async function verdict(
  headers: Record<string, string>,
  options: Partial<LoginManagerOptions<User>> = {},
  method = 'POST',
): Promise<string> {
  const request = { method, url: '/transfer', headers: Object.entries({ host: 'app.test', ...headers }).flat() }
  const manager = managerWith({ publicOrigin: 'https://app.test', ...options })
  const record = recordEvents(manager)
  const refused = await checkRequest(manager.open(requestView(request)))
  if (refused === null) return 'admitted'
  const event = record.events[0]
  expect((await refused.respond()).status).toBe(403)
  return event?.name === 'csrfRejected' ? event.reason : 'unsaid'
}

describe('a request that changes something', () => {
  it.each<[string, Record<string, string>, string]>([
    ['from our own page', { 'sec-fetch-site': 'same-origin', origin: 'https://app.test' }, 'admitted'],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 'admitted'],
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 'cross-site'],
    ['from another site that hides itself', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    ['from another part of our site', { 'sec-fetch-site': 'same-site', origin: 'https://blog.app.test' }, 'cross-site'],
    ['from a site unheard of', { 'sec-fetch-site': 'other', origin: 'https://app.test' }, 'cross-site'],
    ['from an older browser on our page', { origin: 'https://app.test' }, 'admitted'],
    ['from an older browser elsewhere', { origin: 'https://evil.test' }, 'origin'],
    ['from our page over plain HTTP', { origin: 'http://app.test' }, 'origin'],
    ['from our page at another port', { origin: 'https://app.test:8443' }, 'origin'],
    ['from a page that begins like ours', { origin: 'https://app.test.evil.test' }, 'origin'],
    ['from nowhere in particular', { origin: 'null' }, 'origin'],
    ['from two places', { origin: 'https://app.test, https://evil.test' }, 'origin'],
    ['by no browser', {}, 'admitted'],
  ])('%s is %s', async (_, headers, said) => {
    expect(await verdict(headers)).toBe(said)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'post'])('may be a %s', async (method) => {
    expect(await verdict({ 'sec-fetch-site': 'cross-site' }, {}, method)).toBe('cross-site')
  })

  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE'])('does not apply to %s', async (method) => {
    expect(await verdict({ 'sec-fetch-site': 'cross-site' }, {}, method)).toBe('admitted')
  })

  it('may come from an origin that the app named', async () => {
    const origins = ['https://friend.test']
    expect(await verdict({ origin: 'https://friend.test' }, { origins })).toBe('admitted')
    const named = { 'sec-fetch-site': 'cross-site', origin: 'https://friend.test' }
    expect(await verdict(named, { origins })).toBe('admitted')
    expect(await verdict({ ...named, origin: 'https://other.test' }, { origins })).toBe('cross-site')
  })

  it.each(['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop'])(
    'may come from an exact origin of another scheme that the app named: %s',
    async (origin) => {
      const named = { 'sec-fetch-site': 'cross-site', origin }
      expect(await verdict(named, { origins: [origin] })).toBe('admitted')
      expect(await verdict({ origin }, { origins: [origin] })).toBe('admitted')
      expect(await verdict(named)).toBe('cross-site')
      expect(await verdict({ ...named, origin: `${origin}.evil` }, { origins: [origin] })).toBe('cross-site')
    },
  )

  it('may come from any host that is one label below a wildcard that the app named', async () => {
    const options = { origins: ['https://*.friend.test'] }
    expect(await verdict({ origin: 'https://a.friend.test' }, options)).toBe('admitted')
    for (const origin of [
      'https://friend.test',
      'https://a.b.friend.test',
      'https://evilfriend.test',
      'http://a.friend.test',
    ])
      expect(await verdict({ origin }, options)).toBe('origin')
  })

  it('may come from anywhere to exactly the paths that the app excepted', async () => {
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    for (const mode of ['origin', 'token'] as const) {
      expect(await verdict(evil, { csrf: { mode, except: ['/transfer'] } })).toBe('admitted')
      expect(await verdict(evil, { csrf: { mode, except: ['/trans', '/transfer/', '/Transfer'] } })).toBe('cross-site')
    }
    expect(await verdict(evil, { csrf: { except: [] } })).toBe('cross-site')
    expect(await verdict({}, { csrf: { mode: 'token' } })).toBe('admitted')
    expect(await verdict({ 'x-csrf-token': 'x' }, { csrf: { mode: 'token' } })).toBe('token')
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
  ])('gains nothing from another spelling of an excepted path: %s', async (url) => {
    const manager = managerWith({ publicOrigin: 'https://app.test', csrf: { except: ['/transfer'] } })
    const headers = ['host', 'app.test', 'sec-fetch-site', 'cross-site']
    expect(await checkRequest(manager.open(requestView({ method: 'POST', url, headers })))).not.toBeNull()
  })

  it('may change the login at an excepted path, with and without a token', async () => {
    for (const mode of ['origin', 'token'] as const) {
      const manager = managerWith({ csrf: { mode, except: ['/saml/acs'] } })
      const handler = withLogin(manager, async (_, auth) => Response.json(await auth.loginUser(alice)))
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://id.test' }
      const answer = await handler(new Request('https://app.test/saml/acs?x=1', { method: 'POST', headers }))
      expect(await answer.json()).toBe(true)
    }
  })

  it('names publicOrigin in the refusal if the app may stand behind a proxy', async () => {
    const manager = managerWith({})
    const detailOf = async (origin: string): Promise<string> => {
      const headers = ['host', 'app.test', 'origin', origin]
      const refused = await checkRequest(manager.open(requestView({ method: 'POST', url: '/', headers })))
      return (await refused?.respond())?.text() ?? ''
    }
    expect(await detailOf('https://app.test')).toContain('only the scheme differs')
    for (const origin of ['https://app.test', 'https://www.app.test'])
      expect(await detailOf(origin)).toContain('publicOrigin')
  })

  it('is compared with the Host header if the option publicOrigin is not set', async () => {
    const asked = { publicOrigin: undefined }
    expect(await verdict({ origin: 'http://app.test' }, asked)).toBe('admitted')
    expect(await verdict({ origin: 'http://app.test', host: 'other.test' }, asked)).toBe('origin')
    expect(await verdict({ origin: 'http://app.test', host: 'a, b' }, asked)).toBe('origin')
  })

  it('is not checked on a path of the option csrf.except', async () => {
    expect(await verdict({ 'sec-fetch-site': 'cross-site' }, { csrf: false })).toBe('admitted')
  })
})

describe('a request with a key of its own', () => {
  const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
  it.each<[string, Partial<LoginManagerOptions<User>>, Record<string, string>, string]>([
    ['a bearer token', { loadUserFromRequest: bearer(() => alice) }, { authorization: 'Bearer t' }, 'admitted'],
    ['a key in a header', { loadUserFromRequest: apiKey(() => alice) }, { 'x-api-key': 'k' }, 'admitted'],
    [
      'a key in the Authorization header',
      { loadUserFromRequest: apiKey(() => alice, { scheme: 'Api-Key' }) },
      { authorization: 'Api-Key k' },
      'admitted',
    ],
    [
      'a password, which browsers send by themselves',
      { loadUserFromRequest: basicAuth(() => alice) },
      { authorization: 'Basic YTpi' },
      'cross-site',
    ],
    [
      'a key in the query, which any link has',
      { loadUserFromRequest: apiKey(() => alice, { query: 'key' }) },
      {},
      'cross-site',
    ],
    [
      'two bearer tokens, which are none',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer a, Bearer b' },
      'cross-site',
    ],
    ['a bearer token that nobody here takes', {}, { authorization: 'Bearer t' }, 'cross-site'],
    [
      'a loader that is but a function',
      { loadUserFromRequest: () => alice },
      { authorization: 'Bearer t' },
      'cross-site',
    ],
    [
      'a bearer token beside a cookie of ours',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer t', cookie: '__Host-session=x' },
      'cross-site',
    ],
    [
      'a bearer token beside a remember cookie of ours',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer t', cookie: '__Host-remember_token=x' },
      'cross-site',
    ],
    [
      'a bearer token beside a cookie of somebody else',
      { loadUserFromRequest: bearer(() => alice) },
      { authorization: 'Bearer t', cookie: 'theme=dark' },
      'admitted',
    ],
  ])('%s', async (_, options, headers, said) => {
    expect(await verdict({ ...forged, ...headers }, options)).toBe(said)
  })
})

describe('a WebSocket handshake', () => {
  const upgrade = { upgrade: 'WebSocket', connection: 'upgrade' }
  it.each<[string, Record<string, string>, string]>([
    ['from our page', { origin: 'https://app.test' }, 'admitted'],
    [
      'from our page, cross-site as some say',
      { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' },
      'admitted',
    ],
    ['from elsewhere', { origin: 'https://evil.test' }, 'origin'],
    [
      'from elsewhere, same-origin as it says',
      { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
      'origin',
    ],
    ['from nowhere in particular', { origin: 'null' }, 'origin'],
    ['by no browser', {}, 'admitted'],
  ])('%s is %s', async (_, headers, said) => {
    for (const csrf of ['origin', 'token'] as const)
      expect(await verdict({ ...upgrade, ...headers }, { csrf }, 'GET')).toBe(said)
  })

  it.each<[string, Record<string, string>, string]>([
    ['of the same host under https', { origin: 'https://app.test', 'sec-fetch-site': 'same-origin' }, 'admitted'],
    ['of the same host under https, without fetch metadata', { origin: 'https://app.test' }, 'origin'],
    ['of another host', { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' }, 'origin'],
    ['of the same host, from another site', { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' }, 'origin'],
    [
      'of the same host at another port',
      { origin: 'https://app.test:8443', 'sec-fetch-site': 'same-origin' },
      'origin',
    ],
  ])('behind a proxy that terminates TLS, %s, is %s', async (_, headers, said) => {
    const url = 'http://app.test/chat'
    const view = requestView({
      method: 'GET',
      url,
      headers: Object.entries({ host: 'app.test', ...upgrade, ...headers }).flat(),
    })
    const refused = await checkRequest(managerWith().open(view))
    expect(refused === null ? 'admitted' : 'origin').toBe(said)
  })

  it('gains nothing from a path that is excepted for forms', async () => {
    const headers = { ...upgrade, origin: 'https://evil.test' }
    expect(await verdict(headers, { csrf: { except: ['/transfer'] } }, 'GET')).toBe('origin')
  })

  it('to another protocol is a page like any other', async () => {
    expect(await verdict({ upgrade: 'h2c', origin: 'https://evil.test' }, {}, 'GET')).toBe('admitted')
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

  /** A request that the check saw as a GET, and that is a POST now. */
  async function overridden(headers: Record<string, string>, options: Partial<LoginManagerOptions<User>> = {}) {
    const manager = managerWith({ publicOrigin: 'https://app.test', ...options })
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
    'keeps a forged GET that became a POST from changing anything: %s',
    async (_, change) => {
      const { auth, record } = await overridden(CROSS_SITE)
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

  it.each(Object.entries(CHANGES))('lets a GET of the own origin that became a POST pass: %s', async (_, change) => {
    const { auth } = await overridden({ 'sec-fetch-site': 'same-origin' })
    await change(auth)
  })

  it('lets pass what the CSRF check of a POST lets pass', async () => {
    const pass = async (headers: Record<string, string>, options: Partial<LoginManagerOptions<User>>) =>
      (await overridden({ ...CROSS_SITE, ...headers }, options)).auth.session.set('a', 1)
    await pass({}, { csrf: false })
    await pass({}, { csrf: { except: ['/transfer'] } })
    await pass({}, { origins: ['https://evil.test'] })
    await pass({ authorization: 'Bearer t' }, { loadUserFromRequest: bearer(() => alice) })
  })

  it('still reads the login and the session', async () => {
    const { auth } = await overridden(CROSS_SITE)
    expect([await auth.currentUser(), await auth.session.get('a')]).toEqual([alice, undefined])
  })

  it('stays forged after require() refused it', async () => {
    const { auth } = await overridden(CROSS_SITE)
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'forged' })
    await expect(auth.logoutUser()).rejects.toMatchObject({ code: 'csrf-unchecked' })
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'forged' })
  })

  it("needs the token too with csrf: 'token'", async () => {
    const { auth } = await overridden({ 'sec-fetch-site': 'same-origin' }, { csrf: 'token' })
    const token = await auth.csrfToken()
    await expect(auth.logoutUser()).rejects.toMatchObject({ code: 'csrf-unchecked' })
    expect(await auth.checkCsrf(token)).toBe(true)
    await auth.logoutUser()
  })
})

function browserOf(options: Partial<LoginManagerOptions<User>>) {
  const manager = managerWith(options)
  let verb: (auth: Auth<User>) => unknown
  const client = createTestClient<User>(
    withLogin(manager, async (_, auth) => new Response(String(await verb(auth)))),
    { manager },
  )
  const ask = async <T>(what: (auth: Auth<User>) => T, init: RequestInit = {}) => {
    let value: unknown
    verb = async (auth) => {
      value = await what(auth)
    }
    const response = await client.fetch('/form', init)
    return { value: value as Awaited<T>, response, status: response.status }
  }
  return Object.assign(client, { ask, manager, record: recordEvents(manager) })
}

const POST: RequestInit = { method: 'POST' }

describe('a token', () => {
  it('is spelled differently each time, and good until login or logout', async () => {
    const browser = browserOf({})
    const { value: tokens } = await browser.ask(async (auth) => [await auth.csrfToken(), await auth.csrfToken()])
    const { value: third } = await browser.ask((auth) => auth.csrfToken())
    expect(new Set([...tokens, third]).size).toBe(3)
    const check = (token: unknown) => browser.ask((auth) => auth.checkCsrf(token)).then(({ value }) => value)
    for (const token of [...tokens, third]) expect(await check(token)).toBe(true)
    await browser.loginAs(alice)
    for (const token of [...tokens, third]) expect(await check(token)).toBe(false)
    const { value: fresh } = await browser.ask((auth) => auth.csrfToken())
    expect(await check(fresh)).toBe(true)
    await browser.ask((auth) => auth.logoutUser({ keepData: true }))
    expect(await check(fresh)).toBe(false)
  })

  it('stays valid after a confirmation, and after a remembered login is restored in a new session', async () => {
    const browser = browserOf({})
    await browser.loginAs(alice, { remember: true })
    const { value: token } = await browser.ask((auth) => auth.csrfToken())
    const isValid = () => browser.ask((auth) => auth.checkCsrf(token)).then(({ value }) => value)
    await browser.ask((auth) => auth.confirmLogin())
    expect(await isValid()).toBe(true)
    browser.restart()
    expect(await isValid()).toBe(true)
    await browser.ask((auth) => auth.currentUser())
    expect(await isValid()).toBe(true)
  })

  it('is invalid after the login ended by its idle time', async () => {
    const clock = createTestClock()
    const browser = browserOf({ clock, session: { idleSeconds: 100 } })
    await browser.loginAs(alice)
    const { value: token } = await browser.ask((auth) => auth.csrfToken())
    const isValid = () => browser.ask((auth) => auth.checkCsrf(token)).then(({ value }) => value)
    clock.advance(99)
    expect(await isValid()).toBe(true)
    clock.advance(100)
    expect(await isValid()).toBe(false)
  })

  it('of a visitor without a login is bound to a cookie that a restart of the browser deletes', async () => {
    const browser = browserOf({})
    const { value: token } = await browser.ask((auth) => auth.csrfToken())
    browser.restart()
    expect((await browser.ask((auth) => auth.checkCsrf(token))).value).toBe(false)
  })

  it('is of one session', async () => {
    const [one, two] = [browserOf({}), browserOf({})]
    const { value: token } = await one.ask((auth) => auth.csrfToken())
    await two.ask((auth) => auth.csrfToken())
    expect((await two.ask((auth) => auth.checkCsrf(token))).value).toBe(false)
  })

  it('is valid in the request that created it', async () => {
    const browser = browserOf({})
    const { value } = await browser.ask(async (auth) => auth.checkCsrf(await auth.csrfToken()))
    expect(value).toBe(true)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a number', 1],
    ['a list', ['a']],
    ['a text of the right length', 'A'.repeat(44)],
    ['a text that is no base64url', '!'.repeat(44)],
    ['a text of another length', 'A'.repeat(43)],
  ])('is not %s', async (_, token) => {
    const browser = browserOf({})
    await browser.ask((auth) => auth.csrfToken())
    expect((await browser.ask((auth) => auth.checkCsrf(token))).value).toBe(false)
    expect(browser.record.events.at(-1)).toMatchObject({ name: 'csrfRejected', reason: 'token' })
  })

  it('is invalid if the session never issued one', async () => {
    expect((await browserOf({}).ask((auth) => auth.checkCsrf('A'.repeat(44)))).value).toBe(false)
  })

  it('is kept in a signed cookie, and its page in no cache', async () => {
    const { response } = await browserOf({}).ask((auth) => auth.csrfToken())
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('cannot be issued if its cookie cannot be set', async () => {
    const { manager } = browserOf({})
    const readOnly = manager.open(new Request('https://app.test/'), { readOnly: true })
    await expect(readOnly.csrfToken()).rejects.toMatchObject({ code: 'read-only' })
    const sent = manager.open(new Request('https://app.test/'))
    commit(sent, new Response())
    await expect(sent.csrfToken()).rejects.toMatchObject({ code: 'response-sent' })
  })
})

describe("csrf: 'token'", () => {
  const token = { csrf: 'token' } as const

  it('admits a script with the header, and refuses one with a wrong one before the handler runs', async () => {
    const browser = browserOf(token)
    const { value } = await browser.ask((auth) => auth.csrfToken())
    const good = await browser.ask((auth) => auth.loginUser(alice), { ...POST, headers: { 'x-csrf-token': value } })
    expect([good.status, good.value]).toEqual([200, true])
    const bad = await browser.ask(() => 'handled', { ...POST, headers: { 'x-csrf-token': value } })
    expect([bad.status, bad.value]).toEqual([403, undefined])
    expect(await bad.response.text()).toContain('out of date')
  })

  it('lets a form be handled, but nothing be changed before its token was looked at', async () => {
    const browser = browserOf(token)
    const { value: good } = await browser.ask((auth) => auth.csrfToken())
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
      const { value } = await browser.ask(async (auth) => {
        await expect(change(auth)).rejects.toMatchObject({ code: 'csrf-unchecked' })
        expect(await auth.checkCsrf('wrong')).toBe(false)
        await expect(change(auth)).rejects.toMatchObject({ code: 'csrf-unchecked' })
        return auth.checkCsrf(good)
      }, POST)
      expect(value).toBe(true)
    }
    const { value } = await browser.ask(async (auth) => {
      await auth.checkCsrf(good)
      await auth.session.set('a', 1)
      return auth.loginUser(alice)
    }, POST)
    expect(value).toBe(true)
  })

  it('lets the form be shown again, with a token', async () => {
    const browser = browserOf(token)
    const { value } = await browser.ask((auth) => auth.csrfToken(), POST)
    expect((await browser.ask((auth) => auth.checkCsrf(value), POST)).value).toBe(true)
  })

  it('asks nothing of a page that is only read', async () => {
    expect((await browserOf(token).ask((auth) => auth.session.set('a', 1))).status).toBe(200)
  })

  it('asks no token of a request with a key of its own', async () => {
    const browser = browserOf({ ...token, loadUserFromRequest: bearer<User>(() => alice) })
    const init = { ...POST, headers: { authorization: 'Bearer t' } }
    expect((await browser.ask((auth) => auth.session.set('a', 1), init)).status).toBe(200)
  })

  it('still compares the origin of the request', async () => {
    const browser = browserOf(token)
    const { value } = await browser.ask((auth) => auth.csrfToken())
    const headers = { 'x-csrf-token': value, 'sec-fetch-site': 'cross-site' }
    expect((await browser.ask(() => 'handled', { ...POST, headers })).status).toBe(403)
  })
})

describe('the refusal', () => {
  it('is problem+json for a program, and words for a person', async () => {
    const browser = browserOf({})
    const headers = { origin: 'https://evil.test' }
    const page = await browser.ask(() => null, { ...POST, headers })
    expect([page.status, page.response.headers.get('content-type')]).toEqual([403, 'text/plain; charset=utf-8'])
    const data = await browser.ask(() => null, { ...POST, headers: { ...headers, accept: 'application/json' } })
    expect(data.response.headers.get('content-type')).toBe('application/problem+json')
    expect(await data.response.json()).toMatchObject({ status: 403, detail: expect.stringContaining('another origin') })
    const site = await browser.ask(() => null, { ...POST, headers: { 'sec-fetch-site': 'cross-site' } })
    expect(await site.response.text()).toContain('another site')
  })
})

describe('a method override behind the CSRF check', () => {
  const overridden = async (
    before: string,
    after: string,
    headers: Record<string, string> = { 'sec-fetch-site': 'cross-site' },
    options: Partial<LoginManagerOptions<User>> = {},
  ) => {
    const request = { method: before, url: '/transfer', headers: new Headers(headers) }
    const manager = managerWith({ isActive: () => true, ...options })
    const auth = manager.open(request)
    expect(await checkRequest(auth)).toBeNull()
    request.method = after
    return { auth, manager }
  }

  it.each([
    ['GET', 'POST'],
    ['HEAD', 'DELETE'],
    ['OPTIONS', 'PUT'],
  ])('makes a guard repeat the check, also at an excepted path: %s became %s', async (before, after) => {
    for (const except of [undefined, ['/transfer']]) {
      const { auth, manager } = await overridden(before, after)
      const outcome = await manager.guard({ except })(auth)
      expect(outcome).toMatchObject({ ok: false, reason: 'forged' })
    }
    const { auth } = await overridden(before, after)
    expect(await auth.require()).toMatchObject({ ok: false, reason: 'forged' })
  })

  it('lets a request of our own page pass the repeated check', async () => {
    const { auth, manager } = await overridden('GET', 'POST', { 'sec-fetch-site': 'same-origin' })
    expect(await manager.guard({ except: ['/transfer'] })(auth)).toEqual({ ok: true, user: undefined })
  })

  it('does not forget a form token that the handler checked, if one unsafe method became another', async () => {
    const request = { method: 'POST', url: '/transfer', headers: new Headers({ 'sec-fetch-site': 'same-origin' }) }
    const manager = managerWith({ csrf: 'token' })
    const auth = manager.open(request)
    await checkRequest(auth)
    await auth.checkCsrf(await auth.csrfToken())
    request.method = 'DELETE'
    await manager.guard()(auth)
    await expect(auth.loginUser(alice)).resolves.toBe(true)
  })
})
