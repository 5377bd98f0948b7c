// node scripts/check-floors.mjs [root]
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkFloors } from './floors/check.mjs'

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'))
const { modules, imports, problems } = checkFloors(root)

for (const problem of problems) console.error(problem)
console.log(`floors: ${modules} modules, ${imports} imports, ${problems.length} problems`)
if (modules === 0 || imports === 0) {
  console.error(
    'floors: nothing was looked at\n    way out: give the root of a workspace with modules under packages/*/src',
  )
}
process.exitCode = problems.length === 0 && modules > 0 && imports > 0 ? 0 : 1
