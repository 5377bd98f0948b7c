// What is built, looked at as npm would publish it: publint and are-the-types-wrong on every package, its size, and that an
// error of core is one class by whichever door it comes.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const packages = readdirSync('packages').filter((name) => existsSync(`packages/${name}/package.json`))
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
if (spawnSync('size-limit', { shell: true, stdio: 'inherit' }).status !== 0) red.push('size-limit')

const core = readdirSync('packages/core/dist').filter((name) => name.endsWith('.js'))
const sources = core.map((name) => readFileSync(`packages/core/dist/${name}`, 'utf8'))
const classes = sources.flatMap((source) => source.match(/\w*Error = class|class \w*Error\b/g) ?? [])
if (classes.length === 0 || new Set(classes).size < classes.length) red.push(`errors of core: ${classes.join(', ')}`)

for (const command of red) console.error(`red: ${command}`)
console.log(`packages: ${packages.length} looked at, ${red.length} problems`)
process.exitCode = red.length === 0 && packages.length > 0 ? 0 : 1
