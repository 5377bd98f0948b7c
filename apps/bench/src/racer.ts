// A contestant that runs: first it proves itself, then it runs until the engine has settled, then it is timed, a batch at a time.
import type { Proof, Work } from './contestant'
import type { Stopwatch } from './stopwatch'
import { inStrides } from './strides'

export interface Racer {
  prove(): Promise<readonly Proof[]>
  /** Runs until it is as fast as it gets. */
  warmUp(): Promise<void>
  /** Runs for a while; microseconds a request. */
  batch(): Promise<number>
  /** Lets go of it. */
  stop(): void
}

export interface Pace {
  readonly rounds: number
  /** How long a contestant is timed in a round, milliseconds. */
  readonly batchMillis: number
  /** How long each runs at least before anything is timed, milliseconds. */
  readonly warmUpMillis: number
}

/** How long the event loop waits for its turn, milliseconds. */
const STRIDE_MILLIS = 1
/** It is settled when so many batches in a row differ by no more than this share. */
const ALIKE = { batches: 3, share: 0.1 }
/** Where the machine is never quiet, it is let go after so many times the warm-up. */
const PATIENCE = 4

/** A racer in this process. */
export function racerOf(work: Work, pace: Pace, stopwatch: Stopwatch): Racer {
  let micros = Number.POSITIVE_INFINITY
  const batch = () => timed(work, micros, pace, stopwatch)
  const warmUp = async () => {
    micros = await runIn(work, pace, stopwatch)
    const start = stopwatch.now()
    const isLate = () => stopwatch.now() - start >= pace.warmUpMillis * PATIENCE
    micros = await settled(batch, isLate)
  }
  return { prove: () => proofsOf(work), warmUp, batch, stop: () => {} }
}

/** Who cannot even be asked proves nothing. Some peers print what they refuse: not now. */
async function proofsOf(work: Work): Promise<readonly Proof[]> {
  const { error, log } = console
  Object.assign(console, { error: () => {}, log: () => {} })
  try {
    return await work.prove()
  } catch (thrown) {
    return [{ what: `it can be asked: ${String(thrown)}`, ok: false }]
  } finally {
    Object.assign(console, { error, log })
  }
}

/** Runs until the engine has seen enough of it; microseconds of a request, at its best. */
async function runIn(work: Work, { warmUpMillis }: Pace, stopwatch: Stopwatch): Promise<number> {
  const start = stopwatch.now()
  let requests = 0
  let fastest = Number.POSITIVE_INFINITY
  for (let stride = 8; stopwatch.now() - start < warmUpMillis || requests < 64; stride = strideOf(fastest)) {
    fastest = Math.min(fastest, await microsOf(work, stride, stride, stopwatch))
    requests += stride
  }
  return fastest
}

/** Runs batches until the last ones tell the same, or it is late; the best of the last ones. */
async function settled(batch: () => Promise<number>, isLate: () => boolean): Promise<number> {
  let last: readonly number[] = []
  do {
    last = [...last, await batch()].slice(-ALIKE.batches)
  } while (!areAlike(last) && !isLate())
  return Math.min(...last)
}

function areAlike(figures: readonly number[]): boolean {
  return figures.length === ALIKE.batches && Math.max(...figures) <= Math.min(...figures) * (1 + ALIKE.share)
}

function requestsIn(millis: number, micros: number): number {
  return Math.max(1, Math.round((millis * 1000) / Math.max(micros, 0.01)))
}

function strideOf(micros: number): number {
  return requestsIn(STRIDE_MILLIS, micros)
}

/** A batch of requests that took so many microseconds each; how many they take now. */
async function timed(work: Work, micros: number, { batchMillis }: Pace, stopwatch: Stopwatch): Promise<number> {
  const requests = requestsIn(batchMillis, micros)
  await stopwatch.collect()
  await microsOf(work, Math.ceil(requests / 8), strideOf(micros), stopwatch)
  return microsOf(work, requests, strideOf(micros), stopwatch)
}

/** Microseconds a request. */
async function microsOf(work: Work, requests: number, stride: number, stopwatch: Stopwatch): Promise<number> {
  const millis = await inStrides(requests, stride, stopwatch, (from, to) => repeat(work, to - from))
  return (millis * 1000) / requests
}

/** What came last is kept: an answer that nobody could see, the engine need not make. */
const kept: { answer: unknown } = { answer: null }

/** Nothing is awaited that is already there: that would cost most whoever needs least. */
async function repeat({ next }: Work, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const answer = next()
    kept.answer = answer instanceof Promise ? await answer : answer
  }
}
