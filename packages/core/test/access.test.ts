// What caches may keep. Whoever reads who is there makes an answer for one visitor; whoever writes a cookie makes one
// that no cache may hand on; a request that nobody asks about is not touched. By reflection over the handle: a new
// member that nobody put into the table below is red.
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
const former = createLoginManager({ ...options, secrets: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' })

/** Whether a member reads who is there or what the session holds, and when it writes a cookie. */
interface Access {
  readonly reads: boolean
  /** `asked`: because that is what it is for. `implied`: because reading restored or renewed something. */
  readonly writes: 'asked' | 'implied' | 'never'
  readonly use: (auth: Auth<User>) => unknown
}

const reads = (use: Access['use']): Access => ({ reads: true, writes: 'implied', use })
const writes = (use: Access['use']): Access => ({ reads: true, writes: 'asked', use })
const neutral = (use: Access['use']): Access => ({ reads: false, writes: 'never', use })
const ahead = (use: Access['use']): Access => ({ reads: false, writes: 'implied', use })

const MEMBERS: Readonly<Record<string, Access>> = {
  constructor: neutral(() => {}),
  // What a guard found; the guard read it.
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
  // Whoever it is: the answer is the same for all, but for the message and the page that are left in the session.
  unauthorized: writes((auth) => auth.unauthorized()),
  needsRefresh: writes((auth) => auth.needsRefresh()),
  flash: writes((auth) => auth.flash('saved')),
  peekFlashes: reads((auth) => auth.peekFlashes()),
  takeFlashes: writes((auth) => auth.takeFlashes()),
  nextUrl: writes((auth) => auth.nextUrl()),
  loginUrl: neutral((auth) => auth.loginUrl()),
  csrfToken: writes((auth) => auth.csrfToken()),
  checkCsrf: reads((auth) => auth.checkCsrf('x')),
  // Looks at headers alone, but for the token (below).
  checkRequest: neutral((auth) => checkRequest(auth)),
  commit: neutral((auth) => commit(auth, new Response())),
  commitHeaders: neutral((auth) => commitHeaders(auth, new Headers())),
  keepPrivate: neutral((auth) => keepPrivate(auth, new Headers())),
  // For the page behind it to ask: an answer without a cookie is the same for all.
  renew: ahead((auth) => renew(auth)),
  'session.get': reads((auth) => auth.session.get('cart')),
  'session.set': writes((auth) => auth.session.set('cart', [1])),
  'session.delete': writes((auth) => auth.session.delete('cart')),
  'session.pendingNext': reads((auth) => auth.session.pendingNext()),
  'session.isPermanent': reads((auth) => auth.session.isPermanent()),
  'session.setPermanent': writes((auth) => auth.session.setPermanent(true)),
}

// ── browsers ─────────────────────────────────────────────────────────────────

const requestWith = (cookie: string): Request =>
  new Request('https://app.test/page', {
    headers: { host: 'app.test', accept: 'text/html', ...(cookie && { cookie }) },
  })

const cookieOf = (response: Response, name: string): string =>
  response.headers
    .getSetCookie()
    .find((line) => line.startsWith(`${name}=`))
    ?.split(';')[0] ?? ''

const browsers: Record<string, string> = { 'with no cookie': '', 'with a broken session': `${SESSION}=x.y.z` }

beforeAll(async () => {
  const visitor = manager.open(requestWith(''))
  await visitor.flash('hello')
  await visitor.session.set('cart', [1, 2])
  const decision = await visitor.require()
  if (!decision.ok) await decision.respond()
  browsers['of a visitor with a cart'] = cookieOf(commit(visitor, new Response()), SESSION)

  for (const [name, by] of [
    ['logged in', manager],
    ['logged in under the former secret', former],
  ] as const) {
    const auth = by.open(requestWith(browsers['of a visitor with a cart'] ?? ''))
    await auth.loginUser(alice, { remember: true })
    const answer = commit(auth, new Response())
    browsers[name] = cookieOf(answer, SESSION)
    browsers[`${name}, and remembered`] = `${browsers[name]}; ${cookieOf(answer, REMEMBER)}`
    browsers[`${name} long ago, and remembered`] = cookieOf(answer, REMEMBER)
  }
})

// ── the property ─────────────────────────────────────────────────────────────

async function after(use: Access['use'], cookie: string, response = new Response('body')): Promise<Response> {
  const auth = manager.open(requestWith(cookie))
  try {
    await use(auth)
  } catch {
    // What a member refuses to do leaves its traces all the same.
  }
  return commit(auth, response)
}

const varies = (response: Response): boolean => /(^|, )Cookie(,|$)/.test(response.headers.get('vary') ?? '')
const writesCookie = (response: Response): boolean => response.headers.getSetCookie().length > 0

describe('the members of the Auth object', () => {
  const auth = manager.open(requestWith(''))
  const prototype = Object.getPrototypeOf(auth)
  const found = [
    ...['checkRequest', 'commit', 'commitHeaders', 'keepPrivate', 'renew'],
    ...Object.getOwnPropertyNames(prototype).filter((name) => name !== 'session'),
    ...Object.keys(auth),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(auth.session))
      .filter((name) => name !== 'constructor')
      .map((name) => `session.${name}`),
  ]

  it('are all in the table, and the table has no others', () => {
    expect(found.toSorted()).toEqual(Object.keys(MEMBERS).toSorted())
  })

  it('are own names of the prototype, so that no inherited member is untested', () => {
    expect(Object.getPrototypeOf(prototype)).toBe(Object.prototype)
    expect(Object.getOwnPropertySymbols(prototype)).toEqual([Symbol.for('@fetch-login/core')])
  })
})

describe.each(Object.entries(MEMBERS))('auth.%s', (_name, access) => {
  const answers = async (response?: () => Response): Promise<(readonly [string, Response])[]> =>
    Promise.all(
      Object.entries(browsers).map(
        async ([browser, cookie]) => [browser, await after(access.use, cookie, response?.())] as const,
      ),
    )

  if (access.reads) {
    it('adds Vary: Cookie to the response, for every browser', async () => {
      for (const [browser, answer] of await answers()) {
        expect(varies(answer), browser).toBe(true)
      }
    })
  } else {
    it('leaves the response unchanged, or sets a cookie and adds Vary: Cookie', async () => {
      for (const [browser, cookie] of Object.entries(browsers)) {
        const response = new Response('body')
        const answer = await after(access.use, cookie, response)
        if (answer === response) expect([...response.headers.keys()], browser).toEqual(['content-type'])
        else expect([writesCookie(answer), varies(answer)], browser).toEqual([true, true])
      }
    })
  }

  it('forbids caching of a response that sets a cookie', async () => {
    for (const [browser, answer] of await answers()) {
      if (writesCookie(answer)) expect(answer.headers.get('cache-control'), browser).toBe('private, no-store')
    }
  })

  it('leaves a private Cache-Control of the app alone, unless the response sets a cookie', async () => {
    const own = (): Response => new Response('body', { headers: { 'cache-control': 'private, max-age=5' } })
    for (const [, answer] of await answers(own)) {
      const expected = writesCookie(answer) ? 'private, no-store' : 'private, max-age=5'
      expect(answer.headers.get('cache-control')).toBe(expected)
    }
  })

  it('lets no shared cache keep a response that sets a cookie, whatever the app wrote', async () => {
    const own = (): Response => new Response('body', { headers: { 'cache-control': 'public, s-maxage=60, max-age=5' } })
    for (const [, answer] of await answers(own)) {
      if (writesCookie(answer)) expect(answer.headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it(`writes a cookie: ${access.writes}`, async () => {
    const written = (await answers()).filter(([, answer]) => writesCookie(answer)).map(([browser]) => browser)
    if (access.writes === 'never') expect(written).toEqual([])
    else expect(written).not.toEqual([])
  })
})

describe('who is there', () => {
  it('forbids caching of a response for a logged-in user', async () => {
    for (const name of ['currentUser', 'loginFresh', 'require', 'session.get']) {
      const answer = await after((MEMBERS[name] as Access).use, browsers['logged in'] ?? '')
      expect(answer.headers.get('cache-control'), name).toBe('private, no-store')
    }
  })

  it('permits caching by cookie of a response to an anonymous request', async () => {
    const answer = await after((auth) => auth.currentUser(), '')
    expect(answer.headers.get('vary')).toBe('Cookie')
    expect(answer.headers.get('cache-control')).toBeNull()
  })

  it('forbids caching of every response behind a guard', async () => {
    const answer = await after((auth) => auth.require(), '')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it('varies though the loader failed', async () => {
    const failing = createLoginManager<User>({ ...options, loadUser: () => Promise.reject(new Error('down')) })
    const auth = failing.open(requestWith(browsers['logged in'] ?? ''))
    await expect(auth.currentUser()).rejects.toThrow('down')
    expect(varies(commit(auth, new Response()))).toBe(true)
  })

  it('varies on the headers that a request loader read too', async () => {
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

  it('is read by the check of a CSRF token, so the response varies by Cookie', async () => {
    const strict = createLoginManager<User>({ ...options, csrf: 'token' })
    const headers = { 'x-csrf-token': 'x', cookie: browsers['logged in'] ?? '' }
    const auth = strict.open(new Request('https://app.test/', { method: 'POST', headers }))
    const refused = await checkRequest(auth)
    expect(varies(commit(auth, (await refused?.respond()) ?? new Response()))).toBe(true)
  })

  it('is negotiated in a refusal, so that varies on Accept', async () => {
    for (const accept of ['text/html', 'application/json']) {
      const auth = manager.open(new Request('https://app.test/', { headers: { accept } }))
      const decision = await auth.require()
      if (decision.ok) throw new Error('nobody is logged in')
      expect(commit(auth, await decision.respond()).headers.get('vary')).toBe('Cookie, Accept')
    }
  })
})

describe('a request whose handler does not read the login', () => {
  const spied = (method: string, url = 'https://app.test/'): { auth: Auth<User>; looked: string[] } => {
    const looked: string[] = []
    const note = (what: string): void => void looked.push(what)
    const noted = <T>(what: string, value: T): T => {
      note(what)
      return value
    }
    const headers = {
      get: (name: string) => {
        note(name)
        return name === 'cookie' ? (browsers['logged in, and remembered'] ?? '') : null
      },
    }
    const open = createLoginManager<User>({
      ...options,
      loadUser: () => void note('loadUser'),
      loadUserFromRequest: () => void note('loadUserFromRequest'),
      clock: () => noted('clock', clock()),
      random: (bytes) => noted('random', new Uint8Array(bytes)),
    })
    // At start the clock is read once, for what it counts.
    looked.length = 0
    return { auth: open.open({ method, url, headers }), looked }
  }

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'gets the very same response for %s',
    async (method) => {
      const { auth } = spied(method)
      expect(await checkRequest(auth)).toBeNull()
      const response = new Response('body', { headers: { vary: 'Accept-Language', etag: '"1"' } })
      const before = [...response.headers]
      expect(commit(auth, response)).toBe(response)
      expect([...response.headers]).toEqual(before)
    },
  )

  it('costs no look at a cookie, no clock, no random byte and no loader', async () => {
    const { auth, looked } = spied('GET')
    await checkRequest(auth)
    commit(auth, new Response())
    expect(looked.filter((name) => name !== 'upgrade')).toEqual([])
  })

  it('gets the same response object also if its headers are immutable', async () => {
    const { auth } = spied('GET')
    const response = Response.redirect('https://app.test/')
    expect(commit(auth, response)).toBe(response)
  })
})

// ── commit ───────────────────────────────────────────────────────────────────

async function loggingIn(): Promise<Auth<User>> {
  const auth = manager.open(requestWith(''))
  await auth.loginUser(alice, { remember: true })
  return auth
}

describe('commit()', () => {
  it('puts the headers onto a response once, however often it is called', async () => {
    const auth = await loggingIn()
    const response = new Response('body')
    const answer = commit(auth, response)
    expect(commit(auth, response)).toBe(answer)
    expect(commit(auth, commit(auth, answer))).toBe(answer)
    expect(answer.headers.getSetCookie()).toHaveLength(2)
    expect(answer.headers.get('vary')).toBe('Cookie')
  })

  it('sets cookies on a copy, because an app may send one response to many users', async () => {
    const auth = await loggingIn()
    const response = new Response('body', { status: 201, headers: { 'x-own': '1' } })
    response.headers.append('set-cookie', 'own=1')
    const answer = commit(auth, response)
    expect(response.headers.getSetCookie()).toEqual(['own=1'])
    expect(answer.headers.getSetCookie()[0]).toBe('own=1')
    expect(answer.headers.getSetCookie()).toHaveLength(3)
    expect([answer.status, answer.headers.get('x-own'), await answer.text()]).toEqual([201, '1', 'body'])
  })

  const immutable: readonly (readonly [string, () => Response | Promise<Response>])[] = [
    ['Response.redirect()', () => Response.redirect('https://app.test/next', 303)],
    ['a response that fetch() brought', () => fetch('data:text/plain;charset=utf-8,hello')],
  ]

  it.each(immutable)('copies %s, all of it, and copies it once', async (_what, make) => {
    const auth = await loggingIn()
    const response = await make()
    expect(() => response.headers.append('vary', 'x')).toThrow(TypeError)
    const answer = commit(auth, response)
    expect(answer).not.toBe(response)
    expect(answer.headers.getSetCookie()).toHaveLength(2)
    expect(response.headers.getSetCookie()).toHaveLength(0)
    expect([answer.status, answer.statusText]).toEqual([response.status, response.statusText])
    for (const [name, value] of response.headers) expect(answer.headers.get(name)).toBe(value)
    expect(commit(auth, answer)).toBe(answer)
    expect(commit(auth, response)).toBe(answer)
    expect(await answer.text()).toBe(response.status === 303 ? '' : 'hello')
  })

  it('makes the Auth object read-only', async () => {
    const auth = await loggingIn()
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

  it('leaves a switched protocol alone', async () => {
    const auth = manager.open(requestWith(browsers['logged in'] ?? ''))
    await auth.currentUser()
    const upgraded = new Response(null)
    Object.defineProperty(upgraded, 'status', { value: 101 })
    expect(commit(auth, upgraded)).toBe(upgraded)
    expect([...upgraded.headers]).toEqual([])
  })

  it('throws response-sent if a response with status 101 would set a cookie', async () => {
    const auth = await loggingIn()
    const upgraded = new Response(null)
    Object.defineProperty(upgraded, 'status', { value: 101 })
    expect(() => commit(auth, upgraded)).toThrow(/upgrade cannot set cookies/)
  })
})

describe('Vary', () => {
  const committed = async (present: string | null): Promise<string | null> => {
    const response = new Response('body', present === null ? {} : { headers: { vary: present } })
    return (await after((auth) => auth.currentUser(), '', response)).headers.get('vary')
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
  ])('%j becomes %j', async (present, merged) => {
    expect(await committed(present)).toBe(merged)
  })

  it('keeps every name that was there, each once, in its order, and names Cookie once', async () => {
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
