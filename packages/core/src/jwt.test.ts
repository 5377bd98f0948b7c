import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, type User } from '../test/setup'
import { commit } from './adapter'
import { bearer, createLoginManager, OptionsError, type RequestLoader } from './index'
import { type JwtBearerOptions, jwtBearer } from './jwt'

// Tokens of somebody else are dated by the real clock: jose knows no other.
const ISSUER = 'https://id.test'
const NOW = Math.floor(Date.now() / 1000)
const GOOD: JWTPayload = { iss: ISSUER, aud: 'api', sub: 'alice', exp: NOW + 300 }

let keys: Awaited<ReturnType<typeof generateKeyPair>>
let others: typeof keys
let jwks: JSONWebKeySet

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true })
  others = await generateKeyPair('ES256', { extractable: true })
  jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] }
})

function token(claims: object = GOOD, header: Record<string, unknown> = {}, key = keys.privateKey): Promise<string> {
  return new SignJWT(claims as JWTPayload).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key)
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function loaderOf(options: Partial<JwtBearerOptions<User>> = {}): RequestLoader<User> {
  return jwtBearer<User>({
    issuer: ISSUER,
    audience: 'api',
    algorithms: ['ES256'],
    jwks,
    loadUser: ({ sub }) => (sub === 'alice' ? { id: sub } : null),
    ...options,
  })
}

/** What the handle says of a request with this in the Authorization header. */
async function said(authorization: string | undefined, options: Partial<JwtBearerOptions<User>> = {}) {
  const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest: loaderOf(options) })
  const headers = authorization === undefined ? {} : { authorization }
  const auth = manager.open(new Request('https://api.test/', { headers }))
  return [await auth.currentUser(), await auth.whyAnonymous()]
}

const ALICE = [{ id: 'alice' }, null]

describe('a bearer token of the issuer', () => {
  it('names the user', async () => {
    expect(await said(`Bearer ${await token()}`)).toEqual(ALICE)
  })

  it('is handed over with its claims and the request', async () => {
    const seen: unknown[] = []
    const loader = loaderOf({
      loadUser: (claims, request) => {
        seen.push(claims, request.url)
        return undefined
      },
    })
    const notes: string[] = []
    const request = new Request('https://api.test/a', {
      headers: { authorization: `Bearer ${await token({ ...GOOD, scope: 'read' })}` },
    })
    expect(await loader.load(request, (note) => notes.push(note))).toBeNull()
    expect(seen).toEqual([{ ...GOOD, scope: 'read' }, 'https://api.test/a'])
    expect(notes).toEqual(['unknown-user'])
  })

  it('may be for one of several, by one of several', async () => {
    const several = { issuer: ['https://other.test', ISSUER], audience: ['web', 'api'] }
    expect(await said(`Bearer ${await token({ ...GOOD, aud: ['api', 'else'] })}`, several)).toEqual(ALICE)
  })

  it.each<[string, object, string]>([
    ['another issuer', { ...GOOD, iss: 'https://evil.test' }, 'bad-claims'],
    ['no issuer', { ...GOOD, iss: undefined }, 'bad-claims'],
    ['another audience', { ...GOOD, aud: 'web' }, 'bad-claims'],
    ['no audience', { ...GOOD, aud: undefined }, 'bad-claims'],
    ['an end that is over', { ...GOOD, exp: NOW - 120 }, 'expired'],
    ['no end', { ...GOOD, exp: undefined }, 'bad-claims'],
    ['a beginning that is to come', { ...GOOD, nbf: NOW + 600 }, 'bad-claims'],
    ['somebody unknown', { ...GOOD, sub: 'mallory' }, 'unknown-user'],
  ])('is refused with %s', async (_, claims, reason) => {
    expect(await said(`Bearer ${await token(claims)}`)).toEqual([null, reason])
  })

  it('is given the seconds by which clocks differ, and no more', async () => {
    const late = `Bearer ${await token({ ...GOOD, exp: Math.floor(Date.now() / 1000) - 20 })}`
    expect(await said(late)).toEqual(ALICE)
    expect(await said(late, { clockToleranceSeconds: 5 })).toEqual([null, 'expired'])
    expect(await said(late, { clockToleranceSeconds: 0 })).toEqual([null, 'expired'])
  })

  it.each([
    ['another key', () => token(GOOD, {}, others.privateKey), 'bad-signature'],
    ['a key that nobody knows', () => token(GOOD, { kid: 'two' }), 'bad-signature'],
    ['a changed letter', async () => `${(await token()).slice(0, -4)}AAAA`, 'bad-signature'],
    ['no signature', async () => `${(await token()).split('.').slice(0, 2).join('.')}.`, 'bad-signature'],
    ['two segments', async () => (await token()).split('.').slice(0, 2).join('.'), 'bad-format'],
    ['nonsense', async () => 'nonsense', 'bad-format'],
    ['nonsense in three segments', async () => 'a.b.c', 'bad-format'],
    [
      'a header that asks for what nobody knows',
      async () => `${part({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })}.${part(GOOD)}.AAAA`,
      'bad-format',
    ],
  ])('is refused with %s', async (_, make, reason) => {
    expect(await said(`Bearer ${await make()}`)).toEqual([null, reason])
  })

  it('is rejected if it is not signed', async () => {
    for (const alg of ['none', 'None', 'HS256'])
      expect((await said(`Bearer ${part({ alg, kid: 'one' })}.${part(GOOD)}.`))[0]).toBeNull()
  })

  it('is refused signed with the public key as a secret', async () => {
    const pem = new TextEncoder().encode(JSON.stringify(jwks.keys[0]))
    const forged = await new SignJWT(GOOD).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(pem)
    expect(await said(`Bearer ${forged}`)).toEqual([null, 'bad-signature'])
  })

  it.each(['session+jwt', 'remember+jwt', 'SESSION+JWT', 'application/session+jwt', 'application/remember+jwt'])(
    'is refused where it calls itself %s, which is ours',
    async (typ) => {
      expect(await said(`Bearer ${await token(GOOD, { typ })}`)).toEqual([null, 'bad-signature'])
    },
  )

  it('must have the type of the option type', async () => {
    const typed = { type: 'at+jwt' }
    expect(await said(`Bearer ${await token(GOOD, { typ: 'at+jwt' })}`, typed)).toEqual(ALICE)
    expect(await said(`Bearer ${await token(GOOD, { typ: 'JWT' })}`, typed)).toEqual([null, 'bad-claims'])
    expect(await said(`Bearer ${await token()}`, typed)).toEqual([null, 'bad-claims'])
  })

  it('is one, and a bearer token', async () => {
    const good = await token()
    expect(await said(`Bearer ${good}, Bearer ${good}`)).toEqual([null, 'ambiguous-header'])
    expect(await said(`Basic ${good}`)).toEqual([null, 'no-cookie'])
    expect(await said(undefined)).toEqual([null, 'no-cookie'])
  })

  it('challenges as a bearer token does, and is a key of its own', async () => {
    expect(loaderOf().challenge).toBe('Bearer')
    expect(loaderOf({ realm: 'api' }).challenge).toBe('Bearer realm="api"')
    const request = new Request('https://api.test/', { headers: { authorization: 'Bearer x' } })
    expect(loaderOf().carries?.(request)).toBe(true)
  })
})

describe('the challenge of a refused JWT', () => {
  async function challengeOf(authorization: string | undefined, options: Partial<JwtBearerOptions<User>> = {}) {
    const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest: loaderOf(options) })
    const headers = authorization === undefined ? {} : { authorization }
    const decision = await manager.open(new Request('https://api.test/', { headers })).require()
    const response = decision.ok ? new Response() : await decision.respond()
    return `${response.status} ${response.headers.get('www-authenticate')}`
  }

  it('is plain when the request has no token', async () => {
    expect(await challengeOf(undefined, { realm: 'api' })).toBe('401 Bearer realm="api"')
  })

  it.each([
    ['wrong audience', { ...GOOD, aud: 'web' }, 'wrong issuer, audience'],
    ['token that is not valid yet', { ...GOOD, nbf: NOW + 600 }, 'wrong issuer, audience'],
    ['expired token', { ...GOOD, exp: NOW - 600 }, 'expired'],
  ])('has the error invalid_token with a description for a %s', async (_, claims, description) => {
    const challenge = await challengeOf(`Bearer ${await token(claims)}`)
    expect(challenge).toContain('401 Bearer error="invalid_token", error_description="')
    expect(challenge).toContain(description)
  })

  it('never repeats text of the token', async () => {
    const hostile = await token({ ...GOOD, iss: '", realm="evil', aud: 'x\r\nset-cookie: a=b' })
    const challenge = await challengeOf(`Bearer ${hostile}`)
    expect(challenge).not.toMatch(/evil|set-cookie/)
  })

  it('has the parameters of the option challengeParameters, and rejects unsafe values', async () => {
    const challengeParameters = { resource_metadata: 'https://api.test/meta' }
    expect(await challengeOf('Bearer x.y', { challengeParameters })).toContain(
      'Bearer resource_metadata="https://api.test/meta", error="invalid_token"',
    )
    for (const value of ['a"b', 'a\\b', 'a\r\nb: c'])
      expect(() => loaderOf({ challengeParameters: { resource_metadata: value } })).toThrow(OptionsError)
  })
})

describe('a JWT without kid', () => {
  async function setOf(pairs: (typeof keys)[]): Promise<JSONWebKeySet> {
    const jwk = async (pair: typeof keys, index: number) => ({
      ...(await exportJWK(pair.publicKey)),
      kid: `key-${index}`,
    })
    return { keys: await Promise.all(pairs.map(jwk)) }
  }

  it('is verified with each of several matching keys until one fits', async () => {
    const several = { jwks: await setOf([keys, others]) }
    for (const key of [keys, others])
      expect(await said(`Bearer ${await token(GOOD, { kid: undefined }, key.privateKey)}`, several)).toEqual(ALICE)
    const late = await token({ ...GOOD, aud: 'web' }, { kid: undefined }, others.privateKey)
    expect(await said(`Bearer ${late}`, several)).toEqual([null, 'bad-claims'])
    const third = (await generateKeyPair('ES256')).privateKey
    expect(await said(`Bearer ${await token(GOOD, { kid: undefined }, third)}`, several)).toEqual([
      null,
      'bad-signature',
    ])
  })

  it('is verified with at most ten matching keys', async () => {
    const signed = `Bearer ${await token(GOOD, { kid: undefined })}`
    const pad = (count: number) => Array.from({ length: count }, () => others)
    expect(await said(signed, { jwks: await setOf([...pad(9), keys]) })).toEqual(ALICE)
    expect(await said(signed, { jwks: await setOf([...pad(10), keys]) })).toEqual([null, 'bad-signature'])
  })
})

describe('the keys of the issuer', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
  })

  async function served(answer: () => { status?: number; body: string }): Promise<string> {
    const server = createServer((_, response) => {
      const { status = 200, body } = answer()
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body)
    })
    servers.push(server)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  }

  it('are fetched from their address, once for many tokens', async () => {
    let asked = 0
    const address = await served(() => {
      asked++
      return { body: JSON.stringify(jwks) }
    })
    const manager = createLoginManager<User>({
      secrets: SECRET,
      loadUserFromRequest: loaderOf({ jwks: new URL(address) }),
    })
    for (let times = 0; times < 3; times++) {
      const headers = { authorization: `Bearer ${await token()}` }
      expect(await manager.open(new Request('https://api.test/', { headers })).currentUser()).toEqual({ id: 'alice' })
    }
    expect(asked).toBe(1)
    expect(await said(`Bearer ${await token()}`, { jwks: address })).toEqual(ALICE)
  })

  it('are not fetched for who brings no token', async () => {
    let asked = 0
    const address = await served(() => {
      asked++
      return { body: '' }
    })
    expect(await said(undefined, { jwks: address })).toEqual([null, 'no-cookie'])
    expect(asked).toBe(0)
  })

  it('may come from a function of the app’s own', async () => {
    expect(await said(`Bearer ${await token()}`, { jwks: async () => keys.publicKey })).toEqual(ALICE)
  })

  it.each<[string, () => { status?: number; body: string }]>([
    ['are refused', () => ({ status: 500, body: 'no' })],
    ['are no JSON', () => ({ body: '<html>' })],
    ['are no keys', () => ({ body: '{"keys": 1}' })],
  ])('that %s give status 503 on a guarded page, and end no login', async (_, answer) => {
    const address = await served(answer)
    const loadUserFromRequest = loaderOf({ jwks: address })
    const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest })
    const headers = { authorization: `Bearer ${await token()}` }
    const auth = manager.open(new Request('https://api.test/', { headers }))
    const decision = await auth.require()
    const response = decision.ok ? new Response() : await decision.respond()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    await expect(auth.currentUser()).rejects.toMatchObject({ code: 'store-unavailable', cause: expect.anything() })
  })

  it('that are out of reach are an outside failure, with its cause', async () => {
    const address = await served(() => ({ body: '' }))
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
    const manager = createLoginManager<User>({ secrets: SECRET, loadUserFromRequest: loaderOf({ jwks: address }) })
    const headers = { authorization: `Bearer ${await token()}`, accept: 'application/json' }
    const auth = manager.open(new Request('https://api.test/', { headers }))
    const decision = await auth.require()
    const response = decision.ok ? new Response() : await decision.respond()
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ title: 'Service Unavailable' })
    const free = manager.open(new Request('https://api.test/'))
    expect(await free.currentUser()).toBeNull()
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
    const loader = loaderOf({
      jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
      clock: () => state.now,
      // In place of the timeout of the library, so that the test does not depend on the time: aborted once it hangs.
      fetch: (url, init) =>
        fetch(url, { ...init, signal: AbortSignal.any([init.signal as AbortSignal, abort.signal]) }),
    })
    const load = async (signed: string) =>
      loader.load(new Request('https://api.test/', { headers: { authorization: `Bearer ${signed}` } }), () => {})
    const good = await token()
    expect(await load(good)).toEqual({ id: 'alice' })
    isHanging = true
    server.once('request', () => abort.abort())
    state.now += 660
    expect(await Promise.all([load(good), load(good), load(good)])).toEqual(Array(3).fill({ id: 'alice' }))
    expect(await load(good)).toEqual({ id: 'alice' })
    expect(requests).toBe(2)
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
})

describe('the keys of an issuer whose key server fails', () => {
  async function setUp(keepKeysSeconds?: number) {
    const state = { now: 1_000_000, fetches: 0, isDown: false }
    const loader = loaderOf({
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
      const good = await token()
      expect(await load(good)).toEqual({ id: 'alice' })
      state.isDown = true
      state.now += (seconds ?? 86_400) - 1
      expect(await load(good)).toEqual({ id: 'alice' })
      state.now += 1
      await expect(load(good)).rejects.toMatchObject({ code: 'store-unavailable' })
      state.isDown = false
      state.now += 30
      expect(await load(good)).toEqual({ id: 'alice' })
    }
  })

  it('are fetched once by concurrent requests, and not again during the pause after a failure', async () => {
    const { state, load } = await setUp()
    state.isDown = true
    const flood = await Promise.all(Array.from({ length: 20 }, () => token(GOOD, { kid: 'forged' })))
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
    const forged = await token(GOOD, { kid: 'forged' })
    for (let times = 0; times < 5; times++) expect(await load(forged)).toBeNull()
    expect(state.fetches).toBe(1)
    state.now += 30
    state.isDown = true
    for (let times = 0; times < 5; times++) expect(await load(forged)).toBeNull()
    expect(state.fetches).toBe(2)
  })
})

describe('the options of jwtBearer', () => {
  const problemsOf = (options: object): string[] => {
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
  ])('are looked at when the loader is made: %j', (options, path) => {
    expect(problemsOf(options)).toEqual([path])
  })

  it('are described with the wording of the manager options', () => {
    const make = (): unknown => jwtBearer({ audience: 'api', algorithm: ['ES256'], jwks, loadUser: 7 } as never)
    expect(make).toThrow('jwtBearer() received invalid options:')
    expect(make).toThrow('  - issuer: is missing: set the `iss` of the tokens')
    expect(make).toThrow('  - loadUser: must be a function, but is 7: (claims) => user or null')
    expect(make).toThrow('  - algorithm: is not an option: did you mean algorithms?')
  })

  it.each([undefined, null, 7, []])('throw an OptionsError if they are %j', (options) => {
    expect(() => jwtBearer(options as never)).toThrow(OptionsError)
  })

  it('are all listed in one error if they are missing', () => {
    const nothing = {
      issuer: undefined,
      audience: undefined,
      algorithms: undefined,
      jwks: undefined,
      loadUser: undefined,
    }
    expect(problemsOf(nothing).sort()).toEqual(['algorithms', 'audience', 'issuer', 'jwks', 'loadUser'])
  })
})

it('does not take our own session for a bearer token, though the issuer shares our secret', async () => {
  const manager = createLoginManager<User>({
    secrets: SECRET,
    loadUser: () => null,
    loadUserFromRequest: bearer<User>(() => null),
  })
  const auth = manager.open(new Request('https://api.test/'))
  await auth.loginUser({ id: 'alice' }, { remember: true })
  for (const line of commit(auth, new Response()).headers.getSetCookie()) {
    const ours = line.slice(line.indexOf('=') + 1, line.indexOf(';'))
    expect(await said(`Bearer ${ours}`, { jwks: async () => new TextEncoder().encode(SECRET) })).toEqual([
      null,
      'bad-signature',
    ])
  }
})
