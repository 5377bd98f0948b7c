// The lengths of the two kinds of run. The whole run writes docs/performance.md. The short run checks within a minute that the
// bench works, and its figures are not meaningful.
import type { Timing } from './runner'
import type { Visitors } from './subject'

export interface RunLengths {
  readonly visitors: Visitors
  readonly timing: Timing
  readonly http: {
    readonly rounds: number
    readonly seconds: number
    readonly connections: number
    /** The number of requests to each server before it is timed. */
    readonly warmUpRequests: number
  }
  readonly growth: {
    /** The numbers of sessions before requests are timed. The last is the soak test. */
    readonly sessions: readonly number[]
    /** The number of requests that are timed then, in twenty samples. */
    readonly requests: number
  }
  /** The number of imports of each package, each in a new process. */
  readonly imports: number
}

export const WHOLE: RunLengths = {
  visitors: { count: 4096, cacheBytes: 1_048_576 },
  timing: { rounds: 60, sampleMillis: 12, warmUpMillis: 400 },
  http: { rounds: 10, seconds: 1, connections: 10, warmUpRequests: 8000 },
  growth: { sessions: [1, 10_000, 1_000_000], requests: 5000 },
  imports: 9,
}

export const SHORT: RunLengths = {
  visitors: { count: 256, cacheBytes: 65_536 },
  timing: { rounds: 5, sampleMillis: 4, warmUpMillis: 80 },
  http: { rounds: 1, seconds: 1, connections: 4, warmUpRequests: 200 },
  growth: { sessions: [1, 1000], requests: 200 },
  imports: 1,
}
