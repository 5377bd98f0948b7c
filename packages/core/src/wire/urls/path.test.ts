import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePath, isPathBelow, isPathOf, isPlainPath } from './path'

describe('the encoded form of a path', () => {
  it.each([
    ['/', '/'],
    ['/login', '/login'],
    ['/log in', '/log%20in'],
    ['/log%20in', '/log%20in'],
    ['/über-uns/', '/%C3%BCber-uns/'],
    ['/%c3%BCber-uns/', '/%C3%BCber-uns/'],
    ['/iniciar-sesión', '/iniciar-sesi%C3%B3n'],
    ['/ログイン', '/%E3%83%AD%E3%82%B0%E3%82%A4%E3%83%B3'],
    ["/a!$&'()+,=:@~b", "/a!$&'()+,=:@~b"],
  ])('is the same for all encodings: %s becomes %s', (path, encoded) => {
    expect(encodePath(path)).toBe(encoded)
    expect(encodePath(encoded)).toBe(encoded)
    expect(new URL(encoded, 'https://app.test').pathname).toBe(encoded)
  })

  it.each([
    '/a%2fb',
    '/a%5Cb',
    '/%2e%2e/b',
    '/a%2e%2e/b',
    '/%6Cogin',
    '/%2e/b',
    '/a/../b',
    '/a//b',
    '/a;b',
    '/a%3Bb',
    '/a%25b',
    '/a%252fb',
    '/a%00b',
    '/a%0ab',
    '/a%7fb',
    '/a\\b',
    '/a?b',
    '/a#b',
    '/a%3Fb',
    '/100%',
    '/%ff',
    '/a%20',
    '/ a',
    '/a\u00a0',
    '/a\u200bb',
    '/a\uff0fb',
    '/a\u2024\u2024',
    '/a|b',
    '/\ud800',
  ])('is null if two parsers can read different paths: %j', (path) => {
    expect(encodePath(path)).toBeNull()
  })

  it('is unchanged by the URL parser, and decodes to the same number of segments', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        const encoded = encodePath(`/${text}`)
        if (encoded === null) return
        expect(new URL(encoded, 'https://app.test').pathname).toBe(encoded)
        expect(decodeURIComponent(encoded).split('/')).toHaveLength(encoded.split('/').length)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the path of a request', () => {
  const paths = new Set(['/%C3%BCber', '/log%20in', '/a'])

  it.each(['/%C3%BCber', '/%c3%bcber', '/%C3%bcber', '/log%20in', '/a'])(
    'matches a path of the set in its encoded form: %s',
    (path) => {
      expect(isPathOf(path, paths)).toBe(true)
    },
  )

  it.each([
    '/%61',
    '/über',
    '/log in',
    '/log+in',
    '/log%2520in',
    '/a/',
    '/A',
    '/%C3%9Cber',
    '/%c3%bcber%2f',
    '/%c3%bcber/',
  ])('does not match a path of the set: %s', (path) => {
    expect(isPathOf(path, paths)).toBe(false)
  })

  it('is below an encoded prefix only if the rest is plain', () => {
    for (const path of ['/%c3%bcber/a', '/%C3%BCber/a/b.txt'])
      expect([path, isPathBelow(path, '/%C3%BCber/')]).toEqual([path, true])
    for (const rest of [
      '',
      '/',
      '../a',
      '.',
      './a',
      'a//b',
      'a%2fb',
      '%2e%2e/a',
      'a%5cb',
      'a;b',
      'a\\b',
      'a\u00a0',
      '%20',
    ])
      expect([rest, isPathBelow(`/%C3%BCber/${rest}`, '/%C3%BCber/')]).toEqual([rest, false])
  })

  it('is plain if no router decodes or normalizes it', () => {
    expect(['/', '/a/b.c', '/a%20', '/a;b', '//a', '/./a'].map(isPlainPath)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})
