// The visitors of a run.

/** How many visitors there are, and how much the cache of verified cookies may take. */
export interface Crowd {
  readonly visitors: number
  readonly cacheBytes: number
}
