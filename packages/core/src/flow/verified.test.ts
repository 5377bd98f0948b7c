import { describe, expect, it } from 'vitest'
import { VerifiedCookies } from './verified'

const cookie = (name: string, length = 100): string => name.padStart(length, '.')

describe('the cache of verified cookies', () => {
  it('gives what it was given for the very same text, and for no other', () => {
    const cache = new VerifiedCookies<object>(10_000)
    const entry = {}
    cache.set(cookie('a'), entry)
    expect(cache.get(cookie('a'))).toBe(entry)
    expect(cache.get(`${cookie('a')} `)).toBeUndefined()
  })

  it('is bounded: what came first goes first', () => {
    const cache = new VerifiedCookies<number>(2000)
    for (let index = 0; index < 5; index++) cache.set(cookie(`c${index}`), index)
    expect([0, 1, 2, 3, 4].map((index) => cache.get(cookie(`c${index}`)))).toEqual([
      undefined,
      undefined,
      undefined,
      3,
      4,
    ])
  })

  it('counts a text once however often it is kept', () => {
    const cache = new VerifiedCookies<number>(2000)
    cache.set(cookie('first'), 0)
    for (let index = 0; index < 100; index++) cache.set(cookie('again'), index)
    expect(cache.get(cookie('first'))).toBe(0)
    expect(cache.get(cookie('again'))).toBe(99)
  })

  it('does not keep what is larger than itself, and keeps the rest', () => {
    const cache = new VerifiedCookies<number>(2000)
    cache.set(cookie('small'), 1)
    cache.set(cookie('large', 4096), 2)
    expect(cache.get(cookie('large', 4096))).toBeUndefined()
    expect(cache.get(cookie('small'))).toBe(1)
  })

  it('keeps nothing where it is switched off', () => {
    const cache = new VerifiedCookies<number>(0)
    cache.set(cookie('a'), 1)
    expect(cache.get(cookie('a'))).toBeUndefined()
  })
})
