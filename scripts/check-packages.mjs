// Checks the built packages as npm would publish them: publint, are-the-types-wrong, the fields of the manifest and the
// size of each package. Each class and collection of core must exist once, even if an app imports several entry points.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findManifestProblems, packagesIn } from './manifests.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const packages = packagesIn('.')
const commands = packages.flatMap((name) => [
  `publint run packages/${name} --strict --pack npm`,
  `attw --pack packages/${name} --profile esm-only --no-emoji`,
])

// The shell finds the command on every platform. No part of the command is input.
const failed = commands.filter((command) => {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' })
  if (status !== 0) console.error(`> ${command}\n${stdout}${stderr}`)
  return status !== 0
})
failed.push(...findManifestProblems('.'))
if (spawnSync('size-limit', { shell: true, stdio: 'inherit' }).status !== 0) failed.push('size-limit')

// Values that have an identity or a state: classes, collections, symbols and variables of a module.
const SINGLE =
  /^(?:var (\w+)(?:;| = (?:\/\* @__PURE__ \*\/ )?(?:class|new (?:Weak)?(?:Map|Set)\b|Symbol\())|class (\w+))/gm
const entryPoints = readdirSync('packages/core/dist').filter((name) => name.endsWith('.js'))
const singles = entryPoints.flatMap((name) => {
  const source = readFileSync(`packages/core/dist/${name}`, 'utf8')
  return [...source.matchAll(SINGLE)].map((match) => match.slice(1).find(Boolean))
})
const doubles = singles.filter((name, place) => singles.indexOf(name) < place)
if (!singles.includes('LoginError') || doubles.length > 0)
  failed.push(`several entry points of core contain: ${doubles}`)

for (const command of failed) console.error(`failed: ${command}`)
console.log(`packages: ${packages.length} checked, ${failed.length} problems`)
process.exitCode = failed.length === 0 && packages.length > 0 ? 0 : 1
