// Counts the proofs and rows of a run, and lists those that failed.
import type { Spread } from './statistics'
import type { Proof } from './subject'

export class Checks {
  passed = 0
  readonly failures: string[] = []

  /** An empty list of proofs is a failure. */
  addProofs(subject: string, proofs: readonly Proof[]): void {
    if (proofs.length === 0) this.add(`${subject}: proves nothing`, false)
    for (const { title, ok } of proofs) this.add(`${subject}: ${title}`, ok)
  }

  /** Adds a row of a table, whose figures must be finite. */
  addRow(title: string, { low, median, high }: Spread): void {
    this.add(`row ${title}`, [low, median, high].every(Number.isFinite))
  }

  add(title: string, ok: boolean): void {
    if (ok) this.passed++
    else this.failures.push(title)
  }
}
