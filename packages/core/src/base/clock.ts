// Time is an argument: tests move it, nobody fakes timers.

/** No clock of epoch seconds is as late: a clock of milliseconds is. */
const LATEST_SECONDS = 100_000_000_000

/** The longest duration: any instant of today's clocks and it make a number that is exact. */
export const LONGEST_SECONDS: number = Number.MAX_SAFE_INTEGER - LATEST_SECONDS

/** Whether a clock gives epoch seconds, and not milliseconds or something else. */
export function isEpochSeconds(now: unknown): boolean {
  return typeof now === 'number' && now >= 0 && now < LATEST_SECONDS
}

/** Epoch seconds, whole. */
export type Clock = () => number

export const readSystemClock: Clock = () => Math.floor(Date.now() / 1000)
