// A real Hono app receives arbitrary bytes in the headers, the URL and the form. The response is never a 500, a login, a
// header that the client chose, or a redirect to another origin. Core has more of these tests, without Hono.
import { apiKey, basicAuth, bearer, createLoginManager } from '@fetch-login/core'
import { encrypted } from '@fetch-login/core/encrypted'
import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import { honoLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

interface User {
  readonly id: string
  readonly password: string
  readonly key: string
}

const alice: User = { id: 'alice', password: 'rXk3!vq0-Zp7', key: 'key-7Qw2e9Rt4Yu6' }
const users = new Map([[alice.id, alice]])
const byKey = (key: string): User | null => (key === alice.key ? alice : null)
const byPassword = ({ username, password }: { username: string; password: string }): User | null =>
  users.get(username)?.password === password ? alice : null

const ORIGIN = 'https://app.test'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const METHODS = ['GET', 'POST', 'PUT']
const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'

function createApp(isStrict: boolean): { app: Hono; errors: unknown[] } {
  const manager = createLoginManager<User>({
    secrets: SECRET,
    loadUser: (id) => users.get(id),
    loadUserFromRequest: [apiKey(byKey), apiKey(byKey, { query: 'api_key' }), basicAuth(byPassword), bearer(byKey)],
    sessionStamp: (user) => user.password,
    loginView: '/login',
    refreshView: '/again',
    ...(isStrict && {
      session: { codec: encrypted() },
      sessionProtection: 'strong',
      fingerprint: ['userAgent', 'address'],
      csrf: 'token',
      useSessionForNext: true,
    }),
  })
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager, {
    address: (c) => c.req.header('x-real-ip'),
  })
  const errors: unknown[] = []
  const app = new Hono()
  app.onError((error, c) => {
    errors.push(error)
    return c.text('error', 500)
  })
  app.use(loginMiddleware)
  app.all('/page', async (c) =>
    c.json({
      user: (await auth(c).currentUser())?.id ?? null,
      why: await auth(c).whyAnonymous(),
      next: c.req.query('next'),
    }),
  )
  app.on(METHODS, '/guarded/*', loginRequired({ except: ['/guarded/open'] }), (c) =>
    c.json({ user: c.req.path === '/guarded/open' ? null : auth(c).user.id }),
  )
  app.on(METHODS, '/fresh', freshLoginRequired({ withinSeconds: 60 }), (c) => c.json({ user: c.var.user.id }))
  app.all('/login', async (c) => {
    const form = await c.req.parseBody()
    const current = auth(c)
    if (isStrict && !(await current.checkCsrf(form.csrf_token))) return c.body(null, 403)
    const user = byPassword({ username: String(form.username), password: String(form.password) })
    if (user !== null) await current.loginUser(user, { remember: true })
    await current.flash(String(form.message), String(form.category))
    return c.redirect(await current.nextUrl('/', { next: typeof form.next === 'string' ? form.next : null }))
  })
  app.all('/login-address', (c) => c.redirect(auth(c).loginUrl('/login', c.req.query('next'))))
  app.all('/logout', async (c) => {
    const current = auth(c)
    if (isStrict && !(await current.checkCsrf(c.req.query('csrf_token')))) return c.body(null, 403)
    await current.logoutUser()
    return c.redirect('/')
  })
  return { app, errors }
}

// ── arbitrary requests ───────────────────────────────────────────────────────

const latin = fc.nat({ max: 0xff }).map((code) => String.fromCharCode(code))
/** Any byte that a header may contain. */
const headerBytes = fc.string({ unit: latin, maxLength: 50 }).map((text) => text.replace(/[\0\r\n]/g, ''))
const anyText = fc.oneof(fc.string({ unit: latin, maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 30 }))
const trap = fc.constantFrom(
  ...[
    '',
    '__proto__',
    'constructor',
    'alice',
    'null',
    ';',
    '=',
    ',',
    '//evil.test',
    '/\\evil.test',
    'javascript:alert(1)',
  ],
  ...[
    'x.y.z',
    '....',
    'eyJhbGciOiJub25lIn0.e30.',
    'https://app.test.evil.test',
    'https://app.test@evil.test',
    '/\t/evil.test',
  ],
)
const headerValue = fc.oneof(headerBytes, trap)
const pair = fc.tuple(fc.oneof(fc.constantFrom(SESSION, REMEMBER, 'session'), headerBytes), headerValue)
const cookies = fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.map((one) => one.join('=')).join('; '))
const credential = fc
  .tuple(fc.constantFrom('Bearer', 'Basic', 'basic', 'Api-Key', ''), fc.oneof(headerValue, headerBytes.map(btoa)))
  .map((parts) => parts.join(' '))

const headers = fc.record(
  {
    cookie: fc.oneof(cookies, headerValue),
    authorization: fc.oneof(credential, headerValue),
    host: fc.oneof(fc.constantFrom('app.test', 'evil.test', 'a, b', '[::1]:1'), headerValue),
    origin: fc.oneof(fc.constantFrom(ORIGIN, 'null', 'https://evil.test'), headerValue),
    'x-csrf-token': headerValue,
    'x-api-key': headerValue,
    'user-agent': headerValue,
    'x-real-ip': fc.oneof(fc.ipV4(), fc.ipV6(), headerValue),
    accept: fc.oneof(fc.constantFrom('text/html', 'application/json', '*/*'), headerValue),
    'sec-fetch-site': fc.oneof(fc.constantFrom('same-origin', 'cross-site', 'none'), headerValue),
    'sec-fetch-mode': fc.oneof(fc.constant('navigate'), headerValue),
    'x-forwarded-host': headerValue,
    'x-forwarded-proto': headerValue,
  },
  { requiredKeys: [] },
)

const formField = fc.oneof(anyText, trap)
const form = fc.record(
  {
    next: formField,
    username: formField,
    password: formField,
    csrf_token: formField,
    message: formField,
    category: formField,
  },
  { requiredKeys: [] },
)

interface ArbitraryRequest {
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly query: Record<string, string>
  readonly form: Record<string, string>
}

const arbitraryRequest: fc.Arbitrary<ArbitraryRequest> = fc.record({
  path: fc.constantFrom(
    '/page',
    '/guarded/x',
    '/guarded/open',
    '/guarded/open/',
    '/guarded/%6fpen',
    '/guarded//open',
    '/fresh',
    '/login',
    '/login-address',
    '/logout',
    '/none',
  ),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS'),
  headers,
  query: fc.record({ next: formField, api_key: formField, csrf_token: formField }, { requiredKeys: [] }),
  form,
})

/** Creates the request. URLSearchParams replaces lone surrogates, as a browser does. */
function createRequest({ path, method, headers, query, form }: ArbitraryRequest): Request {
  const body = method === 'GET' || method === 'HEAD' ? null : new URLSearchParams(form)
  return new Request(`${ORIGIN}${path}?${new URLSearchParams(query)}`, { method, headers, body })
}

// ── harmless responses ───────────────────────────────────────────────────────

const COOKIE_LINE =
  /^(__Host-session(_ended|_csrf_[\w-]{22})?|__Host-remember_token)=[\w.-]*(; Max-Age=\d+)?; Path=\/; Secure; HttpOnly; SameSite=Lax((; Partitioned)?; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?$/
const HEADERS = [
  'cache-control',
  'clear-site-data',
  'content-length',
  'content-type',
  'location',
  'set-cookie',
  'vary',
  'www-authenticate',
]

function expectHarmless(response: Response): void {
  expect(response.status).toBeLessThan(500)
  for (const [name, text] of response.headers) {
    expect(HEADERS).toContain(name)
    expect(text).toMatch(/^[\x20-\x7e]*$/)
  }
  const lines = response.headers.getSetCookie()
  for (const line of lines) expect(line).toMatch(COOKIE_LINE)
  const names = lines.filter((line) => !line.includes('; Max-Age=0;')).map((line) => line.split('=')[0])
  expect(new Set(names).size).toBe(names.length)
  if (lines.length > 0) expect(response.headers.get('cache-control')).toBe('private, no-store')
  const location = response.headers.get('location')
  if (location !== null) expect(new URL(location, ORIGIN).origin).toBe(ORIGIN)
}

describe.each([
  ['with the defaults', false],
  ['encrypted, strict and with form tokens', true],
])('a Hono app %s', (_kind, isStrict) => {
  const { app, errors } = createApp(isStrict)
  const isJson = (response: Response): boolean =>
    response.headers.get('content-type')?.startsWith('application/json') === true

  it('responds to arbitrary requests without an error, a login, an unknown header or a redirect to another origin', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (one) => {
        const response = await app.fetch(createRequest(one))
        expect(errors.splice(0)).toEqual([])
        expectHarmless(response)
        if (one.method !== 'HEAD' && response.status === 200 && isJson(response))
          expect(await response.json()).toMatchObject({ user: null })
        const cookie = response.headers
          .getSetCookie()
          .map((line) => line.split(';')[0])
          .join('; ')
        const again = await app.fetch(new Request(`${ORIGIN}/page`, { headers: { cookie } }))
        expect(await again.json()).toMatchObject({ user: null })
      }),
      { numRuns: 800 },
    )
  })

  it('finds the user of a valid API key, whatever else the request contains', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (one) => {
        const { authorization, ...others } = one.headers
        const given = { ...one, path: '/page', headers: { ...others, 'x-api-key': alice.key } }
        const response = await app.fetch(createRequest(given))
        expect(errors.splice(0)).toEqual([])
        expectHarmless(response)
        if (one.method !== 'HEAD' && response.status === 200)
          expect(await response.json()).toMatchObject({ user: 'alice' })
      }),
      { numRuns: 200 },
    )
  })
})

describe('the correct password', () => {
  it('logs in on the same app', async () => {
    const { app } = createApp(false)
    const form = new URLSearchParams({ username: 'alice', password: alice.password, next: '/x' })
    const response = await app.request(`${ORIGIN}/login`, { method: 'POST', body: form })
    expect(response.headers.get('location')).toBe('/x')
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(await (await app.request(`${ORIGIN}/fresh`, { headers: { cookie } })).json()).toEqual({ user: 'alice' })
  })
})
