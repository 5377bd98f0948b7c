import { describe, expect, it } from 'vitest'
import { CookieTooLargeError, LoginError, OptionsError, StoreError, UsageError } from './errors'

describe('the error classes', () => {
  const cause = new Error('refused')
  it.each([
    ['OptionsError', 'invalid-options', new OptionsError('createX()', [{ path: 'a', message: 'is missing' }])],
    ['UsageError', 'read-only', new UsageError('read-only', 'Write elsewhere.')],
    ['StoreError', 'store-unavailable', new StoreError('Down.', { cause })],
    ['CookieTooLargeError', 'cookie-too-large', new CookieTooLargeError(5000, 4096, [])],
  ] as const)('include %s, which has its own name, class and code', (name, code, error) => {
    expect(error).toBeInstanceOf(LoginError)
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(name)
    expect(error.code).toBe(code)
    expect(String(error)).toContain(name)
  })

  it('keep the cause of a StoreError, and the seconds until a retry', () => {
    expect(new StoreError('Down.', { cause }).cause).toBe(cause)
    expect(new StoreError('Down.').retryAfterSeconds).toBe(5)
    expect(new StoreError('Down.', { retryAfterSeconds: 30 }).retryAfterSeconds).toBe(30)
  })

  it('provide a framework with the 503 response of a StoreError', () => {
    const error = new StoreError('Down.', { retryAfterSeconds: 30 })
    const response = error.getResponse()
    expect([error.status, error.statusCode, response.status]).toEqual([503, 503, 503])
    expect(response.headers.get('retry-after')).toBe('30')
    expect(error.headers).toEqual({ 'retry-after': '30' })
  })

  it('list every invalid option on its own line', () => {
    const one = new OptionsError('createX()', [{ path: 'a', message: 'is missing' }])
    expect(one.message).toBe('createX() received an invalid option:\n  - a: is missing')
    const two = new OptionsError('createX()', [
      { path: 'a', message: 'is missing' },
      { path: 'b.c', message: 'must be true or false' },
    ])
    expect(two.message).toBe('createX() received invalid options:\n  - a: is missing\n  - b.c: must be true or false')
    expect(two.problems.map(({ path }) => path)).toEqual(['a', 'b.c'])
  })

  it('name the largest entries and the remedy if a cookie is too large', () => {
    const error = new CookieTooLargeError(5000, 4096, [
      { key: 'cart', bytes: 3000 },
      { key: 'draft', bytes: 900 },
    ])
    expect(error.message).toContain('5000 bytes')
    expect(error.message).toContain('"cart" (3000 bytes), "draft" (900 bytes)')
    expect(error.message).toContain('The session was not changed')
    expect(error).toMatchObject({ bytes: 5000, limit: 4096, largest: [{ key: 'cart' }, { key: 'draft' }] })
    expect(new CookieTooLargeError(5000, 4096, []).message).toContain('none of the app')
  })
})
