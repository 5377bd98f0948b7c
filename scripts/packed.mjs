// Packs our packages and installs their tarballs into a folder, as an app would. Nothing in that folder can reach a source
// or a workspace link.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageFolder = (name) => fileURLToPath(new URL(`../packages/${name}`, import.meta.url))

/**
 * Packs the packages `names`, and installs them in `folder` beside the packages `others` (name -> version).
 *
 * @param {string} folder
 * @param {readonly string[]} names
 * @param {Readonly<Record<string, string>>} others
 */
export function installPacked(folder, names, others) {
  mkdirSync(join(folder, 'tarballs'), { recursive: true })
  for (const name of names) run('pnpm', ['pack', '--pack-destination', join(folder, 'tarballs')], packageFolder(name))
  const files = readdirSync(join(folder, 'tarballs'))
  const ours = names.map((name) => [
    `@fetch-login/${name}`,
    `file:tarballs/${files.find((file) => file.startsWith(`fetch-login-${name}-`))}`,
  ])
  const manifest = { private: true, type: 'module', dependencies: { ...Object.fromEntries(ours), ...others } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder)
}

/**
 * Reads the version of each package that is installed for an app of this repository: `apps/consumer`.
 *
 * @param {string} app
 * @param {readonly string[]} names
 * @returns {Record<string, string>}
 */
export function versionsOf(app, names) {
  const path = (name) => fileURLToPath(new URL(`../${app}/node_modules/${name}/package.json`, import.meta.url))
  return Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(path(name), 'utf8')).version]))
}

function run(command, args, cwd) {
  execFileSync(command, args, { cwd, shell: process.platform === 'win32', stdio: ['ignore', 'ignore', 'inherit'] })
}
