// A row of the HTTP table: one app of one framework, compared with the bare one that writes the same headers.
import type { Throughput } from './load'
import { assertSameRounds, type Spread, toSpread } from './statistics'

export interface HttpRow {
  readonly framework: string
  readonly variant: string
  readonly requestsPerSecond: Spread
  readonly p50: Spread
  readonly p99: Spread
  /** Microseconds of the server's processor time a request. */
  readonly cpu: Spread
  /** The share of one processor that the server used. Below 1 it waited for the load. */
  readonly busy: Spread
  /** Throughput divided by that of the bare framework that writes the same headers, round by round. */
  readonly ratio: Spread
  /** Processor time a request, divided in the same way. */
  readonly cpuRatio: Spread
}

/** The figures of one server in one round. */
export interface Measured extends Throughput {
  /** Microseconds of the server's processor time a request. */
  readonly cpu: number
}

/** @throws Error if the two were not measured in the same rounds. */
export function toFigures(
  measured: readonly Measured[],
  base: readonly Measured[],
): Omit<HttpRow, 'framework' | 'variant'> {
  assertSameRounds(measured, base)
  const spread = (pick: (one: Measured) => number): Spread => toSpread(measured.map(pick))
  const divide = (pick: (one: Measured) => number): Spread =>
    toSpread(measured.map((one, round) => pick(one) / pick(base[round] as Measured)))
  return {
    requestsPerSecond: spread(({ requestsPerSecond }) => requestsPerSecond),
    p50: spread(({ p50 }) => p50),
    p99: spread(({ p99 }) => p99),
    cpu: spread(({ cpu }) => cpu),
    busy: spread(({ cpu, requestsPerSecond }) => (cpu * requestsPerSecond) / 1_000_000),
    ratio: divide(({ requestsPerSecond }) => requestsPerSecond),
    cpuRatio: divide(({ cpu }) => cpu),
  }
}
