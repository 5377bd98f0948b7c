// Tests `Vary`, `Cache-Control` and `Set-Cookie` of each member of the Auth object. A member that reads the login adds
// `Vary: Cookie`. A member that sets a cookie forbids caching. Other members do not change the response. The members are
// listed by reflection, so a new member fails until the table below contains it.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders, keepPrivate, renew } from '../src/adapter'
import { type Auth, apiKey, createLoginManager, type LoginManagerOptions } from '../src/index'
import { createTestClock } from '../src/testing'
import { alice, type User } from './setup'

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const clock = createTestClock(1_800_000_000)

const options: LoginManagerOptions<User> = {
  secrets: { current: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', previous: ['Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui'] },
  loadUser: (id) => (id === alice.id ? alice : null),
  loginView: '/login',
  refreshView: '/again',
  revokeUser: () => {},
  useSessionForNext: true,
  clock,
}
const manager = createLoginManager(options)
const managerOfPreviousSecret = createLoginManager({ ...options, secrets: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' })

/** Whether a member reads the login or the session, and when it sets a cookie. */
interface Access {
  readonly reads: boolean
  /** `explicit`: the member changes the session. `implied`: a read restored or renewed the login. */
  readonly writes: 'explicit' | 'implied' | 'never'
  readonly use: (auth: Auth<User>) => unknown
}

const reads = (use: Access['use']): Access => ({ reads: true, writes: 'implied', use })
const writes = (use: Access['use']): Access => ({ reads: true, writes: 'explicit', use })
const neutral = (use: Access['use']): Access => ({ reads: false, writes: 'never', use })
const createsCookieAhead = (use: Access['use']): Access => ({ reads: false, writes: 'implied', use })

const MEMBERS: Readonly<Record<string, Access>> = {
  constructor: neutral(() => {}),
  // Returns the user that a guard has read.
  user: neutral((auth) => auth.user),
  currentUser: reads((auth) => auth.currentUser()),
  currentLogin: reads((auth) => auth.currentLogin()),
  loginFresh: reads((auth) => auth.loginFresh()),
  loginRemembered: reads((auth) => auth.loginRemembered()),
  whyAnonymous: reads((auth) => auth.whyAnonymous()),
  require: reads((auth) => auth.require({ fresh: true })),
  loginUser: writes((auth) => auth.loginUser(alice, { remember: true })),
  logoutUser: writes((auth) => auth.logoutUser()),
  confirmLogin: writes((auth) => auth.confirmLogin()),
  // The response is the same for all users, but the session stores the flash message and next.
  unauthorized: writes((auth) => auth.unauthorized()),
  needsRefresh: writes((auth) => auth.needsRefresh()),
  flash: writes((auth) => auth.flash('saved')),
  peekFlashes: reads((auth) => auth.peekFlashes()),
  takeFlashes: writes((auth) => auth.takeFlashes()),
  nextUrl: writes((auth) => auth.nextUrl()),
  loginUrl: neutral((auth) => auth.loginUrl()),
  csrfToken: writes((auth) => auth.csrfToken()),
  checkCsrf: reads((auth) => auth.checkCsrf('x')),
  // Reads only headers, except for the CSRF token, which a test below covers.
  checkRequest: neutral((auth) => checkRequest(auth)),
  commit: neutral((auth) => commit(auth, new Response())),
  commitHeaders: neutral((auth) => commitHeaders(auth, new Headers())),
  keepPrivate: neutral((auth) => keepPrivate(auth, new Headers())),
  // The page reads the login later. A response without a cookie is the same for all users.
  renew: createsCookieAhead((auth) => renew(auth)),
  'session.get': reads((auth) => auth.session.get('cart')),
  'session.set': writes((auth) => auth.session.set('cart', [1])),
  'session.delete': writes((auth) => auth.session.delete('cart')),
  'session.pendingNext': reads((auth) => auth.session.pendingNext()),
  'session.isPermanent': reads((auth) => auth.session.isPermanent()),
  'session.setPermanent': writes((auth) => auth.session.setPermanent(true)),
}

// ── browsers ─────────────────────────────────────────────────────────────────

const createRequest = (cookie: string): Request =>
  new Request('https://app.test/page', {
    headers: { host: 'app.test', accept: 'text/html', ...(cookie && { cookie }) },
  })

const getCookie = (response: Response, name: string): string =>
  response.headers
    .getSetCookie()
    .find((line) => line.startsWith(`${name}=`))
    ?.split(';')[0] ?? ''

const browsers: Record<string, string> = { 'with no cookie': '', 'with a broken session': `${SESSION}=x.y.z` }

beforeAll(async () => {
  const visitor = manager.open(createRequest(''))
  await visitor.flash('hello')
  await visitor.session.set('cart', [1, 2])
  const decision = await visitor.require()
  if (!decision.ok) await decision.respond()
  browsers['of a visitor with a cart'] = getCookie(commit(visitor, new Response()), SESSION)

  for (const [name, creator] of [
    ['logged in', manager],
    ['logged in with the previous secret', managerOfPreviousSecret],
  ] as const) {
    const auth = creator.open(createRequest(browsers['of a visitor with a cart'] ?? ''))
    await auth.loginUser(alice, { remember: true })
    const response = commit(auth, new Response())
    browsers[name] = getCookie(response, SESSION)
    browsers[`${name}, and remembered`] = `${browsers[name]}; ${getCookie(response, REMEMBER)}`
    browsers[`${name} long ago, and remembered`] = getCookie(response, REMEMBER)
  }
})

// ── the property ─────────────────────────────────────────────────────────────

async function commitAfter(use: Access['use'], cookie: string, response = new Response('body')): Promise<Response> {
  const auth = manager.open(createRequest(cookie))
  try {
    await use(auth)
  } catch {
    // A member that throws has read the login too, so the response is tested.
  }
  return commit(auth, response)
}

const varies = (response: Response): boolean => /(^|, )Cookie(,|$)/.test(response.headers.get('vary') ?? '')
const writesCookie = (response: Response): boolean => response.headers.getSetCookie().length > 0

describe('the table of members of the Auth object', () => {
  const auth = manager.open(createRequest(''))
  const prototype = Object.getPrototypeOf(auth)
  const members = [
    ...['checkRequest', 'commit', 'commitHeaders', 'keepPrivate', 'renew'],
    ...Object.getOwnPropertyNames(prototype).filter((name) => name !== 'session'),
    ...Object.keys(auth),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(auth.session))
      .filter((name) => name !== 'constructor')
      .map((name) => `session.${name}`),
  ]

  it('contains every member, and no other name', () => {
    expect(members.toSorted()).toEqual(Object.keys(MEMBERS).toSorted())
  })

  it('contains inherited members too, because the prototype inherits only from Object', () => {
    expect(Object.getPrototypeOf(prototype)).toBe(Object.prototype)
    expect(Object.getOwnPropertySymbols(prototype)).toEqual([Symbol.for('@fetch-login/core')])
  })
})

describe.each(Object.entries(MEMBERS))('auth.%s', (_name, access) => {
  const respondToAll = async (response?: () => Response): Promise<(readonly [string, Response])[]> =>
    Promise.all(
      Object.entries(browsers).map(
        async ([browser, cookie]) => [browser, await commitAfter(access.use, cookie, response?.())] as const,
      ),
    )

  if (access.reads) {
    it('adds Vary: Cookie to the response, for every browser', async () => {
      for (const [browser, response] of await respondToAll()) {
        expect(varies(response), browser).toBe(true)
      }
    })
  } else {
    it('leaves the response unchanged, or sets a cookie and adds Vary: Cookie', async () => {
      for (const [browser, cookie] of Object.entries(browsers)) {
        const response = new Response('body')
        const committed = await commitAfter(access.use, cookie, response)
        if (committed === response) expect([...response.headers.keys()], browser).toEqual(['content-type'])
        else expect([writesCookie(committed), varies(committed)], browser).toEqual([true, true])
      }
    })
  }

  it('forbids caching of a response that sets a cookie', async () => {
    for (const [browser, response] of await respondToAll()) {
      if (writesCookie(response)) expect(response.headers.get('cache-control'), browser).toBe('private, no-store')
    }
  })

  it('keeps a private Cache-Control of the app, unless the response sets a cookie', async () => {
    const createOwn = (): Response => new Response('body', { headers: { 'cache-control': 'private, max-age=5' } })
    for (const [, response] of await respondToAll(createOwn)) {
      const expected = writesCookie(response) ? 'private, no-store' : 'private, max-age=5'
      expect(response.headers.get('cache-control')).toBe(expected)
    }
  })

  it('replaces a public Cache-Control of the app if the response sets a cookie', async () => {
    const createOwn = (): Response =>
      new Response('body', { headers: { 'cache-control': 'public, s-maxage=60, max-age=5' } })
    for (const [, response] of await respondToAll(createOwn)) {
      if (writesCookie(response)) expect(response.headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it(`writes a cookie: ${access.writes}`, async () => {
    const written = (await respondToAll()).filter(([, response]) => writesCookie(response)).map(([browser]) => browser)
    if (access.writes === 'never') expect(written).toEqual([])
    else expect(written).not.toEqual([])
  })
})

describe('a read of the login', () => {
  it('forbids caching of a response for a logged-in user', async () => {
    for (const name of ['currentUser', 'loginFresh', 'require', 'session.get']) {
      const response = await commitAfter((MEMBERS[name] as Access).use, browsers['logged in'] ?? '')
      expect(response.headers.get('cache-control'), name).toBe('private, no-store')
    }
  })

  it('permits caching by cookie of a response to an anonymous request', async () => {
    const response = await commitAfter((auth) => auth.currentUser(), '')
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(response.headers.get('cache-control')).toBeNull()
  })

  it('forbids caching of every response behind a guard', async () => {
    const response = await commitAfter((auth) => auth.require(), '')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('adds Vary: Cookie also if the user loader throws', async () => {
    const failing = createLoginManager<User>({ ...options, loadUser: () => Promise.reject(new Error('down')) })
    const auth = failing.open(createRequest(browsers['logged in'] ?? ''))
    await expect(auth.currentUser()).rejects.toThrow('down')
    expect(varies(commit(auth, new Response()))).toBe(true)
  })

  it('adds to Vary the headers that a request loader read', async () => {
    const withKeys = createLoginManager<User>({
      ...options,
      loadUserFromRequest: apiKey((key) => (key === 'k' ? alice : null)),
    })
    for (const headers of [{}, { 'x-api-key': 'k' }, { 'x-api-key': 'other' }]) {
      const auth = withKeys.open(new Request('https://app.test/', { headers }))
      await auth.currentUser()
      expect(commit(auth, new Response()).headers.get('vary')).toBe('Cookie, x-api-key')
    }
  })

  it('is part of the CSRF check of a token, so the response has Vary: Cookie', async () => {
    const strict = createLoginManager<User>({ ...options, csrf: 'token' })
    const headers = { 'x-csrf-token': 'x', cookie: browsers['logged in'] ?? '' }
    const auth = strict.open(new Request('https://app.test/', { method: 'POST', headers }))
    const refused = await checkRequest(auth)
    expect(varies(commit(auth, (await refused?.respond()) ?? new Response()))).toBe(true)
  })

  it('adds Vary: Cookie, Accept to a refusal, which depends on Accept', async () => {
    for (const accept of ['text/html', 'application/json']) {
      const auth = manager.open(new Request('https://app.test/', { headers: { accept } }))
      const decision = await auth.require()
      if (decision.ok) throw new Error('The request must be anonymous.')
      expect(commit(auth, await decision.respond()).headers.get('vary')).toBe('Cookie, Accept')
    }
  })
})

describe('a request whose handler does not read the login', () => {
  const openRecorded = (method: string, url = 'https://app.test/'): { auth: Auth<User>; calls: string[] } => {
    const calls: string[] = []
    const record = (name: string): void => void calls.push(name)
    const recordAndReturn = <T>(name: string, value: T): T => {
      record(name)
      return value
    }
    const headers = {
      get: (name: string) => {
        record(name)
        return name === 'cookie' ? (browsers['logged in, and remembered'] ?? '') : null
      },
    }
    const recorded = createLoginManager<User>({
      ...options,
      loadUser: () => void record('loadUser'),
      loadUserFromRequest: () => void record('loadUserFromRequest'),
      clock: () => recordAndReturn('clock', clock()),
      random: (bytes) => recordAndReturn('random', new Uint8Array(bytes)),
    })
    // createLoginManager() calls the clock once, to check that it returns seconds.
    calls.length = 0
    return { auth: recorded.open({ method, url, headers }), calls }
  }

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'gets the same response object for %s, without a change',
    async (method) => {
      const { auth } = openRecorded(method)
      expect(await checkRequest(auth)).toBeNull()
      const response = new Response('body', { headers: { vary: 'Accept-Language', etag: '"1"' } })
      const before = [...response.headers]
      expect(commit(auth, response)).toBe(response)
      expect([...response.headers]).toEqual(before)
    },
  )

  it('does not read a cookie, and does not call the clock, the random source or a loader', async () => {
    const { auth, calls } = openRecorded('GET')
    await checkRequest(auth)
    commit(auth, new Response())
    expect(calls.filter((name) => name !== 'upgrade')).toEqual([])
  })

  it('gets the same response object also if its headers are immutable', async () => {
    const { auth } = openRecorded('GET')
    const response = Response.redirect('https://app.test/')
    expect(commit(auth, response)).toBe(response)
  })
})

// ── commit ───────────────────────────────────────────────────────────────────

async function openAndLogin(): Promise<Auth<User>> {
  const auth = manager.open(createRequest(''))
  await auth.loginUser(alice, { remember: true })
  return auth
}

describe('commit()', () => {
  it('adds the headers once if it is called several times', async () => {
    const auth = await openAndLogin()
    const response = new Response('body')
    const committed = commit(auth, response)
    expect(commit(auth, response)).toBe(committed)
    expect(commit(auth, commit(auth, committed))).toBe(committed)
    expect(committed.headers.getSetCookie()).toHaveLength(2)
    expect(committed.headers.get('vary')).toBe('Cookie')
  })

  it('sets cookies on a copy, because an app may send one response to many users', async () => {
    const auth = await openAndLogin()
    const response = new Response('body', { status: 201, headers: { 'x-own': '1' } })
    response.headers.append('set-cookie', 'own=1')
    const committed = commit(auth, response)
    expect(response.headers.getSetCookie()).toEqual(['own=1'])
    expect(committed.headers.getSetCookie()[0]).toBe('own=1')
    expect(committed.headers.getSetCookie()).toHaveLength(3)
    expect([committed.status, committed.headers.get('x-own'), await committed.text()]).toEqual([201, '1', 'body'])
  })

  const immutable: readonly (readonly [string, () => Response | Promise<Response>])[] = [
    ['Response.redirect()', () => Response.redirect('https://app.test/next', 303)],
    ['a response of fetch()', () => fetch('data:text/plain;charset=utf-8,hello')],
  ]

  it.each(immutable)('copies %s completely and only once', async (_case, createResponse) => {
    const auth = await openAndLogin()
    const response = await createResponse()
    expect(() => response.headers.append('vary', 'x')).toThrow(TypeError)
    const committed = commit(auth, response)
    expect(committed).not.toBe(response)
    expect(committed.headers.getSetCookie()).toHaveLength(2)
    expect(response.headers.getSetCookie()).toHaveLength(0)
    expect([committed.status, committed.statusText]).toEqual([response.status, response.statusText])
    for (const [name, value] of response.headers) expect(committed.headers.get(name)).toBe(value)
    expect(commit(auth, committed)).toBe(committed)
    expect(commit(auth, response)).toBe(committed)
    expect(await committed.text()).toBe(response.status === 303 ? '' : 'hello')
  })

  it('makes the Auth object read-only', async () => {
    const auth = await openAndLogin()
    commit(auth, new Response())
    const late = [
      auth.loginUser(alice),
      auth.logoutUser(),
      auth.flash('x'),
      auth.session.set('a', 1),
      auth.confirmLogin(),
    ]
    for (const one of late) await expect(one).rejects.toMatchObject({ code: 'response-sent' })
    expect(await auth.currentUser()).toBe(alice)
  })

  it('does not change a response with status 101', async () => {
    const auth = manager.open(createRequest(browsers['logged in'] ?? ''))
    await auth.currentUser()
    const upgraded = new Response(null)
    Object.defineProperty(upgraded, 'status', { value: 101 })
    expect(commit(auth, upgraded)).toBe(upgraded)
    expect([...upgraded.headers]).toEqual([])
  })

  it('throws response-sent if a response with status 101 would set a cookie', async () => {
    const auth = await openAndLogin()
    const upgraded = new Response(null)
    Object.defineProperty(upgraded, 'status', { value: 101 })
    expect(() => commit(auth, upgraded)).toThrow(/upgrade cannot set cookies/)
  })
})

describe('Vary', () => {
  const committed = async (present: string | null): Promise<string | null> => {
    const response = new Response('body', present === null ? {} : { headers: { vary: present } })
    return (await commitAfter((auth) => auth.currentUser(), '', response)).headers.get('vary')
  }

  it.each([
    [null, 'Cookie'],
    ['Accept-Encoding', 'Accept-Encoding, Cookie'],
    ['Accept-Encoding,Origin', 'Accept-Encoding, Origin, Cookie'],
    ['cookie', 'cookie'],
    ['COOKIE, Accept', 'COOKIE, Accept'],
    ['*', '*'],
    ['Accept, *', '*'],
    ['', 'Cookie'],
    [' , ,', 'Cookie'],
    ['Cookie2', 'Cookie2, Cookie'],
  ])('is merged from %j to %j', async (present, merged) => {
    expect(await committed(present)).toBe(merged)
  })

  it('keeps each name of the app once and in order, and has Cookie once', async () => {
    const name = fc.constantFrom('Accept', 'accept', 'Cookie', 'cookie', 'Origin', 'X-A', 'x-a', '*', '')
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 6 }), fc.constantFrom(',', ', ', ' ,  '), async (names, glue) => {
        const merged = ((await committed(names.join(glue))) ?? '').split(', ')
        const lower = names.map((one) => one.toLowerCase())
        const present = names.filter((one, at) => one !== '' && lower.indexOf(one.toLowerCase()) === at)
        if (present.includes('*')) expect(merged).toEqual(['*'])
        else {
          expect(merged.slice(0, present.length)).toEqual(present)
          expect(merged.filter((one) => one.toLowerCase() === 'cookie').length).toBeGreaterThanOrEqual(1)
          expect(merged.length).toBe(present.length + (present.some((one) => /^cookie$/i.test(one)) ? 0 : 1))
        }
      }),
      { numRuns: 200 },
    )
  })
})
