// Runs a subject: proves it, warms it up until its times are stable, then times one sample after the other.
import { runInBatches, type Stopwatch } from './stopwatch'
import type { Proof, Workload } from './subject'

export interface Runner {
  prove(): Promise<readonly Proof[]>
  /** Runs until the times are stable. */
  warmUp(): Promise<void>
  /** Times one sample and returns microseconds a request. */
  takeSample(): Promise<number>
  stop(): void
}

export interface Timing {
  readonly rounds: number
  /** The length of a sample in milliseconds. Each subject is timed once a round. */
  readonly sampleMillis: number
  /** The minimum length of the warm-up in milliseconds. */
  readonly warmUpMillis: number
}

/** The event loop turns before each batch of this length. */
const BATCH_MILLIS = 1
const MIN_WARM_UP_REQUESTS = 64
/** Times are stable if this number of samples in a row differ by at most this share. */
const STABLE = { samples: 3, share: 0.1 }
/** On a busy machine the times may never be stable. The warm-up then ends after this multiple of its length. */
const MAX_WARM_UPS = 4

/** The last response is kept, so that the engine cannot optimize its creation away. */
const last: { response: unknown } = { response: null }

/** Runs a subject in this process. */
export class LocalRunner implements Runner {
  readonly #workload: Workload
  readonly #timing: Timing
  readonly #stopwatch: Stopwatch
  /** The expected microseconds of a request. */
  #micros = Number.POSITIVE_INFINITY

  constructor(workload: Workload, timing: Timing, stopwatch: Stopwatch) {
    this.#workload = workload
    this.#timing = timing
    this.#stopwatch = stopwatch
  }

  /** Returns a failed proof if it throws. The console is off meanwhile, because some peers print what they reject. */
  async prove(): Promise<readonly Proof[]> {
    const { error, log } = console
    Object.assign(console, { error: () => {}, log: () => {} })
    try {
      return await this.#workload.prove()
    } catch (thrown) {
      return [{ title: `it answers requests: ${String(thrown)}`, ok: false }]
    } finally {
      Object.assign(console, { error, log })
    }
  }

  async warmUp(): Promise<void> {
    this.#micros = await this.#runWarmUp()
    const deadline = this.#stopwatch.now() + this.#timing.warmUpMillis * MAX_WARM_UPS
    let samples: readonly number[] = []
    do {
      samples = [...samples, await this.takeSample()].slice(-STABLE.samples)
    } while (!areStable(samples) && this.#stopwatch.now() < deadline)
    this.#micros = Math.min(...samples)
  }

  async takeSample(): Promise<number> {
    const requests = countRequests(this.#timing.sampleMillis, this.#micros)
    const batch = countRequests(BATCH_MILLIS, this.#micros)
    await this.#stopwatch.collect()
    await this.#time(Math.ceil(requests / 8), batch)
    return this.#time(requests, batch)
  }

  stop(): void {}

  /** Runs until the engine has optimized the code, and returns the microseconds of the fastest batch. */
  async #runWarmUp(): Promise<number> {
    const start = this.#stopwatch.now()
    let requests = 0
    let fastest = Number.POSITIVE_INFINITY
    let batch = 8
    while (this.#stopwatch.now() - start < this.#timing.warmUpMillis || requests < MIN_WARM_UP_REQUESTS) {
      fastest = Math.min(fastest, await this.#time(batch, batch))
      requests += batch
      batch = countRequests(BATCH_MILLIS, fastest)
    }
    return fastest
  }

  /** Returns microseconds a request. */
  async #time(requests: number, batch: number): Promise<number> {
    const run = (from: number, to: number) => repeat(this.#workload, to - from)
    return ((await runInBatches(requests, batch, this.#stopwatch, run)) * 1000) / requests
  }
}

function areStable(samples: readonly number[]): boolean {
  return samples.length === STABLE.samples && Math.max(...samples) <= Math.min(...samples) * (1 + STABLE.share)
}

function countRequests(millis: number, micros: number): number {
  return Math.max(1, Math.round((millis * 1000) / Math.max(micros, 0.01)))
}

/** Awaits only promises: an unnecessary await would add most to the fastest subject. */
async function repeat(workload: Workload, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const response = workload.sendNext()
    last.response = response instanceof Promise ? await response : response
  }
}
