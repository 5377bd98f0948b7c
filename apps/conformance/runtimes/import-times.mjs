// Measures the first import of core in each runtime, in milliseconds, as the median of several processes. The clock of a
// Worker does not advance, so the value there is the difference between the first responses with and without core.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveBinary } from './binaries.mjs'
import { getFlags, getKind } from './rows.mjs'
import { bundleWorker, CONFIG } from './worker.mjs'
import { startWorkerd } from './workerd.mjs'

const RUNS = 7
const TIMED = `const before = performance.now()
await import('@fetch-login/core')
console.log(performance.now() - before)
`
const RESPONSE = "export default { fetch: () => new Response('here') }"

/** Returns the milliseconds by runtime. */
export async function measureImportTimes(runtimes, folder) {
  writeFileSync(join(folder, 'import-core.mjs'), TIMED)
  const times = new Map()
  for (const runtime of runtimes) {
    const once =
      getKind(runtime) === 'workerd' ? await createWorkerTimer(runtime, folder) : () => timeImport(runtime, folder)
    const all = []
    for (let run = 0; run < RUNS; run++) all.push(await once())
    times.set(runtime, all.sort((one, two) => one - two)[Math.floor(RUNS / 2)])
  }
  return times
}

function timeImport(runtime, folder) {
  const args = [...getFlags(runtime), 'import-core.mjs']
  return Number(execFileSync(resolveBinary(runtime), args, { cwd: folder, encoding: 'utf8' }))
}

async function createWorkerTimer(runtime, folder) {
  const empty = await createWorker(folder, 'empty', RESPONSE)
  const full = await createWorker(
    folder,
    'full',
    `import * as core from '@fetch-login/core'\nglobalThis.core = core\n${RESPONSE}`,
  )
  const binary = resolveBinary(runtime)
  return async () => (await timeFirstResponse(binary, full)) - (await timeFirstResponse(binary, empty))
}

async function createWorker(folder, name, source) {
  const entry = join(folder, `worker-${name}.mjs`)
  writeFileSync(entry, source)
  const to = join(folder, `worker-${name}`)
  mkdirSync(to, { recursive: true })
  await bundleWorker(entry, to)
  return to
}

/** Returns the time from the start of the process to the response to its first request. */
async function timeFirstResponse(binary, cwd) {
  const before = performance.now()
  const { child, port } = startWorkerd(binary, CONFIG, { cwd })
  try {
    await (await fetch(`http://127.0.0.1:${await port}/`)).text()
    return performance.now() - before
  } finally {
    child.kill()
  }
}
