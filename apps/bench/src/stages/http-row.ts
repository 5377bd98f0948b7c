// A row of the HTTP stage: one app of one framework, beside the bare one that writes the same headers.
import { type Spread, spreadOf } from '../statistics'
import type { Throughput } from './load'

export interface HttpRow {
  readonly framework: string
  readonly variant: string
  readonly requestsPerSecond: Spread
  readonly p50: Spread
  readonly p99: Spread
  /** Microseconds of the server's processor time a request. */
  readonly cpu: Spread
  /** How much of a processor the server used: below 1 it waited for the load. */
  readonly busy: Spread
  /** Throughput by that of the bare framework that writes the same headers, round by round. */
  readonly ratio: Spread
  /** Processor time of a request by that of the same, round by round. */
  readonly cpuRatio: Spread
}

/** What was seen of a server in one round. */
export interface Measured extends Throughput {
  /** Microseconds of the server's processor time a request. */
  readonly cpu: number
}

type Figures = Omit<HttpRow, 'framework' | 'variant'>

/** @throws Error where both were not measured in the same rounds. */
export function figuresOf(measured: readonly Measured[], base: readonly Measured[]): Figures {
  if (measured.length !== base.length) throw new Error('Only samples of the same rounds can be compared.')
  const spread = (pick: (one: Measured) => number): Spread => spreadOf(measured.map(pick))
  const ratio = (pick: (one: Measured) => number): Spread =>
    spreadOf(measured.map((one, round) => pick(one) / pick(base[round] as Measured)))
  return {
    requestsPerSecond: spread(({ requestsPerSecond }) => requestsPerSecond),
    p50: spread(({ p50 }) => p50),
    p99: spread(({ p99 }) => p99),
    cpu: spread(({ cpu }) => cpu),
    busy: spread(({ cpu, requestsPerSecond }) => (cpu * requestsPerSecond) / 1_000_000),
    ratio: ratio(({ requestsPerSecond }) => requestsPerSecond),
    cpuRatio: ratio(({ cpu }) => cpu),
  }
}
