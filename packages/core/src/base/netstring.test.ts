import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toNetstrings } from './netstring'

it('two lists have the same netstrings only if they are equal', () => {
  const list = fc.array(fc.string({ unit: fc.constantFrom('1', '2', ':', ',', 'a', '\n') }))
  fc.assert(
    fc.property(list, list, (one, two) => {
      expect(toNetstrings(one) === toNetstrings(two)).toBe(JSON.stringify(one) === JSON.stringify(two))
    }),
    { numRuns: 2000 },
  )
  expect(toNetstrings(['ab', ''])).toBe('2:ab,0:,')
  expect(toNetstrings(['1:a', 'b'])).not.toBe(toNetstrings(['1', 'a,1:b']))
})
