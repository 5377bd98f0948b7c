// Next.js responds alike with and without the library, in each way to leave a route handler. The exceptions are the
// headers of a login or a logout, which are on every response.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppResponse, Started } from './started'

const WAYS = ['answer', 'fetched', 'forbidden', 'moved', 'not-found', 'permanent', 'redirect', 'stream', 'throw']
const WITH_COOKIES = ['cookies-answer', 'cookies-redirect', 'cookies-response']
const OURS = ['session', 'remember_token']
const FORM = { user: 'alice' }
const JSON_BODY = { 'content-type': 'application/json' }

let app: Started
let cookie = ''

beforeAll(async () => {
  app = await Started.with({ login_view: '/login' })
  const { headers } = await app.ask('/login', { method: 'POST', form: { user: 'alice', remember: '1' } })
  cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
}, 30_000)

afterAll(() => app.stop())

/** Returns the parts of the response that the library does not set. */
function removeOwnHeaders({ status, headers, body }: AppResponse): object {
  const { date, 'set-cookie': lines = [], 'cache-control': _, 'clear-site-data': __, vary = '', ...rest } = headers
  const names = new Set(vary.split(', ').filter((name) => name !== 'Cookie'))
  return {
    status,
    body,
    rest,
    names: [...names],
    lines: lines.filter((line) => !OURS.some((name) => line.startsWith(name))),
  }
}

const getSetCookies = ({ headers }: AppResponse, names: readonly string[]): string[] =>
  (headers['set-cookie'] ?? []).filter((line) => names.some((name) => line.startsWith(`${name}=`)))

const EPOCH = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'

/** Returns the name, the end and the other attributes, sorted: if the app sets cookies, Next.js writes ours in its own order. */
function parseAttributes(line: string): unknown[] {
  const [pair = '', ...rest] = line.split('; ')
  const [name, value] = pair.split('=')
  const ends = rest.includes(EPOCH) ? 'gone' : rest.find((part) => part.startsWith('Max-Age='))
  const others = rest.filter((part) => !/^(?:Expires|Max-Age)=/.test(part))
  return [name, value === '' ? 'empty' : 'filled', ends ?? 'with the browser', others.sort()]
}

function expectPrivate({ headers }: AppResponse): void {
  expect(headers['cache-control']).toBe('private, no-store')
  expect(headers.vary?.split(', ')).toContain('Cookie')
}

describe.each([...WAYS, ...WITH_COOKIES])('a wrapped route handler that ends with "%s"', (name) => {
  it.each([
    ['a GET request', {}],
    ['a HEAD request', { method: 'HEAD' }],
    ['a form', { method: 'POST', form: FORM }],
    ['JSON', { method: 'POST', headers: JSON_BODY }],
    ['a possible server action', { method: 'POST', headers: { 'next-action': 'x' } }],
  ])('responds as without the library to %s', async (_, asking) => {
    const bare = await app.ask(`/bare/${name}`, asking)
    expect(removeOwnHeaders(await app.ask(`/wrapped/${name}`, asking))).toEqual(removeOwnHeaders(bare))
  })

  it('sends the cookies of a login', async () => {
    const response = await app.ask(`/wrapped/${name}`, { method: 'POST', form: FORM })
    expect(getSetCookies(response, OURS).map(parseAttributes)).toEqual([
      ['session', 'filled', 'with the browser', ['HttpOnly', 'Path=/']],
      ['remember_token', 'filled', 'Max-Age=31536000', ['HttpOnly', 'Path=/']],
    ])
    expectPrivate(response)
    const session = getSetCookies(response, ['session'])[0]?.split(';')[0] ?? ''
    const { body } = await app.ask('/whoami', { headers: { cookie: session } })
    expect(JSON.parse(body).user).toBe('alice')
  })

  it('clears the cookies at a logout', async () => {
    const response = await app.ask(`/wrapped/${name}`, { method: 'DELETE', headers: { cookie } })
    expect(getSetCookies(response, OURS).map(parseAttributes)).toEqual([
      ['session', 'empty', 'gone', ['HttpOnly', 'Path=/']],
      ['remember_token', 'empty', 'gone', ['HttpOnly', 'Path=/']],
    ])
    expectPrivate(response)
  })
})

describe('a streamed response', () => {
  it('is sent in chunks, with the cookies of a login', async () => {
    const { pieces, headers } = await app.ask('/wrapped/stream', { method: 'POST', form: FORM })
    expect(pieces).toEqual(['first,', 'second'])
    expect(headers['set-cookie']).toHaveLength(2)
  })
})

describe('an error of a route handler', () => {
  it('is reported once, with and without the library', async () => {
    const reports = async (path: string): Promise<number> => {
      const before = app.output.length
      await app.ask(path, { method: 'POST', form: FORM })
      return app.output.slice(before).split('as it was asked for').length - 1
    }
    expect([await reports('/bare/throw'), await reports('/wrapped/throw')]).toEqual([1, 1])
  })
})
