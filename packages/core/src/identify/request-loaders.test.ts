import { describe, expect, it } from 'vitest'
import { requestView } from '../adapter'
import { apiKey, basicAuth, bearer, type RequestLoader, type RequestView } from '../index'

interface User {
  readonly id: string
}

function sent(headers: readonly string[] = [], url = '/'): RequestView {
  return requestView({ method: 'GET', url, headers })
}

async function loaded(loader: RequestLoader<User>, request: RequestView) {
  const notes: string[] = []
  const user = await loader.load(request, (reason) => notes.push(reason))
  return { user, notes }
}

const find = (given: unknown): User | null => (given === 'good' ? { id: 'alice' } : null)
const alice = { user: { id: 'alice' }, notes: [] }
const rejected = (...notes: string[]) => ({ user: null, notes })

it('a request loader waits for any object with a method then, even if then does not return a promise', async () => {
  // biome-ignore lint/suspicious/noThenProperty: a query of a database library is such a thing
  const query = { then: (resolve: (user: User) => void) => void setTimeout(() => resolve({ id: 'alice' }), 1) }
  const slow = apiKey(() => query as unknown as Promise<User>)
  expect(await loaded(slow, sent(['x-api-key', 'good']))).toEqual(alice)
})

describe('bearer', () => {
  it.each([
    [['authorization', 'Bearer good'], alice],
    [['Authorization', 'bearer good'], alice],
    [['authorization', 'Bearer bad'], rejected('unknown-user')],
    [['authorization', 'Bearer good', 'authorization', 'Bearer good'], rejected('ambiguous-header')],
    [['authorization', 'Basic good'], rejected()],
    [[], rejected()],
  ])('reads its credential from %j', async (headers, expected) => {
    expect(await loaded(bearer(find), sent(headers))).toEqual(expected)
  })

  it('has a challenge, and rejects an invalid realm', () => {
    expect(bearer(find).challenge).toBe('Bearer')
    expect(bearer(find, { realm: 'api v1' }).challenge).toBe('Bearer realm="api v1"')
    for (const realm of ['api "v1"', 'a\r\nset-cookie: x', 'Łódź', 'back\\slash'])
      expect(() => bearer(find, { realm })).toThrow(expect.objectContaining({ code: 'invalid-options' }))
  })

  it('reports whether the request has a token', () => {
    expect(bearer(find).carries?.(sent(['authorization', 'Bearer bad']))).toBe(true)
    expect(bearer(find).carries?.(sent(['authorization', 'Basic bad']))).toBe(false)
  })

  it('awaits the lookup, and treats undefined as an unknown user', async () => {
    const slow = bearer<User>(async (token) => (token === 'good' ? { id: 'alice' } : undefined))
    expect(await loaded(slow, sent(['authorization', 'Bearer good']))).toEqual(alice)
    expect(await loaded(slow, sent(['authorization', 'Bearer bad']))).toEqual(rejected('unknown-user'))
  })

  it('rethrows the error of the lookup', async () => {
    const broken = bearer<User>(() => {
      throw new Error('database')
    })
    await expect(async () => broken.load(sent(['authorization', 'Bearer good']), () => undefined)).rejects.toThrow(
      'database',
    )
  })

  it('passes the request to the lookup', async () => {
    const seen: unknown[] = []
    const request = sent(['authorization', 'Bearer good'], '/a')
    await loaded(
      bearer<User>((token, from) => {
        seen.push(token, from.url)
        return null
      }),
      request,
    )
    expect(seen).toEqual(['good', '/a'])
  })
})

describe('basicAuth', () => {
  const byPassword = basicAuth(({ username, password }) => (username === 'zoë' ? find(password) : null))
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  it.each([
    [['authorization', basic('zoë:good')], alice],
    [['authorization', basic('zoë:bad')], rejected('unknown-user')],
    [['authorization', 'Basic !!!'], rejected('bad-format')],
    [['authorization', basic('zoë:good'), 'authorization', basic('zoë:good')], rejected('ambiguous-header')],
    [[], rejected()],
  ])('reads its credential from %j', async (headers, expected) => {
    expect(await loaded(byPassword, sent(headers))).toEqual(expected)
  })

  it('has a challenge with UTF-8, and does not report credentials', () => {
    expect(byPassword.challenge).toBe('Basic realm="login", charset="UTF-8"')
    expect(basicAuth(find, { realm: 'shop' }).challenge).toBe('Basic realm="shop", charset="UTF-8"')
    expect(byPassword.carries).toBeUndefined()
  })
})

describe('apiKey', () => {
  it.each<[string, Parameters<typeof apiKey>[1], readonly string[], string, unknown]>([
    ['in the header by default', undefined, ['X-Api-Key', 'good'], '/', alice],
    ['in another header', { header: 'x-token' }, ['x-token', 'good'], '/', alice],
    ['not in the default header then', { header: 'x-token' }, ['x-api-key', 'good'], '/', rejected()],
    ['in two headers', undefined, ['x-api-key', 'good', 'x-api-key', 'bad'], '/', rejected('ambiguous-header')],
    ['in an empty header', undefined, ['x-api-key', ''], '/', rejected()],
    ['behind a scheme', { scheme: 'Api-Key' }, ['authorization', 'api-key good'], '/', alice],
    ['behind another scheme', { scheme: 'Api-Key' }, ['authorization', 'Bearer good'], '/', rejected()],
    ['in the query', { query: 'key' }, [], '/?key=good', alice],
    ['in the query, which the header is not', { query: 'key' }, ['x-api-key', 'good'], '/', rejected()],
    ['in an empty query', { query: 'key' }, [], '/?key=', rejected()],
    ['in the query without a header', { query: 'key', header: 'x-key' }, [], '/?key=good', alice],
    ['in the header before the query', { query: 'key', header: 'x-key' }, ['x-key', 'good'], '/?key=bad', alice],
    [
      'in two headers, so the query does not count',
      { query: 'key', header: 'x-key' },
      ['x-key', 'a', 'x-key', 'b'],
      '/?key=good',
      rejected('ambiguous-header'),
    ],
    ['unknown', undefined, ['x-api-key', 'bad'], '/', rejected('unknown-user')],
  ])('reads its key: %s', async (_, place, headers, url, expected) => {
    expect(await loaded(apiKey(find, place), sent(headers, url))).toEqual(expected)
  })

  it('has a challenge only if the key is in the Authorization header', () => {
    expect(apiKey(find).challenge).toBeUndefined()
    expect(apiKey(find, { scheme: 'Api-Key' }).challenge).toBe('Api-Key')
  })

  it('reports keys in headers only, because any link can have a query', () => {
    expect(apiKey(find).carries?.(sent(['x-api-key', 'k']))).toBe(true)
    expect(apiKey(find, { query: 'key' }).carries?.(sent([], '/?key=k'))).toBe(false)
    expect(apiKey(find, { query: 'key', header: 'x-key' }).carries?.(sent(['x-key', 'k']))).toBe(true)
  })
})

it.each([
  ['composed', 'zoë'.normalize('NFC'), 'unknown-user'],
  ['decomposed', 'zoë'.normalize('NFD'), 'bad-encoding'],
])('basicAuth() names the reason of a rejected name whose Unicode is %s', async (_, name, reason) => {
  const notes: string[] = []
  const bytes = new TextEncoder().encode(`${name}:wrong`)
  const authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`
  const request = requestView({ method: 'GET', url: '/', headers: ['authorization', authorization] })
  expect(await basicAuth(() => null).load(request, (note) => notes.push(note))).toBeNull()
  expect(notes).toEqual([reason])
})
