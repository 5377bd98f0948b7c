// The budgets, and whether the run met them. Most are ratios. No test depends on them.

import type { HttpRow } from './http-row'
import { getOverhead, type Results } from './results'
import { SEEN as CORE_SEEN, UNSEEN as CORE_UNSEEN, MINIMUM, UNREAD } from './subjects/core-suite'
import { SEEN, UNSEEN } from './subjects/framework-suite'
import type { SuiteResult } from './suite-run'
import { formatBytes, formatFigure } from './table'

export interface Budget {
  readonly title: string
  readonly limit: string
  readonly measured: string
  /** Null for a figure without a limit. */
  readonly isMet: boolean | null
}

const SIGNED = 'core, signed cookies'
const MIN_THROUGHPUT = 0.92

const formatMicros = (value: number): string => `${formatFigure(value)} µs`
const formatMillis = (value: number): string => `${formatFigure(value)} ms`
const formatRatio = (value: number): string => `${formatFigure(value)} ×`
const formatMegabytes = (value: number): string => `${formatFigure(value / 1_000_000)} MB`

export function createBudgets(results: Results): readonly Budget[] {
  return [
    ...createCoreBudgets(results),
    ...results.adapters.flatMap(createPeerBudgets),
    ...results.http.filter(({ variant }) => variant.startsWith('guarded')).flatMap(createThroughputBudgets),
    ...createGrowthBudgets(results),
    ...createSizeBudgets(results),
  ]
}

function createLimit(title: string, value: number, limit: number, format: (value: number) => string): Budget {
  return { title, limit: `under ${format(limit)}`, measured: format(value), isMet: value < limit }
}

/** Returns NaN if the noise is larger than one of the two, because the ratio would be arbitrary. */
function divide(part: number, whole: number): number {
  return part > 0 && whole > 0 && whole < Number.POSITIVE_INFINITY ? part / whole : Number.NaN
}

function createCoreBudgets({ core }: Results): readonly Budget[] {
  const get = (row: string): number => getOverhead(core, SIGNED, row).median
  const ratio = divide(get(CORE_UNSEEN), get(MINIMUM))
  return [
    createLimit(`core: ${CORE_UNSEEN}, relative to ${MINIMUM}`, ratio, 1.5, formatRatio),
    createLimit(`core: ${CORE_SEEN}`, get(CORE_SEEN), 2, formatMicros),
    createLimit(`core: ${UNREAD}`, get(UNREAD), 0.5, formatMicros),
  ]
}

/** On Hono, where the peers are slow, the limit is a tenth of the fastest peer. */
function createPeerBudgets({ name: suite, rows }: SuiteResult): readonly Budget[] {
  const fastest = Math.min(...rows.filter(({ role }) => role === 'peer').map(({ overhead }) => overhead.median))
  const create = (kind: string, limit: number): Budget => {
    const own = rows.find(({ role, name }) => role === 'own' && name.endsWith(kind))?.overhead.median ?? Number.NaN
    return createLimit(`${suite}: ${kind}, relative to the fastest peer`, divide(own, fastest), limit, formatRatio)
  }
  return [create(UNSEEN, suite === 'Hono' ? 0.1 : 1), create(SEEN, 0.2)]
}

function createThroughputBudgets({ framework, variant, ratio, cpuRatio }: HttpRow): readonly Budget[] {
  const throughput = {
    title: `${framework}: throughput ${variant}, relative to bare with the same headers`,
    limit: `at least ${formatFigure(MIN_THROUGHPUT)}`,
    measured: formatFigure(ratio.median),
    isMet: ratio.median >= MIN_THROUGHPUT,
  }
  const title = `${framework}: processor time ${variant}, relative to the same`
  return [throughput, { title, limit: '', measured: formatRatio(cpuRatio.median), isMet: null }]
}

function createGrowthBudgets({ growth }: Results): readonly Budget[] {
  const [first, last] = [growth[0], growth.at(-1)]
  if (first === undefined || last === undefined) return []
  const count = last.sessions.toLocaleString('en')
  const ratio = last.unseen.median / first.unseen.median
  return [
    createLimit(`growth of the heap over ${count} sessions`, last.heapBytes, 20_000_000, formatMegabytes),
    createLimit(`a request after ${count} sessions, relative to one after 1`, ratio, 1.25, formatRatio),
  ]
}

function createSizeBudgets({ entries }: Results): readonly Budget[] {
  const adapters = entries.flatMap(({ entry, alone }) =>
    alone === null ? [] : [createLimit(`${entry.name} alone, gzipped`, alone.gzipped, 2000, formatBytes)],
  )
  const core = entries.find(({ entry }) => entry.specifier === '@fetch-login/core')
  if (core === undefined) return adapters
  const millis = core.imports.get('Node')?.median ?? Number.NaN
  return [
    createLimit('core with all dependencies, gzipped', core.size.gzipped, 12_000, formatBytes),
    ...adapters,
    createLimit('import of core on Node', millis, 10, formatMillis),
  ]
}
