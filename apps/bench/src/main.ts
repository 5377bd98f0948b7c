// `pnpm bench`: proves, measures, and writes docs/performance.md. With --short it does all of it once and quickly, writes
// nothing, and says at the end how much of it was right.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Bench } from './bench'
import { performanceChart, performancePage } from './document'
import { SHORT, WHOLE } from './lengths'

const OPTIONS = {
  short: { type: 'boolean' },
  runtimes: { type: 'boolean' },
  'processor-time': { type: 'boolean' },
  write: { type: 'boolean' },
} as const

const { values } = parseArgs({ options: OPTIONS })
const short = values.short ?? process.env.BENCH_SHORT !== undefined
const write = values.write ?? !short
const clock = values['processor-time'] === true ? 'processor' : 'wall'

const bench = new Bench({ lengths: short ? SHORT : WHOLE, allRuntimes: values.runtimes === true, clock })
const results = await bench.run()
const failed = bench.failures
for (const what of failed) console.error(`failed: ${what}`)
if (results !== null) {
  const notes = readFileSync(new URL('../where-the-time-goes.md', import.meta.url), 'utf8')
  const facts = { ...bench.facts(short), notes }
  const page = performancePage(results, facts)
  console.log(page)
  if (write && failed.length === 0) save({ 'performance.md': page, 'performance.svg': performanceChart(results) })
}
process.exitCode = failed.length === 0 ? 0 : 1
console.log(`${bench.passed} passed, ${failed.length} failed`)

function save(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files))
    writeFileSync(new URL(`../../../docs/${name}`, import.meta.url), text)
}
