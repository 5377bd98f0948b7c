// Runs the steps of `pnpm test` and `pnpm check`, prints how many cases each ran, and compares the numbers with
// scripts/test-counts.json: a project or a step that runs fewer cases than that fails. The last line is the sum.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const FLOORS = JSON.parse(readFileSync(new URL('test-counts.json', import.meta.url), 'utf8'))
const ROOT = fileURLToPath(new URL('..', import.meta.url))
// Where a browser or a service may be missing, its tests are skipped by name: they count as cases, as they would run in CI.
const SKIPS_COUNT = process.env.E2E !== 'required' || process.env.SERVICES !== 'required'

const total = { passed: 0, failed: 0 }
const red = []
const messages = []

/** A step without cases of its own, such as a build. It fails by its exit code. */
export async function run(name, command) {
  const { code } = await start(name, command)
  if (code !== 0) fail(name, 1)
}

/** Vitest projects in one process. Each folder of a project is counted by itself. */
export async function vitest(name, projects, more = '') {
  const report = `node_modules/.cache/vitest-${name.replaceAll(/\W+/g, '-')}.json`
  rmSync(report, { force: true })
  const chosen = projects.map((project) => `--project ${project}`).join(' ')
  const reporters = `--reporter=default --reporter=json --outputFile.json=${report}`
  const { code } = await start(name, `vitest run --config vitest.workspace.ts ${chosen} ${reporters} ${more}`)
  const { testResults = [], numPassedTests = 0, numFailedTests = 0 } = readReport(report)
  total.passed += numPassedTests
  messages.push(...failuresIn(testResults))
  const failed = numFailedTests > 0 || code === 0 ? numFailedTests : 1
  if (failed > 0) fail(name, failed)
  for (const project of projects) compare(project, casesIn(testResults, project))
}

/** A command whose output has lines such as `12 passed, 0 failed`; the last one is its sum. `isPartial` waives the minimum. */
export async function printed(name, command, isPartial = false) {
  const { code, output } = await start(name, command)
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1)
  const [passed, failed] = [Number(last?.[1] ?? 0), Number(last?.[2] ?? 0)]
  total.passed += passed
  const isSilent = failed === 0 && (code !== 0 || passed === 0)
  if (failed > 0 || isSilent) fail(name, isSilent ? 1 : failed)
  if (isPartial) console.log(`cases: ${name}: ${passed + failed} (partial)`)
  else compare(name, passed + failed)
}

/** Prints the failures once more, because a log that is cut off keeps its last lines. */
export function finish() {
  for (const message of messages) console.log(message)
  if (red.length > 0) console.log(`red: ${red.join(', ')}`)
  process.exitCode = total.failed === 0 ? 0 : 1
  console.log(`${total.passed} passed, ${total.failed} failed`)
}

function fail(name, count) {
  total.failed += count
  red.push(name)
}

function compare(name, count) {
  const floor = FLOORS[name]
  console.log(`cases: ${name}: ${count} (at least ${floor})`)
  if (count >= floor) return
  messages.push(`FAIL ${name} ran ${count} cases, but scripts/test-counts.json expects at least ${floor}`)
  fail(`cases of ${name}`, 1)
}

function casesIn(testResults, project) {
  const statuses = SKIPS_COUNT ? ['passed', 'failed', 'skipped', 'pending'] : ['passed', 'failed']
  const own = testResults.filter(({ name }) => projectOf(relative(ROOT, name).replaceAll('\\', '/')) === project)
  return own.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => statuses.includes(status))
    .length
}

/** The project of a test file: the name of its folder, except for the two projects of the browser. */
export function projectOf(path) {
  if (path.startsWith('apps/demo/e2e/')) return 'e2e'
  if (path.startsWith('apps/next-example/e2e/')) return 'next-e2e'
  return /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1] ?? path.split('/')[0]
}

// The shell finds the command on every platform; no part of the command is input.
function start(name, command) {
  const begun = process.hrtime.bigint()
  console.log(`\n=== ${name}`)
  return new Promise((resolve) => {
    const child = spawn(command, { cwd: ROOT, shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      process.stdout.write(text)
    })
    child.on('close', (code) => {
      console.log(`=== ${name}: ${(process.hrtime.bigint() - begun) / 1_000_000_000n} s`)
      resolve({ code, output })
    })
  })
}

/** Empty if vitest wrote no report. */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
  } catch {
    return {}
  }
}

function failuresIn(testResults) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [`FAIL ${relative(ROOT, name)}: ${message}`]
    return failed.map((test) => `FAIL ${relative(ROOT, name)} > ${test.fullName}\n  ${reasonOf(test)}`)
  })
}

function reasonOf({ failureMessages }) {
  return failureMessages.join('\n').split('\n').slice(0, 12).join('\n  ')
}
