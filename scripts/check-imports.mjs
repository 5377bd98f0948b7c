// dependency-cruiser over packages and apps. With a TypeScript it cannot use it sees no module and is
// green about it, so a count of zero is an error here.
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

const ours = output.modules.filter(({ source }) => /^(packages|apps)\/[^/]+\/src\//.test(source))
const { violations, totalDependenciesCruised } = output.summary
for (const { rule, from, to, cycle } of violations) {
  const way = cycle === undefined ? `${from} -> ${to}` : [from, ...cycle.map((step) => step.name ?? step)].join(' -> ')
  console.error(`${rule.name}: ${way}\n    way out: ${commentOf(rule.name)}`)
}
console.log(`imports: ${ours.length} modules, ${totalDependenciesCruised} imports, ${violations.length} problems`)
if (ours.length === 0) console.error('imports: nothing was looked at\n    way out: see that typescript is version 6')
process.exitCode = violations.length === 0 && ours.length > 0 ? 0 : 1

function commentOf(name) {
  return forbidden.find((rule) => rule.name === name)?.comment
}
