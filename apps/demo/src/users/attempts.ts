// Guessing passwords has to be slow. An attempt is counted before the password is looked at, so that many at the same
// time do not slip through, and given back when it was right.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export interface Attempt {
  readonly email: string
  /** Where the request came from. */
  readonly address: string
}

export interface Limit {
  /** Attempts that may fail. */
  readonly points: number
  readonly seconds: number
  /** Whose attempts are counted together. */
  readonly of: (attempt: Attempt) => string
}

/** Few for one account from one address, so that nobody can lock others out; more for each of the two alone. */
export const LIMITS: readonly Limit[] = [
  { points: 5, seconds: 15 * 60, of: ({ email, address }) => `${address} ${email.trim().toLowerCase()}` },
  { points: 50, seconds: 15 * 60, of: ({ address }) => address },
  { points: 100, seconds: 60 * 60, of: ({ email }) => email.trim().toLowerCase() },
]

export class Attempts {
  readonly #limits: readonly { readonly limiter: RateLimiterMemory; readonly of: Limit['of'] }[]

  constructor(limits: readonly Limit[] = LIMITS) {
    this.#limits = limits.map(({ points, seconds, of }, index) => {
      return { limiter: new RateLimiterMemory({ keyPrefix: String(index), points, duration: seconds }), of }
    })
  }

  /** Counts one more: null, or the seconds to wait where it is one too many. */
  async count(attempt: Attempt): Promise<number | null> {
    const waits = await Promise.all(this.#limits.map(({ limiter, of }) => waitFor(limiter, of(attempt))))
    const longest = Math.max(...waits)
    return longest === 0 ? null : longest
  }

  /** It was right: it does not count, and the account is as new for this address. */
  async forgive(attempt: Attempt): Promise<void> {
    const [own, ...shared] = this.#limits
    await own?.limiter.delete(own.of(attempt))
    await Promise.all(shared.map(({ limiter, of }) => limiter.reward(of(attempt))))
  }
}

/** Seconds; 0 for none. */
async function waitFor(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key)
    return 0
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
    throw refused
  }
}
