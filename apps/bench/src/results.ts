// Everything that a run found out.
import type { GrowthRow } from './stages/growth'
import type { HeatResult } from './stages/heat'
import type { HttpRow } from './stages/http-row'
import type { EntryRow } from './stages/size-and-start'
import type { Spread } from './statistics'

export interface Results {
  readonly core: readonly HeatResult[]
  readonly adapters: readonly HeatResult[]
  readonly http: readonly HttpRow[]
  readonly growth: readonly GrowthRow[]
  readonly entries: readonly EntryRow[]
}

/** What a row of a heat costs more than the bare request. @throws Error where there is no such row. */
export function overheadOf(heats: readonly HeatResult[], heat: string, row: string): Spread {
  const found = heats.find(({ name }) => name === heat)?.rows.find(({ name }) => name === row)
  if (found === undefined) throw new Error(`There is no row "${row}" in "${heat}".`)
  return found.overhead
}

/** By how much the rounds of the bare requests differ: half the way from quartile to quartile, by the median; the worst heat. */
export function unrestOf({ core, adapters }: Results): number {
  return Math.max(...[...core, ...adapters].map(({ bare: { low, median, high } }) => (high - low) / 2 / median))
}
