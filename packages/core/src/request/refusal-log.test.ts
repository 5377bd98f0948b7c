import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alice, createManager, SECRET, type User } from '../../test/setup'
import { checkRequest, commit } from '../adapter'
import {
  type Auth,
  bearer,
  type LoginManager,
  type LoginManagerOptions,
  type LoginOptions,
  type LoginWarning,
  type Policy,
  type RequestLoader,
  StoreError,
} from '../index'
import { createTestClock, recordEvents } from '../testing'
import { escapeText } from '../wire/headers/request-line'

const APP = 'https://app.test'
const PAGE = { accept: 'text/html', host: 'app.test' }

type Options = Partial<LoginManagerOptions<User>>
type Act = (auth: Auth<User>) => unknown

interface Visit {
  readonly url?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  /** The operation of the handler. By default, it requires a user. */
  readonly act?: Act
}

/** A manager in development, and the lines that it reported. */
function createDeveloper(options: Options = {}): { manager: LoginManager<User>; warnings: LoginWarning[] } {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void warnings.push(warning)
  return { manager: createManager({ debug: true, loginView: '/login', onWarning, ...options }), warnings }
}

const requireUser =
  (policy: Policy<User> = {}): Act =>
  async (auth) => {
    const decision = await auth.require(policy)
    return decision.ok ? new Response('passed') : decision.respond()
  }

/** Visits as an adapter does: the CSRF check, the handler, the headers. */
async function visit(
  manager: LoginManager<User>,
  { url = `${APP}/account?token=in-the-query`, method = 'GET', headers = {}, act = requireUser() }: Visit = {},
): Promise<Response> {
  const auth = manager.open(new Request(url, { method, headers: { ...PAGE, ...headers } }))
  const refused = await checkRequest(auth)
  const made = refused === null ? await act(auth) : await refused.respond()
  return commit(auth, made instanceof Response ? made : new Response())
}

const logIn =
  (options: LoginOptions = {}): Act =>
  (auth) =>
    auth.loginUser(alice, options)

const toCookie = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

const getCookie = async (manager: LoginManager<User>, options: LoginOptions = {}): Promise<string> =>
  toCookie(await visit(manager, { act: logIn(options) }))

/** Returns the messages of refusals. */
const linesOf = (warnings: readonly LoginWarning[]): string[] =>
  warnings.filter(({ code }) => code === 'refused').map(({ message }) => message)

describe('the line of a request that the CSRF check refused', () => {
  const post = { method: 'POST', url: 'http://127.0.0.1:4002/login?next=/x' } as const

  it('names the received and the expected origin, and the options publicOrigin, trust proxy and origins', async () => {
    const { manager, warnings } = createDeveloper()
    await visit(manager, { ...post, headers: { host: '127.0.0.1:4002', origin: 'https://app.example' } })
    expect(linesOf(warnings)).toEqual([
      'POST /login (origin). Origin https://app.example, expected http://127.0.0.1:4002: set publicOrigin or trust proxy, or add it to origins.',
    ])
  })

  it('names the configured publicOrigin as the expected origin', async () => {
    const { manager, warnings } = createDeveloper({ publicOrigin: 'https://public.example' })
    await visit(manager, { ...post, headers: { origin: 'https://app.example' } })
    expect(linesOf(warnings)).toEqual([
      expect.stringContaining('Origin https://app.example, expected https://public.example: set publicOrigin'),
    ])
  })

  it('names the origin null of a page that hides its origin', async () => {
    const { manager, warnings } = createDeveloper()
    await visit(manager, { ...post, headers: { host: '127.0.0.1:4002', origin: 'null' } })
    expect(linesOf(warnings)).toEqual([expect.stringContaining('Origin null, expected http://127.0.0.1:4002: ')])
  })

  it('is written for a WebSocket handshake from another origin', async () => {
    const { manager, warnings } = createDeveloper()
    const headers = { upgrade: 'websocket', origin: 'https://evil.test' }
    await visit(manager, { url: `${APP}/socket`, headers })
    expect(linesOf(warnings)).toEqual([expect.stringMatching(/^GET \/socket \(origin\)\. Origin https/)])
  })

  it.each([
    ['cross-site', 'cross-site'],
    ['same-site', 'same-site'],
    ['anything\u00e9', 'cross-site'],
  ])('names Sec-Fetch-Site and the option origins for the value %s', async (site, named) => {
    const { manager, warnings } = createDeveloper()
    await visit(manager, { ...post, headers: { 'sec-fetch-site': site, origin: 'https://evil.test' } })
    expect(linesOf(warnings)).toEqual([
      expect.stringContaining(
        `Sec-Fetch-Site ${named} and Origin https://evil.test, expected same-origin: add it to origins`,
      ),
    ])
  })

  it.each<[string, unknown, string]>([
    ['a missing token', undefined, 'Received no CSRF token'],
    ['an empty token', '', 'Received no CSRF token'],
    ['a wrong token', 'A'.repeat(44), 'Received a wrong CSRF token'],
  ])('describes %s, and names csrfToken() and checkCsrf()', async (_what, token, text) => {
    const { manager, warnings } = createDeveloper({ csrf: 'token' })
    await visit(manager, { method: 'POST', act: (auth) => auth.checkCsrf(token) })
    expect(linesOf(warnings)).toEqual([expect.stringContaining(`POST /account (token). ${text}`)])
    for (const name of ['csrfToken()', 'checkCsrf()', 'x-csrf-token']) expect(linesOf(warnings)[0]).toContain(name)
  })

  it('is written for a wrong token in the header', async () => {
    const { manager, warnings } = createDeveloper({ csrf: 'token' })
    const response = await visit(manager, { method: 'POST', headers: { 'x-csrf-token': 'A'.repeat(44) } })
    expect([response.status, linesOf(warnings)]).toEqual([
      403,
      [expect.stringContaining('Received a wrong CSRF token')],
    ])
  })
})

describe('the line of a request that a guard refused as anonymous', () => {
  const refuse = async (options: Options, cookie: string, clock = createTestClock(), more: Visit = {}) => {
    const { manager, warnings } = createDeveloper({ clock, ...options })
    await visit(manager, { headers: { cookie }, ...more })
    return linesOf(warnings)
  }

  it('names the cookie that did not arrive', async () => {
    expect(await refuse({}, '')).toEqual([
      'GET /account (no-cookie). Expected a login in the cookie __Host-session: check await loginUser(), and Path, Domain and SameSite of the cookie.',
    ])
  })

  it('names another secret as the cause of bad-signature', async () => {
    const cookie = await getCookie(createManager({ secrets: 'another secret: 0123456789 abcdefghijkl' }))
    expect(await refuse({}, cookie)).toEqual([
      expect.stringMatching(/\(bad-signature\)\. Expected a login in the cookie __Host-session: check secrets/),
    ])
  })

  const DAY = 86_400
  it.each<[string, Options, Options, number, RegExp]>([
    ['idle', {}, {}, 2 * DAY, /\(idle\).*session\.idleSeconds/],
    ['expired', { session: { absoluteSeconds: 60 } }, {}, 61, /\(expired\).*session\.absoluteSeconds/],
    ['not-yet-valid', {}, {}, -600, /\(not-yet-valid\).*clock/],
    ['unknown-user', {}, { loadUser: () => null }, 0, /\(unknown-user\).*loadUser/],
    ['inactive', {}, { isActive: () => false }, 0, /\(inactive\).*isActive/],
    ['revoked', {}, { isRevoked: () => true }, 0, /\(revoked\).*isRevoked/],
  ])('names the cause and the remedy of %s', async (_reason, before, after, seconds, expected) => {
    const clock = createTestClock()
    const cookie = await getCookie(createManager({ clock, ...before }))
    clock.advance(seconds)
    expect(await refuse({ ...before, ...after }, cookie, clock)).toEqual([expect.stringMatching(expected)])
  })

  it('names the options of strong session protection', async () => {
    const clock = createTestClock()
    const cookie = await getCookie(createManager({ clock }))
    const headers = { cookie, 'user-agent': 'another' }
    const lines = await refuse({ sessionProtection: 'strong' }, '', clock, { headers })
    expect(lines).toEqual([expect.stringMatching(/\(protected\).*sessionProtection and fingerprint/)])
  })

  it('names insecure-transport for a page over plain http', async () => {
    const more = { url: 'http://app.test/account', headers: {} }
    expect(await refuse({}, '', createTestClock(), more)).toEqual([
      expect.stringMatching(/\(insecure-transport\).*publicOrigin, .*secure: false/),
    ])
  })

  it('names inactive for a forced login of an inactive user', async () => {
    const isActive = (): boolean => false
    const cookie = await getCookie(createManager({ isActive }), { force: true })
    expect(await refuse({ isActive }, cookie, undefined)).toEqual([expect.stringContaining('(inactive)')])
  })

  it('does not contain an unknown reason that a request loader of JavaScript recorded', async () => {
    const load: RequestLoader<User>['load'] = (_request, note) => {
      note('Bearer the-credential' as 'bad-format')
      return null
    }
    const lines = await refuse({ loadUserFromRequest: { load } }, '')
    expect(lines).toEqual([expect.stringContaining('GET /account (unauthorized)')])
    expect(lines.join()).not.toContain('the-credential')
  })

  it('is written once if a rejected cookie and two guards refuse the same request', async () => {
    const twice: Act = async (auth) => {
      await requireUser()(auth)
      return requireUser()(auth)
    }
    expect(
      await refuse({}, '__Host-session=broken', undefined, {
        headers: { cookie: '__Host-session=broken' },
        act: twice,
      }),
    ).toHaveLength(1)
  })
})

describe('the line of a rejected cookie without a guard', () => {
  it('is written if the handler reads the user', async () => {
    const { manager, warnings } = createDeveloper()
    await visit(manager, { headers: { cookie: '__Host-session=broken' }, act: (auth) => auth.currentUser() })
    expect(linesOf(warnings)).toEqual([expect.stringMatching(/^GET \/account \(bad-format\)\. Expected a login .*\.$/)])
  })

  it.each<[string, Act]>([
    ['a visitor without a cookie', (auth) => auth.currentUser()],
    ['a login', (auth) => auth.loginUser(alice)],
    ['a logout', (auth) => auth.logoutUser()],
  ])('is not written for %s', async (_what, act) => {
    const { manager, warnings } = createDeveloper()
    const cookie = _what === 'a logout' ? await getCookie(manager) : ''
    await visit(manager, { headers: { cookie }, act })
    expect(warnings).toEqual([])
  })
})

describe('the line of a logged-in user whom a guard refused', () => {
  const refuse = async (policy: Policy<User>, login: LoginOptions = {}, seconds = 0, options: Options = {}) => {
    const clock = createTestClock()
    const { manager, warnings } = createDeveloper({ clock, refreshView: '/again', ...options })
    const cookie = await getCookie(manager, login)
    clock.advance(seconds)
    await visit(manager, { headers: { cookie }, act: requireUser(policy) })
    return linesOf(warnings)
  }

  it('names the expected and the received freshness, and confirmLogin()', async () => {
    expect(await refuse({ fresh: true }, { fresh: false }, 7)).toEqual([
      'GET /account (stale). Expected {"fresh":true}, received {"fresh":false,"withinSeconds":7,"level":1,"method":[]}: call confirmLogin() after the user authenticated again.',
    ])
  })

  it('names the expected and the received age, level and methods', async () => {
    const policy = { withinSeconds: 300, level: 2, method: ['otp', 'webauthn'] }
    expect(await refuse(policy, { method: ['pwd', 'sms'], level: 1 }, 400)).toEqual([
      expect.stringContaining(
        'Expected {"fresh":true,"withinSeconds":300,"level":2,"method":["otp","webauthn"]}, received {"fresh":true,"withinSeconds":400,"level":1,"method":["pwd","sms"]}:',
      ),
    ])
  })

  it('names a request loader, whose users are never fresh', async () => {
    const { manager, warnings } = createDeveloper({ loadUserFromRequest: bearer(() => alice) })
    await visit(manager, { headers: { authorization: 'Bearer t' }, act: requireUser({ fresh: true }) })
    expect(linesOf(warnings)).toEqual([expect.stringContaining('received a request loader')])
  })

  it.each([
    [false, 'false'],
    [1, 'number'],
    [undefined, 'undefined'],
    ['the-secret', 'string'],
  ])('names the result %j of allow, and true as the expected one', async (result, named) => {
    expect(await refuse({ allow: () => result as boolean })).toEqual([
      `GET /account (forbidden). allow returned ${named}, expected true.`,
    ])
  })

  it('names the store if it is down, and never the message of its error', async () => {
    const failing = (): never => {
      throw new StoreError('postgres://user:password@host is down')
    }
    const { manager, warnings } = createDeveloper({ loadUser: failing })
    await visit(manager, { headers: { cookie: await getCookie(createManager()) } })
    expect(linesOf(warnings)).toEqual([expect.stringMatching(/^GET \/account \(unavailable\)\. .*StoreError/)])
    expect(linesOf(warnings)[0]).not.toContain('password')
  })

  it('names the login at a page for anonymous requests', async () => {
    const { manager, warnings } = createDeveloper()
    const guard = manager.guardAnonymous()
    const act: Act = async (auth) => {
      const outcome = await guard(auth)
      return outcome.ok ? null : outcome.respond()
    }
    await visit(manager, { headers: { cookie: await getCookie(manager) }, act })
    expect(linesOf(warnings)).toEqual([expect.stringContaining('(logged-in). Expected an anonymous request')])
  })

  it('names isActive if loginUser() returned false', async () => {
    const { manager, warnings } = createDeveloper({ isActive: () => false })
    await visit(manager, { method: 'POST', act: logIn() })
    expect(linesOf(warnings)).toEqual([expect.stringMatching(/^POST \/account \(inactive\)\. .*isActive/)])
  })
})

describe('the line of Secure cookies over plain http', () => {
  const insecure = { url: 'http://app.test/login?next=/x', method: 'POST' } as const

  it.each<[string, Act]>([
    ['a login', logIn()],
    ['session data', (auth) => auth.session.set('cart', 1)],
    ['a flash message', (auth) => auth.flash('hello')],
  ])('is written for %s in each request, with the received origin and the remedies', async (_what, act) => {
    const { manager, warnings } = createDeveloper()
    for (let i = 0; i < 2; i++) await visit(manager, { ...insecure, act })
    expect(warnings.map(({ code }) => code)).toEqual(['insecure-transport', 'insecure-transport'])
    for (const { message } of warnings) {
      expect(message).toMatch(/^POST \/login \(insecure-transport\)\. .* Secure cookies over http:\/\/app\.test, /)
      for (const remedy of ['expected https', 'publicOrigin', 'secure: false']) expect(message).toContain(remedy)
    }
  })

  it.each<[string, string, Options]>([
    ['https', `${APP}/login`, {}],
    ['localhost', 'http://localhost:3000/login', {}],
    ['a named proxy that terminates TLS', insecure.url, { publicOrigin: APP }],
    ['cookies that are not Secure', insecure.url, { cookies: { secure: false } }],
  ])('is not written for %s', async (_what, url, options) => {
    const { manager, warnings } = createDeveloper(options)
    await visit(manager, { url, method: 'POST', headers: { host: new URL(url).host }, act: logIn() })
    expect(warnings).toEqual([])
  })
})

const FAILING: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('the log is full')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the log is full'))],
  ['never settles', () => new Promise(() => undefined)],
]

describe('a login over plain http, which emits a warning', () => {
  const insecure = { url: 'http://app.test/login', method: 'POST' } as const

  it.each(FAILING)('succeeds if onWarning %s', async (_what, onWarning) => {
    for (const debug of [true, false]) {
      const { manager } = createDeveloper({ onWarning, debug })
      for (let i = 0; i < 2; i++)
        expect(toCookie(await visit(manager, { ...insecure, act: logIn() }))).toContain('__Host-session=')
    }
  })

  it.each(FAILING)('with a cookie of more than 4,096 bytes succeeds if onWarning %s', async (_what, onWarning) => {
    const { manager } = createDeveloper({ onWarning })
    const act: Act = async (auth) => {
      await auth.loginUser(alice, { remember: true })
      await auth.session.set('cart', 'x'.repeat(2600))
    }
    expect(toCookie(await visit(manager, { act }))).toContain('__Host-session=')
  })

  it.each(FAILING)('succeeds if a listener of the event warning %s', async (_what, listener) => {
    const { manager } = createDeveloper()
    manager.on('warning', listener)
    expect(toCookie(await visit(manager, { ...insecure, act: logIn() }))).toContain('__Host-session=')
  })
})

describe('a manager', () => {
  beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue())
  afterEach(() => void vi.restoreAllMocks())

  it('writes each line to the console if debug is true and onWarning is not set', async () => {
    const manager = createManager({ debug: true })
    await visit(manager)
    await visit(manager)
    expect(vi.mocked(console.warn).mock.calls).toEqual(
      Array(2).fill([expect.stringMatching(/^\[fetch-login\] refused: GET \/account \(no-cookie\)\. /)]),
    )
  })

  it('does not write a line and does not emit an event if debug is false and onWarning is not set', async () => {
    const manager = createManager({ debug: false })
    const { events } = recordEvents(manager)
    await visit(manager)
    await visit(manager, { method: 'POST', headers: { origin: 'https://evil.test' } })
    expect([vi.mocked(console.warn).mock.calls, events.filter(({ name }) => name === 'warning')]).toEqual([[], []])
  })

  it('passes the first line of each kind to onWarning if debug is false', async () => {
    const { manager, warnings } = createDeveloper({ debug: false })
    for (let i = 0; i < 3; i++) {
      await visit(manager)
      await visit(manager, { method: 'POST', headers: { origin: `https://evil-${i}.test` } })
      await visit(manager, { headers: { cookie: '__Host-session=broken' } })
    }
    const kinds = linesOf(warnings).map((line) => /\((.*?)\)/.exec(line)?.[1])
    expect(kinds).toEqual(['no-cookie', 'origin', 'bad-format'])
    expect(console.warn).not.toHaveBeenCalled()
  })

  it('does not emit the event warning for a refusal', async () => {
    const { manager } = createDeveloper()
    const { names } = recordEvents(manager)
    await visit(manager)
    expect(names()).not.toContain('warning')
  })

  it.each(FAILING)('sends the same responses if onWarning %s', async (_what, onWarning) => {
    const { manager } = createDeveloper({ onWarning })
    expect((await visit(manager)).status).toBe(302)
    const forged = { method: 'POST', headers: { origin: 'https://evil.test' } }
    expect((await visit(manager, forged)).status).toBe(403)
  })
})

describe('hostile input in a line', () => {
  it('is printable ASCII of limited length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const escaped = escapeText(text)
        expect(escaped).toMatch(/^[!-~]*…?$/)
        expect(escaped.length).toBeLessThanOrEqual(200 * 8 + 3)
      }),
    )
    expect(escapeText('/a\r\n[fetch-login] \u001b[31m\u202e')).toBe(
      '/a\\u{d}\\u{a}[fetch-login]\\u{20}\\u{1b}[31m\\u{202e}',
    )
  })

  it('escapes the backslash, so that text of a request cannot look like an escape', () => {
    expect(escapeText('/a\\u{a}')).toBe('/a\\u{5c}u{a}')
  })

  it('is marked if it was cut at 200 characters', () => {
    expect(escapeText('a'.repeat(201))).toBe(`${'a'.repeat(200)}…`)
    expect(escapeText('a'.repeat(200))).toBe('a'.repeat(200))
  })

  it('does not escape the words of the library', async () => {
    const { manager, warnings } = createDeveloper()
    const headers = new Map([['origin', 'https://evil.test']])
    const auth = manager.open({ method: 'POST', url: '/a', headers: { get: (name) => headers.get(name) ?? null } })
    await (await checkRequest(auth))?.respond()
    expect(linesOf(warnings)).toEqual([expect.stringContaining(', expected another Host: ')])
  })

  const word = fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/).map((random) => `hidden-${random}`)
  const control = fc.constantFrom('\n', '\r\n', '\u001b[2J', '\u0000', '\u2028', '\u202e', '\u0085')
  const hostile = fc.record({ word, control })

  /** A request that has the word at each place of a credential, and control characters in its method, path and Host. */
  const createView = (hidden: string, evil: string, more: Record<string, string>, method: string) => {
    const headers = new Map(
      Object.entries({
        host: `app.test${evil}injected`,
        cookie: `__Host-session=${hidden}; __Host-remember_token=${hidden}; __Host-session_csrf_${hidden}=1; sid=${hidden}`,
        authorization: `Bearer ${hidden}`,
        'x-csrf-token': hidden,
        referer: `https://app.test/?${hidden}`,
        ...more,
      }),
    )
    return {
      method: `${method}${evil}injected`,
      url: `http://user:${hidden}@app.test/path${evil}injected?token=${hidden}#${hidden}`,
      headers: { get: (name: string) => headers.get(name) ?? null },
    }
  }

  it('never adds a cookie, a token, a credential, a query or a control character to the line', async () => {
    const origins = fc.constantFrom(
      (hidden: string) => ({ origin: `https://${hidden}:${hidden}@evil.test/?${hidden}` }),
      (hidden: string) => ({ origin: `https://evil.test/${hidden}` }),
      (hidden: string) => ({ origin: `${hidden}\nline` }),
      (hidden: string) => ({ 'sec-fetch-site': hidden, origin: `x://y?${hidden}` }),
      () => ({ 'sec-fetch-site': 'none' }),
      () => ({}),
    )
    const methods = fc.constantFrom('GET', 'POST')
    await fc.assert(
      fc.asyncProperty(hostile, origins, methods, async ({ word: hidden, control: evil }, createOrigin, method) => {
        const { manager, warnings } = createDeveloper({
          csrf: 'token',
          loadUserFromRequest: bearer<User>(() => null),
        })
        const auth = manager.open(createView(hidden, evil, createOrigin(hidden), method))
        const refused = await checkRequest(auth)
        await refused?.respond()
        await auth.checkCsrf(hidden)
        await auth.session.get(hidden)
        const decision = await auth.require({ fresh: true })
        if (!decision.ok) await decision.respond()
        commit(auth, new Response())
        expect(warnings.length).toBeGreaterThan(0)
        for (const { message } of warnings) {
          expect(message).not.toContain(hidden)
          expect(message).not.toContain(SECRET)
          expect(message).toMatch(/^[ -~]{1,1800}$/)
        }
      }),
      { numRuns: 300 },
    )
  })
})
