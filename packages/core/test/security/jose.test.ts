// The cookies are standard JWTs. jose reads the tokens of the library, and the library reads tokens of jose with the same
// key and header. The library rejects any other form, also if it differs by one character.
import { CompactEncrypt, CompactSign, compactDecrypt, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { commit } from '../../src/adapter'
import { toBase64url } from '../../src/base/base64url'
import { computeHmac, toUtf8 } from '../../src/base/bytes'
import { encrypted } from '../../src/encrypted'
import { createLoginManager, type LoginManager, type LoginManagerOptions } from '../../src/index'
import { createKeyring, type Key } from '../../src/wire/tokens/keyring'
import { alice, type User } from '../setup'

const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const NOW = 1_800_000_000

const options: LoginManagerOptions<User> = {
  secrets: SECRET,
  loadUser: (id) => (id === alice.id ? alice : null),
  sessionProtection: false,
  clock: () => NOW,
}
const manager = createLoginManager(options)
const encryptingManager = createLoginManager({ ...options, session: { codec: encrypted() } })

const keyring = createKeyring([toUtf8(SECRET)], '')
const getFirstKey = (purpose: string, name: string, length?: number): Key =>
  keyring.keys(purpose, name, length)[0] as Key
const sessionKey = getFirstKey('session', SESSION)
const rememberKey = getFirstKey('remember', JSON.stringify([SESSION, REMEMBER]))
const encryptionKey = getFirstKey('session-encryption', SESSION, 64)

async function createToken(target: LoginManager<User>, name: string): Promise<string> {
  const auth = target.open(new Request('https://app.test/'))
  await auth.loginUser(alice, { remember: true, method: 'pwd' })
  const line = commit(auth, new Response())
    .headers.getSetCookie()
    .find((one) => one.startsWith(`${name}=`)) as string
  return line.slice(name.length + 1, line.indexOf(';'))
}

function getUser(target: LoginManager<User>, name: string, value: string): Promise<User | null> {
  const headers = { get: (header: string) => (header === 'cookie' ? `${name}=${value}` : null) }
  return target.open({ method: 'GET', url: 'https://app.test/', headers }).currentUser()
}

/** The claims of a valid session, and of a valid remember token. */
const SESSION_CLAIMS = {
  v: 1,
  iat: NOW,
  exp: NOW + 3600,
  sub: 'alice',
  sid: 'AAAAAAAAAAAAAAAAAAAAAA',
  auth_time: NOW,
  amr: ['pwd'],
  login: { since: NOW, fresh: true, level: 1, forced: false, client: null, stamp: null },
}
const REMEMBER_CLAIMS = { v: 1, sub: 'alice', jti: 'A', iat: NOW, exp: NOW + 3600, auth_time: NOW, stamp: null }

const sessionHeader = { alg: 'HS256', typ: 'session+jwt', kid: sessionKey.id }
const signToken = (key: Key, header: object, claims: object): string => {
  const input = `${toBase64url(toUtf8(JSON.stringify(header)))}.${toBase64url(toUtf8(JSON.stringify(claims)))}`
  return `${input}.${computeHmac(key.bytes, toUtf8(input))}`
}

describe('a token of the library', () => {
  it('is verified by jose: the session cookie', async () => {
    const token = await createToken(manager, SESSION)
    const { payload, protectedHeader } = await jwtVerify(token, sessionKey.bytes, {
      algorithms: ['HS256'],
      typ: 'session+jwt',
      subject: 'alice',
      currentDate: new Date(NOW * 1000),
      requiredClaims: ['sub', 'sid', 'iat', 'exp', 'auth_time', 'amr'],
    })
    expect(protectedHeader).toEqual(sessionHeader)
    expect(payload).toMatchObject({ sub: 'alice', amr: ['pwd'], iat: NOW, auth_time: NOW, exp: NOW + 86_400 })
  })

  it('is verified by jose: the remember cookie', async () => {
    const { payload, protectedHeader } = await jwtVerify(await createToken(manager, REMEMBER), rememberKey.bytes, {
      algorithms: ['HS256'],
      typ: 'remember+jwt',
      currentDate: new Date(NOW * 1000),
    })
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'remember+jwt', kid: rememberKey.id })
    expect(payload).toMatchObject({ sub: 'alice', iat: NOW, exp: NOW + 2_592_000 })
  })

  it('is decrypted by jose: the encrypted session cookie', async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(
      await createToken(encryptingManager, SESSION),
      encryptionKey.bytes,
    )
    const { alg, enc, typ, kid, ctx } = protectedHeader
    expect({ alg, enc, typ, kid, ctx }).toEqual({
      alg: 'dir',
      enc: 'A256CBC-HS512',
      typ: 'session+jwt',
      kid: encryptionKey.id,
      ctx: SESSION,
    })
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toMatchObject({ sub: 'alice', iat: NOW })
  })

  it('is rejected by jose with the secret itself, and with the key of another purpose', async () => {
    const token = await createToken(manager, SESSION)
    const others = [rememberKey, encryptionKey, getFirstKey('session', 'session'), getFirstKey('remember', SESSION)]
    for (const key of [toUtf8(SECRET), ...others.map(({ bytes }) => bytes)])
      await expect(jwtVerify(token, key, { currentDate: new Date(NOW * 1000) })).rejects.toThrow()
  })
})

describe('a token of jose with the key and the header of the library', () => {
  it('is accepted as a session', async () => {
    const token = await new SignJWT(SESSION_CLAIMS).setProtectedHeader(sessionHeader).sign(sessionKey.bytes)
    expect(await getUser(manager, SESSION, token)).toBe(alice)
  })

  it('is accepted as a remember token', async () => {
    const header = { alg: 'HS256', typ: 'remember+jwt', kid: rememberKey.id }
    const token = await new SignJWT(REMEMBER_CLAIMS).setProtectedHeader(header).sign(rememberKey.bytes)
    expect(await getUser(manager, REMEMBER, token)).toBe(alice)
  })

  it('is accepted as an encrypted session', async () => {
    const header = { alg: 'dir', enc: 'A256CBC-HS512', typ: 'session+jwt', kid: encryptionKey.id, ctx: SESSION }
    const token = await new CompactEncrypt(toUtf8(JSON.stringify(SESSION_CLAIMS)))
      .setProtectedHeader(header)
      .encrypt(encryptionKey.bytes)
    expect(await getUser(encryptingManager, SESSION, token)).toBe(alice)
  })
})

describe('a session token with another header', () => {
  const refused: readonly (readonly [string, object])[] = [
    ['no algorithm', { typ: 'session+jwt', kid: sessionKey.id }],
    ['alg none', { ...sessionHeader, alg: 'none' }],
    ['alg None', { ...sessionHeader, alg: 'None' }],
    ['alg in lower case', { ...sessionHeader, alg: 'hs256' }],
    ['alg HS512', { ...sessionHeader, alg: 'HS512' }],
    ['alg RS256', { ...sessionHeader, alg: 'RS256' }],
    ['alg as an array', { ...sessionHeader, alg: ['HS256'] }],
    ['alg null', { ...sessionHeader, alg: null }],
    ['no type', { alg: 'HS256', kid: sessionKey.id }],
    ['type JWT', { ...sessionHeader, typ: 'JWT' }],
    ['the type of a remember token', { ...sessionHeader, typ: 'remember+jwt' }],
    ['the type in capitals', { ...sessionHeader, typ: 'SESSION+JWT' }],
    ['no key id', { alg: 'HS256', typ: 'session+jwt' }],
    ['another key id', { ...sessionHeader, kid: rememberKey.id }],
    ['a key id that is a path', { ...sessionHeader, kid: '../../dev/null' }],
    ['critical extensions', { ...sessionHeader, crit: ['exp'], exp: NOW + 3600 }],
    ['an empty list of critical extensions', { ...sessionHeader, crit: [] }],
    ['a payload that is not encoded', { ...sessionHeader, b64: false, crit: ['b64'] }],
    ['an embedded key', { ...sessionHeader, jwk: { kty: 'oct', k: toBase64url(sessionKey.bytes) } }],
    ['a URL of keys', { ...sessionHeader, jku: 'https://evil.test/jwks.json' }],
    ['a certificate', { ...sessionHeader, x5c: ['AAAA'] }],
    ['a content type', { ...sessionHeader, cty: 'JWT' }],
    ['the same members in another order', { typ: 'session+jwt', alg: 'HS256', kid: sessionKey.id }],
    ['a prototype', JSON.parse(`{"alg":"HS256","typ":"session+jwt","kid":"${sessionKey.id}","__proto__":{}}`)],
  ]

  for (const [difference, header] of refused) {
    it(`is rejected with a valid signature: ${difference}`, async () => {
      expect(await getUser(manager, SESSION, signToken(sessionKey, header, SESSION_CLAIMS))).toBeNull()
    })
  }

  it('is rejected with an equivalent header that is spelled differently', async () => {
    const text = JSON.stringify(sessionHeader)
    const payload = toBase64url(toUtf8(JSON.stringify(SESSION_CLAIMS)))
    const spellings = [text, ` ${text}`, `${text}\n`, text.replace(',', ', '), text.replace(':', ': '), `\ufeff${text}`]
    spellings.push(
      text.replace('alg', '\\u0061lg'),
      text.replace('{', '{"alg":"none",'),
      text.replace('}', ',"kid":""}'),
    )
    const users = spellings.map((spelling) => {
      const input = `${toBase64url(toUtf8(spelling))}.${payload}`
      return getUser(manager, SESSION, `${input}.${computeHmac(sessionKey.bytes, toUtf8(input))}`)
    })
    expect(await Promise.all(users)).toEqual([alice, ...spellings.slice(1).map(() => null)])
  })

  it('is rejected without a signature', async () => {
    const [header, payload] = signToken(sessionKey, sessionHeader, SESSION_CLAIMS).split('.')
    const none = toBase64url(toUtf8('{"alg":"none"}'))
    const unsecured = new UnsecuredJWT(SESSION_CLAIMS).encode()
    for (const token of [`${header}.${payload}.`, `${header}.${payload}`, `${none}.${payload}.`, unsecured])
      expect(await getUser(manager, SESSION, token)).toBeNull()
  })

  it('is rejected if jose signed it with the same key and another algorithm', async () => {
    for (const alg of ['HS384', 'HS512']) {
      const token = await new CompactSign(toUtf8(JSON.stringify(SESSION_CLAIMS)))
        .setProtectedHeader({ ...sessionHeader, alg })
        .sign(encryptionKey.bytes)
      expect(await getUser(manager, SESSION, token)).toBeNull()
    }
  })

  it('is rejected in encrypted form with key wrapping, another content encryption, type or cookie name', async () => {
    const header = { alg: 'dir', enc: 'A256CBC-HS512', typ: 'session+jwt', kid: encryptionKey.id, ctx: SESSION }
    const claims = toUtf8(JSON.stringify(SESSION_CLAIMS))
    const encrypt = (changed: object, key = encryptionKey.bytes): Promise<string> =>
      new CompactEncrypt(claims).setProtectedHeader({ ...header, ...changed }).encrypt(key)
    const tokens = [
      await encrypt({ ctx: 'session' }),
      await encrypt({ ctx: undefined }),
      await encrypt({ typ: 'JWT' }),
      await encrypt({ kid: 'other' }),
      await encrypt({ cty: 'JWT' }),
      await encrypt({ enc: 'A256GCM' }, encryptionKey.bytes.slice(0, 32)),
      await encrypt({ enc: 'A128CBC-HS256' }, encryptionKey.bytes.slice(0, 32)),
      await encrypt({ alg: 'A256KW' }, encryptionKey.bytes.slice(0, 32)),
      await encrypt({ alg: 'PBES2-HS256+A128KW' }, toUtf8(SECRET)),
    ]
    for (const token of tokens) expect(await getUser(encryptingManager, SESSION, token)).toBeNull()
    expect(await getUser(encryptingManager, SESSION, await encrypt({}))).toBe(alice)
  })
})

describe('a token with another base64url spelling of the same bytes', () => {
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  /** Returns the segments with another last letter that a lenient decoder reads as the same bytes. */
  function getSiblings(segment: string): string[] {
    const unused = { 0: 0, 2: 4, 3: 2 }[segment.length % 4] ?? 0
    const last = LETTERS.indexOf(segment.at(-1) ?? 'A')
    return Array.from({ length: 2 ** unused - 1 }, (_, i) => segment.slice(0, -1) + LETTERS[last ^ (i + 1)])
  }

  /** Returns the segments that a lenient base64url decoder reads as the same bytes. */
  function getSpellings(segment: string): string[] {
    const padding = '='.repeat((4 - (segment.length % 4)) % 4)
    const standard = segment.replaceAll('-', '+').replaceAll('_', '/')
    const others = [segment + padding, `${segment}=`, `${segment}==`, standard, standard + padding, `${segment}%3D`]
    others.push(
      `${segment}\n`,
      `${segment.slice(0, 4)}\n${segment.slice(4)}`,
      `${segment.slice(0, 4)} ${segment.slice(4)}`,
    )
    return [...others, ...getSiblings(segment)].filter((other) => other !== segment)
  }

  const createTokens = async (): Promise<(readonly [LoginManager<User>, string, string])[]> => {
    // The lengths of the claims leave no, two and four unused bits in the last letter.
    const sessions = ['a', 'ab', 'abc'].map((sid) => signToken(sessionKey, sessionHeader, { ...SESSION_CLAIMS, sid }))
    return [
      ...sessions.map((token) => [manager, SESSION, token] as const),
      [manager, REMEMBER, await createToken(manager, REMEMBER)],
      [encryptingManager, SESSION, await createToken(encryptingManager, SESSION)],
    ]
  }

  it('is rejected for every segment, including the signature', async () => {
    let tried = 0
    for (const [target, name, token] of await createTokens()) {
      expect(await getUser(target, name, token)).toBe(alice)
      const segments = token.split('.')
      for (const [index, segment] of segments.entries()) {
        for (const other of segment === '' ? ['A', 'AA', '='] : getSpellings(segment)) {
          tried++
          const spelled = segments.with(index, other).join('.')
          expect(await getUser(target, name, spelled), `segment ${index}: ${other}`).toBeNull()
        }
      }
    }
    expect(tried).toBeGreaterThan(150)
  })

  it('is rejected, also if the signature covers this spelling', async () => {
    const payload = toBase64url(toUtf8(JSON.stringify({ ...SESSION_CLAIMS, sid: 'ab' })))
    const sign = (spelled: string): string => {
      const input = `${toBase64url(toUtf8(JSON.stringify(sessionHeader)))}.${spelled}`
      return `${input}.${computeHmac(sessionKey.bytes, toUtf8(input))}`
    }
    expect(await getUser(manager, SESSION, sign(payload))).toBe(alice)
    for (const spelled of getSpellings(payload)) expect(await getUser(manager, SESSION, sign(spelled))).toBeNull()
  })
})

describe('invalid claims with a valid signature', () => {
  const { login, sub, sid, auth_time, amr, ...none } = SESSION_CLAIMS
  const wrong: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['an array', []],
    ['a string', 'alice'],
    ['no version', { ...SESSION_CLAIMS, v: undefined }],
    ['another version', { ...SESSION_CLAIMS, v: 2 }],
    ['no expiry', { ...SESSION_CLAIMS, exp: undefined }],
    ['an expiry as a string', { ...SESSION_CLAIMS, exp: String(NOW + 3600) }],
    ['an expiry with a fraction', { ...SESSION_CLAIMS, exp: NOW + 0.5 }],
    ['an expiry in the past', { ...SESSION_CLAIMS, exp: NOW }],
    ['an expiry far beyond the idle time', { ...SESSION_CLAIMS, iat: NOW - 86_400, exp: NOW + 9e9 }],
    ['an issue in the future', { ...SESSION_CLAIMS, iat: NOW + 61 }],
    ['an auth_time in the future', { ...SESSION_CLAIMS, auth_time: NOW + 61 }],
    ['a user as a number', { ...SESSION_CLAIMS, sub: 1 }],
    ['no user', { ...SESSION_CLAIMS, sub: undefined }],
    ['no session id', { ...SESSION_CLAIMS, sid: undefined }],
    ['a user without a login', { ...none, sub }],
    ['a login without a user', { ...none, login }],
    ['methods as a string', { ...SESSION_CLAIMS, amr: 'pwd' }],
    ['freshness as a number', { ...SESSION_CLAIMS, login: { ...login, fresh: 1 } }],
    ['data as an object', { ...SESSION_CLAIMS, data: { a: 1 } }],
  ]
  for (const [fault, claims] of wrong) {
    it(`are rejected: ${fault}`, async () => {
      const token = signToken(sessionKey, sessionHeader, claims as object)
      expect(await getUser(manager, SESSION, token)).toBeNull()
    })
  }

  it('are rejected if the payload is not JSON or not UTF-8', async () => {
    for (const bytes of [toUtf8('{'), toUtf8(''), toUtf8('{}}'), Uint8Array.of(0xc3, 0x28), Uint8Array.of(0xff)]) {
      const input = `${toBase64url(toUtf8(JSON.stringify(sessionHeader)))}.${toBase64url(bytes)}`
      const token = `${input}.${computeHmac(sessionKey.bytes, toUtf8(input))}`
      expect(await getUser(manager, SESSION, token)).toBeNull()
    }
  })
})
