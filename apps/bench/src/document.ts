// docs/performance.md, out of what a run found.
import { budgetsOf } from './budgets'
import { dotChart, type Panel } from './chart'
import { FLOOR, NEVER_SEEN } from './contestants/core/heat'
import { overheadOf, type Results, unrestOf } from './results'
import type { HeatResult } from './stages/heat'
import type { Clock } from './stopwatch'
import { figure, kilobytes, markdownTable, median } from './table'

/** What the page says of the run itself. */
export interface RunFacts {
  readonly machine: string
  /** Packages with their versions. */
  readonly versions: readonly (readonly [name: string, version: string])[]
  readonly seconds: number
  readonly clock: Clock
  /** The short run: its figures are there to show the form. */
  readonly isShort: boolean
  /** Where the time goes, written by hand. */
  readonly notes: string
}

const QUIET = 0.1
const TITLE = 'Microseconds that a guarded request costs over the bare framework (logarithmic)'

export function performancePage(results: Results, facts: RunFacts): string {
  return [
    head(results, facts),
    section('Budgets', BUDGETS, budgetTable(results)),
    section('Where the time goes', facts.notes.trim()),
    section('Adapters', ADAPTERS, `![${TITLE}](performance.svg)`, ...results.adapters.map(heatPart)),
    section('Core', CORE, ...results.core.map((heat) => `${heatPart(heat)}\n\n${floorLine(results, heat)}`)),
    section('Over HTTP', HTTP, httpTable(results)),
    section('Growth', GROWTH, growthTable(results)),
    section('Size and start', SIZE, entryTable(results)),
    section('Versions', versionTable(facts)),
  ].join('\n')
}

/** The chart of the page: every contestant on every framework. */
export function performanceChart({ adapters }: Results): string {
  const panels: Panel[] = adapters.map(({ name, rows }) => ({
    title: name,
    dots: rows.map((row) => ({ label: row.name, spread: row.overhead, isOurs: row.role === 'ours' })),
  }))
  return dotChart(TITLE, 'µs', panels)
}

function section(heading: string, ...parts: readonly string[]): string {
  return `## ${heading}\n\n${parts.join('\n\n')}\n`
}

function head(results: Results, { machine, seconds, clock, isShort }: RunFacts): string {
  const unrest = unrestOf(results)
  const verdict =
    unrest <= QUIET
      ? 'The machine was quiet.'
      : '**The machine was not quiet: measure again before you quote a figure.**'
  return [
    '# Performance',
    '',
    'Everything here comes out of one run on one machine, in which all contestants took turns. What counts is how they',
    'compare; the figures themselves are of that machine. Your own run writes this page anew:',
    '',
    '```',
    'npx -y pnpm@12.21.0 bench               # about eight minutes; leave the machine alone meanwhile',
    'npx -y pnpm@12.21.0 bench --runtimes    # Bun and Deno too, for the time of an import; downloads them once',
    'npx -y pnpm@12.21.0 bench --short       # proves in a minute that the bench still runs, and writes nothing',
    'npx -y pnpm@12.21.0 bench --processor-time   # for a machine that others use too',
    '```',
    '',
    `Measured on: ${machine}. The run took ${Math.round(seconds)} seconds.`,
    ...(clock === 'processor'
      ? ['Core, adapters and growth were timed by the processor time of all threads, not by the clock on the wall.']
      : []),
    `Spread: half of the rounds of a bare request lie within ±${figure(unrest * 100)} % of their median, in the worst heat. ${verdict}`,
    ...(isShort ? ['**A short run: these figures show the form of the page and are worth nothing.**'] : []),
    '',
    'A figure is the median of all rounds, with the quartiles in brackets. Before anything is timed each contestant proves',
    'that a valid cookie gives the name of its user, and that an altered one and none are refused. On the adapters and core',
    'each of them, the bare one too, has a process of its own, as a server has one login: what the engine learns of one is',
    'not in the way of another. One works at a time, in rounds, and the others sleep. The event loop turns before each',
    'millisecond of requests, as that of a server does, and its turn is not timed.',
    '',
  ].join('\n')
}

const BUDGETS = 'What we want to reach, and whether this run did. No test depends on it.'
const ADAPTERS = `The same page, the same user lookup (a Map), the same request, without a socket. Each peer is set up as its manual says.
*Never seen* is a cookie that the cache of verified cookies does not hold: there are more of them than it has room for.
*Seen before* is the same cookie again. Session protection and a session stamp are on.`
const CORE =
  'Core without a framework, over a request with which nothing is done. Stored sessions follow with the stores.'
const HTTP = `Each app in a server process of its own on one core, the load on another: ten connections that wait for each answer, for one
server at a time. *Ratio* is throughput by that of the bare framework with a middleware that writes the same headers.
Processor time is the server's own, and its ratio to the same does not depend on who makes the load. Where a server was
*busy* for less than the whole time, it waited for the load.`
const GROWTH = `So many sessions come by, once each; then a request is timed, and the heap is compared with that before. Each row is a process of
its own, with the Hono adapter. Nothing is kept of a signed session but what the cache of verified cookies holds.`
const SIZE = `Each entry with all its dependencies but its framework, by esbuild; *alone* is an adapter without core. The import is timed in a new
process.`

function budgetTable(results: Results): string {
  const rows = budgetsOf(results).map(({ what, budget, measured, isKept }) => [
    what,
    budget,
    measured,
    isKept === null ? '' : isKept ? 'yes' : 'not yet',
  ])
  return markdownTable({ columns: ['What', 'Budget', 'Measured', 'Reached'], rows })
}

function heatPart({ name, bare, rows }: HeatResult): string {
  const table = markdownTable({
    columns: ['Contestant', 'µs over bare'],
    rows: [['bare, the whole request', median(bare)], ...rows.map((row) => [row.name, median(row.overhead)])],
  })
  return `### ${name.charAt(0).toUpperCase()}${name.slice(1)}\n\n${table}`
}

function floorLine({ core }: Results, { name }: HeatResult): string {
  const ratio = overheadOf(core, name, NEVER_SEEN).median / overheadOf(core, name, FLOOR).median
  return `A cookie never seen before costs **${figure(ratio)} times** what cannot be left out.`
}

const HTTP_COLUMNS = [
  ...['Framework', 'requests a second', 'ratio', 'processor, µs a request', 'ratio of processor time'],
  ...['busy', 'p50, ms', 'p99, ms'],
]

function httpTable({ http }: Results): string {
  const rows = http.map((row) => [
    `${row.framework}, ${row.variant}`,
    ...[row.requestsPerSecond, row.ratio, row.cpu, row.cpuRatio].map(median),
    `${figure(row.busy.median * 100)} %`,
    figure(row.p50.median),
    figure(row.p99.median),
  ])
  return markdownTable({ columns: HTTP_COLUMNS, rows })
}

function growthTable({ growth }: Results): string {
  const rows = growth.map(({ sessions, neverSeen, seen, heapBytes }) => [
    sessions.toLocaleString('en'),
    median(neverSeen),
    median(seen),
    figure(heapBytes / 1_000_000),
  ])
  return markdownTable({ columns: ['Sessions', 'never seen, µs', 'seen before, µs', 'heap grew by, MB'], rows })
}

function entryTable({ entries }: Results): string {
  const runtimes = [...(entries[0]?.imports.keys() ?? [])]
  const columns = ['Entry', 'minified', 'gzipped', 'alone, gzipped', ...runtimes.map((name) => `import on ${name}, ms`)]
  const rows = entries.map(({ entry, size, alone, imports }) => [
    entry.name,
    kilobytes(size.minified),
    kilobytes(size.gzipped),
    alone === null ? '' : kilobytes(alone.gzipped),
    ...[...imports.values()].map(median),
  ])
  return markdownTable({ columns, rows })
}

function versionTable({ versions }: RunFacts): string {
  return markdownTable({ columns: ['Package', 'Version'], rows: versions })
}
