// What a session in a cookie cannot promise: that something happens once. A cookie can be sent again as it was, so
// what is used up and how often somebody tried is counted at the server.

export interface Counter {
  /** How often this key was counted since its first time, this one included. `seconds` later it begins anew. */
  count(key: string, seconds: number): Promise<number>
  forget(key: string): Promise<void>
}

/** For one process. For several: Redis (`INCR` with `EXPIRE … NX`, and `DEL`), or a table. */
export class MemoryCounter implements Counter {
  readonly #clock: () => number
  readonly #counts = new Map<string, { times: number; endsAt: number }>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  async count(key: string, seconds: number): Promise<number> {
    const now = this.#clock()
    for (const [other, { endsAt }] of this.#counts) if (endsAt <= now) this.#counts.delete(other)
    const { times, endsAt } = this.#counts.get(key) ?? { times: 0, endsAt: now + seconds }
    this.#counts.set(key, { times: times + 1, endsAt })
    return times + 1
  }

  async forget(key: string): Promise<void> {
    this.#counts.delete(key)
  }
}
