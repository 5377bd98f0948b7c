// A racer in a process of its own, which does nothing but wait for its turn. A real server has one login: side by side in one
// process, all of them would have to live with what the engine learned from the others.
import { Child } from './child'
import type { Contestant, Heat, Proof } from './contestant'
import type { Crowd } from './crowd'
import type { Pace, Racer } from './racer'
import type { Clock } from './stopwatch'

/** What all of them run by. */
export interface Race {
  readonly crowd: Crowd
  readonly pace: Pace
  readonly clock: Clock
}

/** What it can be told to do. */
export type Order = 'prove' | 'warmUp' | 'batch'

export function racerInChild(heat: Heat, { name }: Contestant, race: Race): Racer {
  const child = new Child<{ readonly result: unknown }>('racer-child', [heat.name, name, JSON.stringify(race)])
  const tell = async (order: Order) => (await child.ask(order)).result
  return {
    prove: async () => (await tell('prove')) as readonly Proof[],
    warmUp: async () => void (await tell('warmUp')),
    batch: async () => (await tell('batch')) as number,
    stop: () => child.stop(),
  }
}
