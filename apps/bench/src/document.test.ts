// Runs the real subjects once each: every subject proves itself, and is in the tables and in the chart.
import { beforeAll, describe, expect, it } from 'vitest'
import { createDotChart } from './chart'
import { createChart, createPage } from './document'
import { ENTRIES } from './entries'
import { BARE, GUARDED, SAME_HEADERS } from './http-stage'
import { describeMachine, getVersion } from './machine'
import type { Results } from './results'
import { LocalRunner } from './runner'
import type { Subject, Suite, Workload } from './subject'
import { type SuiteResult, SuiteRun } from './suite-run'
import { findSubject, SUITES } from './suites'
import { createTable } from './table'

const VISITORS = { count: 16, cacheBytes: 2048 }
const TIMING = { rounds: 2, sampleMillis: 0.01, warmUpMillis: 0 }
const STOPWATCH = { now: () => performance.now(), turn: async () => {}, collect: async () => {} }
const FACTS = {
  machine: describeMachine(),
  versions: [],
  seconds: 1,
  clock: 'wall',
  isShort: true,
  notes: 'By a profile.',
} as const
const ONE = { low: 1, median: 1, high: 1 }

const { core, adapters } = SUITES
const suites: readonly Suite[] = [...core, ...adapters]
const subjects: readonly Subject[] = suites.flatMap((suite) => suite.subjects)
const workloads = new Map<Subject, Workload>()
let results: Results

beforeAll(async () => {
  for (const subject of subjects) workloads.set(subject, await subject.createWorkload(VISITORS))
  results = {
    core: await measure(core),
    adapters: await measure(adapters),
    http: [BARE, SAME_HEADERS, ...GUARDED].map((variant) => ({
      ...{ framework: 'Hono', variant, requestsPerSecond: ONE, p50: ONE, p99: ONE },
      ...{ cpu: ONE, busy: ONE, ratio: ONE, cpuRatio: ONE },
    })),
    growth: [{ sessions: 1, unseen: ONE, seen: ONE, heapBytes: 1 }],
    entries: ENTRIES.map((entry) => ({
      ...{ entry, size: { minified: 2, gzipped: 1 }, alone: null, imports: new Map([['Node', ONE]]) },
    })),
  }
}, 60_000)

function createRunner(subject: Subject): LocalRunner {
  return new LocalRunner(workloads.get(subject) as Workload, TIMING, STOPWATCH)
}

async function measure(list: readonly Suite[]): Promise<SuiteResult[]> {
  const measured: SuiteResult[] = []
  for (const suite of list) {
    const run = new SuiteRun(suite)
    await run.start((_suite, subject) => createRunner(subject))
    measured.push(await run.measure(TIMING.rounds))
  }
  return measured
}

function isThenable(response: unknown): boolean {
  return typeof (response as { then?: unknown } | null)?.then === 'function'
}

describe('the subjects', () => {
  it('contain six peers on Hono, three on Express and two on Fastify', () => {
    const countPeers = (suite: Suite) => suite.subjects.filter(({ role }) => role === 'peer').length
    expect(adapters.map((suite) => [suite.name, countPeers(suite)])).toEqual([
      ['Hono', 6],
      ['Express', 3],
      ['Fastify', 2],
    ])
  })

  it('have unique names in their suite, by which their process finds them', () => {
    for (const suite of suites)
      for (const subject of suite.subjects) expect(findSubject(suite.name, subject.name)).toBe(subject)
    expect(() => findSubject('Hono', 'none')).toThrow('The suite "Hono" does not contain the subject "none".')
  })

  it('pass all of their proofs', async () => {
    for (const subject of subjects) {
      const proofs = await createRunner(subject).prove()
      expect(proofs.length, subject.name).toBeGreaterThan(0)
      const failures = proofs.filter(({ ok }) => !ok)
      expect(failures, subject.name).toEqual([])
    }
  }, 60_000)

  it('return a response or a native promise, because the runner does not await other thenables', async () => {
    for (const [{ name }, workload] of workloads) {
      const response = workload.sendNext()
      expect(response instanceof Promise || !isThenable(response), name).toBe(true)
      await response
    }
  })
})

describe('createPage', () => {
  it('names every subject and every entry point', () => {
    const page = createPage(results, FACTS)
    for (const { name } of [...subjects.filter(({ role }) => role !== 'bare'), ...ENTRIES])
      expect(page).toContain(`| ${name} |`)
  })

  it('states whether the machine was idle', () => {
    const withBare = (high: number) => ({
      ...results,
      adapters: [],
      core: results.core.map((suite) => ({ ...suite, bare: { ...ONE, high } })),
    })
    expect(createPage(withBare(1.02), FACTS)).toContain('The machine was idle.')
    expect(createPage(withBare(2), FACTS)).toContain('measure again before you quote')
  })

  it('states whether the run was a short one', () => {
    expect(createPage(results, FACTS)).toContain('a short run')
    expect(createPage(results, { ...FACTS, isShort: false })).not.toContain('a short run')
  })

  it('names the processor and the runtime, and does not contain a path', () => {
    expect(describeMachine()).toContain(`Node ${process.versions.node}`)
    expect(createPage(results, FACTS)).not.toContain(process.cwd())
  })

  it('lists the processor time over HTTP beside the throughput, without a budget', () => {
    const http = results.http.map((row) => ({ ...row, cpuRatio: { low: 1, median: 1.5, high: 2 } }))
    const page = createPage({ ...results, http }, FACTS)
    expect(page).toContain(
      '| Hono: throughput guarded, never seen, relative to bare with the same headers | at least 0.92 | 1.00 | yes |',
    )
    expect(page).toContain('| Hono: processor time guarded, never seen, relative to the same |  | 1.50 × |  |')
  })

  it('reports a budget as not met if its figure is missing', () => {
    const withoutRows = adapters.map(({ name }) => ({ name, bare: ONE, rows: [] }))
    const page = createPage({ ...results, adapters: withoutRows }, FACTS)
    expect(page).toMatch(/\| Hono: never seen, relative to the fastest peer \|.*\| none × \| not yet \|/)
  })

  it('reports a budget as not met if the noise is larger than the figures', () => {
    const noise = { low: -1, median: -1, high: -1 }
    const noisy = results.adapters.map((suite) => ({
      ...suite,
      rows: suite.rows.map((row) => (row.role === 'peer' ? { ...row, overhead: noise } : row)),
    }))
    const page = createPage({ ...results, adapters: noisy }, FACTS)
    expect(page).toMatch(/\| Express: never seen, relative to the fastest peer \|.*\| none × \| not yet \|/)
  })
})

describe('the chart', () => {
  it('shows every subject of the adapters, in light and in dark', () => {
    const chart = createChart(results)
    for (const suite of results.adapters) for (const { name } of suite.rows) expect(chart).toContain(`>${name}</text>`)
    expect(chart).toContain('prefers-color-scheme: dark')
  })

  it('draws larger figures further to the right, and figures below the axis at its left edge', () => {
    const dots = [-5, 0.2, 1, 10, 100].map((value) => ({
      ...{ label: String(value), isOwn: false, spread: { low: value, median: value, high: value } },
    }))
    const chart = createDotChart('Title', 'µs', [{ title: 'Panel', dots }])
    const positions = [...chart.matchAll(/cx="([\d.]+)"/g)].map(([, x]) => Number(x))
    expect(positions[0]).toBe(positions[1])
    expect(positions[1]).toBe(positions[2])
    expect(positions[3]).toBeGreaterThan(positions[2] ?? Number.NaN)
    expect(positions[4]).toBeGreaterThan(positions[3] ?? Number.NaN)
  })

  it('escapes the characters of markup in its title', () => {
    expect(createDotChart('<&>', 'µs', [])).toContain('&lt;&amp;&gt;')
  })
})

it('createTable escapes a vertical bar in a cell', () => {
  expect(createTable(['a', 'b'], [['x|y', '1']])).toBe('| a | b |\n| --- | ---: |\n| x\\|y | 1 |')
})

it('getVersion finds the version of every package of the subjects', () => {
  for (const name of new Set(subjects.flatMap(({ packages }) => packages)))
    expect(getVersion(name)).toMatch(/^\d+\.\d+\.\d+/)
})
