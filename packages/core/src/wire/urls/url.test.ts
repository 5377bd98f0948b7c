import { describe, expect, it } from 'vitest'
import {
  getViewPath,
  isHere,
  parseView,
  removeFields,
  toHost,
  toLaxUrl,
  toOrigin,
  toSafeUrl,
  toSafeView,
  toWellFormed,
  withHost,
  withNext,
} from './url'

const HERE = 'https://app.test'

describe('toSafeUrl() accepts', () => {
  it.each([
    ['/', '/'],
    ['/a/b?c=d#e', '/a/b?c=d#e'],
    ['/a?url=https://evil.test', '/a?url=https://evil.test'],
    ['/ä', '/%C3%A4'],
    ['/a?', '/a?'],
    ['/a#', '/a#'],
    ['/a?#', '/a?#'],
    ['/a?b#', '/a?b#'],
    ['https://app.test?#', '/?#'],
    ['/a/../b', '/b'],
    ['https://app.test/a', '/a'],
    ['HTTPS://APP.TEST/a', '/a'],
    ['https://app.test:443/a', '/a'],
    ['https://friend.test/a?b#c', 'https://friend.test/a?b#c'],
    [`/${'a'.repeat(4095)}`, `/${'a'.repeat(4095)}`],
  ])('%s', (given, safe) => {
    expect(toSafeUrl(given, HERE, ['https://friend.test'])).toBe(safe)
  })
})

describe('toSafeUrl() rejects', () => {
  it.each([
    ['an empty string', ''],
    ['another site', 'https://evil.test/'],
    ['another site without a scheme', '//evil.test'],
    ['another site behind a backslash', '/\\evil.test'],
    ['another site behind two backslashes', '\\\\evil.test'],
    ['a host that begins with our host', 'https://app.test.evil.test/'],
    ['our host as the user name', 'https://app.test@evil.test/'],
    ['a user name and a password at our host', 'https://me:pw@app.test/'],
    ['a user name at another allowed origin', 'https://me@friend.test/'],
    ['a password at another allowed origin', 'https://:pw@friend.test/'],
    ['a backslash in the path', '/a\\b'],
    ['our host over plain HTTP', 'http://app.test/'],
    ['our host at another port', 'https://app.test:8443/'],
    ['another allowed origin at another port', 'https://friend.test:8443/'],
    ['a javascript: URL', 'javascript:alert(1)'],
    ['a data: URL', 'data:text/html,x'],
    ['a scheme without slashes', 'https:evil.test'],
    ['a scheme with one slash', 'https:/evil.test'],
    ['a scheme with three slashes', 'https:///evil.test'],
    ['a relative path', 'a/b'],
    ['a tab', '/\t/evil.test'],
    ['a line break', '/a\r\nset-cookie: x=1'],
    ['a leading space', ' /a'],
    ['a trailing space', '/a '],
    ['an invisible control character', '/a\u0085b'],
    ['a path that becomes another host when it is serialized', '/..//evil.test'],
    ['a path of dots that hides two slashes', '/.//evil.test'],
    ['more characters than the limit', `/${'a'.repeat(4096)}`],
    ['more bytes than the limit', `/${'ä'.repeat(2048)}`],
    ['an impossible port', 'https://app.test:99999/'],
  ])('%s', (_, given) => {
    expect(toSafeUrl(given, HERE, ['https://friend.test'])).toBeNull()
  })
})

describe('the query parameter next', () => {
  it.each([
    ['/login', '/login?next=%2Fa'],
    ['/login?lang=de', '/login?lang=de&next=%2Fa'],
    ['/login#form', '/login?next=%2Fa#form'],
    ['/login?next=old&lang=de', '/login?next=%2Fa&lang=de'],
    ['/login?next=old&lang=de&next=older', '/login?next=%2Fa&lang=de'],
    ['/login?n%65xt=old', '/login?next=%2Fa'],
    ['/login?%=1', '/login?%=1&next=%2Fa'],
    ['/login?', '/login?next=%2Fa'],
    ['/login?a=%2F&b=c+d', '/login?a=%2F&b=c+d&next=%2Fa'],
    ['https://id.test/login?a=1#b', 'https://id.test/login?a=1&next=%2Fa#b'],
    ['//id.test/login', '//id.test/login?next=%2Fa'],
    ['https://id.test', 'https://id.test?next=%2Fa'],
  ])('is added to %s without another change', (given, address) => {
    expect(withNext(given, 'next', '/a')).toBe(address)
  })

  it('is added with the name of the option nextParam', () => {
    expect(withNext('/login', 'zurück zu', '/ä?b=c&d#e')).toBe('/login?zur%C3%BCck%20zu=%2F%C3%A4%3Fb%3Dc%26d%23e')
    expect(withNext('/login?zur%C3%BCck+zu=x', 'zurück zu', '/')).toBe('/login?zur%C3%BCck%20zu=%2F')
  })

  it('can contain lone surrogates', () => {
    expect(withNext('/login', 'next', '/\ud800')).toBe('/login?next=%2F%EF%BF%BD')
    expect(toWellFormed('a\udc00b😀')).toBe('a\ufffdb😀')
  })
})

describe('withHost() replaces the host', () => {
  it.each([
    ['/login', '//id.test/login'],
    ['https://app.test:8443/login?a#b', 'https://id.test/login?a#b'],
    ['//app.test/login', '//id.test/login'],
  ])('in %s', (given, address) => {
    expect(withHost(given, 'id.test')).toBe(address)
  })
})

describe('isHere()', () => {
  it.each<[string, string | null, boolean]>([
    ['/login', HERE, true],
    ['/login', null, true],
    ['login', HERE, true],
    ['https://app.test/login', HERE, true],
    ['HTTPS://APP.TEST/login', HERE, true],
    ['//app.test/login', HERE, true],
    ['//app.test:8443/login', HERE, false],
    ['//app.test:443/login', HERE, true],
    ['https://app.test:443/login', HERE, true],
    ['https://app.test:80/login', HERE, false],
    ['http://[::1]:3000/login', 'http://[::1]:3000', true],
    ['//[0:0::1]:3000/login', 'http://[::1]:3000', true],
    ['http://[::2]:3000/login', 'http://[::1]:3000', false],
    ['https://me@app.test/login', HERE, false],
    ['https:///login', HERE, false],
    ['ftp://app.test/login', HERE, false],
    ['http://app.test/login', HERE, false],
    ['https://id.test/login', HERE, false],
    ['https://app.test/login', null, false],
  ])('compares the view %s with the origin %s: %s', (view, origin, expected) => {
    expect(isHere(view, origin)).toBe(expected)
  })
})

it('getViewPath() returns the path of a view', () => {
  expect(getViewPath('https://app.test/login?a#b')).toBe('/login')
  expect(getViewPath('/login?a')).toBe('/login')
  expect(getViewPath('https://app.test')).toBe('/')
  expect(getViewPath('//app.test?a')).toBe('/')
  expect(getViewPath('?a')).toBe('')
})

describe('toOrigin() returns the origin of', () => {
  it.each([
    ['https://app.test/a', 'https://app.test'],
    ['HTTP://APP.test:80', 'http://app.test'],
    ['/a', null],
    ['null', null],
    ['file:///a', null],
    ['https://', null],
  ])('%s', (address, origin) => {
    expect(toOrigin(address)).toBe(origin)
  })
})

describe('the URL that a view function returns', () => {
  const page = { origin: HERE, path: '/a/b?c=/d' }
  const isFriend = (origin: string) => origin === 'https://friend.test'

  it.each([
    ['/login', '/login'],
    ['/a/../login?lang=ä#form', '/login?lang=%C3%A4#form'],
    ['login', '/a/login'],
    ['?step=2', '/a/b?step=2'],
    ['https://app.test/login', '/login'],
    ['//app.test/login', '/login'],
    ['https://friend.test/login', 'https://friend.test/login'],
    ['//friend.test/login', 'https://friend.test/login'],
    ['/login?lang=\r\n\\', '/login?lang=%0D%0A%5C'],
    ['/login?lang=\u0000#\t', '/login?lang=%00#%09'],
    ['/login?lang=#', '/login?lang=#'],
    ['/login?', '/login?'],
    ['login?#', '/a/login?#'],
  ])('is re-serialised: %j becomes %j', (given, address) => {
    expect(toSafeView(given, page, isFriend)).toBe(address)
  })

  it.each([
    '',
    '//evil.test/',
    '///evil.test/',
    '\\\\evil.test/',
    '/\\evil.test/',
    '/\t/evil.test/',
    '\n//evil.test/',
    'lo\tgin',
    '..//evil.test',
    'http:evil.test',
    'http:/evil.test',
    'https:evil.test',
    'https:/evil.test',
    'HTTPS:evil.test',
    'https:',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'https://me@app.test/',
    '/login\r\nset-cookie: a=b',
  ])('is rejected if it leads to another site, or if two parsers can disagree: %j', (given) => {
    expect(toSafeView(given, page, isFriend)).toBeNull()
    expect(toSafeView(given, { ...page, origin: 'http://app.test' }, isFriend)).toBeNull()
  })
})

describe('a configured view', () => {
  it.each([
    ['/login', '/login'],
    ['/iniciar-sesión', '/iniciar-sesi%C3%B3n'],
    ['/log in?a=b c', '/log%20in?a=b%20c'],
    ['https://ID.test:443/login', 'https://id.test/login'],
    ['https://id.test', 'https://id.test/'],
    ['//id.test:8443/login?a#b', '//id.test:8443/login?a#b'],
  ])('is re-serialised: %j becomes %j', (given, address) => {
    expect(parseView(given)).toBe(address)
    expect(parseView(address)).toBe(address)
  })

  it.each([
    '',
    'login',
    ' /login',
    '/login ',
    '///id.test/',
    '/\\id.test',
    '/x/..//id.test',
    'http:id.test',
    'ftp://id.test/',
  ])('is rejected if two browsers can parse it as different URLs: %j', (given) => {
    expect(parseView(given)).toBeNull()
  })
})

describe('the URL of removeFields()', () => {
  it.each([
    ['/a?key=1', '/a'],
    ['/a?key=1&b=2', '/a?b=2'],
    ['/a?b=2&key=1#c', '/a?b=2#c'],
    ['/a?b=2&k%65y=1&key&key=', '/a?b=2'],
    ['/a?other+key=1', '/a'],
    ['/a?b=%20+&c', '/a?b=%20+&c'],
    ['/a?keys=1', '/a?keys=1'],
    ['https://app.test/a?key=1', 'https://app.test/a'],
    ['/key=1', '/key=1'],
  ])('has no query parameter of these names, and no other change: %j becomes %j', (given, address) => {
    expect(removeFields(given, ['key', 'other key'])).toBe(address)
    expect(removeFields(given, [])).toBe(given)
  })
})

describe('toLaxUrl()', () => {
  it.each([
    '/login',
    '/login/',
    '/Login',
    '/LOGIN//',
    '//app.test/login',
    '/%6Cogin',
    '/login?a#b',
    'https://app.test/login',
  ])('returns the same URL as for /login, as a lax router matches it: %j', (given) => {
    expect(toLaxUrl(given, HERE)).toBe('https://app.test/login')
  })

  it.each(['/login/x', '/log', 'https://id.test/login', '/'])('returns another URL than for /login: %j', (given) => {
    expect(toLaxUrl(given, HERE)).not.toBe('https://app.test/login')
  })
})

describe('a host', () => {
  it.each([
    ['Example.org', 'example.org'],
    ['example.org:8443', 'example.org:8443'],
    ['example.org:443', 'example.org:443'],
    ['example.org:80', 'example.org:80'],
    ['bücher.test', 'xn--bcher-kva.test'],
    ['[0:0::1]:80', '[::1]:80'],
    ['', null],
    ['a%2fb', null],
    ['a:99999', null],
  ])('is re-serialised: %j becomes %j', (given, host) => {
    expect(toHost(given)).toBe(host)
  })
})
