import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  getPath,
  getQueryParameter,
  getRequestOrigin,
  getTarget,
  type RequestView,
  requestView,
  toAbsoluteUrl,
} from './request'

function createView(url: string, headers: Record<string, string> = {}): RequestView {
  return { method: 'GET', url, headers: new Headers(headers) }
}

describe('the view of a request', () => {
  it('has the method, URL and headers of a Fetch API request, and the address of the client', () => {
    const request = new Request('https://app.test/a?b=1', { method: 'POST', headers: { 'X-Key': 'k' } })
    const view = requestView(request, '192.0.2.1')
    expect(view).toMatchObject({ method: 'POST', url: 'https://app.test/a?b=1', address: '192.0.2.1' })
    expect(view.headers.get('x-key')).toBe('k')
    expect(requestView(request).address).toBeUndefined()
  })

  it('reads raw header lines in any case', () => {
    const { headers } = requestView({ method: 'GET', url: '/', headers: ['X-Key', 'k', 'ACCEPT', '*/*'] })
    expect([headers.get('x-key'), headers.get('Accept'), headers.get('none')]).toEqual(['k', '*/*', null])
  })

  it('joins header lines with one name, and cookies by semicolons', () => {
    const lines = ['Cookie', 'a=1', 'X-Key', 'k1', 'cookie', 'b=2', 'x-key', 'k2']
    const { headers } = requestView({ method: 'GET', url: '/', headers: lines })
    expect(headers.get('cookie')).toBe('a=1; b=2')
    expect(headers.get('x-key')).toBe('k1, k2')
  })

  it('returns an empty header as an empty string, and ignores a name without a value', () => {
    const { headers } = requestView({ method: 'GET', url: '/', headers: ['X-Key', '', 'X-Odd'] })
    expect([headers.get('x-key'), headers.get('x-odd')]).toEqual(['', null])
  })

  it('has no header with a name of Object.prototype', () => {
    const { headers } = requestView({ method: 'GET', url: '/', headers: [] })
    expect([headers.get('__proto__'), headers.get('constructor')]).toEqual([null, null])
  })
})

describe('the number of header lines with one name', () => {
  const countLines = (headers: readonly string[], name: string) =>
    requestView({ method: 'GET', url: '/', headers }).headers.countLines?.(name)

  it('is counted if the raw header lines are available', () => {
    expect(countLines(['Authorization', 'a', 'x', 'y', 'authorization', 'b'], 'AUTHORIZATION')).toBe(2)
    expect(countLines(['Authorization', 'authorization'], 'authorization')).toBe(1)
  })

  it('is not counted without raw header lines', () => {
    expect(countLines([], 'authorization')).toBeNull()
    expect(requestView({ method: 'GET', url: '/', headers: new Headers() }).headers.countLines).toBeUndefined()
  })
})

describe('the target and the path of a URL', () => {
  it.each([
    ['https://app.test/a/b?c=d', '/a/b?c=d', '/a/b'],
    ['https://app.test/a#top', '/a', '/a'],
    ['https://app.test/a?b#top', '/a?b', '/a'],
    ['/a/b?c=d', '/a/b?c=d', '/a/b'],
    ['/a?b=https://other.test/c', '/a?b=https://other.test/c', '/a'],
    ['/a%2Fb?c=%20', '/a%2Fb?c=%20', '/a%2Fb'],
    ['//other.test/a', '//other.test/a', '//other.test/a'],
    ['', '/', '/'],
    ['*', '/*', '/*'],
    ['http://app.test', '/http://app.test', '/http://app.test'],
    ['http://app.test?/health', '/http://app.test?/health', '/http://app.test'],
    ['http://app.test#/health', '/http://app.test', '/http://app.test'],
    ['http:///health', '/http:///health', '/http:///health'],
    ['http://a:b/health', '/http://a:b/health', '/http://a:b/health'],
    ['http://a:1:2/health', '/http://a:1:2/health', '/http://a:1:2/health'],
    ['http://[::1/health', '/http://[::1/health', '/http://[::1/health'],
    ['http://[::1]:80/a', '/a', '/a'],
    ['http://my_app.test:8080/a', '/a', '/a'],
    ['x://a/health', '/x://a/health', '/x://a/health'],
    ['http://a;b/health', '/http://a;b/health', '/http://a;b/health'],
    ['http://a@b/health', '/http://a@b/health', '/http://a@b/health'],
  ])('%s are %s', (url, target, path) => {
    expect(getTarget(createView(url))).toBe(target)
    expect(getPath(createView(url))).toBe(path)
  })

  it.each([
    ['/a?next=%2Fb', '/b'],
    ['/a?next=/b&next=/c', '/b'],
    ['/a?x=1&next=a+b', 'a b'],
    ['/a?next', ''],
    ['/a?x=1?next=/b', null],
    ['/a?x=?&next=/b', '/b'],
    ['/a#?next=/b', null],
    ['/a', null],
    ['http://app.test?next=/b', '/b'],
  ])('%s have the query parameter next %j', (url, value) => {
    expect(getQueryParameter(createView(url), 'next')).toBe(value)
  })
})

describe('the origin of a request', () => {
  it.each<[string, string, Record<string, string>, string | null]>([
    ['an absolute address', 'https://app.test/a', {}, 'https://app.test'],
    ['a port', 'https://app.test:8443/a', {}, 'https://app.test:8443'],
    ['the default port, left out', 'https://app.test:443/a', {}, 'https://app.test'],
    ['the Host header first', 'https://inner.test/a', { host: 'app.test' }, 'https://app.test'],
    ['capital letters', '/a', { host: 'APP.Test' }, 'http://app.test'],
    ['an IPv6 host', '/a', { host: '[::1]:8080' }, 'http://[::1]:8080'],
    ['a path without a host', '/a', {}, null],
    ['two hosts', '/a', { host: 'app.test, evil.test' }, null],
    ['user information', '/a', { host: 'app.test@evil.test' }, null],
    ['a path in the host', '/a', { host: 'app.test/evil' }, null],
    ['an invalid port', '/a', { host: 'app.test:99999' }, null],
    ['an invalid IPv6 host', '/a', { host: '[::::]' }, null],
    ['an empty host', '/a', { host: '' }, null],
  ])('is correct for %s', (_, url, headers, origin) => {
    expect(getRequestOrigin(createView(url, headers), null)).toBe(origin)
  })

  it('is always the option publicOrigin, if it is set', () => {
    expect(getRequestOrigin(createView('/a', { host: 'evil.test' }), 'https://app.test')).toBe('https://app.test')
  })
})

describe('the absolute address of a request target', () => {
  it.each<[string, boolean, string | null, string, string]>([
    ['a path', true, 'app.test', '/a?b=c', 'https://app.test/a?b=c'],
    ['a path over plain HTTP', false, 'app.test:8080', '/a', 'http://app.test:8080/a'],
    ['the default port and capitals of a host', true, 'APP.test:443', '/', 'https://app.test/'],
    [
      'an absolute target, whose scheme and host are ignored',
      false,
      'app.test',
      'https://x.test/a',
      'http://app.test/a',
    ],
    ['a target that is not a path', true, 'app.test', '*', 'https://app.test/*'],
    ['a path that looks like a host', true, 'app.test', '//evil.test/a', 'https://app.test//evil.test/a'],
    ['no host', true, null, '/a', 'https://unknown.invalid/a'],
    ['a host with a path', true, 'app.test/evil', '/a', 'https://unknown.invalid/a'],
    ['a host with a user', true, 'app.test@evil.test', '/a', 'https://unknown.invalid/a'],
    ['a host with a query', false, 'app.test?', '/a', 'http://unknown.invalid/a'],
    ['a host that no parser accepts', true, '1.2.3.4.5', '/a', 'https://unknown.invalid/a'],
    ['two hosts', true, 'app.test, evil.test', '/a', 'https://unknown.invalid/a'],
  ])('is correct for %s', (_, secure, host, target, address) => {
    expect(toAbsoluteUrl(secure, host, target)).toBe(address)
  })

  const piece = fc.constantFrom(
    'app.test',
    '/',
    '\\',
    '?',
    '#',
    '@',
    ':',
    '80',
    '99999',
    '[',
    '::1',
    ']',
    '.',
    '%2f',
    'x',
    '1',
    ',',
    ' ',
    '\t',
    '\u00a0',
    'xn--',
    'é',
    '*',
  )
  const host = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )
  const target = fc
    .oneof(fc.array(piece, { maxLength: 6 }), fc.array(fc.string(), { maxLength: 3 }))
    .map((pieces) => `/${pieces.join('')}`)

  it('is valid for every parser, and no Host header changes its path or query', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.option(host), target, (secure, hostHeader, requestTarget) => {
        const address = toAbsoluteUrl(secure, hostHeader, requestTarget)
        const parsed = new URL(address)
        const expected = new URL(toAbsoluteUrl(secure, 'app.test', requestTarget))
        expect([parsed.pathname, parsed.search, parsed.hash]).toEqual([expected.pathname, expected.search, ''])
        expect([parsed.protocol, parsed.username, parsed.password]).toEqual([secure ? 'https:' : 'http:', '', ''])
        expect(getTarget(createView(address))).toBe(getTarget(createView(requestTarget)))
        expect(address.endsWith(getTarget(createView(requestTarget)))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
