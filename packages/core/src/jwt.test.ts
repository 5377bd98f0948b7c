import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, type User } from '../test/setup'
import { commit } from './adapter'
import { bearer, createLoginManager, OptionsError, type RequestLoader } from './index'
import { type JwtBearerOptions, jwtBearer } from './jwt'

// The tests that do not set the option clock compare tokens with the system time.
const ISSUER = 'https://id.test'
const NOW = Math.floor(Date.now() / 1000)
const CLAIMS: JWTPayload = { iss: ISSUER, aud: 'api', sub: 'alice', exp: NOW + 300 }

let keys: Awaited<ReturnType<typeof generateKeyPair>>
let otherKeys: typeof keys
let jwks: JSONWebKeySet

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true })
  otherKeys = await generateKeyPair('ES256', { extractable: true })
  jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] }
})

function signToken(
  claims: object = CLAIMS,
  header: Record<string, unknown> = {},
  key = keys.privateKey,
): Promise<string> {
  return new SignJWT(claims as JWTPayload).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key)
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function createLoader(options: Partial<JwtBearerOptions<User>> = {}): RequestLoader<User> {
  return jwtBearer<User>({
    issuer: ISSUER,
    audience: 'api',
    algorithms: ['ES256'],
    jwks,
    loadUser: ({ sub }) => (sub === 'alice' ? { id: sub } : null),
    ...options,
  })
}

/** Returns the user of a request with this Authorization header, and why the request is anonymous. */
async function identify(authorization: string | undefined, options: Partial<JwtBearerOptions<User>> = {}) {
  const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest: createLoader(options) })
  const headers = authorization === undefined ? {} : { authorization }
  const auth = manager.open(new Request('https://api.test/', { headers }))
  return [await auth.currentUser(), await auth.whyAnonymous()]
}

const ALICE = [{ id: 'alice' }, null]

describe('a bearer token of the issuer', () => {
  it('logs in the user that loadUser returns', async () => {
    expect(await identify(`Bearer ${await signToken()}`)).toEqual(ALICE)
  })

  it('is passed to loadUser as its claims, together with the request', async () => {
    const seen: unknown[] = []
    const loader = createLoader({
      loadUser: (claims, request) => {
        seen.push(claims, request.url)
        return undefined
      },
    })
    const reasons: string[] = []
    const request = new Request('https://api.test/a', {
      headers: { authorization: `Bearer ${await signToken({ ...CLAIMS, scope: 'read' })}` },
    })
    expect(await loader.load(request, (reason) => reasons.push(reason))).toBeNull()
    expect(seen).toEqual([{ ...CLAIMS, scope: 'read' }, 'https://api.test/a'])
    expect(reasons).toEqual(['unknown-user'])
  })

  it('may have one of several issuers and one of several audiences', async () => {
    const several = { issuer: ['https://other.test', ISSUER], audience: ['web', 'api'] }
    expect(await identify(`Bearer ${await signToken({ ...CLAIMS, aud: ['api', 'else'] })}`, several)).toEqual(ALICE)
  })

  it.each<[string, object, string]>([
    ['another issuer', { ...CLAIMS, iss: 'https://evil.test' }, 'bad-claims'],
    ['no issuer', { ...CLAIMS, iss: undefined }, 'bad-claims'],
    ['another audience', { ...CLAIMS, aud: 'web' }, 'bad-claims'],
    ['no audience', { ...CLAIMS, aud: undefined }, 'bad-claims'],
    ['an exp in the past', { ...CLAIMS, exp: NOW - 120 }, 'expired'],
    ['no exp', { ...CLAIMS, exp: undefined }, 'bad-claims'],
    ['an nbf in the future', { ...CLAIMS, nbf: NOW + 600 }, 'bad-claims'],
    ['an unknown subject', { ...CLAIMS, sub: 'mallory' }, 'unknown-user'],
  ])('is refused with %s, with the expected reason', async (_, claims, reason) => {
    expect(await identify(`Bearer ${await signToken(claims)}`)).toEqual([null, reason])
  })

  it('is accepted after its exp within clockToleranceSeconds', async () => {
    const late = `Bearer ${await signToken({ ...CLAIMS, exp: Math.floor(Date.now() / 1000) - 20 })}`
    expect(await identify(late)).toEqual(ALICE)
    expect(await identify(late, { clockToleranceSeconds: 5 })).toEqual([null, 'expired'])
    expect(await identify(late, { clockToleranceSeconds: 0 })).toEqual([null, 'expired'])
  })

  it.each([
    ['another key', () => signToken(CLAIMS, {}, otherKeys.privateKey), 'bad-signature'],
    ['an unknown key', () => signToken(CLAIMS, { kid: 'two' }), 'bad-signature'],
    ['a changed letter', async () => `${(await signToken()).slice(0, -4)}AAAA`, 'bad-signature'],
    ['no signature', async () => `${(await signToken()).split('.').slice(0, 2).join('.')}.`, 'bad-signature'],
    ['two segments', async () => (await signToken()).split('.').slice(0, 2).join('.'), 'bad-format'],
    ['nonsense', async () => 'nonsense', 'bad-format'],
    ['nonsense in three segments', async () => 'a.b.c', 'bad-format'],
    [
      'an unknown critical header parameter',
      async () => `${encode({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })}.${encode(CLAIMS)}.AAAA`,
      'bad-format',
    ],
  ])('is refused with %s, as the claims are not read', async (_, createToken, reason) => {
    expect(await identify(`Bearer ${await createToken()}`)).toEqual([null, reason])
  })

  it('is rejected if it is not signed', async () => {
    for (const alg of ['none', 'None', 'HS256'])
      expect((await identify(`Bearer ${encode({ alg, kid: 'one' })}.${encode(CLAIMS)}.`))[0]).toBeNull()
  })

  it('is refused if the public key signed it as an HMAC secret', async () => {
    const pem = new TextEncoder().encode(JSON.stringify(jwks.keys[0]))
    const forged = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(pem)
    expect(await identify(`Bearer ${forged}`)).toEqual([null, 'bad-signature'])
  })

  it.each(['session+jwt', 'remember+jwt', 'SESSION+JWT', 'application/session+jwt', 'application/remember+jwt'])(
    'is refused with the typ %s of this library',
    async (typ) => {
      expect(await identify(`Bearer ${await signToken(CLAIMS, { typ })}`)).toEqual([null, 'bad-signature'])
    },
  )

  it('must have the typ of the option type', async () => {
    const typed = { type: 'at+jwt' }
    expect(await identify(`Bearer ${await signToken(CLAIMS, { typ: 'at+jwt' })}`, typed)).toEqual(ALICE)
    expect(await identify(`Bearer ${await signToken(CLAIMS, { typ: 'JWT' })}`, typed)).toEqual([null, 'bad-claims'])
    expect(await identify(`Bearer ${await signToken()}`, typed)).toEqual([null, 'bad-claims'])
  })

  it('must be the only one, and have the scheme Bearer', async () => {
    const valid = await signToken()
    expect(await identify(`Bearer ${valid}, Bearer ${valid}`)).toEqual([null, 'ambiguous-header'])
    expect(await identify(`Basic ${valid}`)).toEqual([null, 'no-cookie'])
    expect(await identify(undefined)).toEqual([null, 'no-cookie'])
  })

  it('has the challenge Bearer, and is a request credential for the CSRF check', async () => {
    expect(createLoader().challenge).toBe('Bearer')
    expect(createLoader({ realm: 'api' }).challenge).toBe('Bearer realm="api"')
    const request = new Request('https://api.test/', { headers: { authorization: 'Bearer x' } })
    expect(createLoader().carries?.(request)).toBe(true)
  })
})

describe('the challenge of a refused JWT', () => {
  async function getChallenge(authorization: string | undefined, options: Partial<JwtBearerOptions<User>> = {}) {
    const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest: createLoader(options) })
    const headers = authorization === undefined ? {} : { authorization }
    const decision = await manager.open(new Request('https://api.test/', { headers })).require()
    const response = decision.ok ? new Response() : await decision.respond()
    return `${response.status} ${response.headers.get('www-authenticate')}`
  }

  it('has no error if the request has no token', async () => {
    expect(await getChallenge(undefined, { realm: 'api' })).toBe('401 Bearer realm="api"')
  })

  it.each([
    ['wrong audience', { ...CLAIMS, aud: 'web' }, 'wrong issuer, audience'],
    ['token that is not valid yet', { ...CLAIMS, nbf: NOW + 600 }, 'wrong issuer, audience'],
    ['expired token', { ...CLAIMS, exp: NOW - 600 }, 'expired'],
  ])('has the error invalid_token with a description for a %s', async (_, claims, description) => {
    const challenge = await getChallenge(`Bearer ${await signToken(claims)}`)
    expect(challenge).toContain('401 Bearer error="invalid_token", error_description="')
    expect(challenge).toContain(description)
  })

  it('never repeats text of the token', async () => {
    const hostile = await signToken({ ...CLAIMS, iss: '", realm="evil', aud: 'x\r\nset-cookie: a=b' })
    const challenge = await getChallenge(`Bearer ${hostile}`)
    expect(challenge).not.toMatch(/evil|set-cookie/)
  })

  it('has the parameters of the option challengeParameters, and rejects unsafe values', async () => {
    const challengeParameters = { resource_metadata: 'https://api.test/meta' }
    expect(await getChallenge('Bearer x.y', { challengeParameters })).toContain(
      'Bearer resource_metadata="https://api.test/meta", error="invalid_token"',
    )
    for (const value of ['a"b', 'a\\b', 'a\r\nb: c'])
      expect(() => createLoader({ challengeParameters: { resource_metadata: value } })).toThrow(OptionsError)
  })
})

describe('a JWT without kid', () => {
  async function createKeySet(pairs: (typeof keys)[]): Promise<JSONWebKeySet> {
    const exportKey = async (pair: typeof keys, index: number) => ({
      ...(await exportJWK(pair.publicKey)),
      kid: `key-${index}`,
    })
    return { keys: await Promise.all(pairs.map(exportKey)) }
  }

  it('is verified with each matching key until one verifies it', async () => {
    const several = { jwks: await createKeySet([keys, otherKeys]) }
    for (const key of [keys, otherKeys])
      expect(await identify(`Bearer ${await signToken(CLAIMS, { kid: undefined }, key.privateKey)}`, several)).toEqual(
        ALICE,
      )
    const late = await signToken({ ...CLAIMS, aud: 'web' }, { kid: undefined }, otherKeys.privateKey)
    expect(await identify(`Bearer ${late}`, several)).toEqual([null, 'bad-claims'])
    const third = (await generateKeyPair('ES256')).privateKey
    expect(await identify(`Bearer ${await signToken(CLAIMS, { kid: undefined }, third)}`, several)).toEqual([
      null,
      'bad-signature',
    ])
  })

  it('is verified with at most ten matching keys', async () => {
    const signed = `Bearer ${await signToken(CLAIMS, { kid: undefined })}`
    const repeatOther = (count: number) => Array.from({ length: count }, () => otherKeys)
    expect(await identify(signed, { jwks: await createKeySet([...repeatOther(9), keys]) })).toEqual(ALICE)
    expect(await identify(signed, { jwks: await createKeySet([...repeatOther(10), keys]) })).toEqual([
      null,
      'bad-signature',
    ])
  })
})

describe('the keys of the issuer', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
  })

  /** Serves responses on a free port, and returns the URL. */
  async function serve(createResponse: () => { status?: number; body: string }): Promise<string> {
    const server = createServer((_, response) => {
      const { status = 200, body } = createResponse()
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body)
    })
    servers.push(server)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  }

  it('are fetched from their URL once for several tokens', async () => {
    let requests = 0
    const address = await serve(() => {
      requests++
      return { body: JSON.stringify(jwks) }
    })
    const manager = createLoginManager<User>({
      secrets: SECRET,
      loadUserFromRequest: createLoader({ jwks: new URL(address) }),
    })
    for (let times = 0; times < 3; times++) {
      const headers = { authorization: `Bearer ${await signToken()}` }
      expect(await manager.open(new Request('https://api.test/', { headers })).currentUser()).toEqual({ id: 'alice' })
    }
    expect(requests).toBe(1)
    expect(await identify(`Bearer ${await signToken()}`, { jwks: address })).toEqual(ALICE)
  })

  it('are not fetched for a request without a token', async () => {
    let requests = 0
    const address = await serve(() => {
      requests++
      return { body: '' }
    })
    expect(await identify(undefined, { jwks: address })).toEqual([null, 'no-cookie'])
    expect(requests).toBe(0)
  })

  it('may be a function of the app', async () => {
    expect(await identify(`Bearer ${await signToken()}`, { jwks: async () => keys.publicKey })).toEqual(ALICE)
  })

  it.each<[string, () => { status?: number; body: string }]>([
    ['are sent with status 500', () => ({ status: 500, body: 'no' })],
    ['are not JSON', () => ({ body: '<html>' })],
    ['are not a key set', () => ({ body: '{"keys": 1}' })],
  ])('that %s cause status 503 on a guarded page', async (_, createResponse) => {
    const address = await serve(createResponse)
    const loadUserFromRequest = createLoader({ jwks: address })
    const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest })
    const headers = { authorization: `Bearer ${await signToken()}` }
    const auth = manager.open(new Request('https://api.test/', { headers }))
    const decision = await auth.require()
    const response = decision.ok ? new Response() : await decision.respond()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    await expect(auth.currentUser()).rejects.toMatchObject({ code: 'store-unavailable', cause: expect.anything() })
  })

  it('that are unreachable cause status 503 only for a request with a token', async () => {
    const address = await serve(() => ({ body: '' }))
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
    const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest: createLoader({ jwks: address }) })
    const headers = { authorization: `Bearer ${await signToken()}`, accept: 'application/json' }
    const auth = manager.open(new Request('https://api.test/', { headers }))
    const decision = await auth.require()
    const response = decision.ok ? new Response() : await decision.respond()
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ title: 'Service Unavailable' })
    const withoutToken = manager.open(new Request('https://api.test/'))
    expect(await withoutToken.currentUser()).toBeNull()
  })
})

describe('the keys of an issuer whose key server accepts connections and never responds', () => {
  it('stay in use, and new requests do not reach the server during the pause', async () => {
    let isHanging = false
    let requests = 0
    const server = createServer((_, response) => {
      requests++
      if (!isHanging) response.writeHead(200, { connection: 'close' }).end(JSON.stringify(jwks))
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const state = { now: 1_000_000 }
    const abort = new AbortController()
    const loader = createLoader({
      jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
      clock: () => state.now,
      // Aborts instead of the timeout of the library, so the test does not depend on the time.
      fetch: (url, init) =>
        fetch(url, { ...init, signal: AbortSignal.any([init.signal as AbortSignal, abort.signal]) }),
    })
    const load = async (signed: string) =>
      loader.load(new Request('https://api.test/', { headers: { authorization: `Bearer ${signed}` } }), () => {})
    const valid = await signToken()
    expect(await load(valid)).toEqual({ id: 'alice' })
    isHanging = true
    server.once('request', () => abort.abort())
    state.now += 660
    expect(await Promise.all([load(valid), load(valid), load(valid)])).toEqual(Array(3).fill({ id: 'alice' }))
    expect(await load(valid)).toEqual({ id: 'alice' })
    expect(requests).toBe(2)
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
})

describe('the keys of an issuer whose key server fails', () => {
  async function setUp(keepKeysSeconds?: number) {
    const state = { now: 1_000_000, fetches: 0, isDown: false }
    const loader = createLoader({
      jwks: 'https://id.test/jwks.json',
      keepKeysSeconds,
      clock: () => state.now,
      fetch: async () => {
        state.fetches++
        if (state.isDown) throw new DOMException('timed out', 'TimeoutError')
        return Response.json(jwks)
      },
    })
    const load = async (signed: string) =>
      loader.load(new Request('https://api.test/', { headers: { authorization: `Bearer ${signed}` } }), () => {})
    return { state, load }
  }

  it('stay in use for keepKeysSeconds, by default one day, and no longer', async () => {
    for (const seconds of [undefined, 3600]) {
      const { state, load } = await setUp(seconds)
      const valid = await signToken()
      expect(await load(valid)).toEqual({ id: 'alice' })
      state.isDown = true
      state.now += (seconds ?? 86_400) - 1
      expect(await load(valid)).toEqual({ id: 'alice' })
      state.now += 1
      await expect(load(valid)).rejects.toMatchObject({ code: 'store-unavailable' })
      state.isDown = false
      state.now += 30
      expect(await load(valid)).toEqual({ id: 'alice' })
    }
  })

  it('are fetched once by concurrent requests, and not again during the pause after a failure', async () => {
    const { state, load } = await setUp()
    state.isDown = true
    const flood = await Promise.all(Array.from({ length: 20 }, () => signToken(CLAIMS, { kid: 'forged' })))
    await Promise.allSettled(flood.map(load))
    expect(state.fetches).toBe(1)
    await Promise.allSettled(flood.map(load))
    expect(state.fetches).toBe(1)
    state.now += 5
    await Promise.allSettled(flood.map(load))
    expect(state.fetches).toBe(2)
  })

  it('are fetched at most once in 30 seconds for tokens with an unknown kid', async () => {
    const { state, load } = await setUp()
    const forged = await signToken(CLAIMS, { kid: 'forged' })
    for (let times = 0; times < 5; times++) expect(await load(forged)).toBeNull()
    expect(state.fetches).toBe(1)
    state.now += 30
    state.isDown = true
    for (let times = 0; times < 5; times++) expect(await load(forged)).toBeNull()
    expect(state.fetches).toBe(2)
  })
})

describe('the options of jwtBearer', () => {
  const getProblemPaths = (options: object): string[] => {
    try {
      jwtBearer({ issuer: ISSUER, audience: 'api', algorithms: ['ES256'], jwks, loadUser: () => null, ...options })
      return []
    } catch (error) {
      expect(error).toBeInstanceOf(OptionsError)
      return (error as OptionsError).problems.map(({ path }) => path)
    }
  }

  it.each<[object, string]>([
    [{ issuer: undefined }, 'issuer'],
    [{ issuer: [] }, 'issuer'],
    [{ issuer: '' }, 'issuer'],
    [{ audience: undefined }, 'audience'],
    [{ audience: [] }, 'audience'],
    [{ algorithms: undefined }, 'algorithms'],
    [{ algorithms: [] }, 'algorithms'],
    [{ algorithms: ['HS256'] }, 'algorithms'],
    [{ algorithms: ['ES256', 'HS512'] }, 'algorithms'],
    [{ algorithms: ['none'] }, 'algorithms'],
    [{ loadUser: undefined }, 'loadUser'],
    [{ loadUser: 'users' }, 'loadUser'],
    [{ jwks: undefined }, 'jwks'],
    [{ jwks: 'not an address' }, 'jwks'],
    [{ jwks: {} }, 'jwks'],
    [{ jwks: null }, 'jwks'],
    [{ jwks: 7 }, 'jwks'],
    [{ keepKeysSeconds: -1 }, 'keepKeysSeconds'],
    [{ keepKeysSeconds: Number.NaN }, 'keepKeysSeconds'],
    [{ clockToleranceSeconds: '60' }, 'clockToleranceSeconds'],
    [{ type: 7 }, 'type'],
    [{ fetch: 'fetch' }, 'fetch'],
    [{ clock: 0 }, 'clock'],
    [{ issuer: [''] }, 'issuer'],
    [{ issuer: 7 }, 'issuer'],
    [{ algorithms: 'ES256' }, 'algorithms'],
    [{ algorithms: [7] }, 'algorithms'],
    [{ issuers: ['https://id.test'] }, 'issuers'],
  ])('are validated when jwtBearer() is called: %j', (options, path) => {
    expect(getProblemPaths(options)).toEqual([path])
  })

  it('are described with the wording of the manager options', () => {
    const callJwtBearer = (): unknown =>
      jwtBearer({ audience: 'api', algorithm: ['ES256'], jwks, loadUser: 7 } as never)
    expect(callJwtBearer).toThrow('jwtBearer() received invalid options:')
    expect(callJwtBearer).toThrow('  - issuer: is missing: set the `iss` of the tokens')
    expect(callJwtBearer).toThrow('  - loadUser: must be a function, but is 7: (claims) => user or null')
    expect(callJwtBearer).toThrow('  - algorithm: is not an option: did you mean algorithms?')
  })

  it.each([undefined, null, 7, []])('throw an OptionsError if they are %j', (options) => {
    expect(() => jwtBearer(options as never)).toThrow(OptionsError)
  })

  it('are all listed in one error if they are missing', () => {
    const allUndefined = {
      issuer: undefined,
      audience: undefined,
      algorithms: undefined,
      jwks: undefined,
      loadUser: undefined,
    }
    expect(getProblemPaths(allUndefined).sort()).toEqual(['algorithms', 'audience', 'issuer', 'jwks', 'loadUser'])
  })
})

it('jwtBearer() rejects a session token of this library, even if the issuer has the same secret', async () => {
  const manager = createLoginManager<User>({
    secrets: SECRET,
    loadUser: () => null,
    loadUserFromRequest: bearer<User>(() => null),
  })
  const auth = manager.open(new Request('https://api.test/'))
  await auth.loginUser({ id: 'alice' }, { remember: true })
  for (const line of commit(auth, new Response()).headers.getSetCookie()) {
    const sessionToken = line.slice(line.indexOf('=') + 1, line.indexOf(';'))
    expect(await identify(`Bearer ${sessionToken}`, { jwks: async () => new TextEncoder().encode(SECRET) })).toEqual([
      null,
      'bad-signature',
    ])
  }
})
