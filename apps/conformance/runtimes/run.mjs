#!/usr/bin/env node
// `pnpm test:runtimes`: the conformance kit on every runtime that is named, against the packages as they are installed
// from their tarballs (after the build). `pnpm test:runtimes bun hono` plays the rows that have these words.
//
// A runtime that cannot be had is a skip, by name; RUNTIMES=all makes it a failure. WRITE=docs puts the table into
// docs/runtimes.md, which only a whole run may.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binaryOf, pinnedVersion, RUNTIMES } from './binaries.mjs'
import { demoWorkerProblem } from './demo-worker.mjs'
import { edgeBundle } from './edge-bundle.mjs'
import { importTimes } from './import-times.mjs'
import { install } from './installed.mjs'
import { kindOf, rowsOf } from './rows.mjs'
import { rendered, writeTable } from './table.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const words = process.argv.slice(2)
const total = { passed: 0, failed: 0 }
const skipped = []
const folder = await install()
const reports = mkdtempSync(join(tmpdir(), 'fetch-login-runtimes-'))

try {
  const rows = RUNTIMES.flatMap((runtime) => rowsWith(runtime)).filter(isWanted)
  if (rows.length === 0 && skipped.length === 0) throw new Error(`no row has the words ${words.join(' ')}`)
  const played = []
  const queue = rows.map((row, index) => ({ ...row, index }))
  await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, () => work(queue, played)))
  played.sort((one, two) => one.row.index - two.row.index)
  const times = await importTimes([...new Set(rows.map(({ runtime }) => runtime))], folder)
  console.log(rendered(played, times))
  sameEverywhere(played)
  await lookAtEdgeBundle()
  if (rows.some(({ runtime }) => runtime === 'workerd')) await tryDemoWorker()
  if (words.length === 0) await unitTestsOnTheEdge()
  if (process.env.WRITE === 'docs' && words.length === 0 && total.failed === 0) writeTable(played, times)
} finally {
  rmSync(reports, { recursive: true, force: true })
}
if (skipped.length > 0) console.log(`skipped: ${skipped.join('; ')}`)
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

function isWanted({ runtime, app }) {
  return words.every((word) => `${runtime} ${app}`.includes(word))
}

function rowsWith(runtime) {
  try {
    return rowsOf(runtime, binaryOf(runtime))
  } catch (error) {
    skipped.push(`${runtime}: ${error.message}`)
    if (process.env.RUNTIMES === 'all') failed(`${runtime} is required and cannot be had: ${error.message}`)
    return []
  }
}

async function work(queue, played) {
  for (let row = queue.shift(); row !== undefined; row = queue.shift()) played.push(await play(row))
}

/** Plays the kit against one row, and looks whether what answered was the runtime that was meant. */
async function play(row) {
  const name = `${row.runtime} ${row.app}`
  const json = join(reports, `${name.replaceAll(' ', '-')}.json`)
  const list = ['--deviations', here('../deviations.json'), '--skip', 'interop', '--json', json]
  const apart = ['--jobs', '1', '--reports-port']
  const output = await outputOf([here('../kit/run.mjs'), '--check', ...list, ...apart, '--cmd', row.command])
  const { passed, failed: red, scenarios, about } = reportOf(json)
  total.passed += passed
  total.failed += red
  console.log(`${red === 0 && passed > 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} steps of ${scenarios} scenarios`)
  if (red > 0 || passed === 0) console.log(output.slice(-4000))
  if (passed === 0) failed(`${name} did not answer`)
  const runtime = about?.runtime ?? 'nothing'
  if (!runtime.startsWith(meant(row))) failed(`${name} was answered by ${runtime}, not by ${meant(row)}`)
  return { row, passed, scenarios, version: versionOf(row.runtime) }
}

function reportOf(json) {
  try {
    return JSON.parse(readFileSync(json, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, scenarios: 0 }
  }
}

/** What `/about` has to say, read at run time there, and out of the binary here. A Worker knows no version of its own. */
function meant({ runtime }) {
  return kindOf(runtime) === 'workerd' ? 'Cloudflare-Workers' : `${kindOf(runtime)} ${versionOf(runtime)}`
}

function versionOf(runtime) {
  const text = execFileSync(binaryOf(runtime), ['--version'], { encoding: 'utf8' })
  return kindOf(runtime) === 'workerd' ? pinnedVersion(runtime) : /\d+\.\d+\.\d+/.exec(text)[0]
}

/** A runtime on which less was played than on another proves less. */
function sameEverywhere(played) {
  const counts = new Set(played.map(({ passed, scenarios }) => `${passed} steps of ${scenarios} scenarios`))
  if (counts.size > 1) failed(`the numbers differ: ${[...counts].join(', ')}`)
}

async function lookAtEdgeBundle() {
  const { modules, bytes, gzipped, strangers } = await edgeBundle(folder)
  console.log(`edge bundle: core and the Hono adapter, ${modules} modules, ${bytes} bytes, ${gzipped} gzipped`)
  if (strangers.length > 0) failed(`the edge bundle names ${strangers.join(', ')}, which an edge runtime has not`)
  else total.passed += 1
}

async function tryDemoWorker() {
  const problem = await demoWorkerProblem(binaryOf('workerd'))
  if (problem !== null) return failed(`the demo as a Worker: ${problem}`)
  total.passed += 1
  console.log('ok   the demo as a Worker')
}

async function unitTestsOnTheEdge() {
  const json = join(reports, 'edge.json')
  const vitest = here('../node_modules/vitest/vitest.mjs')
  const args = ['run', '--config', here('edge.config.ts'), '--reporter=default', '--reporter=json']
  const output = await outputOf([vitest, ...args, `--outputFile.json=${json}`])
  const { numPassedTests = 0, numFailedTests = 0 } = reportOf(json)
  total.passed += numPassedTests
  total.failed += numFailedTests
  console.log(`unit tests of core in the edge-runtime environment: ${numPassedTests} passed, ${numFailedTests} failed`)
  if (numFailedTests > 0) console.log(output.slice(-4000))
  if (numPassedTests === 0) failed(`no unit test ran on the edge:\n${output.slice(-4000)}`)
}

function failed(message) {
  total.failed += 1
  console.log(`FAIL ${message}`)
}

function outputOf(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('close', () => resolve(output))
  })
}
