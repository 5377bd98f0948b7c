// How many proofs and rows were right, and which were not.
import type { Proof } from './contestant'

export class Tally {
  #passed = 0
  readonly #failures: string[] = []

  get passed(): number {
    return this.#passed
  }

  get failures(): readonly string[] {
    return this.#failures
  }

  /** What somebody proved. Who proves nothing fails. */
  proofs(who: string, proofs: readonly Proof[]): void {
    if (proofs.length === 0) this.#count(`${who}: proves nothing`, false)
    for (const { what, ok } of proofs) this.#count(`${who}: ${what}`, ok)
  }

  /** A row of a table. */
  row(what: string, isMade: boolean): void {
    this.#count(`row ${what}`, isMade)
  }

  #count(what: string, ok: boolean): void {
    if (ok) this.#passed++
    else this.#failures.push(what)
  }
}
