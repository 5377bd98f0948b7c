// A contestant that runs: first it proves itself, then it runs until the engine has settled, then it is timed, a batch at a time.
import type { Proof, Work } from './contestant'

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

/** What a measurement needs of the machine. */
export interface Stopwatch {
  /** Milliseconds since some moment. */
  now(): number
  /** Takes the young rubbish of the last batch away. */
  collect(): Promise<void>
}

/** It is settled when so many batches in a row differ by no more than this share. */
const ALIKE = { batches: 3, share: 0.1 }
/** Where the machine is never quiet, it is let go after so many times the warm-up. */
const PATIENCE = 4

/** A racer in this process. */
export function racerOf(work: Work, pace: Pace, stopwatch: Stopwatch): Racer {
  let requests = 1
  const batch = () => timed(work, requests, stopwatch)
  const warmUp = async () => {
    requests = requestsIn(pace.batchMillis, await runIn(work, pace, stopwatch))
    const start = stopwatch.now()
    const isLate = () => stopwatch.now() - start >= pace.warmUpMillis * PATIENCE
    requests = requestsIn(pace.batchMillis, await settled(batch, isLate))
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
async function runIn(work: Work, { warmUpMillis }: Pace, { now }: Stopwatch): Promise<number> {
  const start = now()
  let requests = 0
  let before = start
  let fastest = Number.POSITIVE_INFINITY
  for (let batch = 8; before - start < warmUpMillis || requests < 64; batch = Math.min(batch * 2, 4096)) {
    await repeat(work, batch)
    const after = now()
    fastest = Math.min(fastest, ((after - before) * 1000) / batch)
    requests += batch
    before = after
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

async function timed(work: Work, requests: number, { now, collect }: Stopwatch): Promise<number> {
  await collect()
  await repeat(work, Math.ceil(requests / 8))
  const start = now()
  await repeat(work, requests)
  return ((now() - start) * 1000) / requests
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
