// A counter at the server. A session in a cookie cannot ensure that something happens only once, because a client can send
// an old cookie again. So the server counts used challenges, used codes and attempts.

export interface Counter {
  /** Adds 1 to the count of this key, and returns it. The count is 0 again `seconds` after its first increment. */
  increment(key: string, seconds: number): Promise<number>
  reset(key: string): Promise<void>
}

/** Counts in one process. For several processes, use Redis (`INCR` with `EXPIRE … NX`, and `DEL`) or a table. */
export class MemoryCounter implements Counter {
  readonly #clock: () => number
  readonly #counts = new Map<string, { count: number; endsAt: number }>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  async increment(key: string, seconds: number): Promise<number> {
    const now = this.#clock()
    for (const [other, { endsAt }] of this.#counts) if (endsAt <= now) this.#counts.delete(other)
    const { count, endsAt } = this.#counts.get(key) ?? { count: 0, endsAt: now + seconds }
    this.#counts.set(key, { count: count + 1, endsAt })
    return count + 1
  }

  async reset(key: string): Promise<void> {
    this.#counts.delete(key)
  }
}
