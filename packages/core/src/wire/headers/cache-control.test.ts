import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findOverrides, isPublic, toPrivate, toUnstored } from './cache-control'

describe('toPrivate()', () => {
  it.each([
    [null, 'private, no-store'],
    ['', 'private, no-store'],
    [' , ', 'private, no-store'],
    ['public, max-age=0', 'private, no-store'],
    ['public,max-age=0', 'private, no-store'],
    ['Max-Age=0, Public', 'private, no-store'],
    ['public, max-age=3600', 'private, max-age=3600'],
    ['PUBLIC, Max-Age=3600', 'private, Max-Age=3600'],
    ['public', 'private'],
    ['public=1, max-age=60', 'private, max-age=60'],
    ['public; max-age=60', 'private'],
    ['max-age=60', 'private, max-age=60'],
    ['s-maxage=60', 'private'],
    ['max-age=60, S-MaxAge="60"', 'private, max-age=60'],
    ['max-age=60, proxy-revalidate', 'private, max-age=60'],
    ['private, public, max-age=60', 'private, max-age=60'],
    ['private, s-maxage=60', 'private'],
    ['private="set-cookie", max-age=60', 'private, max-age=60'],
    ['private="set-cookie, x-own", max-age=60', 'private, max-age=60'],
    ['x="a, public, b", max-age=60', 'private, max-age=60'],
    ['x="a, max-age=60', 'private, max-age=60'],
    ['public, max-age=31536000, immutable', 'private, max-age=31536000, immutable'],
    [
      'max-age=5, stale-while-revalidate=60, must-revalidate',
      'private, max-age=5, stale-while-revalidate=60, must-revalidate',
    ],
    ['no-cache', 'private, no-cache'],
    ['no-cache="set-cookie"', 'private, no-cache="set-cookie"'],
    ['public, no-store', 'private, no-store'],
    ['must-understand, no-store', 'private, must-understand, no-store'],
    ['no-store', 'no-store'],
    ['No-Store, max-age=0', 'No-Store, max-age=0'],
    ['private', 'private'],
    ['max-age=60 , Private', 'max-age=60 , Private'],
    [
      'private, no-cache, no-store, max-age=0, must-revalidate',
      'private, no-cache, no-store, max-age=0, must-revalidate',
    ],
  ])('changes %j to %j', (cacheControl, expected) => {
    expect(toPrivate(cacheControl)).toBe(expected)
  })

  const piece = fc.constantFrom(
    'public',
    'Public',
    's-maxage=9',
    'max-age=9',
    'private',
    'private="a"',
    '"',
    ' ',
    ';',
    '=',
    'x',
  )
  const value = fc
    .array(fc.tuple(piece, fc.constantFrom(',', ', ', '', ' ')), { maxLength: 12 })
    .map((all) => all.flat().join(''))

  it('never returns public or s-maxage, and always returns private or no-store', () => {
    fc.assert(
      fc.property(value, (text) => {
        const directives = toPrivate(text)
          .split(',')
          .map((part) => part.trim().toLowerCase())
        for (const directive of directives) expect(directive).not.toMatch(/^(?:public|s-maxage)\b|^private=/)
        expect(directives.includes('private') || directives.includes('no-store')).toBe(true)
      }),
    )
  })

  it('returns the same value if it is applied twice', () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(toPrivate(toPrivate(text))).toBe(toPrivate(text))
      }),
    )
  })
})

describe('toUnstored()', () => {
  it.each([
    [null, 'private, no-store'],
    ['public, max-age=31536000, immutable', 'private, no-store'],
    ['must-understand, no-store', 'private, no-store'],
    ['no-cache, no-transform', 'private, no-store, no-transform'],
  ])('changes %j to %j', (cacheControl, expected) => {
    expect(toUnstored(cacheControl)).toBe(expected)
  })
})

describe('isPublic()', () => {
  it.each([
    [null, false],
    ['public, max-age=0', false],
    ['max-age=60', false],
    ['private, max-age=60', false],
    ['x-public', false],
    ['public, max-age=60', true],
    ['PUBLIC', true],
    ['max-age=0, s-maxage=60', true],
    ['public; max-age=60', true],
  ])('for %j returns %j', (cacheControl, expected) => {
    expect(isPublic(cacheControl)).toBe(expected)
  })
})

describe('findOverrides()', () => {
  it('finds the headers that override Cache-Control in a shared cache', () => {
    const names = [
      'cache-control',
      'CDN-Cache-Control',
      'surrogate-control',
      'fastly-cdn-cache-control',
      'x-accel-expires',
      'etag',
    ]
    expect(findOverrides(names)).toEqual([
      ['CDN-Cache-Control', 'no-store'],
      ['surrogate-control', 'no-store'],
      ['fastly-cdn-cache-control', 'no-store'],
      ['x-accel-expires', '0'],
    ])
  })

  it('returns the headers of known caches without a list of names', () => {
    expect(findOverrides().map(([name]) => name)).toContain('vercel-cdn-cache-control')
  })
})
