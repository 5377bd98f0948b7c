// The time, and a way to take the rubbish away, for which Node has to be started with --expose-gc. Between turns only the
// young rubbish is taken: with the old one the engine throws optimized code away whose objects are gone for a moment, and
// what was timed then would be making it again (three to five times as much, as tried).
import { setImmediate } from 'node:timers/promises'

/** What a measurement needs of the machine. */
export interface Stopwatch {
  /** Milliseconds since some moment. */
  now(): number
  /** Lets the event loop turn. */
  turn(): Promise<void>
  /** Takes the young rubbish of the last batch away. */
  collect(): Promise<void>
}

/** By the clock on the wall, or by the processor time of all threads of this process, for a machine that others use too. */
export type Clock = 'wall' | 'processor'

/** @throws Error where the garbage collector cannot be called. */
export function stopwatch(clock: Clock): Stopwatch {
  const gc = collector()
  const turn = () => setImmediate()
  const collect = async () => {
    // What waits to be finalized is only let go when the event loop turns.
    await turn()
    gc({ type: 'minor' })
  }
  return { now: clock === 'wall' ? () => performance.now() : processorMillis, turn, collect }
}

function processorMillis(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The bytes that are in use once all rubbish is gone. */
export async function heapBytes(): Promise<number> {
  const gc = collector()
  for (let time = 0; time < 2; time++) {
    await setImmediate()
    gc()
  }
  return process.memoryUsage().heapUsed
}

function collector(): (options?: { type: 'minor' }) => void {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('Start it with node --expose-gc.')
  return gc as (options?: { type: 'minor' }) => void
}
