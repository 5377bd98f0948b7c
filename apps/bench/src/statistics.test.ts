import { describe, expect, it } from 'vitest'
import { differences, quantile, spreadOf } from './statistics'

describe('a spread', () => {
  it('is the middle and the quarters of the sorted samples, in whatever order they came', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ low: 2, median: 3, high: 4 })
  })

  it('sorts by value and not by spelling', () => {
    expect(spreadOf([100, 9, 20]).median).toBe(20)
  })

  it('lies between the two in the middle where their number is even', () => {
    expect(spreadOf([1, 2, 3, 10])).toEqual({ low: 1.75, median: 2.5, high: 4.75 })
  })

  it('is not moved by one round in which the machine did something else', () => {
    expect(spreadOf([10, 11, 12, 13, 9_000]).median).toBe(12)
  })

  it('leaves the samples as they were', () => {
    const samples = [3, 1, 2]
    spreadOf(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  it('is refused where there is nothing to take it of', () => {
    expect(() => spreadOf([])).toThrow('no sample')
  })
})

it('finds the ends of the samples too', () => {
  expect([quantile([1, 2, 3], 0), quantile([1, 2, 3], 1), quantile([7], 0.99)]).toEqual([1, 3, 7])
})

describe('differences', () => {
  it('compares each round with itself, so that a slow one counts for neither', () => {
    expect(differences([12, 112, 13], [10, 110, 10])).toEqual([2, 2, 3])
  })

  it('refuses samples of other rounds', () => {
    expect(() => differences([1, 2], [1])).toThrow('same rounds')
  })
})
