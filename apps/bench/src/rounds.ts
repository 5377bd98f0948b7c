// Who is measured when: in rounds, each racer in turn and each round beginning with another one, so that what happens to the
// machine in between happens to all of them. Only one of them runs at a time.
import type { Racer } from './racer'

/** By who it is, microseconds a request in each round. */
export type Samples<Who> = ReadonlyMap<Who, readonly number[]>

export async function measure<Who>(
  racers: ReadonlyMap<Who, Racer>,
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<Samples<Who>> {
  for (const racer of racers.values()) await racer.warmUp()
  const samples = new Map([...racers.keys()].map((who) => [who, [] as number[]]))
  const time = async ([who, racer]: readonly [Who, Racer]) => void samples.get(who)?.push(await racer.batch())
  await inRounds([...racers], rounds, time, onRound)
  return samples
}

/** Each in turn, round by round. */
export async function inRounds<One>(
  all: readonly One[],
  rounds: number,
  each: (one: One) => Promise<void>,
  onRound: (round: number) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const one of turned(all, round)) await each(one)
    onRound(round + 1)
  }
}

/** The same order, beginning with another one. */
function turned<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}
