// `pnpm test`: every check and every test, and at the very end one line of how many passed and failed. A step
// that is red without a count of its own (lint, a build, a threshold) counts as one failure, so that the line
// never says 0 where something is wrong.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'

const REPORT = 'node_modules/.cache/vitest.json'
rmSync(REPORT, { force: true })

const total = { passed: 0, failed: 0 }
const red = []

await step('build', 'pnpm run build', none)
await step('lint', 'pnpm run lint', none)
await step('types', 'pnpm run typecheck', none)
await step(
  'unit tests',
  `vitest run --config vitest.workspace.ts --coverage --reporter=default --reporter=json --outputFile.json=${REPORT}`,
  reported,
)
await step('conformance on every adapter', 'node apps/conformance/check.mjs', printed)
await step('faults put into core', 'node apps/conformance/faults.mjs', printed)
await step('packages installed from their tarballs', 'pnpm run release:dry', printed)
await step('bench, short', 'node --expose-gc apps/bench/dist/main.js --short', printed)

for (const test of failedTests()) console.log(test)
if (red.length > 0) console.log(`red: ${red.join(', ')}`)
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

async function step(name, command, countOf) {
  console.log(`\n=== ${name}`)
  const { code, output } = await run(command)
  const { passed, failed } = countOf(output)
  const unsaid = failed === 0 && (code !== 0 || (countOf !== none && passed === 0))
  total.passed += passed
  total.failed += unsaid ? 1 : failed
  if (failed > 0 || unsaid) red.push(name)
}

// The shell finds the command on every platform; nothing in it comes from outside.
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      process.stdout.write(text)
    })
    child.on('close', (code) => resolve({ code, output }))
  })
}

function none() {
  return { passed: 0, failed: 0 }
}

function reported() {
  const { numPassedTests = 0, numFailedTests = 0 } = report()
  return { passed: numPassedTests, failed: numFailedTests }
}

// Empty where vitest came to no end.
function report() {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'))
  } catch {
    return {}
  }
}

// Said once more at the end: a log that is cut off keeps its last lines.
function failedTests() {
  const { testResults = [] } = report()
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [`FAIL ${relative('.', name)}: ${message}`]
    return failed.map((test) => `FAIL ${relative('.', name)} > ${test.fullName}\n  ${why(test)}`)
  })
}

function why({ failureMessages }) {
  return failureMessages.join('\n').split('\n').slice(0, 12).join('\n  ')
}

function printed(output) {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1)
  return { passed: Number(last?.[1] ?? 0), failed: Number(last?.[2] ?? 0) }
}
