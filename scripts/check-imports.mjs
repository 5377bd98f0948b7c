// Runs dependency-cruiser over packages and apps. With a version of TypeScript that it does not support, it finds no module
// and still succeeds. So a count of zero is an error here.
//
//   node scripts/check-imports.mjs [root]
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

// Every path in the configuration is relative to the root of the workspace.
process.chdir(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')
const { output } = await cruise(
  ['packages', 'apps'].filter((folder) => existsSync(folder)),
  { ...options, ruleSet: { forbidden }, validate: true },
  options.enhancedResolveOptions,
  { tsConfig: extractTSConfig(options.tsConfig.fileName) },
)

const cruised = output.modules.filter(({ source }) => /^(packages|apps)\/[^/]+\/src\//.test(source))
const { violations, totalDependenciesCruised } = output.summary
for (const { rule, from, to, cycle } of violations) {
  const path = cycle === undefined ? `${from} -> ${to}` : [from, ...cycle.map((step) => step.name ?? step)].join(' -> ')
  console.error(`${rule.name}: ${path}. Remedy: ${getComment(rule.name)}`)
}
console.log(`imports: ${cruised.length} modules, ${totalDependenciesCruised} imports, ${violations.length} problems`)
if (cruised.length === 0) console.error('imports: no module was found. Remedy: use version 6 of typescript')
process.exitCode = violations.length === 0 && cruised.length > 0 ? 0 : 1

function getComment(name) {
  return forbidden.find((rule) => rule.name === name)?.comment
}
