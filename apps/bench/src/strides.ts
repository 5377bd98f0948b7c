// Requests in strides, with a turn of the event loop before each, as a real server has one with every request. By promises
// alone it would never turn: what streams, timers and ticks hold of a request would pile up for a whole batch, and taking
// that away would be timed.
import type { Stopwatch } from './stopwatch'

/** Runs so many requests, a stride at a time; milliseconds that they took, without the turns. */
export async function inStrides(
  requests: number,
  stride: number,
  { now, turn }: Pick<Stopwatch, 'now' | 'turn'>,
  run: (from: number, to: number) => Promise<void>,
): Promise<number> {
  let millis = 0
  for (let from = 0; from < requests; from += stride) {
    await turn()
    const start = now()
    await run(from, Math.min(from + stride, requests))
    millis += now() - start
  }
  return millis
}
