import { describe, expect, it } from 'vitest'
import {
  isDuplicated,
  parseScheme,
  readAuthorization,
  readBasicCredentials,
  readSingleHeader,
  removeBasic,
} from './authorization'
import { type RequestView, requestView } from './request'

function createView(value?: string): RequestView {
  return { method: 'GET', url: '/', headers: { get: (name) => (name === 'authorization' ? (value ?? null) : null) } }
}

const NO_CREDENTIAL = { ok: false, reason: 'no-credential' }
const AMBIGUOUS = { ok: false, reason: 'ambiguous-header' }
const BAD_FORMAT = { ok: false, reason: 'bad-format' }
const NOT_UTF8 = { ok: false, reason: 'bad-encoding' }

describe('readAuthorization() reads', () => {
  it.each<[string, string | undefined, unknown]>([
    ['a token', 'Bearer abc', { ok: true, value: 'abc' }],
    ['a token after a scheme in any letter case', 'bEARER abc', { ok: true, value: 'abc' }],
    ['a token after several spaces', 'Bearer   abc  ', { ok: true, value: 'abc' }],
    ['no credential without the header', undefined, NO_CREDENTIAL],
    ['no credential from an empty header', '', NO_CREDENTIAL],
    ['no credential of another scheme', 'Basic abc', NO_CREDENTIAL],
    ['no credential of a scheme with a suffix', 'BearerX abc', NO_CREDENTIAL],
    ['no credential from a scheme alone', 'Bearer', NO_CREDENTIAL],
    ['no credential from a token alone', 'abc', NO_CREDENTIAL],
    ['no credential from a token with a space', 'Bearer abc def', NO_CREDENTIAL],
    ['ambiguous-header from two joined headers', 'Bearer abc, Bearer def', AMBIGUOUS],
  ])('%s', (_, value, credential) => {
    expect(readAuthorization(createView(value), 'Bearer')).toEqual(credential)
  })
})

describe('readBasicCredentials() reads', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  it.each<[string, string | undefined, unknown]>([
    ['a user name and a password', basic('zoe:pw'), { ok: true, value: { username: 'zoe', password: 'pw' } }],
    ['a password with a colon', basic('zoe:p:w'), { ok: true, value: { username: 'zoe', password: 'p:w' } }],
    ['letters beyond ASCII', basic('zoë:pässword'), { ok: true, value: { username: 'zoë', password: 'pässword' } }],
    ['an empty user name and an empty password', basic(':'), { ok: true, value: { username: '', password: '' } }],
    ['bad-format without a colon', basic('zoe'), BAD_FORMAT],
    ['bad-format from invalid base64', 'Basic %%%', BAD_FORMAT],
    ['bad-encoding from invalid UTF-8', `Basic ${Buffer.from([0xff, 0x3a]).toString('base64')}`, NOT_UTF8],
    ['bad-encoding from Latin-1', `Basic ${Buffer.from('zoë:pw', 'latin1').toString('base64')}`, NOT_UTF8],
    ['no credential without the header', undefined, NO_CREDENTIAL],
    ['no credential from a bearer token', 'Bearer abc', NO_CREDENTIAL],
    ['ambiguous-header from two joined headers', `${basic('a:b')}, ${basic('c:d')}`, AMBIGUOUS],
  ])('%s', (_, value, credential) => {
    expect(readBasicCredentials(createView(value))).toEqual(credential)
  })
})

it('readSingleHeader() reads a header that arrived once', () => {
  expect(readSingleHeader(createView('k'), 'authorization')).toEqual({ ok: true, value: 'k' })
  expect(readSingleHeader(createView('k1, k2'), 'authorization')).toEqual(AMBIGUOUS)
  expect(readSingleHeader(createView('k'), 'x-api-key')).toEqual(NO_CREDENTIAL)
})

// https://www.iana.org/assignments/http-authschemes, each in the form of its specification.
const REGISTERED: Readonly<Record<string, string>> = {
  Basic: 'Basic YTpi',
  Bearer: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln',
  Concealed: 'Concealed k=:YmFzZW1lbnQ=:, a=:VGhpcyBpcyBh:, s=2055, v=:dmVyaWZpY2F0aW9u:, p=:SGVsbG8gV29ybGQ=:',
  Digest:
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="753927fa", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  DPoP: 'DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
  GNAP: 'GNAP OS9M2PMHKUR64TB8N6BW7OZB8CDFONP219RP1LT0',
  HOBA: 'HOBA result="123.16.bm9uY2U.c2ln"',
  Mutual: 'Mutual sid=123, realm="a, b", auth-scope="example.com", nc=1, vkb="cHJvb2Y="',
  Negotiate: 'Negotiate a87421000492aa874209af8bc028',
  OAuth:
    'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoxSZ", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"',
  PrivateToken: 'PrivateToken token="AAEAAQ=="',
  'SCRAM-SHA-1': 'SCRAM-SHA-1 realm="testrealm@example.com", data=biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=',
  'SCRAM-SHA-256': 'SCRAM-SHA-256 sid=AAAABBBBCCCCDDDD, data=cj1yT3ByTkdmd0ViZVJXZ2JORWtxTw==',
  vapid: 'vapid t=eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJodHRwcyJ9.c2ln, k=BA1Hxzyi1RUM1b5wjxsn7nGxAs',
}

const UNREGISTERED: readonly string[] = [
  'Token token="s3cr3t", email="zoe@example.org"',
  'Token token="s3cr3t", name="Doe, Bearer of news"',
  'Token token="an \\"escaped\\" quote, Basic YTpi", email="a"',
  'AWS4-HMAC-SHA256 Credential=AKIA/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-date, Signature=fe5f80f77d5fa3beca038a248ff027d0',
  'AWS4-HMAC-SHA256 Credential=AKIA/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=fe5f80',
  'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", ext="some, app ext data", mac="6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="',
  'Digest username="a" , realm="b" , qop = auth , nc =00000001',
  'Signature keyId="rsa-key-1",algorithm="hs2019",headers="(request-target) (created) host",signature="Base64(RSA)"',
  'ApiKey a,b',
  'Bearer a,b',
]

const hasTwoCredentials = (value: string) => isDuplicated(createView(value), 'authorization', value)

describe('an Authorization header of a Fetch API request', () => {
  it.each([...Object.values(REGISTERED), ...UNREGISTERED])('has one credential: %s', (value) => {
    expect(hasTwoCredentials(value)).toBe(false)
  })

  it.each(Object.entries(REGISTERED))(
    'with %s and a credential of a registered scheme after it has two credentials',
    (_, value) => {
      for (const other of Object.values(REGISTERED)) {
        expect([other, hasTwoCredentials(`${value}, ${other}`)]).toEqual([other, true])
        expect([other, hasTwoCredentials(`${value},${other}`)]).toEqual([other, true])
      }
    },
  )

  it.each(UNREGISTERED)(
    'with a credential of a registered scheme before or after it has two credentials: %s',
    (value) => {
      for (const other of Object.values(REGISTERED)) {
        expect([other, hasTwoCredentials(`${value}, ${other}`)]).toEqual([other, true])
        expect([other, hasTwoCredentials(`${other}, ${value}`)]).toEqual([other, true])
      }
    },
  )

  it.each([
    'Bearer a, Bearer b',
    'Basic x, Basic y',
    'Digest username="a", realm="b", Basic YTpi',
    'bearer a, BEARER b',
    'Bearer a,\tBearer\tb',
    'Bearer a, , Bearer b',
    'Bearer a, Unknown b',
    'Bearer a, Negotiate',
    'Bearer a, NTLM, x',
    'Negotiate, Bearer b',
    'Bearer a", Bearer b',
    'Bearer a", Bearer b"',
    'Digest a="b, Bearer c',
    'Digest a="b\\", Bearer c',
    'key-one, key-two',
  ])('with two credentials is rejected: %s', (value) => {
    expect(hasTwoCredentials(value)).toBe(true)
  })

  it('is read in a time that grows with its length', () => {
    for (const part of ['="', '=\\"', ', a', ',  ', '= ', 'a b, ']) {
      const value = `Bearer ${part.repeat(20_000)}`
      expect(typeof hasTwoCredentials(value)).toBe('boolean')
    }
  })
})

describe('the raw Authorization header lines of a request', () => {
  const createRawView = (...headers: string[]) => requestView({ method: 'GET', url: '/', headers })

  it.each([...Object.values(REGISTERED), ...UNREGISTERED])('are rejected if two lines arrived: %s', (value) => {
    const request = createRawView('Authorization', value, 'authorization', value)
    expect(readSingleHeader(request, 'authorization')).toEqual(AMBIGUOUS)
    expect(readSingleHeader(createRawView('Authorization', value), 'authorization')).toEqual({ ok: true, value })
  })

  it('are rejected if a proxy joined two lines to one', () => {
    expect(readSingleHeader(createRawView('Authorization', 'Bearer a, Bearer b'), 'authorization')).toEqual(AMBIGUOUS)
  })
})

describe('a separate header for an API key', () => {
  const createRawView = (...headers: string[]) => requestView({ method: 'GET', url: '/', headers })
  const createJoinedView = (...headers: [string, string][]) => ({
    method: 'GET',
    url: '/',
    headers: new Headers(headers),
  })

  it('can contain a comma', () => {
    const one = { ok: true, value: 'a,b' }
    expect(readSingleHeader(createRawView('x-api-key', 'a,b'), 'x-api-key')).toEqual(one)
    expect(readSingleHeader(createJoinedView(['x-api-key', 'a,b']), 'x-api-key')).toEqual(one)
    expect(readSingleHeader(createRawView('x-api-key', 'a, b'), 'x-api-key')).toEqual({ ok: true, value: 'a, b' })
  })

  it('is rejected if it arrived twice', () => {
    expect(readSingleHeader(createRawView('x-api-key', 'a', 'X-Api-Key', 'b'), 'x-api-key')).toEqual(AMBIGUOUS)
    expect(readSingleHeader(createJoinedView(['x-api-key', 'a'], ['x-api-key', 'b']), 'x-api-key')).toEqual(AMBIGUOUS)
  })
})

describe('the scheme of a header', () => {
  it.each<[string | null, string | null]>([
    ['Bearer a', 'bearer'],
    ['Bearer', 'bearer'],
    ['  DPoP  a', 'dpop'],
    ['Basic realm="a"', 'basic'],
    ['"Basic" a', null],
    ['', null],
    [null, null],
  ])('%j is %j', (value, scheme) => {
    expect(parseScheme(value)).toBe(scheme)
  })
})

describe('removeBasic()', () => {
  it.each([
    ['Basic realm="login", charset="UTF-8"', ''],
    ['basic', ''],
    ['Bearer realm="a, Basic b"', 'Bearer realm="a, Basic b"'],
    ['Bearer realm="a", Basic realm="b", charset="UTF-8"', 'Bearer realm="a"'],
    ['Basic realm="b", charset="UTF-8", Bearer realm="a", error="x"', 'Bearer realm="a", error="x"'],
    ['Negotiate, NTLM, Basic realm="b"', 'Negotiate, NTLM'],
    ['Basic-like realm="b"', 'Basic-like realm="b"'],
    ['Api-Key', 'Api-Key'],
  ])('changes the challenges %j to %j', (value, left) => {
    expect(removeBasic(value)).toBe(left)
  })
})
