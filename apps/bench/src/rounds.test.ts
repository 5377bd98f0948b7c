import { expect, it } from 'vitest'
import { measureInRounds } from './rounds'
import type { Runner } from './runner'

/** Creates runners that log their calls, and return a cost for the round that they are in. */
function createRunners(costs: Readonly<Record<string, (round: number) => number>>) {
  const log: string[] = []
  let running = 0
  const createRunner = (name: string, getCost: (round: number) => number): Runner => {
    let round = 0
    const run = async (entry: string) => {
      expect(running++).toBe(0)
      log.push(entry)
      await new Promise(setImmediate)
      running--
    }
    const takeSample = async () => {
      await run(name)
      return getCost(round++)
    }
    return { warmUp: () => run(`warm ${name}`), takeSample, prove: async () => [], stop: () => {} }
  }
  return { log, runners: new Map(Object.entries(costs).map(([name, cost]) => [name, createRunner(name, cost)])) }
}

it('measureInRounds warms up all runners, then takes turns one at a time, and begins each round with another one', async () => {
  const { log, runners } = createRunners({ one: () => 1, two: () => 1, three: () => 1 })
  await measureInRounds(runners, 4)
  expect(log.splice(0, 3)).toEqual(['warm one', 'warm two', 'warm three'])
  expect(log.join(' ')).toBe('one two three two three one three one two one two three')
})

it('measureInRounds records a slow period of the machine in the same round for all runners', async () => {
  const getSpell = (round: number) => (round === 2 ? 50 : 1)
  const { runners } = createRunners({ bare: getSpell, guarded: (round) => 2 * getSpell(round) })
  const samples = await measureInRounds(runners, 4)
  expect(samples.get('bare')).toEqual([1, 1, 50, 1])
  expect(samples.get('guarded')).toEqual([2, 2, 100, 2])
})
