// A real Fastify server receives arbitrary bytes in the headers, the URL and the form, over a socket. The response is
// never a 500, a login, a header that the client chose, or a redirect to another origin. Core has more of these tests,
// without a server.
import { type AddressInfo, connect } from 'node:net'
import { apiKey, basicAuth, bearer, createLoginManager } from '@fetch-login/core'
import { encrypted } from '@fetch-login/core/encrypted'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { serve } from '../testing/served'
import { fastifyLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
expectQuietProcess()

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

const ORIGIN = 'http://app.test'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'

async function createApp(isStrict: boolean): Promise<{ app: FastifyInstance; errors: unknown[] }> {
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
  const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager, {
    address: (request) => String(request.headers['x-real-ip'] ?? ''),
  })
  const errors: unknown[] = []
  const app = Fastify()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
  )
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const { statusCode = 500 } = error
    if (statusCode >= 500) errors.push(error)
    return reply.code(statusCode).send('error')
  })
  await app.register(loginPlugin)
  type Form = Record<string, string | undefined>
  app.all<{ Querystring: Form }>('/page', async (request) => ({
    user: (await auth(request).currentUser())?.id ?? null,
    why: await auth(request).whyAnonymous(),
    next: request.query.next,
  }))
  app.register(async (guarded) => {
    guarded.addHook('onRequest', loginRequired({ except: ['/guarded/open'] }))
    guarded.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/guarded/*',
      handler: async (request) => ({ user: request.url.startsWith('/guarded/open') ? null : auth(request).user.id }),
    })
  })
  app.route({
    method: ['GET', 'POST', 'PUT'],
    url: '/fresh',
    preHandler: freshLoginRequired({ withinSeconds: 60 }),
    handler: async (request) => ({ user: auth(request).user.id }),
  })
  app.all<{ Body: Form | undefined }>('/login', async (request, reply) => {
    const form = request.body ?? {}
    const current = auth(request)
    if (isStrict && !(await current.checkCsrf(form.csrf_token))) return reply.code(403).send('')
    const user = byPassword({ username: String(form.username), password: String(form.password) })
    if (user !== null) await current.loginUser(user, { remember: true })
    await current.flash(String(form.message), String(form.category))
    return reply.redirect(await current.nextUrl('/', { next: form.next ?? null }))
  })
  app.all<{ Querystring: Form }>('/login-address', async (request, reply) =>
    reply.redirect(auth(request).loginUrl('/login', request.query.next)),
  )
  app.all<{ Querystring: Form }>('/logout', async (request, reply) => {
    const current = auth(request)
    if (isStrict && !(await current.checkCsrf(request.query.csrf_token))) return reply.code(403).send('')
    await current.logoutUser()
    return new Response(null, { status: 303, headers: { location: '/', vary: 'Origin' } })
  })
  return { app, errors }
}

// ── arbitrary requests ───────────────────────────────────────────────────────

const latin = fc.nat({ max: 0xff }).map((code) => String.fromCharCode(code))
const removeLineEnds = (text: string): string => text.replace(/[\r\n]/g, '')
/** Any byte except line ends. Node itself refuses requests with some of these bytes, so most values do not contain them. */
const headerBytes = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: latin.filter((char) => char >= ' ' && char !== '\x7f'), maxLength: 50 }) },
  { weight: 1, arbitrary: fc.string({ unit: latin, maxLength: 50 }).map(removeLineEnds) },
)
const anyText = fc.oneof(fc.string({ unit: latin, maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 30 }))
const trap = fc.constantFrom(
  ...['', '__proto__', 'constructor', 'alice', 'null', ';', '=', ',', '//evil.test', '/\\evil.test', 'x.y.z', '....'],
  ...['javascript:alert(1)', 'eyJhbGciOiJub25lIn0.e30.', 'https://app.test.evil.test', 'https://app.test@evil.test'],
  ...['/\t/evil.test', '/%0d%0aset-cookie:%20a=b'],
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
    upgrade: fc.constantFrom('websocket', 'h2c'),
    'content-type': fc.constantFrom('application/json', 'text/plain', '', ';', 'a/b; c'),
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
  /** The name of a header that is sent twice. */
  readonly again: string
  readonly query: Record<string, string>
  readonly form: Record<string, string>
}

const arbitraryRequest: fc.Arbitrary<ArbitraryRequest> = fc.record({
  path: fc.constantFrom(
    ...[
      '/page',
      '/guarded/x',
      '/guarded/open',
      '/guarded/open/',
      '/guarded/%6fpen',
      '/guarded//open',
      '/guarded/%2e/x',
    ],
    ...[
      '/fresh',
      '/login',
      '/login-address',
      '/logout',
      '/none',
      '/%zz',
      '//page',
      '/page/..',
      'http://evil.test/page',
    ],
  ),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS'),
  headers,
  again: fc.constantFrom('', 'cookie', 'authorization', 'x-api-key', 'host', 'origin', 'accept'),
  query: fc.record({ next: formField, api_key: formField, csrf_token: formField }, { requiredKeys: [] }),
  form,
})

/** Serialises a request. URLSearchParams replaces lone surrogates, as a browser does. */
function createBytes({ path, method, headers, again, query, form }: ArbitraryRequest): Buffer {
  const body = method === 'GET' || method === 'HEAD' ? '' : new URLSearchParams(form).toString()
  const sent = {
    host: 'app.test',
    ...(body !== '' && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...headers,
    connection: headers.upgrade === undefined ? 'close' : 'close, upgrade',
    'content-length': String(body.length),
  }
  const lines = Object.entries(sent).flatMap(([name, value]) => {
    const line = `${name}: ${value}`
    return name === again ? [line, line] : [line]
  })
  return Buffer.from(
    [`${method} ${path}?${new URLSearchParams(query)} HTTP/1.1`, ...lines, '', body].join('\r\n'),
    'latin1',
  )
}

interface ReceivedResponse {
  readonly status: number
  readonly headers: [name: string, value: string][]
  readonly body: string
}

/** Sends bytes, and reads until the server closes the connection. */
async function send(port: number, bytes: Buffer): Promise<ReceivedResponse> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve())
    // Node responds to a request that it refuses, and then closes the connection without reading the rest.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve() : reject(error)))
    socket.write(bytes)
  })
  const text = Buffer.concat(chunks).toString('latin1')
  const [head = '', ...body] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const cut = line.indexOf(': ')
    return [line.slice(0, cut).toLowerCase(), line.slice(cut + 2)]
  })
  return { status: Number(first.split(' ')[1]), headers, body: body.join('\r\n\r\n') }
}

// ── harmless responses ───────────────────────────────────────────────────────

const COOKIE_LINE =
  /^(__Host-session(_ended|_csrf_[\w-]{22})?|__Host-remember_token)=[\w.-]*(; Max-Age=\d+)?; Path=\/; Secure; HttpOnly; SameSite=Lax((; Partitioned)?; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?$/
const HEADERS = [
  ...[
    'cache-control',
    'clear-site-data',
    'content-length',
    'content-type',
    'location',
    'set-cookie',
    'vary',
    'www-authenticate',
  ],
  ...['connection', 'date', 'keep-alive', 'transfer-encoding'],
]

const getHeaderValues = ({ headers }: ReceivedResponse, wanted: string): string[] =>
  headers.flatMap(([name, value]) => (name === wanted ? [value] : []))

function expectHarmless(response: ReceivedResponse): void {
  expect(response.status).toBeGreaterThanOrEqual(200)
  expect(response.status).toBeLessThan(500)
  for (const [name, text] of response.headers) {
    expect(HEADERS).toContain(name)
    expect(text).toMatch(/^[\x20-\x7e]*$/)
  }
  const lines = getHeaderValues(response, 'set-cookie')
  for (const line of lines) expect(line).toMatch(COOKIE_LINE)
  const names = lines.filter((line) => !line.includes('; Max-Age=0;')).map((line) => line.split('=')[0])
  expect(new Set(names).size).toBe(names.length)
  if (lines.length > 0) expect(getHeaderValues(response, 'cache-control')).toEqual(['private, no-store'])
  for (const location of getHeaderValues(response, 'location')) expect(new URL(location, ORIGIN).origin).toBe(ORIGIN)
}

const isJson = (response: ReceivedResponse): boolean =>
  getHeaderValues(response, 'content-type')[0]?.startsWith('application/json') === true

describe.each([
  ['with the defaults', false],
  ['encrypted, strict and with form tokens', true],
])('a Fastify app %s', (_kind, isStrict) => {
  const started = (async () => {
    const { app, errors } = await createApp(isStrict)
    await serve(app)
    const { port } = app.server.address() as AddressInfo
    return { errors, sendRequest: (one: ArbitraryRequest) => send(port, createBytes(one)) }
  })()
  const PAGE: ArbitraryRequest = { path: '/page', method: 'GET', headers: {}, again: '', query: {}, form: {} }

  it('responds to arbitrary requests without an error, a login, an unknown header or a redirect to another origin', async () => {
    const { sendRequest, errors } = await started
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (one) => {
        const response = await sendRequest(one)
        statuses.add(response.status)
        expect(errors.splice(0)).toEqual([])
        expectHarmless(response)
        if (one.method !== 'HEAD' && response.status === 200 && isJson(response))
          expect(JSON.parse(response.body)).toMatchObject({ user: null })
        const cookie = getHeaderValues(response, 'set-cookie').map((line) => line.split(';')[0])
        if (cookie.length === 0) return
        const again = await sendRequest({ ...PAGE, headers: { cookie: cookie.join('; ') } })
        expect(JSON.parse(again.body)).toMatchObject({ user: null })
      }),
      { numRuns: 600 },
    )
    // The requests reached the pages, the refusals and the refusals of Node itself.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 302, 400, 401, 403, 404]))
  })

  it('finds the user of a valid API key, whatever else the request contains', async () => {
    const { sendRequest, errors } = await started
    let found = 0
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (one) => {
        const { authorization, ...others } = one.headers
        const again = one.again === 'x-api-key' ? '' : one.again
        const response = await sendRequest({
          ...one,
          path: '/page',
          again,
          headers: { ...others, 'x-api-key': alice.key },
        })
        expect(errors.splice(0)).toEqual([])
        expectHarmless(response)
        if (one.method === 'HEAD' || response.status !== 200) return
        expect(JSON.parse(response.body)).toMatchObject({ user: 'alice' })
        found += 1
      }),
      { numRuns: 200 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it('does not find a user if the API key is sent twice, and names the reason', async () => {
    const { sendRequest } = await started
    const response = await sendRequest({ ...PAGE, headers: { 'x-api-key': alice.key }, again: 'x-api-key' })
    expect(JSON.parse(response.body)).toMatchObject({ user: null, why: 'ambiguous-header' })
  })
})

describe('the correct password', () => {
  it('logs in on the same app', async () => {
    const { app } = await createApp(false)
    await serve(app)
    const { port } = app.server.address() as AddressInfo
    const form = { username: 'alice', password: alice.password, next: '/x' }
    const response = await send(
      port,
      createBytes({ path: '/login', method: 'POST', headers: {}, again: '', query: {}, form }),
    )
    expect(getHeaderValues(response, 'location')).toEqual(['/x'])
    const cookie = getHeaderValues(response, 'set-cookie')[0]?.split(';')[0] ?? ''
    const fresh = { path: '/fresh', method: 'GET', headers: { cookie }, again: '', query: {}, form: {} }
    expect(JSON.parse((await send(port, createBytes(fresh))).body)).toEqual({ user: 'alice' })
  })
})
