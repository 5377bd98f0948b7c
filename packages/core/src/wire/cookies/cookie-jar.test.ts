import { describe, expect, it } from 'vitest'
import { CookieJar } from './cookie-jar'

const NOW = 1_800_000_000
const PAGE = 'https://app.test/dir/page'

function createJar(...lines: readonly (string | readonly [line: string, from: string])[]) {
  let now = NOW
  const jar = new CookieJar(() => now)
  for (const entry of lines) {
    const [line, from] = typeof entry === 'string' ? [entry, PAGE] : entry
    jar.store(line, new URL(from))
  }
  const getSent = (url: string): string => jar.getHeader(new URL(url))
  const advance = (seconds: number): void => {
    now += seconds
  }
  return { jar, getSent, advance }
}

/** A cookie that `from` sets, the URLs that receive it, and the URLs that do not. */
const PLACES: readonly [title: string, line: string, from: string, sent: string[], unsent: string[]][] = [
  ['has no Domain', 'a=1; Path=/', PAGE, ['https://app.test/'], ['https://sub.app.test/', 'https://other.test/']],
  ['has a Domain', 'a=1; Path=/; Domain=app.test', PAGE, ['https://x.y.app.test/'], ['https://myapp.test/']],
  ['has a Domain with a dot', 'a=1; Path=/; Domain=.APP.test', PAGE, ['https://sub.app.test/'], ['https://test/']],
  ['has an empty Domain', 'a=1; Path=/; Domain=', PAGE, ['https://app.test/'], ['https://sub.app.test/']],
  [
    'has the Domain of a parent',
    'a=1; Path=/; Domain=app.test',
    'https://sub.app.test/',
    ['https://app.test/', 'https://other.app.test/'],
    ['https://app.test.evil.test/'],
  ],
  [
    'is of an IP address',
    'a=1; Path=/',
    'http://127.0.0.1:80/',
    ['http://127.0.0.1:90/'],
    ['http://1.127.0.0.1.test/'],
  ],
  [
    'has no Path',
    'a=1',
    PAGE,
    ['https://app.test/dir', 'https://app.test/dir/x'],
    ['https://app.test/', 'https://app.test/dirt'],
  ],
  ['has no Path at the root', 'a=1', 'https://app.test/page', ['https://app.test/', 'https://app.test/x/y'], []],
  ['has a relative Path', 'a=1; Path=x', PAGE, ['https://app.test/dir/'], ['https://app.test/x']],
  [
    'has a Path',
    'a=1; Path=/a',
    PAGE,
    ['https://app.test/a', 'https://app.test/a/b'],
    ['https://app.test/ab', 'https://app.test/A'],
  ],
  [
    'has a Path with a slash',
    'a=1; Path=/a/',
    PAGE,
    ['https://app.test/a/', 'https://app.test/a/b'],
    ['https://app.test/a'],
  ],
  ['has two Paths', 'a=1; Path=/a; Path=/b', PAGE, ['https://app.test/b'], ['https://app.test/a']],
  ['is Secure', 'a=1; Path=/; Secure', PAGE, ['https://app.test/'], ['http://app.test/']],
  ['is not Secure', 'a=1; Path=/', PAGE, ['http://app.test/', 'https://app.test:8443/'], []],
  ['is Secure on localhost', 'a=1; Path=/; Secure', 'http://localhost:3000/', ['http://localhost:3000/'], []],
  [
    'is Secure on a name below localhost',
    'a=1; Path=/; Secure',
    'http://app.localhost/',
    ['http://app.localhost/'],
    [],
  ],
  ['is Secure on 127.0.0.1', 'a=1; Path=/; Secure', 'http://127.0.0.1/', ['http://127.0.0.1/'], []],
  ['is Secure on [::1]', 'a=1; Path=/; Secure', 'http://[::1]/', ['http://[::1]/'], []],
]

describe('the cookie jar of the test client', () => {
  it.each(PLACES)('sends a cookie to its URLs and to no other URL if it %s', (_, line, from, sent, unsent) => {
    const { getSent } = createJar([line, from])
    for (const url of sent) expect([url, getSent(url)]).toEqual([url, 'a=1'])
    for (const url of unsent) expect([url, getSent(url)]).toEqual([url, ''])
  })

  it.each([
    ['is larger than 4,096 bytes', `a=${'x'.repeat(4096)}`, PAGE],
    ['is empty', '=', PAGE],
    ['contains a control character', 'a=1\u0001; Path=/', PAGE],
    ['is Secure, from plain HTTP', 'a=1; Secure', 'http://app.test/'],
    ['is Secure, from a host that begins with localhost', 'a=1; Secure', 'http://localhost.evil.test/'],
    ['is SameSite=None without Secure', 'a=1; SameSite=None', PAGE],
    ['is Partitioned without Secure', 'a=1; Partitioned', PAGE],
    ['has the Domain of another host', 'a=1; Domain=other.test', PAGE],
    ['has the Domain of a subdomain', 'a=1; Domain=sub.app.test', PAGE],
    ['has the Domain of a top-level domain', 'a=1; Domain=test', PAGE],
    ['has the Domain co.uk', 'a=1; Domain=co.uk', 'https://app.co.uk/'],
    ['has the Domain of a hosting service', 'a=1; Domain=github.io', 'https://app.github.io/'],
    ['has a part of an IP address as Domain', 'a=1; Domain=0.0.1', 'http://127.0.0.1/'],
    ['is __Secure- without Secure', '__Secure-a=1', PAGE],
    ['is __Host- without Secure', '__Host-a=1; Path=/', PAGE],
    ['is __Host- without Path', '__Host-a=1; Secure', 'https://app.test/'],
    ['is __Host- with another Path', '__Host-a=1; Secure; Path=/dir', PAGE],
    ['is __Host- with a Domain', '__Host-a=1; Secure; Path=/; Domain=app.test', PAGE],
    ['is __host- in small letters without Secure', '__host-a=1; Path=/', PAGE],
    ['has no name, and a value with a prefix', '=__Host-a=1; Secure; Path=/', PAGE],
  ])('drops a cookie that %s', (_, line, from) => {
    expect(createJar([line, from]).jar.getCookies(new URL(from).hostname)).toEqual([])
  })

  it.each([
    ['of 4,096 bytes', `a=${'x'.repeat(4095)}; Path=/`],
    ['__Host- with the required attributes', '__Host-a=1; Secure; Path=/'],
    ['__Secure- with a Domain', '__Secure-a=1; Secure; Path=/; Domain=app.test'],
    ['Partitioned and Secure', 'a=1; Path=/; Secure; SameSite=None; Partitioned'],
    ['with an attribute over 1,024 bytes, which is ignored', `a=1; Path=/; Domain=${'x'.repeat(1025)}`],
  ])('keeps a cookie %s', (_, line) => {
    expect(createJar(line).getSent('https://app.test/')).toBe(line.slice(0, line.indexOf(';')))
  })

  it.each<[title: string, attributes: string, seconds: number | null]>([
    ['neither Max-Age nor Expires', '', null],
    ['Max-Age', '; Max-Age=60', 60],
    ['Expires', '; Expires=Fri, 15 Jan 2027 08:01:00 GMT', 60],
    ['Max-Age before Expires', '; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 60],
    ['Expires before Max-Age', '; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60', 60],
    ['an invalid Max-Age', '; Max-Age=1.5', null],
    ['an invalid Max-Age beside Expires', '; Max-Age=x; Expires=Fri, 15 Jan 2027 08:01:00 GMT', 60],
    ['an invalid Expires', '; Expires=tomorrow', null],
    ['more than 400 days', '; Max-Age=99999999', 400 * 86_400],
  ])('removes an expired cookie by the clock of the jar: %s', (_, attributes, seconds) => {
    const { jar, getSent, advance } = createJar(`a=1; Path=/${attributes}`)
    advance(seconds === null ? 1e9 : seconds - 1)
    expect(getSent(PAGE)).toBe('a=1')
    advance(1)
    expect(getSent(PAGE)).toBe(seconds === null ? 'a=1' : '')
    jar.restart()
    expect(getSent(PAGE)).toBe('')
  })

  it.each(['Max-Age=0', 'Max-Age=-1', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'])(
    'removes a cookie for the attribute %s',
    (end) => {
      expect(createJar('a=1; Path=/', `a=; Path=/; ${end}`).getSent(PAGE)).toBe('')
    },
  )

  it.each([
    ['another path', 'a=; Path=/dir; Max-Age=0'],
    ['a Domain', 'a=; Path=/; Domain=app.test; Max-Age=0'],
    ['Partitioned', 'a=; Path=/; Secure; Partitioned; Max-Age=0'],
  ])('does not remove a cookie by a Set-Cookie header with %s, with which it was not set', (_, line) => {
    expect(createJar('a=1; Path=/; Secure', line).getSent(PAGE)).toBe('a=1')
  })

  it('sends cookies of one name by the length of their path, then by age', () => {
    const { jar, getSent } = createJar('b=2; Path=/', 'a=root; Path=/', 'a=dir; Path=/dir', 'b=3; Path=/')
    expect(getSent(PAGE)).toBe('a=dir; b=3; a=root')
    expect(jar.getCookies('app.test')).toEqual([
      ['a', 'dir'],
      ['b', '3'],
      ['a', 'root'],
    ])
  })

  it('keeps a partitioned cookie beside an unpartitioned one of the same name', () => {
    const { getSent } = createJar('a=1; Path=/; Secure', 'a=2; Path=/; Secure; Partitioned')
    expect(getSent(PAGE)).toBe('a=1; a=2')
  })

  it('does not let plain HTTP replace or hide a Secure cookie', () => {
    const { getSent } = createJar(
      'a=1; Path=/; Secure',
      ['a=evil; Path=/', 'http://app.test/'],
      ['a=evil; Path=/; Domain=app.test', 'http://sub.app.test/'],
      ['a=; Path=/; Max-Age=0', 'http://app.test/'],
    )
    expect(getSent(PAGE)).toBe('a=1')
  })

  it('replaces all cookies of a name and host by plant(), and removes them by remove()', () => {
    const { jar, getSent } = createJar('a=1; Path=/', 'a=2; Path=/dir', ['a=other; Path=/', 'https://other.test/'])
    jar.plant('a', '3', 'app.test')
    expect(getSent(PAGE)).toBe('a=3')
    jar.remove('a', 'app.test')
    expect([getSent(PAGE), getSent('https://other.test/')]).toEqual(['', 'a=other'])
  })
})
