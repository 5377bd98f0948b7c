// Limits guesses of passwords. An attempt is counted before the password is checked, so simultaneous attempts cannot
// exceed the limit. A correct password is not counted.
import { RateLimiterMemory, RateLimiterRes } from '#limiter'

export interface Attempt {
  readonly email: string
  /** The client address. */
  readonly address: string
}

export interface Limit {
  /** Number of attempts that may fail. */
  readonly points: number
  readonly seconds: number
  /** Returns the key under which attempts are counted. */
  readonly of: (attempt: Attempt) => string
  /** Whether a correct password resets the count. */
  readonly isOwn?: boolean
}

/**
 * Checks the client address first: a refused address is not counted for an account, so it cannot lock out other clients
 * or fill the memory. The limit is low for one account from one address, and high for one account from all addresses.
 */
export const LIMITS: readonly Limit[] = [
  { points: 50, seconds: 15 * 60, of: ({ address }) => address },
  { points: 5, seconds: 15 * 60, of: ({ email, address }) => `${address} ${email.trim().toLowerCase()}`, isOwn: true },
  { points: 100, seconds: 60 * 60, of: ({ email }) => email.trim().toLowerCase() },
]

/** Limits new accounts from one address. Each costs a password hash, and reveals whether an e-mail address is taken. */
export const REGISTRATIONS: readonly Limit[] = [{ points: 20, seconds: 60 * 60, of: ({ address }) => address }]

export class Attempts {
  readonly #limits: readonly { readonly limiter: RateLimiterMemory; readonly limit: Limit }[]

  constructor(limits: readonly Limit[] = LIMITS) {
    this.#limits = limits.map((limit, index) => {
      const { points, seconds } = limit
      return { limiter: new RateLimiterMemory({ keyPrefix: String(index), points, duration: seconds }), limit }
    })
  }

  /** Counts an attempt. Returns null, or the seconds to wait if a limit is exceeded. */
  async count(attempt: Attempt): Promise<number | null> {
    for (const { limiter, limit } of this.#limits) {
      const seconds = await countAttempt(limiter, limit.of(attempt))
      if (seconds > 0) return seconds
    }
    return null
  }

  /** Removes a correct attempt from the counts, and resets the count of this account and address. */
  async forgive(attempt: Attempt): Promise<void> {
    for (const { limiter, limit } of this.#limits) {
      if (limit.isOwn) await limiter.delete(limit.of(attempt))
      else await limiter.reward(limit.of(attempt))
    }
  }
}

/** Counts an attempt for a key. Returns the seconds to wait, or 0. */
async function countAttempt(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key)
    return 0
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
    throw refused
  }
}
