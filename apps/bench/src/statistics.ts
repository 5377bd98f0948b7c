// Medians and quartiles, which a single outlier does not change.

/** The median, and the lower and upper quartile. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** @throws Error if the list of samples is empty. */
export function toSpread(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new Error('The list of samples is empty.')
  const sorted = [...samples].sort((one, other) => one - other)
  return { low: getQuantile(sorted, 0.25), median: getQuantile(sorted, 0.5), high: getQuantile(sorted, 0.75) }
}

/** Interpolates between two samples. */
export function getQuantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part
  const below = Math.floor(position)
  const lower = sorted[below] ?? Number.NaN
  const upper = sorted[Math.ceil(position)] ?? Number.NaN
  return lower + (upper - lower) * (position - below)
}

/** Subtracts round by round, so that a slow round does not count. */
export function getDifferences(samples: readonly number[], base: readonly number[]): number[] {
  assertSameRounds(samples, base)
  return samples.map((sample, round) => sample - (base[round] as number))
}

/** @throws Error if the lists have different lengths. */
export function assertSameRounds(samples: readonly unknown[], base: readonly unknown[]): void {
  if (samples.length !== base.length)
    throw new Error(`Samples must be of the same rounds, but there are ${samples.length} and ${base.length}.`)
}
