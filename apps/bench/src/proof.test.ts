import { describe, expect, it } from 'vitest'
import { Bench } from './bench'
import type { Contestant, Door, Heat } from './contestant'
import { guardedPage } from './guarded-page'
import { SHORT } from './lengths'
import type { Start } from './line-up'
import { Progress } from './progress'
import { altered, provePage } from './proof'
import { racerOf } from './racer'
import { cookieHeader } from './request'
import { greeting, REFUSED, userAt } from './users'

const credentials = [0, 1, 2].map((index) => ({
  cookie: `session=${index}.${'signature'.repeat(4)}`,
  user: userAt(index),
}))

/** A door that decides by the cookie alone who comes in. */
function doorBy(userOf: (cookie: string) => number | null): Door<string | null> {
  return {
    ask: async (_path, cookie) => cookie,
    read: async (cookie) => {
      const index = cookie === null ? null : userOf(cookie)
      const [status, body] = index === null ? [401, REFUSED] : [200, greeting(userAt(index))]
      return { status, body, setCookies: [], headerNames: [] }
    },
  }
}

const careful = doorBy((cookie) => {
  const index = credentials.findIndex((one) => one.cookie === cookie)
  return index < 0 ? null : index
})
/** It reads the id and forgets the signature. */
const careless = doorBy((cookie) => Number.parseInt(cookie.split('=')[1] ?? '', 10) || 0)

const failing = async (door: Door<string | null>) =>
  (await provePage(door, credentials)).filter(({ ok }) => !ok).map(({ what }) => what)

describe('a proof', () => {
  it('is given by who lets the right visitors in and nobody else', async () => {
    expect(await failing(careful)).toEqual([])
  })

  it('fails where an altered cookie is accepted', async () => {
    expect(await failing(careless)).toContain('an altered cookie of Visitor-1-of-the-bench is refused')
  })

  it('fails where nobody is let in at all', async () => {
    expect(await failing(doorBy(() => null))).toContain('a valid cookie gives Visitor-0-of-the-bench')
  })

  it('fails where everybody is somebody else', async () => {
    expect(await failing(doorBy(() => 7))).toContain('a valid cookie gives Visitor-0-of-the-bench')
  })

  it('fails where no cookie is needed', async () => {
    const open: Door<string | null> = { ...careful, read: () => careful.read(credentials[0]?.cookie ?? null) }
    expect(await failing(open)).toContain('no cookie is refused')
  })
})

describe('an altered header', () => {
  it('differs in every cookie, by one character of the value', () => {
    const header = 'session=ABCDEFGH; session.sig=abcdefgh'
    for (const place of [0.25, 0.5, 0.75]) {
      const after = altered(header, place)
      const changed = [...header].filter((character, index) => character !== after[index])
      expect(changed).toHaveLength(2)
      expect(after).toMatch(/^session=\w{8}; session\.sig=\w{8}$/)
    }
  })
})

it('makes the Cookie header of a browser: of two cookies of one name the last', () => {
  expect(cookieHeader(['a=1; Path=/', 'b=2=; HttpOnly', 'a=3'])).toBe('a=3; b=2=')
})

describe('a run', () => {
  class Silence extends Progress {
    override stage(): void {}
    override step(): void {}
    override end(): void {}
  }

  function heatOf(door: Door<string | null>, timed: () => void): Heat {
    const work = async () => ({ ...guardedPage(door, credentials), next: timed })
    return { name: 'a framework', contestants: [{ name: 'somebody', role: 'peer', packages: [], work }] }
  }

  /** In this process, where nobody looks at the clock. */
  const here: Start = async (_heat, contestant) =>
    racerOf(await contestant.work(SHORT.crowd), SHORT.pace, {
      now: () => 0,
      turn: async () => {},
      collect: async () => {},
    })

  it('fails, and times nobody, where one contestant accepts an altered cookie', async () => {
    let timed = 0
    const field = { core: [], adapters: [heatOf(careless, () => timed++)] }
    const bench = new Bench({ lengths: SHORT, field, start: here, progress: new Silence() })
    expect(await bench.run()).toBeNull()
    expect(bench.failures).toContain('a framework, somebody: an altered cookie of Visitor-1-of-the-bench is refused')
    expect(timed).toBe(0)
  })

  it('fails where a contestant cannot be asked, and where one proves nothing', async () => {
    const broken: Door<string | null> = { ...careful, ask: () => Promise.reject(new Error('no such table')) }
    const silent = { next: () => {}, prove: async () => [] }
    const mute: Contestant = { name: 'mute', role: 'peer', packages: [], work: async () => silent }
    const heat: Heat = { name: 'a framework', contestants: [...heatOf(broken, () => {}).contestants, mute] }
    const bench = new Bench({
      lengths: SHORT,
      field: { core: [], adapters: [heat] },
      start: here,
      progress: new Silence(),
    })
    expect(await bench.run()).toBeNull()
    expect(bench.failures).toEqual([
      'a framework, somebody: it can be asked: Error: no such table',
      'a framework, mute: proves nothing',
    ])
  })

  it('fails where a process ended before it proved anything, and lets go of everybody', async () => {
    const heat = heatOf(careful, () => {})
    let stopped = 0
    const dead: Start = async (...who) => ({
      ...(await here(...who)),
      prove: () => Promise.reject(new Error('it ended')),
      stop: () => void stopped++,
    })
    const bench = new Bench({
      lengths: SHORT,
      field: { core: [heat], adapters: [heatOf(careful, () => {})] },
      start: dead,
      progress: new Silence(),
    })
    expect(await bench.run()).toBeNull()
    expect(bench.failures).toEqual(Array(2).fill('a framework, somebody: its process lives: Error: it ended'))
    expect(stopped).toBe(2)
  })
})
