// All results of a run.
import type { EntryRow } from './entry-rows'
import type { GrowthRow } from './growth'
import type { HttpRow } from './http-row'
import type { Spread } from './statistics'
import type { SuiteResult } from './suite-run'

export interface Results {
  readonly core: readonly SuiteResult[]
  readonly adapters: readonly SuiteResult[]
  readonly http: readonly HttpRow[]
  readonly growth: readonly GrowthRow[]
  readonly entries: readonly EntryRow[]
}

/** Returns how much more a subject costs than the bare request. @throws Error if the suite does not contain the row. */
export function getOverhead(suites: readonly SuiteResult[], suite: string, row: string): Spread {
  const found = suites.find(({ name }) => name === suite)?.rows.find(({ name }) => name === row)
  if (found === undefined) throw new Error(`The suite "${suite}" does not contain the row "${row}".`)
  return found.overhead
}

/** Returns half of the interquartile range of the bare requests, divided by their median, for the worst suite. */
export function getNoise({ core, adapters }: Results): number {
  return Math.max(...[...core, ...adapters].map(({ bare: { low, median, high } }) => (high - low) / 2 / median))
}
