import { describe, expect, it } from 'vitest'
import { type Pace, type Racer, racerOf } from './racer'

const PACE: Pace = { rounds: 1, batchMillis: 10, warmUpMillis: 20 }

/** A racer on a clock that its requests move on, and a list of when it was asked and when rubbish was taken away. */
function stage(millis: () => number, answer: () => unknown = () => null) {
  let now = 0
  const log: string[] = []
  const next = () => {
    now += millis()
    log.push('request')
    return answer()
  }
  const stopwatch = { now: () => now, collect: async () => void log.push('collect') }
  return { log, now: () => now, racer: racerOf({ next, prove: async () => [] }, PACE, stopwatch) }
}

async function warm(racer: Racer): Promise<number> {
  await racer.warmUp()
  return racer.batch()
}

describe('a batch', () => {
  it('tells microseconds a request, however long a request takes', async () => {
    for (const millis of [0.25, 3, 40]) expect(await warm(stage(() => millis).racer)).toBe(millis * 1000)
  })

  it('has the rubbish of the one before taken away, and takes as long as it shall', async () => {
    const { log, racer } = stage(() => 0.25)
    await racer.warmUp()
    log.length = 0
    await racer.batch()
    expect(log[0]).toBe('collect')
    expect(log.slice(1)).toEqual(Array(5 + 40).fill('request'))
  })

  it('waits for what is promised, and for nothing else', async () => {
    let answered = 0
    const promise = () =>
      new Promise((resolve) =>
        setImmediate(() => {
          answered++
          resolve(null)
        }),
      )
    const { log, racer } = stage(() => 5, promise)
    await warm(racer)
    expect(answered).toBe(log.filter((entry) => entry === 'request').length)
    await expect(
      warm(
        stage(
          () => 5,
          () => Promise.reject(new Error('lost')),
        ).racer,
      ),
    ).rejects.toThrow('lost')
  })
})

describe('the warm-up', () => {
  it('runs long enough before the first batch', async () => {
    const { log, racer } = stage(() => 1)
    await racer.warmUp()
    expect(log.indexOf('collect')).toBeGreaterThanOrEqual(64)
  })

  it('goes on until three batches in a row are alike', async () => {
    const costs = [0.09, 0.05, 0.04, 0.02, 0.021, 0.0205]
    const batches = () => log.filter((entry) => entry === 'collect').length
    const { log, racer } = stage(() => costs[batches() - 1] ?? 1)
    await racer.warmUp()
    expect(batches()).toBe(costs.length)
  })

  it('lets go where the machine is never quiet', async () => {
    let turn = 0
    const { now, racer } = stage(() => (turn++ % 7) + 1)
    await racer.warmUp()
    expect(now()).toBeLessThan(PACE.warmUpMillis * 50)
  })
})

it('proves nothing where it cannot be asked, and keeps the console quiet meanwhile', async () => {
  const { log } = console
  const prove = async () => {
    expect(console.log).not.toBe(log)
    throw new Error('no such table')
  }
  const racer = racerOf({ next: () => null, prove }, PACE, { now: () => 0, collect: async () => {} })
  expect(await racer.prove()).toEqual([{ what: 'it can be asked: Error: no such table', ok: false }])
  expect(console.log).toBe(log)
})
