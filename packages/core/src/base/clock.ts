// The clock is an option, so that tests can set the time without fake timers.

/** The upper limit of epoch seconds. Today's epoch milliseconds are above it. */
const LATEST_SECONDS = 100_000_000_000

/** The longest duration in seconds. The sum of it and any valid time is an exact integer. */
export const LONGEST_SECONDS: number = Number.MAX_SAFE_INTEGER - LATEST_SECONDS

/** Returns whether a value is a time in epoch seconds, and not in milliseconds. */
export function isEpochSeconds(now: unknown): boolean {
  return typeof now === 'number' && now >= 0 && now < LATEST_SECONDS
}

/** Returns the time in whole epoch seconds. */
export type Clock = () => number

/** Returns the time of the system. */
export const readSystemClock: Clock = () => Math.floor(Date.now() / 1000)
