// Creates docs/performance.md and its chart from the results of a run.
import { createBudgets } from './budgets'
import { createDotChart } from './chart'
import { getNoise, getOverhead, type Results } from './results'
import type { Clock } from './stopwatch'
import { MINIMUM, UNSEEN } from './subjects/core-suite'
import type { SuiteResult } from './suite-run'
import { createTable, formatBytes, formatFigure, formatSpread } from './table'

/** The facts about the run itself. */
export interface RunFacts {
  readonly machine: string
  /** Packages with their versions. */
  readonly versions: readonly (readonly [name: string, version: string])[]
  readonly seconds: number
  readonly clock: Clock
  /** The figures of a short run are not meaningful. */
  readonly isShort: boolean
  /** The section "Where the time goes", which is written by hand. */
  readonly notes: string
}

/** The largest noise of an idle machine. */
const MAX_NOISE = 0.1
const CHART_TITLE = 'Microseconds that a guarded request costs over the bare framework (logarithmic)'

const INTRODUCTION = `All figures come from one run on one machine, in which the subjects were measured in turns. Compare the figures with each
other: the absolute values are valid for that machine only. Your own run writes this page again:

\`\`\`
npx -y pnpm@12.21.0 bench               # about eight minutes; leave the machine idle meanwhile
npx -y pnpm@12.21.0 bench --runtimes    # times imports on Bun and Deno too; downloads them once
npx -y pnpm@12.21.0 bench --short       # checks within a minute that the bench works, and writes nothing
npx -y pnpm@12.21.0 bench --processor-time   # for a machine with other work
\`\`\``
const METHOD = `A figure is the median of all rounds, with the quartiles in brackets. Before the timing, each subject proves that a valid
cookie returns the page of its user. It also proves that an altered cookie and a missing one are rejected. For core and the
adapters, each subject has its own process, and so has the bare one. The engine then optimizes the code of one login only,
as on a server. One process runs at a time, in rounds, and the others wait. The event loop turns before each millisecond
of requests, as on a server, and this turn is not timed.`
const BUDGETS = 'The targets, and whether this run met them. No test depends on them.'
const ADAPTERS = `The same page, the same user lookup (a Map) and the same request, without a socket. Each peer is configured as its manual
describes. *Never seen* means that the cookie is not in the cache of verified cookies, which is too small for all of them.
*Seen before* is the same cookie again. Session protection and a session stamp are on.`
const CORE = 'Core without a framework, compared with a request that is not read. Stored sessions are not measured yet.'
const HTTP = `Each app has its own server process on one core, and the load runs on another. Ten connections send the next request after each
response, to one server at a time. *Ratio* is the throughput divided by that of the bare framework with a middleware that
writes the same headers. *Processor* is the processor time of the server alone. The ratio of processor time is divided
in the same way, and does not depend on the load generator. A server that was *busy* for less than 100 % waited for the load.`
const GROWTH = `Each session sends one request. Then requests are timed, and the heap is compared with the heap before. Each row is its own
process, with the Hono adapter. Of signed sessions, only the cache of verified cookies stays in memory.`
const SIZE = `Each entry point with all its dependencies except its framework, bundled by esbuild. *Alone* is an adapter without core. Each
import is timed in a new process.`

export function createPage(results: Results, facts: RunFacts): string {
  return [
    createHead(results, facts),
    createSection('Budgets', BUDGETS, createBudgetTable(results)),
    createSection('Where the time goes', facts.notes.trim()),
    createSection('Adapters', ADAPTERS, `![${CHART_TITLE}](performance.svg)`, ...results.adapters.map(createSuitePart)),
    createSection('Core', CORE, ...results.core.map((suite) => createCorePart(results, suite))),
    createSection('Over HTTP', HTTP, createHttpTable(results)),
    createSection('Growth', GROWTH, createGrowthTable(results)),
    createSection('Size and import time', SIZE, createEntryTable(results)),
    createSection('Versions', createTable(['Package', 'Version'], facts.versions)),
  ].join('\n')
}

/** Creates the chart of the page, with every subject on every framework. */
export function createChart({ adapters }: Results): string {
  const panels = adapters.map(({ name, rows }) => ({
    title: name,
    dots: rows.map((row) => ({ label: row.name, spread: row.overhead, isOwn: row.role === 'own' })),
  }))
  return createDotChart(CHART_TITLE, 'µs', panels)
}

function createSection(heading: string, ...parts: readonly string[]): string {
  return `## ${heading}\n\n${parts.join('\n\n')}\n`
}

function createHead(results: Results, { machine, seconds, clock, isShort }: RunFacts): string {
  const noise = getNoise(results)
  const verdict =
    noise <= MAX_NOISE
      ? 'The machine was idle.'
      : '**The machine was not idle: measure again before you quote a figure.**'
  return [
    `# Performance\n\n${INTRODUCTION}\n`,
    `Measured on: ${machine}. The run took ${Math.round(seconds)} seconds.`,
    ...(clock === 'processor'
      ? ['Core, adapters and growth were timed by the processor time of all threads instead of wall time.']
      : []),
    `Spread: half of the rounds of a bare request lie within ±${formatFigure(noise * 100)} % of their median, in the worst suite. ${verdict}`,
    ...(isShort ? ['**This was a short run: its figures show the form of the page and are not meaningful.**'] : []),
    `\n${METHOD}\n`,
  ].join('\n')
}

function createBudgetTable(results: Results): string {
  const rows = createBudgets(results).map(({ title, limit, measured, isMet }) => [
    ...[title, limit, measured],
    isMet === null ? '' : isMet ? 'yes' : 'not yet',
  ])
  return createTable(['Figure', 'Budget', 'Measured', 'Met'], rows)
}

function createSuitePart({ name, bare, rows }: SuiteResult): string {
  const table = createTable(
    ['Subject', 'µs over bare'],
    [['bare, the whole request', formatSpread(bare)], ...rows.map((row) => [row.name, formatSpread(row.overhead)])],
  )
  return `### ${name.charAt(0).toUpperCase()}${name.slice(1)}\n\n${table}`
}

function createCorePart({ core }: Results, suite: SuiteResult): string {
  const ratio = getOverhead(core, suite.name, UNSEEN).median / getOverhead(core, suite.name, MINIMUM).median
  return `${createSuitePart(suite)}\n\nA cookie never seen before costs **${formatFigure(ratio)} times** ${MINIMUM}.`
}

function createHttpTable({ http }: Results): string {
  const rows = http.map((row) => [
    `${row.framework}, ${row.variant}`,
    ...[row.requestsPerSecond, row.ratio, row.cpu, row.cpuRatio].map(formatSpread),
    `${formatFigure(row.busy.median * 100)} %`,
    ...[row.p50, row.p99].map(({ median }) => formatFigure(median)),
  ])
  const ratios = ['requests a second', 'ratio', 'processor, µs a request', 'ratio of processor time']
  return createTable(['Framework', ...ratios, 'busy', 'p50, ms', 'p99, ms'], rows)
}

function createGrowthTable({ growth }: Results): string {
  const rows = growth.map(({ sessions, unseen, seen, heapBytes }) => [
    sessions.toLocaleString('en'),
    ...[unseen, seen].map(formatSpread),
    formatFigure(heapBytes / 1_000_000),
  ])
  return createTable(['Sessions', 'never seen, µs', 'seen before, µs', 'heap growth, MB'], rows)
}

function createEntryTable({ entries }: Results): string {
  const runtimes = [...(entries[0]?.imports.keys() ?? [])]
  const rows = entries.map(({ entry, size, alone, imports }) => [
    entry.name,
    ...[size.minified, size.gzipped].map(formatBytes),
    alone === null ? '' : formatBytes(alone.gzipped),
    ...[...imports.values()].map(formatSpread),
  ])
  const imports = runtimes.map((name) => `import on ${name}, ms`)
  return createTable(['Entry point', 'minified', 'gzipped', 'alone, gzipped', ...imports], rows)
}
