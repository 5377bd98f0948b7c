import fc from 'fast-check'
import { expect, it } from 'vitest'
import { netstrings } from './netstring'

it('gives two lists the same text only where they are the same list', () => {
  const list = fc.array(fc.string({ unit: fc.constantFrom('1', '2', ':', ',', 'a', '\n') }))
  fc.assert(
    fc.property(list, list, (one, two) => {
      expect(netstrings(one) === netstrings(two)).toBe(JSON.stringify(one) === JSON.stringify(two))
    }),
    { numRuns: 2000 },
  )
  expect(netstrings(['ab', ''])).toBe('2:ab,0:,')
  expect(netstrings(['1:a', 'b'])).not.toBe(netstrings(['1', 'a,1:b']))
})
