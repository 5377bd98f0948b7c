// Every kind of token, handed to everyone who takes tokens: each takes its own kind and no other. A remember token is
// no session, a session is no bearer token, and what another app made with the very same secret is nothing here.
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../../src/adapter'
import { toUtf8 } from '../../src/base/bytes'
import { encrypted } from '../../src/encrypted'
import {
  type Auth,
  apiKey,
  basicAuth,
  bearer,
  createLoginManager,
  type LoginManagerOptions,
  signed,
} from '../../src/index'
import { jwtBearer } from '../../src/jwt'
import { alice, type User } from '../setup'

const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const KEY = 'key-of-alice-0123456789'

/** So that no accident of the user's id, the client or the clock refuses what the seal should refuse. */
const options: LoginManagerOptions<User> = {
  secrets: SECRET,
  loadUser: () => alice,
  sessionProtection: false,
  csrf: 'token',
}

type Tokens = Readonly<Record<string, string>>

/** The tokens that an app of these options gives to alice. */
async function given(
  name: string,
  changed: Partial<LoginManagerOptions<User>>,
  cookies = [SESSION, REMEMBER],
): Promise<Tokens> {
  const auth = createLoginManager({ ...options, ...changed }).open(new Request('https://app.test/'))
  await auth.loginUser(alice, { remember: true, permanent: true })
  const csrf = await auth.csrfToken()
  const lines = commit(auth, new Response()).headers.getSetCookie()
  const [session = '', remember = ''] = cookies.map((cookie) => {
    const line = lines.find((one) => one.startsWith(`${cookie}=`)) ?? ''
    return line.slice(cookie.length + 1, line.indexOf(';'))
  })
  for (const token of [session, remember, csrf]) expect(token.length).toBeGreaterThan(40)
  return { [`session, ${name}`]: session, [`remember, ${name}`]: remember, [`csrf, ${name}`]: csrf }
}

async function foreign(): Promise<{ tokens: Tokens; jwks: { keys: object[] } }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }
  const jwt = (typ?: string, audience = 'api', issuer = 'https://id.test'): Promise<string> =>
    new SignJWT({ v: 1, jti: 'one', auth_time: 1, stamp: null })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...(typ !== undefined && { typ }) })
      .setSubject('alice')
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  const symmetric = (key: Uint8Array, typ: string): Promise<string> =>
    new SignJWT({ v: 1, sid: 'one', jti: 'one', auth_time: 1, amr: [], stamp: null })
      .setProtectedHeader({ alg: 'HS256', typ, kid: 'one' })
      .setSubject('alice')
      .setIssuer('https://id.test')
      .setAudience('api')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key)
  const tokens = {
    'jwt of the issuer': await jwt(),
    'jwt of the issuer for another service': await jwt(undefined, 'other'),
    'jwt of another issuer': await jwt(undefined, 'api', 'https://evil.test'),
    'jwt of the issuer that calls itself a session': await jwt('session+jwt'),
    'jwt of the issuer that calls itself a session at length': await jwt('application/session+jwt'),
    'jwt of the issuer that calls itself a session, loudly': await jwt('SESSION+JWT'),
    'jwt of the issuer that calls itself a remember token': await jwt('remember+jwt'),
    'jwt signed with the secret itself, as a session': await symmetric(toUtf8(SECRET), 'session+jwt'),
    'jwt signed with the secret itself, as a remember token': await symmetric(toUtf8(SECRET), 'remember+jwt'),
    "jwt signed with the issuer's public key as if it were a secret": await symmetric(
      toUtf8(JSON.stringify(jwk)),
      'JWT',
    ),
    'jws of the issuer that is no jwt': await new CompactSign(toUtf8('alice'))
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(privateKey),
    'api key': KEY,
  }
  return { tokens, jwks: { keys: [jwk] } }
}

/** Who takes tokens: shown one, do they take it? */
type Consumer = (token: string) => Promise<boolean>

const opened = (changed: Partial<LoginManagerOptions<User>>, headers: Record<string, string>): Auth<User> =>
  createLoginManager({ ...options, ...changed }).open(new Request('https://app.test/', { method: 'POST', headers }))

const asCookie =
  (name: string, changed: Partial<LoginManagerOptions<User>> = {}): Consumer =>
  async (token) =>
    (await opened(changed, { cookie: `${name}=${token}` }).currentUser()) !== null

const asHeader =
  (header: string, prefix: string, changed: Partial<LoginManagerOptions<User>>): Consumer =>
  async (token) =>
    (await opened(changed, { [header]: prefix + token }).currentUser()) !== null

const asPassword: Consumer = (token) =>
  asHeader('authorization', 'Basic ', { loadUserFromRequest: basicAuth(({ password }) => findKey(password)) })(
    btoa(`alice:${token}`),
  )

/** In the session of alice, of which the right token was asked for before. */
const asCsrf =
  (sessionOf: () => string): Consumer =>
  async (token) => {
    const headers = { cookie: `${SESSION}=${sessionOf()}`, 'x-csrf-token': token }
    const auth = opened({}, headers)
    const [admitted, checked] = [(await checkRequest(auth)) === null, await auth.checkCsrf(token)]
    expect(admitted).toBe(checked)
    return checked
  }

const findKey = (key: string): User | null => (key === KEY ? alice : null)

describe('a token', () => {
  let tokens: Tokens = {}
  let jwks: { keys: object[] } = { keys: [] }

  beforeAll(async () => {
    const issued = await foreign()
    jwks = issued.jwks
    const named = { session: { cookie: { name: 'sid' } }, remember: { cookie: { name: 'rid' } } }
    const swapped = { session: { cookie: { name: REMEMBER } }, remember: { cookie: { name: SESSION } } }
    tokens = {
      ...(await given('signed', {})),
      ...(await given('encrypted', { session: { codec: encrypted() } })),
      ...(await given('another audience', { audience: 'staff' })),
      ...(await given('another audience, encrypted', { audience: 'staff', session: { codec: encrypted() } })),
      ...(await given('another secret', { secrets: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' })),
      ...(await given('other cookie names', named, ['sid', 'rid'])),
      ...(await given('the cookie names swapped', swapped, [REMEMBER, SESSION])),
      ...(await given(
        'other cookie names, encrypted',
        { ...named, session: { ...named.session, codec: encrypted() } },
        ['sid', 'rid'],
      )),
      ...issued.tokens,
    }
  })

  const jwt = (): ReturnType<typeof jwtBearer<User>> =>
    jwtBearer<User>({
      issuer: 'https://id.test',
      audience: 'api',
      algorithms: ['ES256'],
      jwks: jwks as never,
      loadUser: () => alice,
    })

  const sealed = { session: { codec: encrypted() } }
  const goingOver = { session: { codec: encrypted(), previousCodec: signed() } }
  /** The name of who takes tokens, how, and which of them: all others are refused. */
  const consumers: readonly (readonly [string, () => Consumer, readonly string[]])[] = [
    ['the signed session cookie', () => asCookie(SESSION), ['session, signed']],
    ['the encrypted session cookie', () => asCookie(SESSION, sealed), ['session, encrypted']],
    [
      'the session cookie on the way from signed to encrypted',
      () => asCookie(SESSION, goingOver),
      ['session, signed', 'session, encrypted'],
    ],
    ['the remember cookie', () => asCookie(REMEMBER), ['remember, signed', 'remember, encrypted']],
    ['the form check', () => asCsrf(() => tokens['session, signed'] ?? ''), ['csrf, signed']],
    [
      'the bearer check of an issuer',
      () => asHeader('authorization', 'Bearer ', { loadUserFromRequest: jwt() }),
      ['jwt of the issuer'],
    ],
    [
      'the bearer check of the app',
      () => asHeader('authorization', 'Bearer ', { loadUserFromRequest: bearer(findKey) }),
      ['api key'],
    ],
    ['the api key check', () => asHeader('x-api-key', '', { loadUserFromRequest: apiKey(findKey) }), ['api key']],
    [
      'the bearer check of the app under another scheme',
      () => asHeader('authorization', 'Basic ', { loadUserFromRequest: bearer(findKey) }),
      [],
    ],
    ['the password check', () => asPassword, ['api key']],
    [
      'the session cookie of another audience',
      () => asCookie(SESSION, { audience: 'staff' }),
      ['session, another audience'],
    ],
    [
      'the remember cookie of another audience',
      () => asCookie(REMEMBER, { audience: 'staff' }),
      ['remember, another audience', 'remember, another audience, encrypted'],
    ],
    [
      'a session cookie of the same name without the prefix',
      () => asCookie('session', { session: { cookie: { name: 'session' } } }),
      [],
    ],
    ['the cookie of no name', () => asCookie('', {}), []],
  ]

  for (const [name, consumer, own] of consumers) {
    it(`is taken by ${name} only if it is its own: ${own.join(', ') || 'none of them'}`, async () => {
      const take = consumer()
      const taken: string[] = []
      for (const [kind, token] of Object.entries(tokens)) if (await take(token)) taken.push(kind)
      expect(taken.toSorted()).toEqual([...own].toSorted())
    })
  }

  it('is one of many kinds, all different', () => {
    expect(Object.keys(tokens)).toHaveLength(8 * 3 + 12)
    expect(new Set(Object.values(tokens)).size).toBe(8 * 3 + 12)
  })

  it('in the place of the session does not push out the remember token that is good', async () => {
    for (const [kind, token] of Object.entries(tokens)) {
      if (kind === 'session, signed') continue
      const cookie = `${SESSION}=${token}; ${REMEMBER}=${tokens['remember, signed']}`
      const auth = opened({}, { cookie })
      expect(await auth.currentUser(), kind).toBe(alice)
      expect(await auth.loginFresh(), kind).toBe(false)
    }
  })
})
