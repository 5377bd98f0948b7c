// Does a request get dearer, or memory fuller, the more sessions there are? The last and largest number is the soak.
import { Child } from '../child'
import type { Proof } from '../contestant'
import type { Spread } from '../statistics'
import type { Clock } from '../stopwatch'

export interface GrowthRow {
  readonly sessions: number
  /** Microseconds of a request with a cookie never seen before. */
  readonly neverSeen: Spread
  /** Microseconds of a request with the same cookie again. */
  readonly seen: Spread
  /** By how much the heap grew while they all came by. */
  readonly heapBytes: number
}

interface Grown {
  readonly proofs: readonly Proof[]
  readonly row: GrowthRow
}

type Message = { readonly done: number } | Grown

interface Growth {
  readonly sessions: number
  readonly cacheBytes: number
  /** How many requests are timed after them. */
  readonly requests: number
  readonly clock: Clock
}

export async function runGrowth(
  { sessions, cacheBytes, requests, clock }: Growth,
  onProgress: (done: number) => void,
): Promise<Grown> {
  const child = new Child<Message>('growth-child', [sessions, cacheBytes, requests, clock])
  for (;;) {
    const message = await child.next()
    if ('row' in message) return message
    onProgress(message.done)
  }
}
