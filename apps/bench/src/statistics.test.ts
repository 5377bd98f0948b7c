import { describe, expect, it } from 'vitest'
import { getDifferences, getQuantile, toSpread } from './statistics'

describe('toSpread', () => {
  it('returns the median and the quartiles of unsorted samples', () => {
    expect(toSpread([5, 1, 4, 2, 3])).toEqual({ low: 2, median: 3, high: 4 })
  })

  it('sorts samples as numbers and not as text', () => {
    expect(toSpread([100, 9, 20]).median).toBe(20)
  })

  it('interpolates between the two middle samples of an even number', () => {
    expect(toSpread([1, 2, 3, 10])).toEqual({ low: 1.75, median: 2.5, high: 4.75 })
  })

  it('returns the same median if one round is an outlier', () => {
    expect(toSpread([10, 11, 12, 13, 9_000]).median).toBe(12)
  })

  it('does not change the list of samples', () => {
    const samples = [3, 1, 2]
    toSpread(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  it('throws if the list of samples is empty', () => {
    expect(() => toSpread([])).toThrow('The list of samples is empty')
  })
})

it('getQuantile returns the smallest and the largest sample', () => {
  expect([getQuantile([1, 2, 3], 0), getQuantile([1, 2, 3], 1), getQuantile([7], 0.99)]).toEqual([1, 3, 7])
})

describe('getDifferences', () => {
  it('subtracts the base of the same round, so that a slow round does not count', () => {
    expect(getDifferences([12, 112, 13], [10, 110, 10])).toEqual([2, 2, 3])
  })

  it('throws if the samples are of different rounds', () => {
    expect(() => getDifferences([1, 2], [1])).toThrow('same rounds')
  })
})
