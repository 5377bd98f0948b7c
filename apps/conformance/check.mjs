#!/usr/bin/env node
// Runs the kit on the contract apps (after the build): on all of them, or on one as in `check.mjs hono`. Each difference
// from Flask-Login must be in deviations.json, which is the same for all apps. The changes that a framework makes itself
// are in framework/. The omitted themes are printed. If all apps run, their counts must be equal too.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ADAPTERS, parseAdapter } from './adapters.mjs'
import { run } from './kit/run.mjs'

const SKIPPED = {
  interop: "forges cookies in Flask's own wire formats, which this library does not read (design, section 4)",
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
if (process.argv.length > 2) await runOne(parseAdapter(process.argv, 'check.mjs'))
else await runAll(Object.keys(ADAPTERS))

async function runOne(adapter) {
  for (const [theme, reason] of Object.entries(SKIPPED)) {
    const { scenarios } = JSON.parse(readFileSync(here(`kit/scenarios/${theme}.json`), 'utf8'))
    console.log(`skipped: theme ${theme} (${scenarios.length} scenarios): ${reason}`)
  }
  const lists = ['deviations.json', `framework/${adapter}.json`].map(here).filter(existsSync)
  const list = [...lists.flatMap((file) => ['--deviations', file]), '--skip', Object.keys(SKIPPED).join()]
  await run([
    '--check',
    ...list,
    '--reports-port',
    '--cmd',
    `exec '${process.execPath}' '${here('start.mjs')}' ${adapter}`,
  ])
}

/** Runs the adapters one after another, so that each run has the whole machine. */
async function runAll(adapters) {
  const counts = {}
  for (const adapter of adapters) {
    console.log(`\n--- ${adapter}`)
    counts[adapter] = await countSteps(adapter)
  }
  console.log('')
  for (const [adapter, { passed, failed }] of Object.entries(counts)) {
    console.log(`${adapter.padEnd(8)} ${passed} passed, ${failed} failed`)
  }
  const all = Object.values(counts)
  const differ = new Set(all.map(({ passed }) => passed)).size > 1
  console.log(differ ? 'FAIL the counts differ' : `the counts of ${all.length} adapters are equal`)
  const sum = (name) => all.reduce((total, count) => total + count[name], 0)
  const failed = sum('failed') + (differ && sum('failed') === 0 ? 1 : 0)
  console.log(`${sum('passed')} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Runs the kit on an adapter, and returns its counts. A run without a count is a failure. */
async function countSteps(adapter) {
  const { code, output } = await runCheck(adapter)
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1)
  const failed = Number(last?.[2] ?? 0)
  return { passed: Number(last?.[1] ?? 0), failed: failed === 0 && (code !== 0 || last === undefined) ? 1 : failed }
}

function runCheck(adapter) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [here('check.mjs'), adapter], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      process.stdout.write(text)
    })
    child.on('close', (code) => resolve({ code, output }))
  })
}
