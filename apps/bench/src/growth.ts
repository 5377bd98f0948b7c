// Measures whether a request costs more, or the heap grows, with the number of sessions.
import { Child } from './child'
import type { Spread } from './statistics'
import type { Clock } from './stopwatch'
import type { Proof } from './subject'

export interface GrowthRow {
  readonly sessions: number
  /** Microseconds of a request with a cookie never seen before. */
  readonly unseen: Spread
  /** Microseconds of a request with the same cookie again. */
  readonly seen: Spread
  /** How much the heap grew during the requests of all sessions. */
  readonly heapBytes: number
}

export interface GrowthSettings {
  readonly sessions: number
  readonly cacheBytes: number
  /** The number of requests that are timed after the sessions. */
  readonly requests: number
  readonly clock: Clock
}

export interface GrowthResult {
  readonly proofs: readonly Proof[]
  readonly row: GrowthRow
}

export function measureGrowth(settings: GrowthSettings): Promise<GrowthResult> {
  return new Child<GrowthResult>('growth-child', [JSON.stringify(settings)]).receive()
}
