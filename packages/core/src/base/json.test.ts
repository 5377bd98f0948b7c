import { describe, expect, it } from 'vitest'
import { freeze, freezeJson } from './json'

describe('a JSON value of a session', () => {
  const polluted = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}}}') as unknown
  it.each([
    ['null', null],
    ['a boolean', false],
    ['a number', -1.5e300],
    ['an empty string', ''],
    ['a lone surrogate', '\ud800'],
    ['an empty array', []],
    ['nested arrays and objects', { a: [1, { b: [null, 'x'] }] }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
    ['the same object in two places', ((shared) => ({ one: shared, two: shared }))({ a: 1 })],
    ['an object with the keys __proto__ and constructor', polluted],
  ])('can be %s, and is read back unchanged', (_, value) => {
    const json = freezeJson(value)
    expect(JSON.stringify(json?.value)).toBe(JSON.stringify(value))
  })

  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  it.each([
    ['undefined', undefined],
    ['undefined in an object', { a: undefined }],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus zero', -0],
    ['a bigint', 1n],
    ['a symbol', Symbol('a')],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a class', new (class Cart {})()],
    ['an object with toJSON()', { toJSON: () => 'other' }],
    ['an array with toJSON()', Object.assign([1], { toJSON: () => 'other' })],
    ['a sparse array', Array(2)],
    ['an array with a named property', Object.assign([1], { name: 'x' })],
    ['a cycle', cycle],
    ['an object with undefined in a nested array', { a: [{ b: undefined }] }],
  ])('cannot be %s, because a JSON round trip changes it', (_, value) => {
    expect(freezeJson(value)).toBeNull()
  })

  it('is a copy, so a later change of the original has no effect', () => {
    const cart = { items: ['book'] }
    const json = freezeJson(cart)
    cart.items.push('pen')
    expect(json?.value).toEqual({ items: ['book'] })
  })

  it('is frozen with all values in it', () => {
    const value = freezeJson({ a: [{ b: 1 }] })?.value as { a: { b: number }[] }
    expect(() => value.a.push({ b: 2 })).toThrow(TypeError)
    expect(() => Object.assign(value.a[0] as object, { b: 2 })).toThrow(TypeError)
  })

  it('can have a key named __proto__, which does not change other objects', () => {
    const value = freezeJson(polluted)?.value as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(Object.values(value).every(Object.isFrozen)).toBe(true)
  })

  it('is not copied if it is a primitive', () => {
    expect(freeze('text')).toBe('text')
    expect(freeze(null)).toBeNull()
  })
})
