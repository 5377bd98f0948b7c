// The process of one subject. It runs the commands of its parent.
import { LocalRunner } from './runner'
import type { Command, RunnerSettings } from './runner-process'
import { createStopwatch } from './stopwatch'
import { findSubject } from './suites'

const [suite = '', subject = '', settings = ''] = process.argv.slice(2)
const { visitors, timing, clock }: RunnerSettings = JSON.parse(settings)
// A promise, because a command may arrive before the workload is created.
const runner = findSubject(suite, subject)
  .createWorkload(visitors)
  .then((workload) => new LocalRunner(workload, timing, createStopwatch(clock)))

process.on('message', async (command: Command) => process.send?.({ result: await (await runner)[command]() }))
process.on('disconnect', () => process.exit())
