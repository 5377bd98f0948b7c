import { describe, expect, it } from 'vitest'
import { CookieTooLargeError, LoginError, OptionsError, StoreError, UsageError } from './errors'

describe('errors', () => {
  const cause = new Error('refused')
  it.each([
    ['OptionsError', 'invalid-options', new OptionsError('createX()', [{ path: 'a', message: 'is missing' }])],
    ['UsageError', 'read-only', new UsageError('read-only', 'Write elsewhere.')],
    ['StoreError', 'store-unavailable', new StoreError('Down.', { cause })],
    ['CookieTooLargeError', 'cookie-too-large', new CookieTooLargeError(5000, 4096, [])],
  ] as const)('%s can be told by name, by class and by code', (name, code, error) => {
    expect(error).toBeInstanceOf(LoginError)
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(name)
    expect(error.code).toBe(code)
    expect(String(error)).toContain(name)
  })

  it('keeps the cause of an outside failure, and says when to try again', () => {
    expect(new StoreError('Down.', { cause }).cause).toBe(cause)
    expect(new StoreError('Down.').retryAfterSeconds).toBe(5)
    expect(new StoreError('Down.', { retryAfterSeconds: 30 }).retryAfterSeconds).toBe(30)
  })

  it('answers an outside failure with 503 where a framework asks the error itself', () => {
    const error = new StoreError('Down.', { retryAfterSeconds: 30 })
    const response = error.getResponse()
    expect([error.status, error.statusCode, response.status]).toEqual([503, 503, 503])
    expect(response.headers.get('retry-after')).toBe('30')
    expect(error.headers).toEqual({ 'retry-after': '30' })
  })

  it('lists every wrong option on a line of its own', () => {
    const one = new OptionsError('createX()', [{ path: 'a', message: 'is missing' }])
    expect(one.message).toBe('createX() was given an option it cannot work with:\n  - a: is missing')
    const two = new OptionsError('createX()', [
      { path: 'a', message: 'is missing' },
      { path: 'b.c', message: 'must be true or false' },
    ])
    expect(two.message).toBe(
      'createX() was given options it cannot work with:\n  - a: is missing\n  - b.c: must be true or false',
    )
    expect(two.problems.map(({ path }) => path)).toEqual(['a', 'b.c'])
  })

  it('names the largest entries where a cookie is too large, and the way out', () => {
    const error = new CookieTooLargeError(5000, 4096, [
      { key: 'cart', bytes: 3000 },
      { key: 'draft', bytes: 900 },
    ])
    expect(error.message).toContain('5000 bytes')
    expect(error.message).toContain('"cart" (3000 bytes), "draft" (900 bytes)')
    expect(error.message).toContain('Nothing was written')
    expect(error).toMatchObject({ bytes: 5000, limit: 4096, largest: [{ key: 'cart' }, { key: 'draft' }] })
    expect(new CookieTooLargeError(5000, 4096, []).message).toContain('none of the app')
  })
})
