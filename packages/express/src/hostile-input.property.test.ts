// A real server receives arbitrary bytes in the request line, the headers and the form, over a socket. The response is never
// a 500, a login, a header that the client chose, or a redirect to another origin. The server continues to respond. Core has
// more of these tests, without a server.
import { apiKey, basicAuth, bearer, createLoginManager } from '@fetch-login/core'
import express, { type Express } from 'express'
import express4 from 'express4'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { forwardRejections, type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, sendRaw, serve } from '../testing/served'
import { expressLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
expectQuietProcess()

interface User {
  readonly id: string
  readonly password: string
  readonly key: string
}

const alice: User = { id: 'alice', password: 'rXk3!vq0-Zp7', key: 'key-7Qw2e9Rt4Yu6' }
const byKey = (key: string): User | null => (key === alice.key ? alice : null)
const byPassword = ({ username, password }: { username: string; password: string }): User | null =>
  username === alice.id && password === alice.password ? alice : null

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => (id === alice.id ? alice : null),
  loadUserFromRequest: [apiKey(byKey), apiKey(byKey, { query: 'api_key' }), basicAuth(byPassword), bearer(byKey)],
  sessionStamp: (user) => user.password,
  fingerprint: ['userAgent', 'network'],
  loginView: '/login',
  refreshView: '/again',
  useSessionForNext: true,
})
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)

const showUser: Handler = async (req, res) => {
  res.setHeader('content-type', 'application/json')
  const [user, why] = [await auth(req).currentUser(), await auth(req).whyAnonymous()]
  res.end(JSON.stringify({ user: user?.id ?? null, why }))
}
const createRoute =
  (method: RegExp, path: string, ...handlers: Handler[]): Handler =>
  (req, res, next) => {
    const url = new URL(req.url ?? '/', 'http://a')
    if (!method.test(req.method ?? '') || url.pathname !== path) return next()
    const runFrom = (index: number): unknown =>
      handlers[index]?.(req, res, (error) => (error ? next(error) : runFrom(index + 1)))
    return runFrom(0)
  }
const logIn: Handler = async (req, res) => {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  const user = byPassword({ username: form.get('username') ?? '', password: form.get('password') ?? '' })
  if (user !== null) await auth(req).loginUser(user, { remember: true })
  await auth(req).flash(form.get('message') ?? '')
  res.writeHead(303, { location: await auth(req).nextUrl('/', { next: form.get('next') }) }).end()
}
const logOut: Handler = async (req, res) => {
  await auth(req).logoutUser()
  res.writeHead(303, { location: '/' }).end()
}

/** Skips the handler if the request target is not a URL. Express itself refuses such a request. */
const skipInvalidUrls =
  (handler: Handler): Handler =>
  (req, res, next) =>
    URL.canParse(req.url ?? '/', 'http://a') ? handler(req, res, next) : next()

const handlers: readonly Handler[] = [
  loginMiddleware,
  skipInvalidUrls(createRoute(/./, '/page', showUser)),
  skipInvalidUrls(createRoute(/^(GET|POST|PUT|HEAD)$/, '/guarded', loginRequired(), showUser)),
  skipInvalidUrls(createRoute(/^(GET|POST|PUT|HEAD)$/, '/fresh', freshLoginRequired({ withinSeconds: 60 }), showUser)),
  skipInvalidUrls(createRoute(/./, '/login', logIn)),
  skipInvalidUrls(createRoute(/./, '/logout', logOut)),
]

/** Creates the same app with routes of Express and a trusted proxy. */
function createExpressApp(create: typeof express): Express {
  const app = create()
  app.set('trust proxy', true)
  app.use(loginMiddleware)
  const [asked, entered, left] = [showUser, logIn, logOut].map(
    (handler) => forwardRejections(handler) as express.RequestHandler,
  )
  app.all('/page', asked as express.RequestHandler)
  for (const method of ['get', 'post', 'put'] as const) {
    app[method]('/guarded', loginRequired(), asked as express.RequestHandler)
    app[method]('/guarded/:id', loginRequired({ except: ['/guarded/open'] }), asked as express.RequestHandler)
    app[method]('/fresh', freshLoginRequired({ withinSeconds: 60 }), asked as express.RequestHandler)
  }
  app.all('/login', entered as express.RequestHandler)
  app.all('/logout', left as express.RequestHandler)
  return app
}

const setups = [
  ...hosts.map(({ name, create }) => ({ name, create: () => create(handlers) })),
  { name: 'Express 5 with routes and a trusted proxy', create: () => createExpressApp(express) },
  {
    name: 'Express 4 with routes and a trusted proxy',
    create: () => createExpressApp(express4 as unknown as typeof express),
  },
]

// ── arbitrary requests ───────────────────────────────────────────────────────

const byte = fc.nat({ max: 0xff }).map((code) => String.fromCharCode(code))
const bytes = fc.string({ unit: byte, maxLength: 40 })
/** Any header value without a control character, for which the server would refuse the request at once. */
const value = bytes.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''))
const readable = fc.string({ unit: byte, maxLength: 40 }).map((text) => text.replace(/[^\x21-\x7e\x80-\xff]/g, ''))
const trap = fc.constantFrom(
  ...['', '__proto__', 'constructor', 'alice', 'null', ';', '=', ',', '//evil.test', '/\\evil.test', 'javascript:x'],
  ...['x.y.z', '....', 'eyJhbGciOiJub25lIn0.e30.', 'https://a.evil.test', '/\t/evil.test', '%', '%zz', '%00'],
)
const some = fc.oneof(
  { weight: 1, arbitrary: value },
  { weight: 5, arbitrary: readable },
  { weight: 5, arbitrary: trap },
)
const cookies = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('__Host-session', '__Host-remember_token'), readable), some), {
    maxLength: 4,
  })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join('; '))
const credential = fc
  .tuple(fc.constantFrom('Bearer', 'Basic', 'basic', ''), fc.oneof(some, readable.map(btoa)))
  .map((parts) => parts.join(' '))

const header = fc.oneof(
  cookies.map((text) => `Cookie: ${text}`),
  credential.map((text) => `Authorization: ${text}`),
  fc
    .tuple(
      fc.constantFrom(
        ...['Host', 'Origin', 'Accept', 'X-Api-Key', 'X-Csrf-Token', 'User-Agent', 'Sec-Fetch-Site', 'Sec-Fetch-Mode'],
        ...['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded', 'X-Real-Ip', 'Upgrade', 'Range'],
        ...['If-None-Match', 'If-Modified-Since', 'Content-Type', 'X-Http-Method-Override', 'Referer'],
      ),
      fc.oneof(some, fc.constantFrom('evil.test', 'text/html', 'same-origin', 'navigate', 'websocket', 'https', '::1')),
    )
    .map((pair) => pair.join(': ')),
)
const anything = bytes.map((text) => text.replace(/[\r\n]/g, ''))
const line = fc.oneof({ weight: 20, arbitrary: header }, { weight: 1, arbitrary: anything })

const known = fc.constantFrom(
  ...['/page', '/guarded', '/guarded/x', '/guarded/%6fpen', '/fresh', '/login', '/logout', '/none', '*'],
)
const unknown = fc.oneof(
  readable.map((text) => `/${text}`),
  fc.tuple(fc.constantFrom('http://a/', 'x://a/', 'http://', '//'), readable).map((parts) => parts.join('')),
)
/** Mostly ASCII, because Node refuses other characters in a request target. */
const target = fc.oneof(
  { weight: 9, arbitrary: readable.map((text) => text.replace(/[^\x21-\x7e]/g, '')) },
  { weight: 1, arbitrary: readable },
)
const path = fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: unknown })
const query = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.constantFrom('next', 'api_key', 'a[b]', '__proto__'), target).map((pair) => `?${pair.join('=')}`),
)
const form = fc.record({ next: some, username: some, password: some, message: some }, { requiredKeys: [] })

const asked: fc.Arbitrary<ArbitraryRequest> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
  target: fc.tuple(path, query).map((parts) => parts.join('')),
  lines: fc.array(line, { maxLength: 6 }),
  form,
})
interface ArbitraryRequest {
  readonly method: string
  readonly target: string
  readonly lines: readonly string[]
  readonly form: Record<string, string>
}

function sendArbitrary(
  origin: string,
  { method, target, lines, form }: ArbitraryRequest,
  more: readonly string[] = [],
) {
  const body = method === 'POST' || method === 'PUT' ? new URLSearchParams(form).toString() : ''
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return sendRaw(origin, `${method} ${target} HTTP/1.1`, [...lines, ...more, ...length], body)
}

// ── harmless responses ───────────────────────────────────────────────────────

const COOKIE_LINE =
  /^(__Host-session(_ended|_csrf_[\w-]{22})?|__Host-remember_token)=[\w.-]*(; Max-Age=\d+)?; Path=\/; Secure; HttpOnly; SameSite=Lax((; Partitioned)?; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?$/

function parseHeaders(text: string): [name: string, value: string][] {
  const [head = ''] = text.split('\r\n\r\n')
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])
}

function expectHarmless({ status, text }: { status: number; text: string }): void {
  expect(status).toBeLessThan(500)
  expect(text).not.toContain('"user":"alice"')
  const headers = parseHeaders(text)
  for (const [, value] of headers) expect(value).toMatch(/^[\x20-\x7e]*$/)
  const cookies = headers.filter(([name]) => name === 'set-cookie')
  for (const [, line] of cookies) expect(line).toMatch(COOKIE_LINE)
  const names = cookies
    .map(([, line]) => line)
    .filter((line) => !line.includes('; Max-Age=0;'))
    .map((line) => line.split('=')[0])
  expect(new Set(names).size).toBe(names.length)
  const location = headers.find(([name]) => name === 'location')?.[1]
  if (location !== undefined) expect(new URL(location, 'http://app.test').origin).toBe('http://app.test')
}

describe.each(setups)('$name', ({ create }) => {
  it('responds to arbitrary requests without an error, a login, an unknown header or a redirect to another origin', async () => {
    const origin = await serve(create())
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        const response = await sendArbitrary(origin, one)
        expectHarmless(response)
        statuses.add(response.status)
        const cookie = parseHeaders(response.text)
          .flatMap(([name, line]) => (name === 'set-cookie' ? [line.split(';')[0] ?? ''] : []))
          .join('; ')
        expect((await send(`${origin}/page`, { headers: { cookie } })).body).toContain('"user":null')
      }),
      { numRuns: 200 },
    )
    // Most requests reached the app, and a guard refused some.
    for (const status of [200, 303, 404]) expect(statuses).toContain(status)
    expect([...statuses].some((status) => status === 401 || status === 302)).toBe(true)
  })

  it('finds the user of a valid API key, whatever else the request contains', async () => {
    const origin = await serve(create())
    const calm = asked.map((one) => ({
      ...one,
      method: 'GET',
      target: '/guarded',
      lines: one.lines.filter((line) =>
        /^(cookie|accept|user-agent|referer|x-forwarded-\w+):[\x20-\x7e\x80-\xff]*$/i.test(line),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(calm, async (one) => {
        const { status, text } = await sendArbitrary(origin, one, [`X-Api-Key: ${alice.key}`])
        expect([status, text.includes('"user":"alice"')]).toEqual([200, true])
      }),
      { numRuns: 100 },
    )
  })

  it('logs in with the correct password on the same app', async () => {
    const origin = await serve(create())
    const body = new URLSearchParams({ username: 'alice', password: alice.password, next: '/x' }).toString()
    const entered = await send(`${origin}/login`, { method: 'POST', body })
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/x'])
    const cookie = entered.cookies.map((line) => line.split(';')[0]).join('; ')
    expect((await send(`${origin}/fresh`, { headers: { cookie } })).body).toContain('"user":"alice"')
  })
})
