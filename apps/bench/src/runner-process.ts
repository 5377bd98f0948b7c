// Runs a subject in its own process. In one process, the engine would optimize shared code for all subjects at once.
import { Child } from './child'
import type { Runner, Timing } from './runner'
import type { Clock } from './stopwatch'
import type { Proof, Subject, Suite, Visitors } from './subject'

export interface RunnerSettings {
  readonly visitors: Visitors
  readonly timing: Timing
  readonly clock: Clock
}

/** A method of the runner that the process calls. */
export type Command = 'prove' | 'warmUp' | 'takeSample'

export function startRunnerProcess(suite: Suite, { name }: Subject, settings: RunnerSettings): Runner {
  const child = new Child<{ readonly result: unknown }>('runner-child', [suite.name, name, JSON.stringify(settings)])
  const run = async (command: Command) => (await child.request(command)).result
  return {
    prove: async () => (await run('prove')) as readonly Proof[],
    warmUp: async () => void (await run('warmUp')),
    takeSample: async () => (await run('takeSample')) as number,
    stop: () => child.stop(),
  }
}
