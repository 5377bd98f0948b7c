import { describe, expect, it } from 'vitest'
import {
  addPrefix,
  type CookieSpec,
  clearCookieLine,
  findPrefixProblem,
  isCookieName,
  MAX_DUPLICATES,
  readCookie,
  readDuplicates,
  setCookieLine,
} from './cookie'

const spec: CookieSpec = {
  name: 'session',
  path: '/',
  domain: null,
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
  partitioned: false,
}

describe('readCookie() reads', () => {
  it.each<[string, string | null, string | null]>([
    ['no header', null, null],
    ['an empty header', '', null],
    ['a single cookie', 'session=a', 'a'],
    ['a cookie between other cookies', 'a=1; session=b; c=3', 'b'],
    ['a cookie without a space before it', 'a=1;session=b', 'b'],
    ['a cookie with spaces and tabs around it', ' session \t=\t b  ;x=1', 'b'],
    ['the first of two cookies', 'session=first; session=second', 'first'],
    ['the first of two cookies, even if it is empty', 'session=; session=second', ''],
    ['a value with an equals sign', 'session=a=b==', 'a=b=='],
    ['a cookie after its name without a value', 'session; session=b', 'b'],
    ['no cookie from a name in another case', 'Session=a', null],
    ['no cookie from a name with a suffix', 'session_id=a', null],
    ['no cookie from a name with a prefix', 'mysession=a', null],
    ['no cookie from a pair without a name', '=session', null],
    ['no cookie from the value of another cookie', 'a=session=b', null],
    ['a cookie after separators without a pair', ';;; ; session=b', 'b'],
    ['no cookie from a name that begins with a no-break space', '\u00a0session=planted', null],
    ['a quoted value without its quotes', 'session="a"', 'a'],
    ['a quoted value after $Version', '$Version="1"; session="a"; $Path="/"', 'a'],
    ['a value in two pairs of quotes without the outer pair', 'session=""a""', '"a"'],
    ['a value that is one quote', 'session="', '"'],
    ['an empty quoted value', 'session=""', ''],
    ['a value with only an opening quote unchanged', 'session="a', '"a'],
  ])('%s', (_, header, value) => {
    expect(readCookie(header, 'session')).toBe(value)
  })
})

describe('readDuplicates() reads', () => {
  it.each<[string, string | null, readonly string[]]>([
    ['no header', null, []],
    ['one cookie', 'session=a', []],
    ['one cookie, and others whose names contain its name', 'session_id=1; session=a; mysession=2; Session=3', []],
    ['one cookie whose name is the value of another', 'session=a; b=session', []],
    ['a planted name with a no-break space', 'session=a; \u00a0session=b', []],
    ['two cookies', 'session=a; x=1; session=b', ['a', 'b']],
    ['two cookies without a space, one of them empty', 'session=;session="b"', ['', 'b']],
    ['a name without a value', 'session; session=b; session=c', ['b', 'c']],
    ['two equal cookies', 'session=a; session=a', ['a', 'a']],
  ])('%s', (_, header, values) => {
    expect(readDuplicates(header, 'session')).toEqual(values)
  })

  it('at most MAX_DUPLICATES cookies', () => {
    const header = Array.from({ length: 100 }, (_, index) => `session=${index}`).join('; ')
    expect(readDuplicates(header, 'session')).toHaveLength(MAX_DUPLICATES)
  })
})

describe('the Set-Cookie header', () => {
  it('has the default attributes, and no lifetime for a session cookie', () => {
    expect(setCookieLine(spec, 'v', null)).toBe('session=v; Path=/; Secure; HttpOnly; SameSite=Lax')
  })

  it('contains every attribute', () => {
    const all = { ...spec, path: '/app', domain: 'example.org', sameSite: 'none', partitioned: true } as const
    expect(setCookieLine(all, 'v', 60)).toBe(
      'session=v; Max-Age=60; Domain=example.org; Path=/app; Secure; HttpOnly; SameSite=None; Partitioned',
    )
  })

  it('omits attributes that are false', () => {
    const plain = { ...spec, secure: false, httpOnly: false, sameSite: null }
    expect(setCookieLine(plain, 'v', null)).toBe('session=v; Path=/')
    expect(setCookieLine({ ...plain, sameSite: 'strict' }, 'v', null)).toBe('session=v; Path=/; SameSite=Strict')
  })

  it('that clears a cookie has the attributes with which it was set', () => {
    const prefixed = { ...spec, name: '__Secure-session', path: '/app', domain: 'example.org' }
    expect(clearCookieLine(prefixed)).toBe(
      '__Secure-session=; Max-Age=0; Domain=example.org; Path=/app; Secure; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    )
  })
})

describe('addPrefix()', () => {
  it.each([
    ['__Host-session', {}],
    ['__Secure-session', { path: '/app' }],
    ['__Secure-session', { domain: 'example.org' }],
    ['session', { secure: false }],
    ['session', { secure: false, path: '/app' }],
  ])('adds the prefix that the attributes allow: %s for %j', (name, change) => {
    expect(addPrefix('session', { ...spec, ...change })).toBe(name)
  })
})

describe('findPrefixProblem()', () => {
  it.each<[string, Partial<CookieSpec>, string | null]>([
    ['no prefix', {}, null],
    ['a valid __Host-', { name: '__Host-x' }, null],
    ['a valid __Secure-', { name: '__Secure-x', path: '/app', domain: 'example.org' }, null],
    ['__Secure- over plain HTTP', { name: '__Secure-x', secure: false }, 'needs secure: true'],
    ['__Host- over plain HTTP', { name: '__Host-x', secure: false }, 'needs secure: true'],
    ['__Host- with a domain', { name: '__Host-x', domain: 'example.org' }, 'forbids a domain'],
    ['__Host- below a path', { name: '__Host-x', path: '/app' }, "needs path: '/'"],
    ['__host- in lower case', { name: '__host-x', path: '/app' }, "needs path: '/'"],
  ])('returns the problem of a prefix that contradicts the attributes: %s', (_, change, problem) => {
    const message = findPrefixProblem({ ...spec, ...change })
    if (problem === null) expect(message).toBeNull()
    else expect(message).toContain(problem)
  })
})

describe('a cookie name', () => {
  it.each(['session', '__Host-a', 'a.b_c~d', "!#$%&'*+^`|"])('can be %s', (name) => {
    expect(isCookieName(name)).toBe(true)
  })

  it.each(['', 'a b', 'a=b', 'a;b', 'a,b', 'a"b', 'ä', 'a\n', 'a/b', '[a]'])('cannot be %j', (name) => {
    expect(isCookieName(name)).toBe(false)
  })
})
