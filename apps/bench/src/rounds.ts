// Runs subjects in rounds, one after the other. Each round begins with another one, so that a slow period of the machine
// affects all of them.
import type { Runner } from './runner'

/** Microseconds a request in each round, by subject. */
export type Samples<Subject> = ReadonlyMap<Subject, readonly number[]>

export async function measureInRounds<Subject>(
  runners: ReadonlyMap<Subject, Runner>,
  rounds: number,
): Promise<Samples<Subject>> {
  for (const runner of runners.values()) await runner.warmUp()
  const samples = new Map([...runners.keys()].map((subject) => [subject, [] as number[]]))
  await runInRounds([...runners], rounds, async ([subject, runner]) => {
    samples.get(subject)?.push(await runner.takeSample())
  })
  return samples
}

export async function runInRounds<Item>(
  items: readonly Item[],
  rounds: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const first = round % items.length
    for (const item of [...items.slice(first), ...items.slice(0, first)]) await run(item)
  }
}
