import { expect, it } from 'vitest'
import { figuresOf, type Measured } from './http-row'

const seen = (requestsPerSecond: number, cpu: number): Measured => ({
  requests: 1,
  p50: 1,
  p99: 2,
  requestsPerSecond,
  cpu,
})

it('compares throughput and processor time within a round, so that a slow spell of the machine counts for neither', () => {
  const base = [seen(10_000, 50), seen(1000, 500), seen(10_000, 50)]
  const guarded = [seen(8000, 100), seen(800, 1000), seen(8000, 100)]
  const { ratio, cpuRatio } = figuresOf(guarded, base)
  expect(ratio).toEqual({ low: 0.8, median: 0.8, high: 0.8 })
  expect(cpuRatio).toEqual({ low: 2, median: 2, high: 2 })
})

it('tells how busy the server was: one that waits for the load is not', () => {
  const measured = [seen(20_000, 25)]
  expect(figuresOf(measured, measured).busy.median).toBe(0.5)
})

it('compares nothing of different rounds', () => {
  expect(() => figuresOf([seen(1, 1)], [])).toThrow('Only samples of the same rounds can be compared.')
})
