// Core and adapters, in this process: what each contestant costs a request more than the bare one, round by round.
import type { Heat } from '../contestant'
import { measure, type Pace, type Stopwatch } from '../rounds'
import { differences, type Spread, spreadOf } from '../statistics'

export interface HeatRow {
  readonly name: string
  readonly role: Heat['contestants'][number]['role']
  /** Microseconds a request over the bare one. */
  readonly overhead: Spread
}

export interface HeatResult {
  readonly name: string
  /** Microseconds of a bare request. */
  readonly bare: Spread
  readonly rows: readonly HeatRow[]
}

/** @throws Error where a heat has nobody to compare with. */
export async function runHeat(
  { name, contestants }: Heat,
  pace: Pace,
  stopwatch: Stopwatch,
  onRound: (round: number) => void,
): Promise<HeatResult> {
  const [bare, ...others] = contestants
  if (bare?.role !== 'bare') throw new Error(`${name}: the first contestant is the bare one.`)
  const samples = await measure(contestants, pace, stopwatch, onRound)
  const base = samples.get(bare.name) as readonly number[]
  const rows = others.map((one) => ({
    name: one.name,
    role: one.role,
    overhead: spreadOf(differences(samples.get(one.name) as readonly number[], base)),
  }))
  return { name, bare: spreadOf(base), rows }
}
