// `pnpm bench` proves, measures, and writes docs/performance.md. With --short it runs everything once, writes nothing, and
// prints the number of checks that passed.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Bench } from './bench'
import { createChart, createPage } from './document'
import { SHORT, WHOLE } from './run-lengths'

const OPTIONS = {
  short: { type: 'boolean' },
  runtimes: { type: 'boolean' },
  'processor-time': { type: 'boolean' },
  write: { type: 'boolean' },
} as const

const { values } = parseArgs({ options: OPTIONS })
const isShort = values.short === true
const bench = new Bench({
  lengths: isShort ? SHORT : WHOLE,
  allRuntimes: values.runtimes === true,
  clock: values['processor-time'] === true ? 'processor' : 'wall',
})
const results = await bench.run()
const { passed, failures } = bench.checks
for (const title of failures) console.error(`failed: ${title}`)
if (results !== null) {
  const notes = readFileSync(new URL('../where-the-time-goes.md', import.meta.url), 'utf8')
  const page = createPage(results, { ...bench.getFacts(isShort), notes })
  console.log(page)
  if ((values.write ?? !isShort) && failures.length === 0) {
    writeDocument('performance.md', page)
    writeDocument('performance.svg', createChart(results))
  }
}
process.exitCode = failures.length === 0 ? 0 : 1
console.log(`${passed} passed, ${failures.length} failed`)

function writeDocument(name: string, text: string): void {
  writeFileSync(new URL(`../../../docs/${name}`, import.meta.url), text)
}
