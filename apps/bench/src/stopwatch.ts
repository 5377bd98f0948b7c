// The time, and a way to take the rubbish away, for which Node has to be started with --expose-gc.
import type { Stopwatch } from './rounds'

/** @throws Error where the garbage collector cannot be called. */
export function stopwatch(): Stopwatch {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('Start it with node --expose-gc.')
  return { now: () => performance.now(), collect: () => void gc() }
}
