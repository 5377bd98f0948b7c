import { expect, it } from 'vitest'
import type { Racer } from './racer'
import { measure } from './rounds'

/** Racers who write down what they are told, and cost so many microseconds. */
function track(costs: Readonly<Record<string, () => number>>) {
  const log: string[] = []
  let running = 0
  const racerOf = (name: string, cost: () => number): Racer => {
    const run = async (what: string) => {
      expect(running++).toBe(0)
      log.push(what)
      await new Promise(setImmediate)
      running--
    }
    const batch = async () => {
      await run(name)
      return cost()
    }
    return { warmUp: () => run(`warm ${name}`), batch, prove: async () => [], stop: () => {} }
  }
  return { log, racers: new Map(Object.entries(costs).map(([name, cost]) => [name, racerOf(name, cost)])) }
}

it('lets everybody run warm, then take turns, each round beginning with another one, and one at a time', async () => {
  const { log, racers } = track({ one: () => 1, two: () => 1, three: () => 1 })
  await measure(racers, 4)
  expect(log.splice(0, 3)).toEqual(['warm one', 'warm two', 'warm three'])
  expect(log.join(' ')).toBe('one two three two three one three one two one two three')
})

it('lets a slow spell of the machine fall on all, in the same rounds', async () => {
  let spell = 1
  const { racers } = track({ bare: () => spell, guarded: () => 2 * spell })
  const samples = await measure(racers, 4, (round) => {
    spell = round === 2 ? 50 : 1
  })
  expect(samples.get('bare')).toEqual([1, 1, 50, 1])
  expect(samples.get('guarded')).toEqual([2, 2, 100, 2])
})
