#!/usr/bin/env node
// Puts the faults of fault-list.mjs into core, one at a time, and plays the kit against each: all must be noticed, or
// the kit proves nothing. The sources are bundled anew for each fault; nothing is written but a temporary folder.
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
const AT_A_TIME = 2
const sources = new Map(sourceFiles().map((path) => [path, readFileSync(path, 'utf8')]))
const chosen = FAULTS.filter(({ fault }) => fault.includes(process.argv.slice(2).join(' ')))
const folder = mkdtempSync(join(tmpdir(), 'fetch-login-faults-'))
const total = { passed: 0, failed: 0 }

try {
  const themes = [...new Set(chosen.map(({ theme }) => theme))]
  const sound = await played('sound', sources, themes, [])
  report('core without a fault', sound.failed === 0 ? null : `is not green:\n${sound.output}`, 'green')
  const queue = [...chosen.entries()]
  await Promise.all(Array.from({ length: AT_A_TIME }, () => work(queue)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

async function work(queue) {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, one] = next
    try {
      const seen = await played(`fault-${index}`, changedSources(one), [one.theme], ['--bail', '--jobs', '1'])
      report(one.fault, problemOf(one, seen), `${one.theme}: ${firstNotice(one, seen)}`)
    } catch (error) {
      report(one.fault, error.message)
    }
  }
}

/** The sources with the fault in them. */
function changedSources({ where, instead }) {
  const hits = [...sources].flatMap(([path, text]) => Array(text.split(where).length - 1).fill(path))
  if (hits.length !== 1) throw new Error(`its anchor stands ${hits.length} times in core, not once: ${where}`)
  return new Map(sources).set(
    hits[0],
    sources.get(hits[0]).replace(where, () => instead),
  )
}

function problemOf(one, seen) {
  return firstNotice(one, seen) === undefined ? `stays unnoticed by the theme ${one.theme}:\n${seen.output}` : null
}

/** A fault that only breaks the app proves nothing: scenarios in which an answer became an error do not count. */
function firstNotice({ throws = false }, { failures, problems }) {
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

async function played(name, core, themes, more) {
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
  const output = await outputOf(process.execPath, [here('kit/run.mjs'), ...args, '--cmd', command])
  return { ...JSON.parse(readFileSync(json, 'utf8')), output: output.slice(-2000) }
}

function outputOf(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    child.on('close', () => resolve(output))
  })
}

/** The contract app on Hono, with core and the adapter from these sources in it. */
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
    esbuildPlugins: [{ name: 'core', setup: (esbuild) => esbuild.onLoad({ filter: /\.ts$/ }, load(core)) }],
    esbuildOptions: (options) => Object.assign(options, { alias }),
  })
}

function load(core) {
  return ({ path }) => (core.has(path) ? { contents: core.get(path), loader: 'ts' } : undefined)
}

function sourceFiles() {
  return readdirSync(CORE, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !/\.(test|test-d)\.ts$/.test(name))
    .map((name) => join(CORE, name))
}
