import { describe, expect, it } from 'vitest'
import { LocalRunner } from './runner'

const TIMING = { rounds: 1, sampleMillis: 10, warmUpMillis: 20 }

/** The length of a turn of the event loop, which must not count. */
const TURN_MILLIS = 0.5

/** Creates a runner whose clock moves with requests and turns, and a log of its calls. */
function createFixture(getMillis: () => number, respond: () => unknown = () => null) {
  let now = 0
  const log: string[] = []
  const sendNext = () => {
    now += getMillis()
    log.push('request')
    return respond()
  }
  const turn = async () => {
    now += TURN_MILLIS
    log.push('turn')
  }
  const stopwatch = { now: () => now, turn, collect: async () => void log.push('collect') }
  const runner = new LocalRunner({ sendNext, prove: async () => [] }, TIMING, stopwatch)
  const warmUpAndSample = async () => {
    await runner.warmUp()
    log.length = 0
    return runner.takeSample()
  }
  const count = (entry: string) => log.filter((one) => one === entry).length
  return { log, count, getNow: () => now, runner, warmUpAndSample }
}

describe('a sample', () => {
  it('returns microseconds a request for fast and for slow requests', async () => {
    for (const millis of [0.25, 3, 40]) expect(await createFixture(() => millis).warmUpAndSample()).toBe(millis * 1000)
  })

  it('collects the garbage of the previous sample, and has the configured length', async () => {
    const { log, count, warmUpAndSample } = createFixture(() => 0.25)
    await warmUpAndSample()
    expect(log[0]).toBe('collect')
    expect(count('request')).toBe(5 + 40)
  })

  it('turns the event loop before each millisecond of requests, and does not time the turn', async () => {
    const { log, warmUpAndSample } = createFixture(() => 0.25)
    expect(await warmUpAndSample()).toBe(250)
    const batch = (requests: number) => ['turn', ...Array(requests).fill('request')]
    expect(log.slice(1)).toEqual([...batch(4), ...batch(1), ...Array(10).fill(batch(4)).flat()])
  })

  it('turns the event loop before each request if a request takes longer than a millisecond', async () => {
    const { log, runner } = createFixture(() => 3)
    await runner.warmUp()
    const pairs = Array(1 + 3).fill(['turn', 'request'])
    expect(log.slice(log.lastIndexOf('collect') + 1)).toEqual(pairs.flat())
  })

  it('awaits every promise that the subject returns, and throws its rejection', async () => {
    let responses = 0
    const respond = () => new Promise((resolve) => setImmediate(() => resolve(++responses)))
    const { count, runner } = createFixture(() => 5, respond)
    await runner.warmUp()
    await runner.takeSample()
    expect(responses).toBe(count('request'))
    const failing = createFixture(
      () => 5,
      () => Promise.reject(new Error('lost')),
    )
    await expect(failing.warmUpAndSample()).rejects.toThrow('lost')
  })
})

describe('the warm-up', () => {
  it('sends at least 64 requests before the first sample', async () => {
    const { log, runner } = createFixture(() => 1)
    await runner.warmUp()
    const before = log.slice(0, log.indexOf('collect'))
    expect(before.filter((entry) => entry === 'request').length).toBeGreaterThanOrEqual(64)
  })

  it('continues until three samples in a row are alike', async () => {
    const costs = [0.09, 0.05, 0.04, 0.02, 0.021, 0.0205]
    const { count, runner } = createFixture(() => costs[count('collect') - 1] ?? 1)
    await runner.warmUp()
    expect(count('collect')).toBe(costs.length)
  })

  it('ends after its maximum length if the times are never stable', async () => {
    let turn = 0
    const { getNow, runner } = createFixture(() => (turn++ % 7) + 1)
    await runner.warmUp()
    expect(getNow()).toBeLessThan(TIMING.warmUpMillis * 50)
  })
})

it('prove returns a failed proof if the subject throws, and turns the console off meanwhile', async () => {
  const { log } = console
  const prove = async () => {
    expect(console.log).not.toBe(log)
    throw new Error('no such table')
  }
  const stopwatch = { now: () => 0, turn: async () => {}, collect: async () => {} }
  const runner = new LocalRunner({ sendNext: () => null, prove }, TIMING, stopwatch)
  expect(await runner.prove()).toEqual([{ title: 'it answers requests: Error: no such table', ok: false }])
  expect(console.log).toBe(log)
})
