// The budgets, and whether this run kept them. They are ratios where they can be; none of them is a test.
import { FLOOR, NEVER_SEEN, SEEN, UNASKED } from './contestants/core/heat'
import { AGAIN, NEVER } from './contestants/ours'
import { overheadOf, type Results } from './results'
import type { HeatResult } from './stages/heat'
import type { HttpRow } from './stages/http-row'
import { figure, kilobytes } from './table'

export interface Budget {
  readonly what: string
  readonly budget: string
  readonly measured: string
  /** Null where it is told beside a budget, and is none. */
  readonly isKept: boolean | null
}

const SIGNED = 'core, signed cookies'
const SOAK_BYTES = 20_000_000

export function budgetsOf(results: Results): readonly Budget[] {
  return [
    ...coreBudgets(results),
    ...results.adapters.flatMap(peerBudgets),
    ...throughputBudgets(results),
    ...growthBudgets(results),
    ...sizeBudgets(results),
  ]
}

function below(what: string, value: number, limit: number, show: (value: number) => string): Budget {
  return { what, budget: `under ${show(limit)}`, measured: show(value), isKept: value < limit }
}

const micros = (value: number): string => `${figure(value)} µs`
const times = (value: number): string => `${figure(value)} ×`

/** None where one of both is lost in the noise: it would say whatever one likes. */
function share(part: number, whole: number): number {
  return part > 0 && whole > 0 && whole < Number.POSITIVE_INFINITY ? part / whole : Number.NaN
}

function coreBudgets({ core }: Results): readonly Budget[] {
  const of = (row: string): number => overheadOf(core, SIGNED, row).median
  return [
    below('core: a cookie never seen, by what cannot be left out', share(of(NEVER_SEEN), of(FLOOR)), 1.5, times),
    below('core: the same cookie again', of(SEEN), 2, micros),
    below('core: a request that nobody asks about', of(UNASKED), 0.5, micros),
  ]
}

/** Against the fastest peer; on Hono, where peers are slow, a tenth of it. */
function peerBudgets(heat: HeatResult): readonly Budget[] {
  const fastest = Math.min(...heat.rows.filter(({ role }) => role === 'peer').map(({ overhead }) => overhead.median))
  const ours = (kind: string): number =>
    heat.rows.find(({ role, name }) => role === 'ours' && name.endsWith(kind))?.overhead.median ?? Number.NaN
  return [
    below(
      `${heat.name}: never seen, by the fastest peer`,
      share(ours(NEVER), fastest),
      heat.name === 'Hono' ? 0.1 : 1,
      times,
    ),
    below(`${heat.name}: seen before, by the fastest peer`, share(ours(AGAIN), fastest), 0.2, times),
  ]
}

function throughputBudgets({ http }: Results): readonly Budget[] {
  return http.filter(({ variant }) => variant.startsWith('guarded')).flatMap(throughputBudget)
}

/** Processor time does not depend on who makes the load. */
function throughputBudget({ framework, variant, ratio, cpuRatio }: HttpRow): readonly Budget[] {
  const throughput = {
    what: `${framework}: throughput ${variant}, by bare with the same headers`,
    budget: 'at least 0.92',
    measured: figure(ratio.median),
    isKept: ratio.median >= 0.92,
  }
  const what = `${framework}: processor time ${variant}, by the same`
  return [throughput, { what, budget: '', measured: times(cpuRatio.median), isKept: null }]
}

function growthBudgets({ growth }: Results): readonly Budget[] {
  const [first, last] = [growth[0], growth.at(-1)]
  if (first === undefined || last === undefined) return []
  const count = last.sessions.toLocaleString('en')
  const megabytes = (bytes: number): string => `${figure(bytes / 1_000_000)} MB`
  return [
    below(`growth of the heap over ${count} sessions`, last.heapBytes, SOAK_BYTES, megabytes),
    below(
      `a request after ${count} sessions, by one after 1`,
      last.neverSeen.median / first.neverSeen.median,
      1.25,
      times,
    ),
  ]
}

function sizeBudgets({ entries }: Results): readonly Budget[] {
  const core = entries.find(({ entry }) => entry.specifier === '@fetch-login/core')
  const adapters = entries.flatMap(({ entry, alone }) =>
    alone === null ? [] : [below(`${entry.name} alone, gzipped`, alone.gzipped, 2000, kilobytes)],
  )
  if (core === undefined) return adapters
  const millis = core.imports.get('Node')?.median ?? Number.NaN
  return [
    below('core with all dependencies, gzipped', core.size.gzipped, 12_000, kilobytes),
    ...adapters,
    below('import of core on Node', millis, 10, (value) => `${figure(value)} ms`),
  ]
}
