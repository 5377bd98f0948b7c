// Runs one suite: starts a runner for each subject, proves them, and compares each with the bare one, round by round.
import { measureInRounds } from './rounds'
import type { Runner } from './runner'
import { getDifferences, type Spread, toSpread } from './statistics'
import type { Proof, Subject, Suite } from './subject'

export type StartRunner = (suite: Suite, subject: Subject) => Runner | Promise<Runner>

export interface SuiteRow {
  readonly name: string
  readonly role: Subject['role']
  /** Microseconds a request more than the bare one. */
  readonly overhead: Spread
}

export interface SuiteResult {
  readonly name: string
  /** Microseconds of a bare request. */
  readonly bare: Spread
  readonly rows: readonly SuiteRow[]
}

export class SuiteRun {
  readonly suite: Suite
  readonly #runners = new Map<Subject, Runner>()

  constructor(suite: Suite) {
    this.suite = suite
  }

  async start(startRunner: StartRunner): Promise<void> {
    for (const subject of this.suite.subjects) this.#runners.set(subject, await startRunner(this.suite, subject))
  }

  /** Returns a failed proof if the process ended. */
  async prove(subject: Subject): Promise<readonly Proof[]> {
    try {
      return (await this.#runners.get(subject)?.prove()) ?? []
    } catch (thrown) {
      return [{ title: `its process runs: ${String(thrown)}`, ok: false }]
    }
  }

  /** Measures the suite and stops its runners. @throws Error if the first subject is not the bare one. */
  async measure(rounds: number): Promise<SuiteResult> {
    const [bare, ...others] = this.suite.subjects
    if (bare?.role !== 'bare')
      throw new Error(`The first subject of the suite "${this.suite.name}" must be the bare one.`)
    const samples = await measureInRounds(this.#runners, rounds)
    this.stop()
    const base = samples.get(bare) ?? []
    const rows = others.map((subject) => ({
      name: subject.name,
      role: subject.role,
      overhead: toSpread(getDifferences(samples.get(subject) ?? [], base)),
    }))
    return { name: this.suite.name, bare: toSpread(base), rows }
  }

  stop(): void {
    for (const runner of this.#runners.values()) runner.stop()
    this.#runners.clear()
  }
}
