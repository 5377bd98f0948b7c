// Core and adapters, without a socket: what each contestant costs a request more than the bare one, round by round.
import type { Contestant } from '../contestant'
import type { Racer } from '../racer'
import { measure } from '../rounds'
import { differences, type Spread, spreadOf } from '../statistics'

export interface HeatRow {
  readonly name: string
  readonly role: Contestant['role']
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
  name: string,
  racers: ReadonlyMap<Contestant, Racer>,
  rounds: number,
  onRound: (round: number) => void,
): Promise<HeatResult> {
  const [bare, ...others] = racers.keys()
  if (bare?.role !== 'bare') throw new Error(`${name}: the first contestant is the bare one.`)
  const samples = await measure(racers, rounds, onRound)
  const base = samples.get(bare) as readonly number[]
  const rows = others.map((one) => ({
    name: one.name,
    role: one.role,
    overhead: spreadOf(differences(samples.get(one) as readonly number[], base)),
  }))
  return { name, bare: spreadOf(base), rows }
}
