// Who is measured when: in rounds, each contestant in turn and each round beginning with another one, so that what
// happens to the machine in between happens to all of them.
import type { Contestant } from './contestant'

export interface Pace {
  readonly rounds: number
  /** How long a contestant is timed in a round, milliseconds. */
  readonly batchMillis: number
  /** How long each runs before anything is timed, milliseconds. */
  readonly warmUpMillis: number
}

/** What a measurement needs of the machine. */
export interface Stopwatch {
  /** Milliseconds since some moment. */
  now(): number
  /** Takes the young rubbish of the one before away. */
  collect(): Promise<void>
}

/** By the name of a contestant, microseconds a request in each round. */
export type Samples = ReadonlyMap<string, readonly number[]>

export async function measure(
  contestants: readonly Contestant[],
  pace: Pace,
  stopwatch: Stopwatch,
  onRound: (round: number) => void = () => {},
): Promise<Samples> {
  const batches = new Map<string, number>()
  for (const contestant of contestants) batches.set(contestant.name, await warmUp(contestant, pace, stopwatch))
  const samples = new Map(contestants.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < pace.rounds; round++) {
    for (const contestant of turned(contestants, round)) {
      const sample = await timed(contestant, batches.get(contestant.name) as number, stopwatch)
      samples.get(contestant.name)?.push(sample)
    }
    onRound(round + 1)
  }
  return samples
}

/** The same order, beginning with another one. */
function turned<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** Runs until the engine has seen enough of it; the number of requests that fill a batch. */
async function warmUp(
  contestant: Contestant,
  { batchMillis, warmUpMillis }: Pace,
  { now }: Stopwatch,
): Promise<number> {
  const start = now()
  let requests = 0
  let before = start
  let fastest = Number.POSITIVE_INFINITY
  for (let batch = 8; before - start < warmUpMillis || requests < 64; batch = Math.min(batch * 2, 4096)) {
    await repeat(contestant, batch)
    const after = now()
    fastest = Math.min(fastest, (after - before) / batch)
    requests += batch
    before = after
  }
  return Math.max(1, Math.round(batchMillis / Math.max(fastest, 1e-5)))
}

async function timed(contestant: Contestant, batch: number, { now, collect }: Stopwatch): Promise<number> {
  await collect()
  await repeat(contestant, Math.ceil(batch / 8))
  const start = now()
  await repeat(contestant, batch)
  return ((now() - start) * 1000) / batch
}

async function repeat({ next }: Contestant, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await next()
}
