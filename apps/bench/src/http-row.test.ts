import { expect, it } from 'vitest'
import { type Measured, toFigures } from './http-row'

function createMeasured(requestsPerSecond: number, cpu: number): Measured {
  return { requests: 1, p50: 1, p99: 2, requestsPerSecond, cpu }
}

it('toFigures compares throughput and processor time within a round, so that a slow round does not count', () => {
  const base = [createMeasured(10_000, 50), createMeasured(1000, 500), createMeasured(10_000, 50)]
  const guarded = [createMeasured(8000, 100), createMeasured(800, 1000), createMeasured(8000, 100)]
  const { ratio, cpuRatio } = toFigures(guarded, base)
  expect(ratio).toEqual({ low: 0.8, median: 0.8, high: 0.8 })
  expect(cpuRatio).toEqual({ low: 2, median: 2, high: 2 })
})

it('toFigures returns the share of the processor that the server used', () => {
  const measured = [createMeasured(20_000, 25)]
  expect(toFigures(measured, measured).busy.median).toBe(0.5)
})

it('toFigures throws if the samples are of different rounds', () => {
  expect(() => toFigures([createMeasured(1, 1)], [])).toThrow('Samples must be of the same rounds')
})
