// Runs the steps of `pnpm test` and `pnpm check`, and prints the number of cases of each. A project or a step with fewer
// cases than scripts/test-counts.json requires fails. The last line is the sum.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const MINIMUMS = JSON.parse(readFileSync(new URL('test-counts.json', import.meta.url), 'utf8'))
const ROOT = fileURLToPath(new URL('..', import.meta.url))
// If a browser or a service may be missing, its tests are skipped. They still count as cases, because CI runs them.
const SKIPS_COUNT = process.env.E2E !== 'required' || process.env.SERVICES !== 'required'

const total = { passed: 0, failed: 0 }
const failedSteps = []
const messages = []

/** Runs a step without cases, such as a build. It fails if its exit code is not 0. */
export async function runStep(name, command) {
  const { code } = await start(name, command)
  if (code !== 0) recordFailure(name, 1)
}

/** Runs vitest projects in one process, and counts the cases of each project. */
export async function runVitest(name, projects, more = '') {
  const report = `node_modules/.cache/vitest-${name.replaceAll(/\W+/g, '-')}.json`
  rmSync(report, { force: true })
  const chosen = projects.map((project) => `--project ${project}`).join(' ')
  const reporters = `--reporter=default --reporter=json --outputFile.json=${report}`
  const { code } = await start(name, `vitest run --config vitest.workspace.ts ${chosen} ${reporters} ${more}`)
  const { testResults = [], numPassedTests = 0, numFailedTests = 0 } = readReport(report)
  total.passed += numPassedTests
  messages.push(...formatFailures(testResults))
  const failed = numFailedTests > 0 || code === 0 ? numFailedTests : 1
  if (failed > 0) recordFailure(name, failed)
  for (const project of projects) compare(project, countCases(testResults, project))
}

/** Runs a command that prints its sum in a last line such as `12 passed, 0 failed`. `isPartial` waives the minimum. */
export async function runCounted(name, command, isPartial = false) {
  const { code, output } = await start(name, command)
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1)
  const [passed, failed] = [Number(last?.[1] ?? 0), Number(last?.[2] ?? 0)]
  total.passed += passed
  const isSilent = failed === 0 && (code !== 0 || passed === 0)
  if (failed > 0 || isSilent) recordFailure(name, isSilent ? 1 : failed)
  if (isPartial) console.log(`cases: ${name}: ${passed + failed} (partial)`)
  else compare(name, passed + failed)
}

/** Prints the failures again at the end, because a shortened log keeps its last lines. `.ci/run` reads the line "red: …". */
export function finish() {
  for (const message of messages) console.log(message)
  if (failedSteps.length > 0) console.log(`red: ${failedSteps.join(', ')}`)
  process.exitCode = total.failed === 0 ? 0 : 1
  console.log(`${total.passed} passed, ${total.failed} failed`)
}

function recordFailure(name, count) {
  total.failed += count
  failedSteps.push(name)
}

function compare(name, count) {
  const minimum = MINIMUMS[name]
  console.log(`cases: ${name}: ${count} (at least ${minimum})`)
  if (count >= minimum) return
  messages.push(`FAIL ${name} ran ${count} cases, but scripts/test-counts.json expects at least ${minimum}`)
  recordFailure(`cases of ${name}`, 1)
}

function countCases(testResults, project) {
  const statuses = SKIPS_COUNT ? ['passed', 'failed', 'skipped', 'pending'] : ['passed', 'failed']
  const own = testResults.filter(({ name }) => getProject(relative(ROOT, name).replaceAll('\\', '/')) === project)
  return own.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => statuses.includes(status))
    .length
}

/** Returns the project of a test file: the name of its folder, except for the two projects with a browser. */
export function getProject(path) {
  if (path.startsWith('apps/demo/e2e/')) return 'e2e'
  if (path.startsWith('apps/next-example/e2e/')) return 'next-e2e'
  return /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1] ?? path.split('/')[0]
}

// The shell finds the command on every platform; no part of the command is input.
function start(name, command) {
  const startedAt = process.hrtime.bigint()
  console.log(`\n=== ${name}`)
  return new Promise((resolve) => {
    const child = spawn(command, { cwd: ROOT, shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      process.stdout.write(text)
    })
    child.on('close', (code) => {
      console.log(`=== ${name}: ${(process.hrtime.bigint() - startedAt) / 1_000_000_000n} s`)
      resolve({ code, output })
    })
  })
}

/** Returns an empty object if vitest wrote no report. */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
  } catch {
    return {}
  }
}

function formatFailures(testResults) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [`FAIL ${relative(ROOT, name)}: ${message}`]
    return failed.map((test) => `FAIL ${relative(ROOT, name)} > ${test.fullName}\n  ${formatReason(test)}`)
  })
}

function formatReason({ failureMessages }) {
  return failureMessages.join('\n').split('\n').slice(0, 12).join('\n  ')
}
