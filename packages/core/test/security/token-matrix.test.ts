// Passes every kind of token to every place that accepts tokens. Each place accepts only its own kind: it rejects tokens
// of other purposes, and tokens that another app created with the same secret.
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

/** Options without other reasons for a rejection, such as the user ID, the client or the clock. */
const options: LoginManagerOptions<User> = {
  secrets: SECRET,
  loadUser: () => alice,
  sessionProtection: false,
  csrf: 'token',
}

type Tokens = Readonly<Record<string, string>>

/** Creates the tokens of alice in an app with these options. */
async function createTokens(
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

async function createForeignTokens(): Promise<{ tokens: Tokens; jwks: { keys: object[] } }> {
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
    'jwt of the issuer with the typ of a session': await jwt('session+jwt'),
    'jwt of the issuer with the long typ of a session': await jwt('application/session+jwt'),
    'jwt of the issuer with the typ of a session in capitals': await jwt('SESSION+JWT'),
    'jwt of the issuer with the typ of a remember token': await jwt('remember+jwt'),
    'jwt signed with the secret itself, as a session': await symmetric(toUtf8(SECRET), 'session+jwt'),
    'jwt signed with the secret itself, as a remember token': await symmetric(toUtf8(SECRET), 'remember+jwt'),
    "jwt signed with the issuer's public key as an HMAC secret": await symmetric(toUtf8(JSON.stringify(jwk)), 'JWT'),
    'jws of the issuer that is not a jwt': await new CompactSign(toUtf8('alice'))
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(privateKey),
    'api key': KEY,
  }
  return { tokens, jwks: { keys: [jwk] } }
}

/** Returns whether a place accepts a token. */
type Consumer = (token: string) => Promise<boolean>

const openRequest = (changed: Partial<LoginManagerOptions<User>>, headers: Record<string, string>): Auth<User> =>
  createLoginManager({ ...options, ...changed }).open(new Request('https://app.test/', { method: 'POST', headers }))

const createCookieConsumer =
  (name: string, changed: Partial<LoginManagerOptions<User>> = {}): Consumer =>
  async (token) =>
    (await openRequest(changed, { cookie: `${name}=${token}` }).currentUser()) !== null

const createHeaderConsumer =
  (header: string, prefix: string, changed: Partial<LoginManagerOptions<User>>): Consumer =>
  async (token) =>
    (await openRequest(changed, { [header]: prefix + token }).currentUser()) !== null

const acceptsPassword: Consumer = (token) =>
  createHeaderConsumer('authorization', 'Basic ', {
    loadUserFromRequest: basicAuth(({ password }) => findKey(password)),
  })(btoa(`alice:${token}`))

/** Checks a CSRF token in the session of alice, which has issued a valid token. */
const createCsrfConsumer =
  (getSession: () => string): Consumer =>
  async (token) => {
    const headers = { cookie: `${SESSION}=${getSession()}`, 'x-csrf-token': token }
    const auth = openRequest({}, headers)
    const [allowed, checked] = [(await checkRequest(auth)) === null, await auth.checkCsrf(token)]
    expect(allowed).toBe(checked)
    return checked
  }

const findKey = (key: string): User | null => (key === KEY ? alice : null)

describe('a token', () => {
  let tokens: Tokens = {}
  let jwks: { keys: object[] } = { keys: [] }

  beforeAll(async () => {
    const issued = await createForeignTokens()
    jwks = issued.jwks
    const named = { session: { cookie: { name: 'sid' } }, remember: { cookie: { name: 'rid' } } }
    const swapped = { session: { cookie: { name: REMEMBER } }, remember: { cookie: { name: SESSION } } }
    tokens = {
      ...(await createTokens('signed', {})),
      ...(await createTokens('encrypted', { session: { codec: encrypted() } })),
      ...(await createTokens('another audience', { audience: 'staff' })),
      ...(await createTokens('another audience, encrypted', { audience: 'staff', session: { codec: encrypted() } })),
      ...(await createTokens('another secret', { secrets: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' })),
      ...(await createTokens('other cookie names', named, ['sid', 'rid'])),
      ...(await createTokens('swapped cookie names', swapped, [REMEMBER, SESSION])),
      ...(await createTokens(
        'other cookie names, encrypted',
        { ...named, session: { ...named.session, codec: encrypted() } },
        ['sid', 'rid'],
      )),
      ...issued.tokens,
    }
  })

  const createJwtLoader = (): ReturnType<typeof jwtBearer<User>> =>
    jwtBearer<User>({
      issuer: 'https://id.test',
      audience: 'api',
      algorithms: ['ES256'],
      jwks: jwks as never,
      loadUser: () => alice,
    })

  const encryptedSession = { session: { codec: encrypted() } }
  const changingCodec = { session: { codec: encrypted(), previousCodec: signed() } }
  /** The name of a place, its check, and the tokens that it accepts. It rejects all others. */
  const consumers: readonly (readonly [string, () => Consumer, readonly string[]])[] = [
    ['the signed session cookie', () => createCookieConsumer(SESSION), ['session, signed']],
    ['the encrypted session cookie', () => createCookieConsumer(SESSION, encryptedSession), ['session, encrypted']],
    [
      'the session cookie during the change from signed to encrypted',
      () => createCookieConsumer(SESSION, changingCodec),
      ['session, signed', 'session, encrypted'],
    ],
    ['the remember cookie', () => createCookieConsumer(REMEMBER), ['remember, signed', 'remember, encrypted']],
    ['the CSRF check', () => createCsrfConsumer(() => tokens['session, signed'] ?? ''), ['csrf, signed']],
    [
      'jwtBearer()',
      () => createHeaderConsumer('authorization', 'Bearer ', { loadUserFromRequest: createJwtLoader() }),
      ['jwt of the issuer'],
    ],
    [
      'bearer()',
      () => createHeaderConsumer('authorization', 'Bearer ', { loadUserFromRequest: bearer(findKey) }),
      ['api key'],
    ],
    ['apiKey()', () => createHeaderConsumer('x-api-key', '', { loadUserFromRequest: apiKey(findKey) }), ['api key']],
    [
      'bearer() with another scheme',
      () => createHeaderConsumer('authorization', 'Basic ', { loadUserFromRequest: bearer(findKey) }),
      [],
    ],
    ['basicAuth()', () => acceptsPassword, ['api key']],
    [
      'the session cookie of another audience',
      () => createCookieConsumer(SESSION, { audience: 'staff' }),
      ['session, another audience'],
    ],
    [
      'the remember cookie of another audience',
      () => createCookieConsumer(REMEMBER, { audience: 'staff' }),
      ['remember, another audience', 'remember, another audience, encrypted'],
    ],
    [
      'a session cookie of the same name without the prefix',
      () => createCookieConsumer('session', { session: { cookie: { name: 'session' } } }),
      [],
    ],
    ['a cookie without a name', () => createCookieConsumer('', {}), []],
  ]

  for (const [name, consumer, own] of consumers) {
    it(`is accepted by ${name} only if it is: ${own.join(', ') || 'none of them'}`, async () => {
      const accepts = consumer()
      const accepted: string[] = []
      for (const [kind, token] of Object.entries(tokens)) if (await accepts(token)) accepted.push(kind)
      expect(accepted.toSorted()).toEqual([...own].toSorted())
    })
  }

  it('of each kind differs from the others', () => {
    expect(Object.keys(tokens)).toHaveLength(8 * 3 + 12)
    expect(new Set(Object.values(tokens)).size).toBe(8 * 3 + 12)
  })

  it('in the session cookie does not prevent a login by a valid remember cookie', async () => {
    for (const [kind, token] of Object.entries(tokens)) {
      if (kind === 'session, signed') continue
      const cookie = `${SESSION}=${token}; ${REMEMBER}=${tokens['remember, signed']}`
      const auth = openRequest({}, { cookie })
      expect(await auth.currentUser(), kind).toBe(alice)
      expect(await auth.loginFresh(), kind).toBe(false)
    }
  })
})
