// Chance is an argument. The default is the platform's CSPRNG; nothing is drawn when a module loads, because
// workers forbid that.

/** Draws this many random bytes. */
export type Random = (bytes: number) => Uint8Array

export const drawSystemRandom: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes))
