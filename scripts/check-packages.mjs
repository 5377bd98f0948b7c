// Checks the built packages as npm would publish them: publint and are-the-types-wrong on every package, the fields of its
// manifest, its size, and that each class and collection of core exists once, whichever entry point an app imports.
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

// The shell finds the command on every platform; nothing in it comes from outside.
const red = commands.filter((command) => {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' })
  if (status !== 0) console.error(`> ${command}\n${stdout}${stderr}`)
  return status !== 0
})
red.push(...findManifestProblems('.'))
if (spawnSync('size-limit', { shell: true, stdio: 'inherit' }).status !== 0) red.push('size-limit')

// What has an identity or a memory of its own: classes, collections, symbols and variables of a module.
const SINGLE =
  /^(?:var (\w+)(?:;| = (?:\/\* @__PURE__ \*\/ )?(?:class|new (?:Weak)?(?:Map|Set)\b|Symbol\())|class (\w+))/gm
const doors = readdirSync('packages/core/dist').filter((name) => name.endsWith('.js'))
const singles = doors.flatMap((name) => {
  const source = readFileSync(`packages/core/dist/${name}`, 'utf8')
  return [...source.matchAll(SINGLE)].map((match) => match.slice(1).find(Boolean))
})
const doubles = singles.filter((name, place) => singles.indexOf(name) < place)
if (!singles.includes('LoginError') || doubles.length > 0) red.push(`what two doors of core have each: ${doubles}`)

for (const command of red) console.error(`red: ${command}`)
console.log(`packages: ${packages.length} looked at, ${red.length} problems`)
process.exitCode = red.length === 0 && packages.length > 0 ? 0 : 1
