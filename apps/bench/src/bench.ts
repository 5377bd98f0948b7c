// One run: every stage first proves that its contestants do what they are timed for, and is then measured. Where a proof
// fails nothing is timed at all.
import type { Contestant, Heat, Proof } from './contestant'
import { coreHeats } from './contestants/core/heat'
import { expressHeat } from './contestants/express/heat'
import { fastifyHeat } from './contestants/fastify/heat'
import { honoHeat } from './contestants/hono/heat'
import type { Crowd } from './contestants/login-manager'
import type { RunFacts } from './document'
import { ENTRIES } from './entries'
import type { Lengths } from './lengths'
import { machineLine, versionOf } from './machine'
import { Progress } from './progress'
import type { Results } from './results'
import { runtimesFor } from './runtimes'
import { type GrowthRow, runGrowth } from './stages/growth'
import { type HeatResult, runHeat } from './stages/in-process'
import { OverHttp } from './stages/over-http'
import { weighAndStart } from './stages/size-and-start'
import type { Spread } from './statistics'
import { type Clock, stopwatch } from './stopwatch'
import { Tally } from './tally'

/** Who takes part. */
export interface Field {
  readonly core: (crowd: Crowd) => Promise<readonly Heat[]>
  readonly adapters: (crowd: Crowd) => Promise<readonly Heat[]>
}

export const EVERYBODY: Field = {
  core: coreHeats,
  adapters: async (crowd) => [await honoHeat(crowd), await expressHeat(crowd), await fastifyHeat(crowd)],
}

interface BenchOptions {
  readonly lengths: Lengths
  /** Imports are timed on Bun and Deno too. */
  readonly allRuntimes?: boolean
  /** What core, adapters and growth are timed by. Default `wall`. */
  readonly clock?: Clock
  readonly field?: Field
  readonly progress?: Progress
}

export class Bench {
  readonly #lengths: Lengths
  readonly #allRuntimes: boolean
  readonly #clock: Clock
  readonly #field: Field
  readonly #progress: Progress
  readonly #tally = new Tally()
  readonly #start = performance.now()
  readonly #contestants: Contestant[] = []

  constructor({
    lengths,
    allRuntimes = false,
    clock = 'wall',
    field = EVERYBODY,
    progress = new Progress(),
  }: BenchOptions) {
    this.#lengths = lengths
    this.#allRuntimes = allRuntimes
    this.#clock = clock
    this.#field = field
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
    this.#progress.stage('logins')
    const core = await this.#field.core(this.#lengths.crowd)
    const adapters = await this.#field.adapters(this.#lengths.crowd)
    this.#progress.stage('proofs')
    for (const heat of [...core, ...adapters]) await this.#prove(heat)
    return this.#tally.failures.length > 0 ? null : await this.#withServer(core, adapters)
  }

  async #withServer(core: readonly Heat[], adapters: readonly Heat[]): Promise<Results | null> {
    const http = await OverHttp.start(this.#lengths)
    try {
      this.#tally.proofs('over HTTP', await http.prove())
      return this.#tally.failures.length > 0 ? null : await this.#measure(core, adapters, http)
    } finally {
      http.stop()
      this.#progress.end()
    }
  }

  /** What the page says of this run. */
  facts(isShort: boolean): RunFacts {
    const names = this.#contestants
      .flatMap(({ packages }) => packages)
      .filter((name) => !name.startsWith('@fetch-login/'))
    const versions = [...new Set([...names, 'esbuild', 'autocannon', '@hono/node-server'])].sort()
    return {
      machine: machineLine(),
      versions: versions.map((name) => [name, versionOf(name)]),
      seconds: (performance.now() - this.#start) / 1000,
      clock: this.#clock,
      isShort,
    }
  }

  async #prove({ name, contestants }: Heat): Promise<void> {
    for (const contestant of contestants) {
      this.#contestants.push(contestant)
      this.#tally.proofs(`${name}, ${contestant.name}`, await proofsOf(contestant))
    }
  }

  async #measure(core: readonly Heat[], adapters: readonly Heat[], http: OverHttp): Promise<Results> {
    return {
      core: await this.#heats(core),
      adapters: await this.#heats(adapters),
      http: await this.#http(http),
      growth: await this.#growth(),
      entries: await this.#entries(),
    }
  }

  async #heats(heats: readonly Heat[]): Promise<readonly HeatResult[]> {
    const results: HeatResult[] = []
    for (const heat of heats) {
      this.#progress.stage(heat.name)
      const { pace } = this.#lengths
      const watch = stopwatch(this.#clock)
      const result = await runHeat(heat, pace, watch, (round) => this.#progress.step(round, pace.rounds))
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

/** Who cannot even be asked proves nothing. Some peers print what they refuse: not now. */
async function proofsOf(contestant: Contestant): Promise<readonly Proof[]> {
  const { error, log } = console
  Object.assign(console, { error: () => {}, log: () => {} })
  try {
    return await contestant.prove()
  } catch (thrown) {
    return [{ what: `it can be asked: ${String(thrown)}`, ok: false }]
  } finally {
    Object.assign(console, { error, log })
  }
}
