#!/usr/bin/env node
// Plants the faults of fault-list.mjs in core, one at a time, and runs the kit on each. The kit must detect all of them.
// Each fault gets its own bundle of the sources, in a temporary folder. No other file is written.
//
//   node apps/conformance/faults.mjs [words of a fault]
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { FAULTS } from './fault-list.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const CORE = here('../../packages/core/src')
const CONCURRENT_RUNS = 2
const sources = new Map(listSourceFiles().map((path) => [path, readFileSync(path, 'utf8')]))
const selected = FAULTS.filter(({ fault }) => fault.includes(process.argv.slice(2).join(' ')))
const folder = mkdtempSync(join(tmpdir(), 'fetch-login-faults-'))
const total = { passed: 0, failed: 0 }

try {
  const themes = [...new Set(selected.map(({ theme }) => theme))]
  const sound = await runKit('sound', sources, themes, [])
  report('core without a fault', sound.failed === 0 ? null : `fails:\n${sound.output}`, 'passes')
  const queue = [...selected.entries()]
  await Promise.all(Array.from({ length: CONCURRENT_RUNS }, () => runFaults(queue)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

async function runFaults(queue) {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, one] = next
    try {
      const result = await runKit(`fault-${index}`, plantFault(one), [one.theme], ['--bail', '--jobs', '1'])
      report(one.fault, describeProblem(one, result), `${one.theme}: ${findDetection(one, result)}`)
    } catch (error) {
      report(one.fault, error.message)
    }
  }
}

/** Returns the sources with the fault. */
function plantFault({ where, instead }) {
  const hits = [...sources].flatMap(([path, text]) => Array(text.split(where).length - 1).fill(path))
  if (hits.length !== 1)
    throw new Error(`its anchor must be in core exactly once, but was found ${hits.length} times: ${where}`)
  return new Map(sources).set(
    hits[0],
    sources.get(hits[0]).replace(where, () => instead),
  )
}

function describeProblem(one, result) {
  return findDetection(one, result) === undefined
    ? `the theme ${one.theme} does not detect it:\n${result.output}`
    : null
}

/** Returns the first detection. Scenarios in which a response became an error do not count, unless the fault `throws`. */
function findDetection({ throws = false }, { failures, problems }) {
  const isBroken = ({ field, got }) => field === 'error' || (field === 'status' && got >= 500 && !throws)
  const broken = failures.filter(({ differences }) => differences.some(isBroken)).map(({ scenario }) => scenario)
  const [first] = failures.filter(({ scenario }) => !broken.includes(scenario))
  if (first !== undefined) return `${first.scenario} step ${first.step} ${first.differences[0].field}`
  return failures.length === 0 ? problems[0] : undefined
}

function report(fault, problem, notes = '') {
  total[problem === null ? 'passed' : 'failed'] += 1
  console.log(problem === null ? `ok   ${fault} (${notes})` : `FAIL ${fault}: ${problem}`)
}

async function runKit(name, core, themes, more) {
  await bundle(join(folder, name), core)
  const json = join(folder, `${name}.json`)
  const command = `exec '${process.execPath}' '${join(folder, name, 'hono.js')}'`
  const args = [
    '--check',
    '--reports-port',
    '--deviations',
    here('deviations.json'),
    '--only',
    themes.join(),
    '--json',
    json,
    ...more,
  ]
  const output = await readOutput(process.execPath, [here('kit/run.mjs'), ...args, '--cmd', command])
  return { ...JSON.parse(readFileSync(json, 'utf8')), output: output.slice(-2000) }
}

function readOutput(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    child.on('close', () => resolve(output))
  })
}

/** Bundles the contract app on Hono with these sources of core and the adapter. */
async function bundle(outDir, core) {
  const alias = {
    '@fetch-login/core/adapter': here('../../packages/core/src/adapter.ts'),
    '@fetch-login/core': here('../../packages/core/src/index.ts'),
    '@fetch-login/hono': here('../../packages/hono/src/index.ts'),
  }
  await build({
    config: false,
    entry: { hono: here('src/runtimes/hono.ts') },
    outDir,
    format: 'esm',
    target: 'node20',
    silent: true,
    noExternal: [/./],
    outExtension: () => ({ js: '.js' }),
    esbuildPlugins: [{ name: 'core', setup: (esbuild) => esbuild.onLoad({ filter: /\.ts$/ }, createLoader(core)) }],
    esbuildOptions: (options) => Object.assign(options, { alias }),
  })
}

function createLoader(core) {
  return ({ path }) => (core.has(path) ? { contents: core.get(path), loader: 'ts' } : undefined)
}

function listSourceFiles() {
  return readdirSync(CORE, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !/\.(test|test-d)\.ts$/.test(name))
    .map((name) => join(CORE, name))
}
