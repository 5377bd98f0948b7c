// However a route handler is left, Next.js answers the same with the library around it as without; but for the headers
// that a login or a logout needs, which are on every answer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answered, Started } from './started'

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

/** All that the way decides, and nothing of what the library adds. */
function way({ status, headers, body }: Answered): object {
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

const linesOf = ({ headers }: Answered, names: readonly string[]): string[] =>
  (headers['set-cookie'] ?? []).filter((line) => names.some((name) => line.startsWith(`${name}=`)))

const NEVER = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'

/** Name, end and the other attributes. Where the app has cookies of its own Next.js writes ours anew, in its order. */
function attributes(line: string): unknown[] {
  const [pair = '', ...rest] = line.split('; ')
  const [name, value] = pair.split('=')
  const ends = rest.includes(NEVER) ? 'gone' : rest.find((part) => part.startsWith('Max-Age='))
  const others = rest.filter((part) => !/^(?:Expires|Max-Age)=/.test(part))
  return [name, value === '' ? 'empty' : 'filled', ends ?? 'with the browser', others.sort()]
}

function expectPrivate({ headers }: Answered): void {
  expect(headers['cache-control']).toBe('private, no-store')
  expect(headers.vary?.split(', ')).toContain('Cookie')
}

describe.each([...WAYS, ...WITH_COOKIES])('%s', (name) => {
  it.each([
    ['a visit', {}],
    ['a visit that only asks for the headers', { method: 'HEAD' }],
    ['a form', { method: 'POST', form: FORM }],
    ['JSON', { method: 'POST', headers: JSON_BODY }],
    ['what may be a server action', { method: 'POST', headers: { 'next-action': 'x' } }],
  ])('ends as it does without the library, after %s', async (_, asking) => {
    const bare = await app.ask(`/bare/${name}`, asking)
    expect(way(await app.ask(`/wrapped/${name}`, asking))).toEqual(way(bare))
  })

  it('takes a login along', async () => {
    const answer = await app.ask(`/wrapped/${name}`, { method: 'POST', form: FORM })
    expect(linesOf(answer, OURS).map(attributes)).toEqual([
      ['session', 'filled', 'with the browser', ['HttpOnly', 'Path=/']],
      ['remember_token', 'filled', 'Max-Age=31536000', ['HttpOnly', 'Path=/']],
    ])
    expectPrivate(answer)
    const session = linesOf(answer, ['session'])[0]?.split(';')[0] ?? ''
    const { body } = await app.ask('/whoami', { headers: { cookie: session } })
    expect(JSON.parse(body).user).toBe('alice')
  })

  it('takes a logout along', async () => {
    const answer = await app.ask(`/wrapped/${name}`, { method: 'DELETE', headers: { cookie } })
    expect(linesOf(answer, OURS).map(attributes)).toEqual([
      ['session', 'empty', 'gone', ['HttpOnly', 'Path=/']],
      ['remember_token', 'empty', 'gone', ['HttpOnly', 'Path=/']],
    ])
    expectPrivate(answer)
  })
})

describe('a stream', () => {
  it('begins before it ends, with the cookies of a login on it', async () => {
    const { pieces, headers } = await app.ask('/wrapped/stream', { method: 'POST', form: FORM })
    expect(pieces).toEqual(['first,', 'second'])
    expect(headers['set-cookie']).toHaveLength(2)
  })
})

describe('an error', () => {
  it('is reported once, wrapped or not', async () => {
    const reports = async (path: string): Promise<number> => {
      const before = app.output.length
      await app.ask(path, { method: 'POST', form: FORM })
      return app.output.slice(before).split('as it was asked for').length - 1
    }
    expect([await reports('/bare/throw'), await reports('/wrapped/throw')]).toEqual([1, 1])
  })
})
