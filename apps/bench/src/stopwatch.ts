// Time and garbage collection. Node needs the flag --expose-gc. Between samples only the young garbage is collected. A full
// collection makes the engine discard optimized code. The next sample would then include the compilation, and took three to
// five times as long in a trial.
import { setImmediate } from 'node:timers/promises'

export interface Stopwatch {
  /** Returns milliseconds since an arbitrary moment. */
  now(): number
  /** Resolves in the next turn of the event loop. */
  turn(): Promise<void>
  /** Collects the young garbage of the last sample. */
  collect(): Promise<void>
}

/** Wall time, or the processor time of all threads of this process, for a machine with other work. */
export type Clock = 'wall' | 'processor'

/** @throws Error if the garbage collector cannot be called. */
export function createStopwatch(clock: Clock): Stopwatch {
  const collectGarbage = getCollector()
  const collect = async () => {
    // Finalizers run only when the event loop turns.
    await setImmediate()
    collectGarbage({ type: 'minor' })
  }
  const now = clock === 'wall' ? () => performance.now() : () => getCpuMicros() / 1000
  return { now, turn: () => setImmediate(), collect }
}

/** Returns the processor time of all threads of this process, in microseconds. */
export function getCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Returns the bytes that are in use after a full collection. */
export async function getHeapBytes(): Promise<number> {
  const collectGarbage = getCollector()
  for (let time = 0; time < 2; time++) {
    await setImmediate()
    collectGarbage()
  }
  return process.memoryUsage().heapUsed
}

function getCollector(): (options?: { type: 'minor' }) => void {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('The garbage collector is not available. Start Node with --expose-gc.')
  return gc as (options?: { type: 'minor' }) => void
}

/**
 * Runs requests in batches, with a turn of the event loop before each batch, and returns the milliseconds without the turns.
 * Promises alone would never turn the loop. Streams, timers and ticks would then hold the memory of all requests, and
 * the sample would include its collection.
 */
export async function runInBatches(
  requests: number,
  batch: number,
  { now, turn }: Pick<Stopwatch, 'now' | 'turn'>,
  run: (from: number, to: number) => Promise<void>,
): Promise<number> {
  let millis = 0
  for (let from = 0; from < requests; from += batch) {
    await turn()
    const start = now()
    await run(from, Math.min(from + batch, requests))
    millis += now() - start
  }
  return millis
}
