import { expect, it } from 'vitest'
import type { Contestant } from './contestant'
import { measure, type Pace } from './rounds'

const PACE: Pace = { rounds: 4, batchMillis: 10, warmUpMillis: 20 }

/** A clock that requests move on, and a list of who was asked and when rubbish was taken away. */
function stage() {
  let now = 0
  const log: string[] = []
  const contestant = (name: string, millis: () => number): Contestant => ({
    name,
    role: 'peer',
    packages: [],
    next: async () => {
      now += millis()
      log.push(name)
    },
    prove: async () => [],
  })
  return { log, contestant, stopwatch: { now: () => now, collect: async () => void log.push('collect') } }
}

/** The log without repetitions, from the first collection on. */
function turns(log: readonly string[]): string[] {
  return log.slice(log.indexOf('collect')).filter((entry, index, all) => entry !== all[index - 1])
}

it('lets everybody take turns, each round beginning with another one, and the rubbish of the one before is gone', async () => {
  const { log, contestant, stopwatch } = stage()
  const all = ['one', 'two', 'three'].map((name) => contestant(name, () => 1))
  await measure(all, PACE, stopwatch)
  const names = turns(log).filter((entry) => entry !== 'collect')
  expect(names.join(' ')).toBe('one two three two three one three one two one two three')
  expect(turns(log).filter((_, index) => index % 2 === 0)).toEqual(Array(12).fill('collect'))
})

it('tells microseconds a request, whatever the length of a batch', async () => {
  const { contestant, stopwatch } = stage()
  const samples = await measure([contestant('fast', () => 0.25), contestant('slow', () => 40)], PACE, stopwatch)
  expect(samples.get('fast')).toEqual([250, 250, 250, 250])
  expect(samples.get('slow')).toEqual([40_000, 40_000, 40_000, 40_000])
})

it('runs everybody before anything is timed', async () => {
  const { log, contestant, stopwatch } = stage()
  await measure([contestant('one', () => 1), contestant('two', () => 1)], PACE, stopwatch)
  const before = log.slice(0, log.indexOf('collect'))
  expect(before.filter((name) => name === 'one').length).toBeGreaterThanOrEqual(64)
  expect(before.filter((name) => name === 'two').length).toBeGreaterThanOrEqual(64)
})

it('lets a slow spell of the machine fall on all, in the same rounds', async () => {
  const { contestant, stopwatch } = stage()
  let spell = 1
  const all = ['bare', 'guarded'].map((name, index) => contestant(name, () => (index + 1) * spell))
  const samples = await measure(all, PACE, stopwatch, (round) => {
    spell = round === 2 ? 50 : 1
  })
  expect(samples.get('bare')).toEqual([1000, 1000, 50_000, 1000])
  expect(samples.get('guarded')).toEqual([2000, 2000, 100_000, 2000])
})
