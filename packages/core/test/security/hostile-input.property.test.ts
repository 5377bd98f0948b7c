// Whatever bytes a visitor sends, wherever they put them: no error of ours, no login, no header of theirs in our
// answer, no way off this origin. Through withLogin(), as an app on a Fetch API runtime would be asked, and with
// header values that a real `Headers` would not even take (line ends, NUL, lone surrogates), as other servers hand
// them over.
import fc from 'fast-check'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { commit } from '../../src/adapter'
import { encrypted } from '../../src/encrypted'
import {
  type Auth,
  apiKey,
  basicAuth,
  bearer,
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  withLogin,
} from '../../src/index'
import { jwtBearer } from '../../src/jwt'

// Many runs, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

interface User {
  readonly id: string
  readonly password: string
  readonly key: string
}

const alice: User = { id: 'alice', password: 'rXk3!vq0-Zp7', key: 'key-7Qw2e9Rt4Yu6' }
const users = new Map([[alice.id, alice]])
const byKey = (key: string): User | null => [...users.values()].find((user) => user.key === key) ?? null
const byPassword = (given: { username: string; password: string }): User | null => {
  const user = users.get(given.username)
  return user?.password === given.password ? user : null
}

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const ORIGIN = 'https://app.test'
const issuer = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(issuer.publicKey)), alg: 'ES256', kid: 'one' }

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => users.get(id),
  sessionStamp: (user) => user.password,
  loginView: '/login',
  refreshView: '/again',
  loadUserFromRequest: [
    apiKey(byKey),
    apiKey(byKey, { query: 'api_key' }),
    apiKey(byKey, { scheme: 'Api-Key' }),
    basicAuth(byPassword),
    jwtBearer<User>({
      issuer: 'https://id.test',
      audience: 'api',
      algorithms: ['ES256'],
      jwks: { keys: [jwk as never] },
      loadUser: ({ sub }) => users.get(sub ?? ''),
    }),
    bearer(byKey),
  ],
}

const managers: Readonly<Record<string, LoginManager<User>>> = {
  'with the defaults': createLoginManager(options),
  'encrypted, strict, with form tokens and the next page in the session': createLoginManager({
    ...options,
    session: { codec: encrypted(), renew: 'everyRequest' },
    remember: { renew: 'everyRequest' },
    sessionProtection: 'strong',
    fingerprint: ['userAgent', 'network'],
    csrf: 'token',
    useSessionForNext: true,
    audience: 'strict',
    // A view that says again what it was asked, as it came.
    loginView: ({ url }) => `/login?lang=${new URLSearchParams(url.slice(url.indexOf('?'))).get('x') ?? ''}`,
  }),
}

// ── an app that hands everything on ──────────────────────────────────────────

type Form = Readonly<Record<string, string>>

const redirect = (location: string): Response => new Response(null, { status: 302, headers: { location } })

const PAGES: Readonly<Record<string, (auth: Auth<User>, form: Form) => Promise<Response>>> = {
  '/page': async (auth) =>
    Response.json({
      user: (await auth.currentUser())?.id ?? null,
      why: await auth.whyAnonymous(),
      fresh: await auth.loginFresh(),
      remembered: await auth.loginRemembered(),
      flashes: await auth.takeFlashes(),
      next: await auth.session.pendingNext(),
    }),
  '/guarded': async (auth) => {
    const decision = await auth.require({ withinSeconds: 60 })
    return decision.ok ? Response.json({ user: decision.user.id }) : decision.respond()
  },
  '/login': async (auth, form) => {
    const user = byPassword({ username: form.username ?? '', password: form.password ?? '' })
    if (user !== null) await auth.loginUser(user, { remember: true })
    return redirect(await auth.nextUrl('/', { next: form.next ?? null }))
  },
  '/form': async (auth, form) => {
    if (!(await auth.checkCsrf(form.csrf_token))) return new Response('', { status: 403 })
    return redirect('/')
  },
  '/keep': async (auth, form) => {
    const token = await auth.csrfToken()
    if (!(await auth.checkCsrf(token))) throw new Error('its own token is not good')
    await auth.flash(form.message ?? '', form.category)
    await auth.session.set(form.key ?? '', form.value ?? null)
    if ((await auth.session.get(form.key ?? '')) !== (form.value ?? null)) throw new Error('was not kept')
    return redirect(auth.loginUrl(undefined, form.next))
  },
  '/logout': async (auth) => {
    await auth.checkCsrf(await auth.csrfToken())
    await auth.logoutUser()
    return redirect('/')
  },
}

/** What the app is asked; `url` as a server hands it over, the headers as they were sent. */
interface Asked {
  readonly path: string
  readonly method: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly form: Form
}

/** As a Fetch API request, or as the few fields that another server has. */
function requestOf({ path, method, query, headers }: Asked, isFetch: boolean): Request {
  const given = Object.entries(headers)
  if (isFetch) {
    const url = `${ORIGIN}${path}?${new URLSearchParams(query.replace(/\p{Surrogate}/gu, '\ufffd'))}`
    return new Request(url, {
      method,
      headers: given.map(([name, value]): [string, string] => [name, sendable(value)]),
    })
  }
  const lines = new Map(given)
  const view = { method, url: `${path}?${query}`, headers: { get: (name: string) => lines.get(name) ?? null } }
  return view as unknown as Request
}

/** Bytes of a header value: no line ends and no NUL. */
function sendable(value: string): string {
  return [...value]
    .map((one) => String.fromCharCode(one.charCodeAt(0) & 0xff))
    .join('')
    .replace(/[\r\n\0]/g, ' ')
}

const AGENT = { 'user-agent': 'one' }

function answer(manager: LoginManager<User>, asked: Asked, isFetch: boolean): Promise<Response> {
  const page = PAGES[asked.path] as (typeof PAGES)['/page']
  const app = withLogin(manager, (_request, auth, form: Form) => page(auth, form), {
    address: ({ headers }) => headers.get('x-real-ip') ?? undefined,
  })
  return app(requestOf(asked, isFetch), asked.form)
}

// ── what a visitor may send ──────────────────────────────────────────────────

async function strangersCookies(): Promise<{ session: string; remember: string }> {
  const stranger = createLoginManager({ ...options, secrets: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' })
  const auth = stranger.open(new Request(ORIGIN, { headers: AGENT }))
  await auth.loginUser(alice, { remember: true })
  return cookiesOf(commit(auth, new Response()))
}

function cookiesOf(response: Response): { session: string; remember: string } {
  const lines = response.headers.getSetCookie()
  const value = (name: string): string =>
    lines
      .find((line) => line.startsWith(`${name}=`))
      ?.split(';')[0]
      ?.slice(name.length + 1) ?? ''
  return { session: value(SESSION), remember: value(REMEMBER) }
}

const strangers = await strangersCookies()
const [header = '', payload = '', tag = ''] = strangers.session.split('.')
const none = btoa('{"alg":"none"}').replaceAll('=', '')

const u16 = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code))
const bytes = fc.string({ unit: fc.nat({ max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 60 })
const anyText = fc.oneof(bytes, fc.string({ unit: u16, maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 30 }))
const trap = fc.constantFrom(
  ...['', ' ', ';', '=', ',', '\r\n', '\0', '__proto__', 'constructor', 'toString', 'null', 'undefined', '0', 'alice'],
  ...['x\r\nSet-Cookie: __Host-session=planted', '"', '%0d%0a', '//evil.test', '/\\evil.test', 'javascript:alert(1)'],
)
const nearToken = fc.oneof(
  fc.constantFrom(
    strangers.session,
    strangers.remember,
    '..',
    '.',
    'a.b.c',
    `${none}.${payload}.`,
    `${header}.${payload}.`,
  ),
  fc.constantFrom(
    `${header}..${tag}`,
    `.${payload}.${tag}`,
    `${header}.${tag}.${payload}`,
    'eyJ.eyJ.',
    '....',
    'a.b.c.d.e',
  ),
  fc.tuple(anyText, anyText, anyText).map((parts) => parts.join('.')),
  fc.nat({ max: strangers.session.length }).map((length) => strangers.session.slice(0, length)),
)
const value = fc.oneof(anyText, trap, nearToken)
const cookieName = fc.oneof(fc.constantFrom(SESSION, REMEMBER, 'session', 'remember_token', ' ', ''), anyText)
const cookies = fc
  .tuple(fc.array(fc.tuple(cookieName, value), { maxLength: 5 }), fc.constantFrom('; ', ';', ', ', '&', '\r\n'))
  .map(([pairs, glue]) => pairs.map(([name, one]) => `${name}=${one}`).join(glue))
const encoded = value.map((text) =>
  btoa([...text].map((one) => String.fromCharCode(one.charCodeAt(0) & 0xff)).join('')),
)
const segment = (text: string): string => btoa(text).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')
const asciiJson = fc
  .oneof(fc.json({ noUnicodeString: false }), fc.constant('{}'))
  .map((text) => text.replace(/[^\x20-\x7e]/g, '?'))
const jwtHeader = fc
  .record(
    {
      alg: fc.constantFrom<unknown>('ES256', 'none', 'HS256', 'EdDSA', 'dir', 1, null, ['ES256'], {}, ''),
      kid: fc.constantFrom<unknown>('one', 'two', '', 1, null, {}, '__proto__'),
      typ: fc.constantFrom<unknown>('JWT', 'session+jwt', 1, null, [], {}),
      crit: fc.constantFrom<unknown>(['b64'], [], ['exp'], 'b64', [1], null),
      b64: fc.constantFrom<unknown>(false, true, 'false', null),
      zip: fc.constant('DEF'),
      jwk: fc.constant(jwk),
      jku: fc.constant('https://evil.test/jwks'),
    },
    { requiredKeys: ['alg'] },
  )
  .map((one) => JSON.stringify(one))
const jwt = fc
  .tuple(fc.oneof(jwtHeader, asciiJson), asciiJson, fc.constantFrom(64, 0, 1, 63, 65, 132))
  .map(([one, claims, length]) => `${segment(one)}.${segment(claims)}.${segment('x'.repeat(length))}`)
const credential = fc
  .tuple(
    fc.constantFrom('Bearer', 'bearer', 'Basic', 'Api-Key', 'Digest', '', 'Basic Basic'),
    fc.oneof(value, encoded, jwt),
  )
  .map(([scheme, one]) => `${scheme} ${one}`)
const host = fc.oneof(
  value,
  fc.constantFrom('app.test', 'evil.test', 'app.test:443', '[::1]', 'app.test@evil.test', 'a, b', '127.0.0.1:99999'),
)
const origin = fc.oneof(
  value,
  fc.constantFrom(ORIGIN, 'null', 'https://evil.test', `${ORIGIN}.evil.test`, `${ORIGIN}/`),
)

const headers = fc.record(
  {
    cookie: fc.oneof(value, cookies),
    authorization: fc.oneof(value, credential),
    host,
    origin,
    'x-csrf-token': value,
    'x-api-key': value,
    'user-agent': value,
    accept: fc.oneof(value, fc.constantFrom('text/html', 'application/json', '*/*', 'text/html;q=0')),
    'sec-fetch-site': fc.oneof(value, fc.constantFrom('same-origin', 'cross-site', 'same-site', 'none')),
    'sec-fetch-mode': fc.oneof(value, fc.constantFrom('navigate', 'cors')),
    upgrade: fc.oneof(value, fc.constant('websocket')),
    'x-real-ip': fc.oneof(value, fc.ipV4(), fc.ipV6()),
    'x-requested-with': value,
    'x-forwarded-host': value,
    'x-forwarded-proto': value,
    'x-forwarded-for': value,
    referer: value,
    rsc: value,
  },
  { requiredKeys: [] },
)

const fields = fc.record(
  {
    next: value,
    username: fc.oneof(value, fc.constant('alice')),
    password: value,
    csrf_token: value,
    message: value,
    category: value,
    key: value,
    value,
  },
  { requiredKeys: [] },
)

const query = fc
  .record({ next: value, api_key: value, csrf_token: value, x: value }, { requiredKeys: [] })
  .map((parts) =>
    Object.entries(parts)
      .map(([name, one]) => `${name}=${one}`)
      .join('&'),
  )

/** A WebSocket handshake can only be read, and an app that writes in one is told so: that is a GET, and no page. */
const isHandshake = ({ method, headers }: Asked): boolean =>
  method === 'GET' && /^websocket$/i.test(headers.upgrade ?? '')

const asked: fc.Arbitrary<Asked> = fc
  .record({
    path: fc.constantFrom(...Object.keys(PAGES)),
    method: fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS'),
    query,
    headers,
    form: fields,
  })
  .filter((one) => !isHandshake(one))

// ── what must never be ───────────────────────────────────────────────────────

const OUR_HEADERS = [
  'cache-control',
  'clear-site-data',
  'content-type',
  'location',
  'set-cookie',
  'vary',
  'www-authenticate',
]
const OUR_COOKIES =
  /^(__Host-session(_ended|_csrf_[\w-]{22})?|__Host-remember_token)=[\w.-]*(; Max-Age=\d+)?; Path=\/; Secure; HttpOnly; SameSite=Lax((; Partitioned)?; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?$/
const OUR_VARY = /^(Cookie|Accept|authorization|x-api-key)(, (Cookie|Accept|authorization|x-api-key))*$/

function expectHarmless(response: Response): void {
  expect(response.status).toBeLessThan(500)
  const names: string[] = []
  response.headers.forEach((text, name) => {
    names.push(name)
    expect(text).toMatch(/^[\x20-\x7e]*$/)
  })
  for (const name of names) expect(OUR_HEADERS).toContain(name)
  const lines = response.headers.getSetCookie()
  for (const line of lines) expect(line).toMatch(OUR_COOKIES)
  const set = lines.filter((line) => !line.includes('; Max-Age=0;'))
  expect(new Set(set.map((line) => line.split('=')[0])).size).toBe(set.length)
  if (lines.length > 0) expect(response.headers.get('cache-control')).toBe('private, no-store')
  if (response.headers.has('vary')) expect(response.headers.get('vary')).toMatch(OUR_VARY)
  const location = response.headers.get('location')
  if (location !== null) expect(new URL(location, `${ORIGIN}/`).origin).toBe(ORIGIN)
}

/** Nobody is logged in by this answer: not in its body, and not by the cookies it sets. */
async function expectNobody(manager: LoginManager<User>, response: Response): Promise<void> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('application/json')) expect(await response.json()).toMatchObject({ user: null })
  const { session, remember } = cookiesOf(response)
  expect(remember).toBe('')
  if (session === '') return
  const again = new Request(ORIGIN, { headers: { cookie: `${SESSION}=${session}`, ...AGENT } })
  expect(await manager.open(again).currentUser()).toBeNull()
}

for (const [kind, manager] of Object.entries(managers)) {
  describe(`an app ${kind}`, () => {
    for (const isFetch of [true, false]) {
      const by = isFetch ? 'in a Request' : 'in raw header lines'
      it(`answers anything ${by} without an error, a login, a foreign header or a way off`, async () => {
        await fc.assert(
          fc.asyncProperty(asked, async (one) => {
            const response = await answer(manager, one, isFetch)
            expectHarmless(response)
            await expectNobody(manager, response)
          }),
          { numRuns: 700 },
        )
      })
    }

    it('gives a good session to nobody else, whatever comes with it', async () => {
      const auth = manager.open(new Request(ORIGIN, { headers: AGENT }))
      await auth.checkCsrf(await auth.csrfToken())
      await auth.loginUser(alice)
      const { session } = cookiesOf(commit(auth, new Response()))
      await fc.assert(
        fc.asyncProperty(asked, fc.boolean(), async (one, isFetch) => {
          // The same client: the rest may be anything.
          const { cookie = '', 'x-real-ip': _address, ...others } = one.headers
          const lines = { ...others, cookie: `${SESSION}=${session}; ${cookie}`, ...AGENT }
          const response = await answer(manager, { ...one, headers: lines }, isFetch)
          expectHarmless(response)
          const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
          if (isJson) expect(await response.json()).toMatchObject({ user: 'alice' })
        }),
        { numRuns: 400 },
      )
    })
  })
}

describe('a bearer token', () => {
  const manager = managers['with the defaults'] as LoginManager<User>
  const userOf = async (token: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` }
    const one = { path: '/page', method: 'GET', query: '', headers, form: {} }
    const response = await answer(manager, one, false)
    expectHarmless(response)
    return ((await response.json()) as { user: unknown }).user
  }

  it('is a reason and no error, however its three parts look', async () => {
    await fc.assert(
      fc.asyncProperty(jwt, async (token) => {
        expect(await userOf(token)).toBeNull()
      }),
      { numRuns: 700 },
    )
  })

  it('is nobody where the issuer signed something odd, and the user where all is as it should be', async () => {
    const now = Math.floor(Date.now() / 1000)
    const good = { iss: 'https://id.test', aud: 'api', sub: 'alice', exp: now + 600 }
    const odd = fc.constantFrom<unknown>(undefined, null, '', 0, -1, true, [], {}, 'x', String(now + 600), now - 600)
    const claims = fc.record(
      { iss: odd, aud: odd, sub: odd, exp: odd, nbf: fc.constant(now + 600), iat: odd },
      { requiredKeys: [] },
    )
    const sign = async (header: string, payload: object): Promise<string> => {
      const input = `${segment(header)}.${segment(JSON.stringify(payload))}`
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
      const tag = await crypto.subtle.sign(algorithm, issuer.privateKey, new TextEncoder().encode(input))
      return `${input}.${segment(String.fromCharCode(...new Uint8Array(tag)))}`
    }
    const header = JSON.stringify({ alg: 'ES256', kid: 'one' })
    expect(await userOf(await sign(header, good))).toBe('alice')
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constant(header), jwtHeader), claims, async (given, changed) => {
        const isChanged = Object.keys(changed).some((name) => name !== 'iat')
        fc.pre(isChanged)
        expect(await userOf(await sign(given, { ...good, ...changed }))).toBeNull()
      }),
      { numRuns: 400 },
    )
  })
})

describe('the right credentials', () => {
  it('are taken by this very app, so that all of the above says something', async () => {
    const manager = managers['with the defaults'] as LoginManager<User>
    const good: Record<string, string>[] = [
      { 'x-api-key': alice.key },
      { authorization: `Bearer ${alice.key}` },
      { authorization: `Api-Key ${alice.key}` },
      { authorization: `Basic ${btoa(`alice:${alice.password}`)}` },
    ]
    for (const headers of good) {
      const one = { path: '/page', method: 'GET', query: '', headers, form: {} }
      expect(await (await answer(manager, one, true)).json()).toMatchObject({ user: 'alice' })
    }
    const form = { username: 'alice', password: alice.password, next: '/x' }
    const login = await answer(manager, { path: '/login', method: 'POST', query: '', headers: AGENT, form }, true)
    const { session } = cookiesOf(login)
    const headers = { cookie: `${SESSION}=${session}`, ...AGENT }
    const page = await answer(manager, { path: '/page', method: 'GET', query: '', headers, form: {} }, true)
    expect(await page.json()).toMatchObject({ user: 'alice', fresh: true })
  })
})
