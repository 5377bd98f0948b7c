import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSpeculative } from './speculative'

function createView(headers: Record<string, string>) {
  return { method: 'GET', url: '/', headers: new Headers(headers) }
}

describe('isSpeculative()', () => {
  it.each([
    ['sec-purpose', 'prefetch'],
    ['sec-purpose', 'prefetch;prerender'],
    ['sec-purpose', 'prefetch; prerender'],
    ['sec-purpose', 'prefetch;anonymous-client-ip'],
    ['sec-purpose', 'Prefetch'],
    ['sec-purpose', '"prefetch"'],
    ['purpose', 'prefetch'],
    ['purpose', 'prefetch, prefetch'],
    ['x-purpose', 'preview'],
    ['x-moz', 'prefetch'],
    ['next-router-prefetch', '1'],
    ['next-router-prefetch', '2'],
    ['next-router-segment-prefetch', '/_tree'],
    ['x-middleware-prefetch', '1'],
  ])('returns true for the header %s: %s', (name, value) => {
    expect(isSpeculative(createView({ [name]: value }))).toBe(true)
  })

  it.each([
    [{}],
    [{ 'sec-fetch-mode': 'navigate', accept: 'text/html' }],
    [{ 'sec-purpose': '' }],
    [{ 'sec-purpose': 'none' }],
    [{ purpose: 'prefetched' }],
    [{ 'x-purpose': 'navigation' }],
    [{ rsc: '1' }],
  ])('returns false for the headers %j', (headers) => {
    expect(isSpeculative(createView(headers as Record<string, string>))).toBe(false)
  })

  it('never throws for any header value', () => {
    const value = fc.string().filter((text) => !/[^\x20-\x7e]/.test(text))
    fc.assert(
      fc.property(value, (text) => {
        expect(typeof isSpeculative(createView({ 'sec-purpose': text }))).toBe('boolean')
      }),
    )
  })
})
