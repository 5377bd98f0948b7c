// The real contestants, once each: whoever takes part proves itself, stands in the tables, and in the chart.
import { beforeAll, describe, expect, it } from 'vitest'
import { dotChart } from './chart'
import type { Contestant, Work } from './contestant'
import { performanceChart, performancePage } from './document'
import { ENTRIES } from './entries'
import { contestantOf, EVERYBODY } from './heats'
import { LineUp } from './line-up'
import { machineLine, versionOf } from './machine'
import { racerOf } from './racer'
import type { Results } from './results'
import type { HeatResult } from './stages/heat'
import { BARE, GUARDED, SAME_HEADERS } from './stages/over-http'
import { markdownTable } from './table'

const CROWD = { visitors: 16, cacheBytes: 2048 }
const PACE = { rounds: 2, batchMillis: 0.01, warmUpMillis: 0 }
const STOPWATCH = { now: () => performance.now(), turn: async () => {}, collect: async () => {} }
const FACTS = {
  machine: machineLine(),
  versions: [],
  seconds: 1,
  clock: 'wall',
  isShort: true,
  notes: 'By a profile.',
} as const
const ONE = { low: 1, median: 1, high: 1 }

const { core, adapters } = EVERYBODY
const everybody: readonly Contestant[] = [...core, ...adapters].flatMap(({ contestants }) => contestants)
const works = new Map<Contestant, Work>()
let results: Results

beforeAll(async () => {
  for (const contestant of everybody) works.set(contestant, await contestant.work(CROWD))
  results = {
    core: await timed(core),
    adapters: await timed(adapters),
    http: [BARE, SAME_HEADERS, ...GUARDED].map((variant) => ({
      ...{ framework: 'Hono', variant, requestsPerSecond: ONE, p50: ONE, p99: ONE },
      ...{ cpu: ONE, busy: ONE, ratio: ONE, cpuRatio: ONE },
    })),
    growth: [{ sessions: 1, neverSeen: ONE, seen: ONE, heapBytes: 1 }],
    entries: ENTRIES.map((entry) => ({
      ...{ entry, size: { minified: 2, gzipped: 1 }, alone: null, imports: new Map([['Node', ONE]]) },
    })),
  }
}, 60_000)

async function timed(heats: typeof core): Promise<HeatResult[]> {
  const lineUp = new LineUp()
  await lineUp.start(heats, (_heat, contestant) => racerOf(works.get(contestant) as Work, PACE, STOPWATCH))
  const found: HeatResult[] = []
  for (const heat of heats) found.push(await lineUp.run(heat, PACE.rounds, () => {}))
  return found
}

function isThenable(answer: unknown): boolean {
  return typeof (answer as { then?: unknown } | null)?.then === 'function'
}

describe('the contestants', () => {
  it('are those that were promised, on each framework', () => {
    const peersOn = adapters.map(({ name, contestants }) => [
      name,
      contestants.filter(({ role }) => role === 'peer').length,
    ])
    expect(peersOn).toEqual([
      ['Hono', 6],
      ['Express', 3],
      ['Fastify', 2],
    ])
  })

  it('have a name of their own in their heat: their process finds them by it', () => {
    for (const heat of [...core, ...adapters])
      for (const contestant of heat.contestants) expect(contestantOf(heat.name, contestant.name)).toBe(contestant)
    expect(() => contestantOf('Hono', 'nobody')).toThrow('There is no "nobody" in "Hono".')
  })

  it('all prove themselves', async () => {
    for (const contestant of everybody) {
      const proofs = await racerOf(works.get(contestant) as Work, PACE, STOPWATCH).prove()
      expect(proofs.length, contestant.name).toBeGreaterThan(0)
      expect(
        proofs.filter(({ ok }) => !ok),
        contestant.name,
      ).toEqual([])
    }
  }, 60_000)

  it('answer with what is there or with a true promise: whatever else can be awaited would not be waited for', async () => {
    for (const [{ name }, work] of works) {
      const answer = work.next()
      expect(answer instanceof Promise || !isThenable(answer), name).toBe(true)
      await answer
    }
  })
})

describe('the page', () => {
  it('names every contestant, and every entry that is weighed', () => {
    const page = performancePage(results, FACTS)
    for (const { name } of everybody.filter(({ role }) => role !== 'bare')) expect(page).toContain(`| ${name} |`)
    for (const { name } of ENTRIES) expect(page).toContain(`| ${name} |`)
  })

  it('says which run was not quiet', () => {
    const [first, ...others] = results.core as [HeatResult, ...HeatResult[]]
    const withBare = (high: number) => ({
      ...results,
      adapters: [],
      core: [first, ...others].map((heat) => ({ ...heat, bare: { ...ONE, high } })),
    })
    expect(performancePage(withBare(1.02), FACTS)).toContain('The machine was quiet.')
    expect(performancePage(withBare(2), FACTS)).toContain('measure again before you quote')
  })

  it('says which run was a short one', () => {
    expect(performancePage(results, FACTS)).toContain('A short run')
    expect(performancePage(results, { ...FACTS, isShort: false })).not.toContain('A short run')
  })

  it('names the machine by its processor, and no path', () => {
    expect(machineLine()).toContain(`Node ${process.versions.node}`)
    expect(performancePage(results, FACTS)).not.toContain(process.cwd())
  })

  it('tells the processor time over HTTP beside the throughput, and makes no budget of it', () => {
    const http = results.http.map((row) => ({ ...row, cpuRatio: { low: 1, median: 1.5, high: 2 } }))
    const page = performancePage({ ...results, http }, FACTS)
    expect(page).toContain(
      '| Hono: throughput guarded, never seen, by bare with the same headers | at least 0.92 | 1.00 | yes |',
    )
    expect(page).toContain('| Hono: processor time guarded, never seen, by the same |  | 1.50 × |  |')
  })

  it('says no budget was reached whose figure is missing', () => {
    const page = performancePage(
      { ...results, adapters: results.adapters.map((heat) => ({ ...heat, rows: [] })) },
      FACTS,
    )
    expect(page).toMatch(/\| Hono: never seen, by the fastest peer \|.*\| none × \| not yet \|/)
  })

  it('says no budget was reached where the figures are lost in the noise', () => {
    const noise = { low: -1, median: -1, high: -1 }
    const lost = results.adapters.map((heat) => ({
      ...heat,
      rows: heat.rows.map((row) => (row.role === 'peer' ? { ...row, overhead: noise } : row)),
    }))
    const page = performancePage({ ...results, adapters: lost }, FACTS)
    expect(page).toMatch(/\| Express: never seen, by the fastest peer \|.*\| none × \| not yet \|/)
  })
})

describe('the chart', () => {
  it('shows every contestant of the adapters, in light and in dark', () => {
    const chart = performanceChart(results)
    for (const heat of results.adapters) for (const { name } of heat.rows) expect(chart).toContain(`>${name}</text>`)
    expect(chart).toContain('prefers-color-scheme: dark')
  })

  it('puts larger figures further to the right, and what is below the axis at its edge', () => {
    const dots = [-5, 0.2, 1, 10, 100].map((value) => ({
      ...{ label: String(value), isOurs: false, spread: { low: value, median: value, high: value } },
    }))
    const chart = dotChart('Title', 'µs', [{ title: 'Panel', dots }])
    const places = [...chart.matchAll(/cx="([\d.]+)"/g)].map(([, x]) => Number(x))
    expect(places[0]).toBe(places[1])
    expect(places[1]).toBe(places[2])
    expect(places[3]).toBeGreaterThan(places[2] ?? Number.NaN)
    expect(places[4]).toBeGreaterThan(places[3] ?? Number.NaN)
  })

  it('cannot be broken by a name', () => {
    expect(dotChart('<&>', 'µs', [])).toContain('&lt;&amp;&gt;')
  })
})

it('keeps a table together, whatever stands in its cells', () => {
  expect(markdownTable({ columns: ['a', 'b'], rows: [['x|y', '1']] })).toBe('| a | b |\n| --- | ---: |\n| x\\|y | 1 |')
})

it('finds the versions of the packages that took part', () => {
  for (const name of new Set(everybody.flatMap(({ packages }) => packages)))
    expect(versionOf(name)).toMatch(/^\d+\.\d+\.\d+/)
})
