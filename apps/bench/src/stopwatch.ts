// The time, and a way to take the rubbish away, for which Node has to be started with --expose-gc.
import { setImmediate as turn } from 'node:timers/promises'
import type { Stopwatch } from './rounds'

/** By the clock on the wall, or by the processor time of all threads of this process, for a machine that others use too. */
export type Clock = 'wall' | 'processor'

/** @throws Error where the garbage collector cannot be called. */
export function stopwatch(clock: Clock): Stopwatch {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('Start it with node --expose-gc.')
  const collect = async () => {
    // What waits to be finalized is only let go when the event loop turns.
    await turn()
    gc()
  }
  return { now: clock === 'wall' ? () => performance.now() : processorMillis, collect }
}

function processorMillis(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
