// Runs the bench: proves every subject, then measures each stage. If a proof fails, nothing is timed.
import { Checks } from './checks'
import type { RunFacts } from './document'
import { type EntryRow, measureEntries } from './entry-rows'
import { type GrowthRow, measureGrowth } from './growth'
import type { HttpRow } from './http-row'
import { HttpStage } from './http-stage'
import { describeMachine, getVersion } from './machine'
import type { Results } from './results'
import type { RunLengths } from './run-lengths'
import { startRunnerProcess } from './runner-process'
import { getRuntimes } from './runtimes'
import type { Clock } from './stopwatch'
import { type StartRunner, type SuiteResult, SuiteRun } from './suite-run'
import { SUITES, type Suites } from './suites'

interface BenchOptions {
  readonly lengths: RunLengths
  /** Whether imports are timed on Bun and Deno too. Default `false`. */
  readonly allRuntimes?: boolean
  /** The clock of core, adapters and growth. Default `wall`. */
  readonly clock?: Clock
  /** Default: all suites. */
  readonly suites?: Suites
  /** Default: starts each subject in its own process. */
  readonly startRunner?: StartRunner
  /** Receives the name of each stage when it starts. Default: prints it with the seconds so far. */
  readonly onStage?: (name: string) => void
}

export class Bench {
  readonly checks = new Checks()
  readonly #options: Required<BenchOptions>
  readonly #core: readonly SuiteRun[]
  readonly #adapters: readonly SuiteRun[]
  readonly #start = performance.now()

  constructor(options: BenchOptions) {
    const { lengths, clock = 'wall', suites = SUITES } = options
    const { visitors, timing } = lengths
    this.#options = {
      ...{ allRuntimes: false, clock, suites },
      startRunner: (suite, subject) => startRunnerProcess(suite, subject, { visitors, timing, clock }),
      onStage: (name) => console.error(`[${String(Math.round(this.#getSeconds())).padStart(3)} s] ${name}`),
      ...options,
    }
    this.#core = suites.core.map((suite) => new SuiteRun(suite))
    this.#adapters = suites.adapters.map((suite) => new SuiteRun(suite))
  }

  /** Returns null if a proof fails. */
  async run(): Promise<Results | null> {
    const runs = [...this.#core, ...this.#adapters]
    try {
      this.#options.onStage('proofs')
      for (const run of runs) await run.start(this.#options.startRunner)
      for (const run of runs) await this.#prove(run)
      return this.checks.failures.length > 0 ? null : await this.#measureWithServers()
    } finally {
      for (const run of runs) run.stop()
    }
  }

  /** Returns the facts about this run for the page. */
  getFacts(isShort: boolean): Omit<RunFacts, 'notes'> {
    const { core, adapters } = this.#options.suites
    const names = [...core, ...adapters]
      .flatMap(({ subjects }) => subjects.flatMap(({ packages }) => packages))
      .filter((name) => !name.startsWith('@fetch-login/'))
    const versions = [...new Set([...names, 'esbuild', 'autocannon', '@hono/node-server'])].sort()
    return {
      machine: describeMachine(),
      versions: versions.map((name) => [name, getVersion(name)]),
      seconds: this.#getSeconds(),
      clock: this.#options.clock,
      isShort,
    }
  }

  #getSeconds(): number {
    return (performance.now() - this.#start) / 1000
  }

  async #prove(run: SuiteRun): Promise<void> {
    for (const subject of run.suite.subjects)
      this.checks.addProofs(`${run.suite.name}, ${subject.name}`, await run.prove(subject))
  }

  async #measureWithServers(): Promise<Results | null> {
    const http = await HttpStage.start(this.#options.lengths)
    try {
      this.checks.addProofs('over HTTP', await http.prove())
      return this.checks.failures.length > 0 ? null : await this.#measure(http)
    } finally {
      http.stop()
    }
  }

  async #measure(http: HttpStage): Promise<Results> {
    return {
      core: await this.#measureSuites(this.#core),
      adapters: await this.#measureSuites(this.#adapters),
      http: await this.#measureHttp(http),
      growth: await this.#measureGrowth(),
      entries: await this.#measureEntries(),
    }
  }

  async #measureSuites(runs: readonly SuiteRun[]): Promise<readonly SuiteResult[]> {
    const results: SuiteResult[] = []
    for (const run of runs) {
      this.#options.onStage(run.suite.name)
      const result = await run.measure(this.#options.lengths.timing.rounds)
      for (const { name, overhead } of result.rows) this.checks.addRow(`${result.name}, ${name}`, overhead)
      results.push(result)
    }
    return results
  }

  async #measureHttp(http: HttpStage): Promise<readonly HttpRow[]> {
    this.#options.onStage('over HTTP')
    const rows = await http.run()
    for (const { framework, variant, ratio } of rows) this.checks.addRow(`${framework} over HTTP, ${variant}`, ratio)
    return rows
  }

  async #measureGrowth(): Promise<readonly GrowthRow[]> {
    const { lengths, clock, onStage } = this.#options
    const rows: GrowthRow[] = []
    for (const sessions of lengths.growth.sessions) {
      const stage = `growth, ${sessions.toLocaleString('en')} sessions`
      onStage(stage)
      const { requests } = lengths.growth
      const { proofs, row } = await measureGrowth({
        sessions,
        requests,
        clock,
        cacheBytes: lengths.visitors.cacheBytes,
      })
      this.checks.addProofs(stage, proofs)
      this.checks.addRow(stage, row.unseen)
      rows.push(row)
    }
    return rows
  }

  async #measureEntries(): Promise<readonly EntryRow[]> {
    const { allRuntimes, lengths, onStage } = this.#options
    onStage('size and import time')
    const rows = await measureEntries(await getRuntimes(allRuntimes), lengths.imports)
    for (const { entry, size, imports } of rows)
      for (const spread of imports.values()) this.checks.addRow(`${entry.name}, ${size.gzipped} bytes`, spread)
    return rows
  }
}
