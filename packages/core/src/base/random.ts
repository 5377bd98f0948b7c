// The source of random bytes is an option. The default is the CSPRNG of the platform. Modules do not read it while they
// load, because Cloudflare Workers forbid that.

/** Returns this many random bytes. */
export type Random = (bytes: number) => Uint8Array

/** Returns random bytes of the platform's CSPRNG. */
export const drawSystemRandom: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes))
