// How long a runtime takes to import core for the first time, in milliseconds: the median of several fresh processes.
// In a Worker the clock stands still, so there it is how much later one with core in it answers than one without.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binaryOf } from './binaries.mjs'
import { flagsOf, kindOf } from './rows.mjs'
import { bundleWorker, CONFIG } from './worker.mjs'
import { startWorkerd } from './workerd.mjs'

const RUNS = 7
const TIMED = `const before = performance.now()
await import('@fetch-login/core')
console.log(performance.now() - before)
`
const ANSWER = "export default { fetch: () => new Response('here') }"

/** Milliseconds by runtime. */
export async function importTimes(runtimes, folder) {
  writeFileSync(join(folder, 'import-core.mjs'), TIMED)
  const times = new Map()
  for (const runtime of runtimes) {
    const once = kindOf(runtime) === 'workerd' ? await workerOnce(runtime, folder) : () => imported(runtime, folder)
    const all = []
    for (let run = 0; run < RUNS; run++) all.push(await once())
    times.set(runtime, all.sort((one, two) => one - two)[Math.floor(RUNS / 2)])
  }
  return times
}

function imported(runtime, folder) {
  const args = [...flagsOf(runtime), 'import-core.mjs']
  return Number(execFileSync(binaryOf(runtime), args, { cwd: folder, encoding: 'utf8' }))
}

async function workerOnce(runtime, folder) {
  const empty = await workerOf(folder, 'empty', ANSWER)
  const full = await workerOf(
    folder,
    'full',
    `import * as core from '@fetch-login/core'\nglobalThis.core = core\n${ANSWER}`,
  )
  const binary = binaryOf(runtime)
  return async () => (await timeToAnswer(binary, full)) - (await timeToAnswer(binary, empty))
}

async function workerOf(folder, name, source) {
  const entry = join(folder, `worker-${name}.mjs`)
  writeFileSync(entry, source)
  const to = join(folder, `worker-${name}`)
  mkdirSync(to, { recursive: true })
  await bundleWorker(entry, to)
  return to
}

/** From the start of the process to the answer of its first request. */
async function timeToAnswer(binary, cwd) {
  const before = performance.now()
  const { child, port } = startWorkerd(binary, CONFIG, { cwd })
  try {
    await (await fetch(`http://127.0.0.1:${await port}/`)).text()
    return performance.now() - before
  } finally {
    child.kill()
  }
}
