import { describe, expect, it } from 'vitest'
import type { User } from '../../test/setup'
import { requestView } from '../adapter'
import { apiKey, basicAuth, bearer, type RequestLoader, type RequestView } from '../index'

function createView(headers: readonly string[] = [], url = '/'): RequestView {
  return requestView({ method: 'GET', url, headers })
}

async function load(loader: RequestLoader<User>, request: RequestView) {
  const reasons: string[] = []
  const user = await loader.load(request, (reason) => reasons.push(reason))
  return { user, reasons }
}

const findUser = (credential: unknown): User | null => (credential === 'good' ? { id: 'alice' } : null)
const loadedAlice = { user: { id: 'alice' }, reasons: [] }
const noUser = (...reasons: string[]) => ({ user: null, reasons })

it('a request loader waits for any object with a method then, even if then does not return a promise', async () => {
  // biome-ignore lint/suspicious/noThenProperty: queries of database libraries are such objects
  const query = { then: (resolve: (user: User) => void) => void setTimeout(() => resolve({ id: 'alice' }), 1) }
  const slow = apiKey(() => query as unknown as Promise<User>)
  expect(await load(slow, createView(['x-api-key', 'good']))).toEqual(loadedAlice)
})

describe('bearer', () => {
  it.each([
    [['authorization', 'Bearer good'], loadedAlice],
    [['Authorization', 'bearer good'], loadedAlice],
    [['authorization', 'Bearer bad'], noUser('unknown-user')],
    [['authorization', 'Bearer good', 'authorization', 'Bearer good'], noUser('ambiguous-header')],
    [['authorization', 'Basic good'], noUser()],
    [[], noUser()],
  ])('reads its credential from %j', async (headers, expected) => {
    expect(await load(bearer(findUser), createView(headers))).toEqual(expected)
  })

  it('has a challenge, and rejects an invalid realm', () => {
    expect(bearer(findUser).challenge).toBe('Bearer')
    expect(bearer(findUser, { realm: 'api v1' }).challenge).toBe('Bearer realm="api v1"')
    for (const realm of ['api "v1"', 'a\r\nset-cookie: x', 'Łódź', 'back\\slash'])
      expect(() => bearer(findUser, { realm })).toThrow(expect.objectContaining({ code: 'invalid-options' }))
  })

  it('reports whether a request has a bearer token', () => {
    expect(bearer(findUser).carries?.(createView(['authorization', 'Bearer bad']))).toBe(true)
    expect(bearer(findUser).carries?.(createView(['authorization', 'Basic bad']))).toBe(false)
  })

  it('awaits the lookup, and treats undefined as an unknown user', async () => {
    const slow = bearer<User>(async (token) => (token === 'good' ? { id: 'alice' } : undefined))
    expect(await load(slow, createView(['authorization', 'Bearer good']))).toEqual(loadedAlice)
    expect(await load(slow, createView(['authorization', 'Bearer bad']))).toEqual(noUser('unknown-user'))
  })

  it('rethrows the error of the lookup', async () => {
    const broken = bearer<User>(() => {
      throw new Error('database')
    })
    await expect(async () =>
      broken.load(createView(['authorization', 'Bearer good']), () => undefined),
    ).rejects.toThrow('database')
  })

  it('passes the request to the lookup', async () => {
    const args: unknown[] = []
    const request = createView(['authorization', 'Bearer good'], '/a')
    await load(
      bearer<User>((token, view) => {
        args.push(token, view.url)
        return null
      }),
      request,
    )
    expect(args).toEqual(['good', '/a'])
  })
})

describe('basicAuth', () => {
  const byPassword = basicAuth(({ username, password }) => (username === 'zoë' ? findUser(password) : null))
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  it.each([
    [['authorization', basic('zoë:good')], loadedAlice],
    [['authorization', basic('zoë:bad')], noUser('unknown-user')],
    [['authorization', 'Basic !!!'], noUser('bad-format')],
    [['authorization', basic('zoë:good'), 'authorization', basic('zoë:good')], noUser('ambiguous-header')],
    [[], noUser()],
  ])('reads its credential from %j', async (headers, expected) => {
    expect(await load(byPassword, createView(headers))).toEqual(expected)
  })

  it('has a challenge with UTF-8, and does not report credentials', () => {
    expect(byPassword.challenge).toBe('Basic realm="login", charset="UTF-8"')
    expect(basicAuth(findUser, { realm: 'shop' }).challenge).toBe('Basic realm="shop", charset="UTF-8"')
    expect(byPassword.carries).toBeUndefined()
  })
})

describe('apiKey', () => {
  it.each<[string, Parameters<typeof apiKey>[1], readonly string[], string, unknown]>([
    ['in the header by default', undefined, ['X-Api-Key', 'good'], '/', loadedAlice],
    ['in another header', { header: 'x-token' }, ['x-token', 'good'], '/', loadedAlice],
    ['in the default header, which is not configured', { header: 'x-token' }, ['x-api-key', 'good'], '/', noUser()],
    ['in two headers', undefined, ['x-api-key', 'good', 'x-api-key', 'bad'], '/', noUser('ambiguous-header')],
    ['in an empty header', undefined, ['x-api-key', ''], '/', noUser()],
    ['behind a scheme', { scheme: 'Api-Key' }, ['authorization', 'api-key good'], '/', loadedAlice],
    ['behind another scheme', { scheme: 'Api-Key' }, ['authorization', 'Bearer good'], '/', noUser()],
    ['in the query', { query: 'key' }, [], '/?key=good', loadedAlice],
    ['in the header, if only the query is configured', { query: 'key' }, ['x-api-key', 'good'], '/', noUser()],
    ['in an empty query', { query: 'key' }, [], '/?key=', noUser()],
    ['in the query without a header', { query: 'key', header: 'x-key' }, [], '/?key=good', loadedAlice],
    ['in the header before the query', { query: 'key', header: 'x-key' }, ['x-key', 'good'], '/?key=bad', loadedAlice],
    [
      'in two headers, which reject the key in the query too',
      { query: 'key', header: 'x-key' },
      ['x-key', 'a', 'x-key', 'b'],
      '/?key=good',
      noUser('ambiguous-header'),
    ],
    ['a key without a user', undefined, ['x-api-key', 'bad'], '/', noUser('unknown-user')],
  ])('reads its key: %s', async (_, place, headers, url, expected) => {
    expect(await load(apiKey(findUser, place), createView(headers, url))).toEqual(expected)
  })

  it('has a challenge only if the key is in the Authorization header', () => {
    expect(apiKey(findUser).challenge).toBeUndefined()
    expect(apiKey(findUser, { scheme: 'Api-Key' }).challenge).toBe('Api-Key')
  })

  it('reports keys in headers only, because any link can have a query', () => {
    expect(apiKey(findUser).carries?.(createView(['x-api-key', 'k']))).toBe(true)
    expect(apiKey(findUser, { query: 'key' }).carries?.(createView([], '/?key=k'))).toBe(false)
    expect(apiKey(findUser, { query: 'key', header: 'x-key' }).carries?.(createView(['x-key', 'k']))).toBe(true)
  })
})

it.each([
  ['composed', 'zoë'.normalize('NFC'), 'unknown-user'],
  ['decomposed', 'zoë'.normalize('NFD'), 'bad-encoding'],
])('basicAuth() reports the reason for a rejected user name in %s Unicode', async (_, name, expected) => {
  const reasons: string[] = []
  const bytes = new TextEncoder().encode(`${name}:wrong`)
  const authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`
  const request = requestView({ method: 'GET', url: '/', headers: ['authorization', authorization] })
  expect(await basicAuth(() => null).load(request, (reason) => reasons.push(reason))).toBeNull()
  expect(reasons).toEqual([expected])
})
