#!/usr/bin/env node
// `pnpm test:runtimes`: runs the conformance kit on every runtime, with the packages installed from their tarballs (after
// the build). `pnpm test:runtimes bun hono` runs the rows that contain these words.
//
// A runtime that is not available is skipped. With RUNTIMES=all that is a failure. After a complete run, WRITE=docs writes
// the table to docs/runtimes.md.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveBinary, getPinnedVersion, RUNTIMES } from './binaries.mjs'
import { findDemoWorkerProblem } from './demo-worker.mjs'
import { inspectEdgeBundle } from './edge-bundle.mjs'
import { measureImportTimes } from './import-times.mjs'
import { install } from './installed.mjs'
import { getKind, getRows } from './rows.mjs'
import { renderTable, writeTable } from './table.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const words = process.argv.slice(2)
const total = { passed: 0, failed: 0 }
const skipped = []
const folder = await install()
const reports = mkdtempSync(join(tmpdir(), 'fetch-login-runtimes-'))

try {
  const rows = RUNTIMES.flatMap((runtime) => resolveRows(runtime)).filter(isSelected)
  if (rows.length === 0 && skipped.length === 0) throw new Error(`no row contains the words ${words.join(' ')}`)
  const played = []
  const queue = rows.map((row, index) => ({ ...row, index }))
  await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, () => runRows(queue, played)))
  played.sort((one, two) => one.row.index - two.row.index)
  const times = await measureImportTimes([...new Set(rows.map(({ runtime }) => runtime))], folder)
  console.log(renderTable(played, times))
  compareCounts(played)
  await checkEdgeBundle()
  if (rows.some(({ runtime }) => runtime === 'workerd')) await checkDemoWorker()
  if (words.length === 0) await runEdgeUnitTests()
  if (process.env.WRITE === 'docs' && words.length === 0 && total.failed === 0) writeTable(played, times)
} finally {
  rmSync(reports, { recursive: true, force: true })
}
if (skipped.length > 0) console.log(`skipped: ${skipped.join('; ')}`)
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

function isSelected({ runtime, app }) {
  return words.every((word) => `${runtime} ${app}`.includes(word))
}

function resolveRows(runtime) {
  try {
    return getRows(runtime, resolveBinary(runtime))
  } catch (error) {
    skipped.push(`${runtime}: ${error.message}`)
    if (process.env.RUNTIMES === 'all') recordFailure(`${runtime} is required and not available: ${error.message}`)
    return []
  }
}

async function runRows(queue, played) {
  for (let row = queue.shift(); row !== undefined; row = queue.shift()) played.push(await runRow(row))
}

/** Runs the kit on one row, and verifies that the expected runtime responded. */
async function runRow(row) {
  const name = `${row.runtime} ${row.app}`
  const json = join(reports, `${name.replaceAll(' ', '-')}.json`)
  const list = ['--deviations', here('../deviations.json'), '--skip', 'interop', '--json', json]
  const settings = ['--jobs', '1', '--reports-port']
  const output = await readOutput([here('../kit/run.mjs'), '--check', ...list, ...settings, '--cmd', row.command])
  const { passed, failed: failures, scenarios, about } = readReport(json)
  total.passed += passed
  total.failed += failures
  console.log(`${failures === 0 && passed > 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} steps of ${scenarios} scenarios`)
  if (failures > 0 || passed === 0) console.log(output.slice(-4000))
  if (passed === 0) recordFailure(`${name} did not respond`)
  const runtime = about?.runtime ?? 'nothing'
  if (!runtime.startsWith(getExpectedRuntime(row))) recordFailure(`${name} ran on ${runtime}, not on ${getExpectedRuntime(row)}`)
  return { row, passed, scenarios, version: readVersion(row.runtime) }
}

function readReport(json) {
  try {
    return JSON.parse(readFileSync(json, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, scenarios: 0 }
  }
}

/** Returns the runtime that `/about` must report, with the version of the binary. A Worker does not report a version. */
function getExpectedRuntime({ runtime }) {
  return getKind(runtime) === 'workerd' ? 'Cloudflare-Workers' : `${getKind(runtime)} ${readVersion(runtime)}`
}

function readVersion(runtime) {
  const text = execFileSync(resolveBinary(runtime), ['--version'], { encoding: 'utf8' })
  return getKind(runtime) === 'workerd' ? getPinnedVersion(runtime) : /\d+\.\d+\.\d+/.exec(text)[0]
}

/** Requires equal counts on all runtimes. */
function compareCounts(played) {
  const counts = new Set(played.map(({ passed, scenarios }) => `${passed} steps of ${scenarios} scenarios`))
  if (counts.size > 1) recordFailure(`the numbers differ: ${[...counts].join(', ')}`)
}

async function checkEdgeBundle() {
  const { modules, bytes, gzipped, nodeNames } = await inspectEdgeBundle(folder)
  console.log(`edge bundle: core and the Hono adapter, ${modules} modules, ${bytes} bytes, ${gzipped} gzipped`)
  if (nodeNames.length > 0) recordFailure(`the edge bundle contains ${nodeNames.join(', ')}, which an edge runtime does not have`)
  else total.passed += 1
}

async function checkDemoWorker() {
  const problem = await findDemoWorkerProblem(resolveBinary('workerd'))
  if (problem !== null) return recordFailure(`the demo as a Worker: ${problem}`)
  total.passed += 1
  console.log('ok   the demo as a Worker')
}

async function runEdgeUnitTests() {
  const json = join(reports, 'edge.json')
  const vitest = here('../node_modules/vitest/vitest.mjs')
  const args = ['run', '--config', here('edge.config.ts'), '--reporter=default', '--reporter=json']
  const output = await readOutput([vitest, ...args, `--outputFile.json=${json}`])
  const { numPassedTests = 0, numFailedTests = 0 } = readReport(json)
  total.passed += numPassedTests
  total.failed += numFailedTests
  console.log(`unit tests of core in the edge-runtime environment: ${numPassedTests} passed, ${numFailedTests} failed`)
  if (numFailedTests > 0) console.log(output.slice(-4000))
  if (numPassedTests === 0) recordFailure(`no unit test ran on the edge:\n${output.slice(-4000)}`)
}

function recordFailure(message) {
  total.failed += 1
  console.log(`FAIL ${message}`)
}

function readOutput(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('close', () => resolve(output))
  })
}
