// How long a run takes. The whole one is what docs/performance.md is made of; the short one only proves that the bench
// still runs, in less than a minute, and its figures are worth nothing.
import type { Crowd } from './crowd'
import type { Pace } from './racer'

export interface Lengths {
  readonly crowd: Crowd
  readonly pace: Pace
  readonly http: {
    readonly rounds: number
    readonly seconds: number
    readonly connections: number
    /** How many requests each server has answered before it is timed. */
    readonly warmUpRequests: number
  }
  readonly growth: {
    /** How many sessions there are before requests are timed; the last is the soak. */
    readonly sessions: readonly number[]
    /** How many requests are timed then, in twenty slices. */
    readonly requests: number
  }
  /** How often each package is imported into a new process. */
  readonly imports: number
}

export const WHOLE: Lengths = {
  crowd: { visitors: 4096, cacheBytes: 1_048_576 },
  pace: { rounds: 60, batchMillis: 12, warmUpMillis: 400 },
  http: { rounds: 10, seconds: 1, connections: 10, warmUpRequests: 8000 },
  growth: { sessions: [1, 10_000, 1_000_000], requests: 5000 },
  imports: 9,
}

export const SHORT: Lengths = {
  crowd: { visitors: 256, cacheBytes: 65_536 },
  pace: { rounds: 5, batchMillis: 4, warmUpMillis: 80 },
  http: { rounds: 1, seconds: 1, connections: 4, warmUpRequests: 200 },
  growth: { sessions: [1, 1000], requests: 200 },
  imports: 1,
}
