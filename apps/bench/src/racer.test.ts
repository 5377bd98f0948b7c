import { describe, expect, it } from 'vitest'
import { type Pace, type Racer, racerOf } from './racer'

const PACE: Pace = { rounds: 1, batchMillis: 10, warmUpMillis: 20 }

/** What a turn of the event loop takes: much, and nobody is to pay for it. */
const TURN_MILLIS = 0.5

/** A racer on a clock that requests and turns move on, and a list of what happened. */
function stage(millis: () => number, answer: () => unknown = () => null) {
  let now = 0
  const log: string[] = []
  const next = () => {
    now += millis()
    log.push('request')
    return answer()
  }
  const turn = async () => {
    now += TURN_MILLIS
    log.push('turn')
  }
  const stopwatch = { now: () => now, turn, collect: async () => void log.push('collect') }
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
    expect(log.filter((entry) => entry === 'request')).toHaveLength(5 + 40)
  })

  it('lets the event loop turn before each millisecond of it, and does not time the turn', async () => {
    const { log, racer } = stage(() => 0.25)
    await racer.warmUp()
    log.length = 0
    expect(await racer.batch()).toBe(250)
    const stride = (requests: number) => ['turn', ...Array(requests).fill('request')]
    expect(log.slice(1)).toEqual([...stride(4), ...stride(1), ...Array(10).fill(stride(4)).flat()])
  })

  it('lets it turn before each request where one takes longer than that', async () => {
    const { log, racer } = stage(() => 3)
    await racer.warmUp()
    expect(log.slice(log.lastIndexOf('collect') + 1).join(' ')).toBe(
      Array(1 + 3)
        .fill('turn request')
        .join(' '),
    )
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
    const warm = log.slice(0, log.indexOf('collect'))
    expect(warm.filter((entry) => entry === 'request').length).toBeGreaterThanOrEqual(64)
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
  const racer = racerOf({ next: () => null, prove }, PACE, {
    now: () => 0,
    turn: async () => {},
    collect: async () => {},
  })
  expect(await racer.prove()).toEqual([{ what: 'it can be asked: Error: no such table', ok: false }])
  expect(console.log).toBe(log)
})
