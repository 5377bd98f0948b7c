// Time is an argument: tests move it, nobody fakes timers.

/** Epoch seconds, whole. */
export type Clock = () => number

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)
