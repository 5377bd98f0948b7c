// Guessing passwords has to be slow. An attempt is counted before the password is looked at, so that many at the same
// time do not slip through, and given back when it was right.
import { RateLimiterMemory, RateLimiterRes } from '#limiter'

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
  /** Whether one success forgets all failures. */
  readonly isOwn?: boolean
}

/**
 * The address first: an address that is refused counts for no account any more, so that nobody can lock others out, and
 * nobody can fill the memory with names. Few for one account from one address; many for one account from everywhere.
 */
export const LIMITS: readonly Limit[] = [
  { points: 50, seconds: 15 * 60, of: ({ address }) => address },
  { points: 5, seconds: 15 * 60, of: ({ email, address }) => `${address} ${email.trim().toLowerCase()}`, isOwn: true },
  { points: 100, seconds: 60 * 60, of: ({ email }) => email.trim().toLowerCase() },
]

/** New accounts from one address: each costs a password hash, and tells whether an e-mail address is taken. */
export const REGISTRATIONS: readonly Limit[] = [{ points: 20, seconds: 60 * 60, of: ({ address }) => address }]

export class Attempts {
  readonly #limits: readonly { readonly limiter: RateLimiterMemory; readonly limit: Limit }[]

  constructor(limits: readonly Limit[] = LIMITS) {
    this.#limits = limits.map((limit, index) => {
      const { points, seconds } = limit
      return { limiter: new RateLimiterMemory({ keyPrefix: String(index), points, duration: seconds }), limit }
    })
  }

  /** Counts one more, as far as the limits before allow it: null, or the seconds to wait where it is one too many. */
  async count(attempt: Attempt): Promise<number | null> {
    for (const { limiter, limit } of this.#limits) {
      const seconds = await waitFor(limiter, limit.of(attempt))
      if (seconds > 0) return seconds
    }
    return null
  }

  /** It was right: it does not count, and the account is as new for this address. */
  async forgive(attempt: Attempt): Promise<void> {
    for (const { limiter, limit } of this.#limits) {
      if (limit.isOwn) await limiter.delete(limit.of(attempt))
      else await limiter.reward(limit.of(attempt))
    }
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
