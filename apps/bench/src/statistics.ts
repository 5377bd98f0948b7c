// Medians and quartiles: an outlier moves neither.

/** The middle of some samples, and the quarter below and above it. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** @throws Error where there is no sample. */
export function spreadOf(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new Error('There is no sample.')
  const sorted = [...samples].sort((one, other) => one - other)
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) }
}

/** Between two samples it lies on the line between them. */
export function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part
  const below = Math.floor(place)
  const lower = sorted[below] ?? Number.NaN
  const upper = sorted[Math.ceil(place)] ?? Number.NaN
  return lower + (upper - lower) * (place - below)
}

/** Round by round, what one costs more than the other: what slows both down in a round counts for neither. */
export function differences(samples: readonly number[], base: readonly number[]): number[] {
  if (samples.length !== base.length) throw new Error('Only samples of the same rounds can be compared.')
  return samples.map((sample, round) => sample - (base[round] as number))
}
