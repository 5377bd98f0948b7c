// One run: every stage first proves that its contestants do what they are timed for, and is then measured. Where a proof
// fails nothing is timed at all.
import type { Heat } from './contestant'
import type { RunFacts } from './document'
import { ENTRIES } from './entries'
import { EVERYBODY, type Field } from './heats'
import type { Lengths } from './lengths'
import { LineUp, type Start } from './line-up'
import { machineLine, versionOf } from './machine'
import { Progress } from './progress'
import { racerInChild } from './racer-in-child'
import type { Results } from './results'
import { runtimesFor } from './runtimes'
import { type GrowthRow, runGrowth } from './stages/growth'
import type { HeatResult } from './stages/heat'
import { OverHttp } from './stages/over-http'
import { weighAndStart } from './stages/size-and-start'
import type { Spread } from './statistics'
import type { Clock } from './stopwatch'
import { Tally } from './tally'

interface BenchOptions {
  readonly lengths: Lengths
  /** Imports are timed on Bun and Deno too. */
  readonly allRuntimes?: boolean
  /** What core, adapters and growth are timed by. Default `wall`. */
  readonly clock?: Clock
  /** Who takes part. Default: everybody. */
  readonly field?: Field
  /** How a contestant is brought to its place. Default: in a process of its own. */
  readonly start?: Start
  readonly progress?: Progress
}

export class Bench {
  readonly #lengths: Lengths
  readonly #allRuntimes: boolean
  readonly #clock: Clock
  readonly #field: Field
  readonly #start: Start
  readonly #progress: Progress
  readonly #tally = new Tally()
  readonly #lineUp = new LineUp()
  readonly #begin = performance.now()

  constructor({
    lengths,
    allRuntimes = false,
    clock = 'wall',
    field = EVERYBODY,
    start = (heat, contestant) => racerInChild(heat, contestant, { crowd: lengths.crowd, pace: lengths.pace, clock }),
    progress = new Progress(),
  }: BenchOptions) {
    this.#lengths = lengths
    this.#allRuntimes = allRuntimes
    this.#clock = clock
    this.#field = field
    this.#start = start
    this.#progress = progress
  }

  /** How many proofs and rows were right. */
  get passed(): number {
    return this.#tally.passed
  }

  /** What was not. */
  get failures(): readonly string[] {
    return this.#tally.failures
  }

  /** Null where somebody could not prove itself: then nobody is timed. */
  async run(): Promise<Results | null> {
    try {
      this.#progress.stage('proofs')
      await this.#lineUp.start(this.#heats, this.#start)
      for (const heat of this.#heats) await this.#prove(heat)
      return this.#tally.failures.length > 0 ? null : await this.#withServer()
    } finally {
      this.#lineUp.stop()
      this.#progress.end()
    }
  }

  async #withServer(): Promise<Results | null> {
    const http = await OverHttp.start(this.#lengths)
    try {
      this.#tally.proofs('over HTTP', await http.prove())
      return this.#tally.failures.length > 0 ? null : await this.#measure(http)
    } finally {
      http.stop()
    }
  }

  /** What the page says of this run. */
  facts(isShort: boolean): Omit<RunFacts, 'notes'> {
    const names = this.#heats
      .flatMap(({ contestants }) => contestants.flatMap(({ packages }) => packages))
      .filter((name) => !name.startsWith('@fetch-login/'))
    const versions = [...new Set([...names, 'esbuild', 'autocannon', '@hono/node-server'])].sort()
    return {
      machine: machineLine(),
      versions: versions.map((name) => [name, versionOf(name)]),
      seconds: (performance.now() - this.#begin) / 1000,
      clock: this.#clock,
      isShort,
    }
  }

  get #heats(): readonly Heat[] {
    return [...this.#field.core, ...this.#field.adapters]
  }

  async #prove(heat: Heat): Promise<void> {
    for (const contestant of heat.contestants)
      this.#tally.proofs(`${heat.name}, ${contestant.name}`, await this.#lineUp.prove(heat, contestant))
  }

  async #measure(http: OverHttp): Promise<Results> {
    return {
      core: await this.#run(this.#field.core),
      adapters: await this.#run(this.#field.adapters),
      http: await this.#http(http),
      growth: await this.#growth(),
      entries: await this.#entries(),
    }
  }

  async #run(heats: readonly Heat[]): Promise<readonly HeatResult[]> {
    const results: HeatResult[] = []
    const { rounds } = this.#lengths.pace
    for (const heat of heats) {
      this.#progress.stage(heat.name)
      const result = await this.#lineUp.run(heat, rounds, (round) => this.#progress.step(round, rounds))
      for (const { name, overhead } of result.rows) this.#row(`${heat.name}, ${name}`, overhead)
      results.push(result)
    }
    return results
  }

  async #http(http: OverHttp): Promise<Results['http']> {
    this.#progress.stage('over HTTP')
    const rows = await http.run((round) => this.#progress.step(round, this.#lengths.http.rounds))
    for (const { framework, variant, ratio } of rows) this.#row(`${framework} over HTTP, ${variant}`, ratio)
    return rows
  }

  async #growth(): Promise<readonly GrowthRow[]> {
    const rows: GrowthRow[] = []
    for (const sessions of this.#lengths.growth.sessions) {
      this.#progress.stage(`growth, ${sessions.toLocaleString('en')} sessions`)
      const { proofs, row } = await runGrowth(
        { ...this.#lengths.crowd, ...this.#lengths.growth, sessions, clock: this.#clock },
        (done) => this.#progress.step(done, sessions),
      )
      this.#tally.proofs(`growth, ${sessions} sessions`, proofs)
      this.#row(`growth, ${sessions} sessions`, row.neverSeen)
      rows.push(row)
    }
    return rows
  }

  async #entries(): Promise<Results['entries']> {
    this.#progress.stage('size and start')
    const runtimes = await runtimesFor(this.#allRuntimes)
    const rows = await weighAndStart(runtimes, this.#lengths.imports, (round) =>
      this.#progress.step(round, this.#lengths.imports),
    )
    for (const { entry, size, imports } of rows)
      for (const spread of imports.values()) this.#row(`${entry.name}, ${size.gzipped} bytes`, spread)
    if (rows.length !== ENTRIES.length) this.#tally.row('every entry is weighed', false)
    return rows
  }

  /** A row is made where its figures are some. */
  #row(what: string, { low, median, high }: Spread): void {
    this.#tally.row(what, [low, median, high].every(Number.isFinite))
  }
}
