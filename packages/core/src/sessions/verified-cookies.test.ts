import { describe, expect, it } from 'vitest'
import { VerifiedCookies } from './verified-cookies'

/** Sets a cookie twice, because the cache does not keep a cookie that arrives once. */
function setTwice<T>(cache: VerifiedCookies<T>, text: string, value: T): void {
  cache.set(text, value)
  cache.set(text, value)
}

const createCookie = (name: string, length = 100): string => name.padStart(length, '.')

describe('the cache of verified cookies', () => {
  it('returns the value of exactly the same cookie only', () => {
    const cache = new VerifiedCookies<object>(10_000)
    const entry = {}
    setTwice(cache, createCookie('a'), entry)
    expect(cache.get(createCookie('a'))).toBe(entry)
    expect(cache.get(`${createCookie('a')} `)).toBeUndefined()
  })

  it('does not store a cookie that arrives once', () => {
    const cache = new VerifiedCookies<number>(1_000_000)
    for (let index = 0; index < 5000; index++) cache.set(createCookie(`${index * 7919}`), index)
    const kept = Array.from({ length: 5000 }, (_, index) => cache.get(createCookie(`${index * 7919}`)))
    expect(kept.filter((value) => value !== undefined)).toEqual([])
    cache.set(createCookie(`${4999 * 7919}`), 4999)
    expect(cache.get(createCookie(`${4999 * 7919}`))).toBe(4999)
  })

  it('is limited in size, and removes the oldest entry first', () => {
    const cache = new VerifiedCookies<number>(2000)
    for (let index = 0; index < 5; index++) setTwice(cache, createCookie(`c${index}`), index)
    expect([0, 1, 2, 3, 4].map((index) => cache.get(createCookie(`c${index}`)))).toEqual([
      undefined,
      undefined,
      undefined,
      3,
      4,
    ])
  })

  it('counts the size of a cookie once, even if it is stored several times', () => {
    const cache = new VerifiedCookies<number>(2000)
    setTwice(cache, createCookie('first'), 0)
    for (let index = 0; index < 100; index++) setTwice(cache, createCookie('again'), index)
    expect(cache.get(createCookie('first'))).toBe(0)
    expect(cache.get(createCookie('again'))).toBe(99)
  })

  it('does not store a cookie above the limit, and keeps the other entries', () => {
    const cache = new VerifiedCookies<number>(2000)
    setTwice(cache, createCookie('small'), 1)
    setTwice(cache, createCookie('large', 4096), 2)
    expect(cache.get(createCookie('large', 4096))).toBeUndefined()
    expect(cache.get(createCookie('small'))).toBe(1)
  })

  it('stores nothing if its limit is 0', () => {
    const cache = new VerifiedCookies<number>(0)
    setTwice(cache, createCookie('a'), 1)
    expect(cache.get(createCookie('a'))).toBeUndefined()
  })
})
