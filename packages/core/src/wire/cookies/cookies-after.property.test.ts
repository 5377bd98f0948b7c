// The page behind a proxy receives the cookies that the browser has after the response. It never receives a cleared
// cookie, or a cookie that a subdomain planted with a similar name.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestClient, createTestClock } from '../../testing'
import { type CookieSpec, clearCookieLine, cookiesAfter, readCookie, setCookieLine } from './cookie'

const createSpec = (name: string): CookieSpec => ({
  name,
  path: '/',
  domain: null,
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
  partitioned: false,
})

const SESSION = createSpec('__Host-session')
const REMEMBER = createSpec('__Host-remember_token')

describe('cookiesAfter() returns the cookies after a response', () => {
  it.each<[string, string | null, string[], string]>([
    ['no cookie, and none set', null, [], ''],
    ['two cookies, and none set', 'a=1; b=2', [], 'a=1; b=2'],
    ['no cookie, and one set', null, [setCookieLine(SESSION, 'new', null)], '__Host-session=new'],
    [
      'a cookie that is replaced',
      '__Host-session=old; a=1',
      [setCookieLine(SESSION, 'new', 60)],
      'a=1; __Host-session=new',
    ],
    ['a cookie that is cleared', '__Host-session=old; a=1', [clearCookieLine(SESSION)], 'a=1'],
    [
      'a cookie that arrived twice and is cleared',
      'x=1;__Host-session=a;__Host-session=b',
      [clearCookieLine(SESSION)],
      'x=1',
    ],
    [
      'one cookie cleared, and another set',
      '__Host-session=a',
      [clearCookieLine(SESSION), setCookieLine(REMEMBER, 'r', 9)],
      '__Host-remember_token=r',
    ],
    [
      'a cookie set twice, with its last value',
      '',
      [setCookieLine(SESSION, 'a', null), setCookieLine(SESSION, 'b', null)],
      '__Host-session=b',
    ],
    ['a cookie set and then cleared', 'a=1', [setCookieLine(SESSION, 'a', null), clearCookieLine(SESSION)], 'a=1'],
    [
      'a cookie cleared and then set',
      '__Host-session=a',
      [clearCookieLine(SESSION), setCookieLine(SESSION, 'b', null)],
      '__Host-session=b',
    ],
    [
      'a value that looks like an attribute',
      null,
      [setCookieLine(SESSION, 'Max-Age=0', 600)],
      '__Host-session=Max-Age=0',
    ],
    ['attributes in other letter case', 'a=1', ['a=; path=/; MAX-AGE=-1; secure'], ''],
    ['spaces, tabs and empty pairs', ' ;; a=1 ;\tb=2;', [], 'a=1; b=2'],
    ['a pair without a name', '__Host-session; =x', [clearCookieLine(SESSION)], '__Host-session; =x'],
  ])('%s', (_, header, lines, after) => {
    expect(cookiesAfter(header, lines)).toBe(after)
  })

  it.each(['\u00a0', '\u000b', '\u000c', '\ufeff'])(
    'with a planted cookie whose name begins with the character %j, as a cookie of another name',
    (blank) => {
      const header = `${blank}__Host-session=planted`
      const after = cookiesAfter(header, [setCookieLine(REMEMBER, 'r', null)])
      expect(readCookie(after, '__Host-session')).toBeNull()
      expect(after.startsWith(header)).toBe(true)
    },
  )
})

const NAMES = ['__Host-session', '__Host-remember_token', 'a', 'theme']
const name = fc.constantFrom(...NAMES)
const value = fc.stringMatching(/^[\w.=-]{0,8}$/)
const lifetime = fc.constantFrom(null, 0, -1, 1, 10, 600)
const blank = fc.constantFrom('', ' ', '\t', '  ')

const line = fc
  .tuple(name, value, lifetime)
  .map(([one, text, seconds]) => setCookieLine(createSpec(one), text, seconds))
const lines = fc.array(line, { maxLength: 6 })
const jar = fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one, maxLength: 4 })

describe('the cookies after any response', () => {
  it('are those that a browser sends with its next request', async () => {
    await fc.assert(
      fc.asyncProperty(jar, lines, async (cookies, set) => {
        const seen: (string | null)[] = []
        const client = createTestClient(
          (request) => {
            seen.push(request.headers.get('cookie'))
            return new Response(null, { headers: set.map((one): [string, string] => ['set-cookie', one]) })
          },
          { clock: createTestClock(1_800_000_000) },
        )
        for (const [one, text] of cookies) client.cookies.set(one, text)
        await client.get('/')
        await client.get('/')
        const [before, after] = seen as [string | null, string | null]
        for (const one of NAMES) expect(readCookie(cookiesAfter(before, set), one)).toBe(readCookie(after, one))
        const sorted = (header: string | null) => (header ?? '').split('; ').toSorted()
        expect(sorted(cookiesAfter(before, set))).toEqual(sorted(after))
      }),
      { numRuns: 500 },
    )
  })

  it('are unchanged if no cookie with their name is set', () => {
    const piece = fc.tuple(blank, fc.oneof(name, fc.string()), blank, fc.constantFrom('=', '', ';'), value)
    const header = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.map((one) => one.join('')).join(';'))
    fc.assert(
      fc.property(header, lines, (incoming, set) => {
        const after = cookiesAfter(incoming, set)
        for (const one of [...NAMES, 'planted']) {
          const last = set.findLast((each) => each.startsWith(`${one}=`))
          if (last === undefined) expect(readCookie(after, one)).toBe(readCookie(incoming, one))
          else if (/Max-Age=(0|-1);/.test(last)) expect(readCookie(after, one)).toBeNull()
          else expect(readCookie(after, one)).toBe(last.slice(one.length + 1, last.indexOf(';')))
        }
        expect(cookiesAfter(after, set).split('; ').toSorted()).toEqual(after.split('; ').toSorted())
      }),
      { numRuns: 1000 },
    )
  })
})
