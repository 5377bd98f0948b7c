// The packages as somebody gets them: packed, and installed from the tarballs into a folder of their own, with the
// contract apps as they were built beside them. Nothing in there can reach a source or a workspace link.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorker } from './worker.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const PACKAGES = ['core', 'hono', 'express', 'fastify']
const FOLDER = here('../../../node_modules/.cache/consumer')

/** Packs, installs, copies, bundles the Workers; gives the folder. */
export async function install() {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(join(FOLDER, 'tarballs'), { recursive: true })
  for (const name of PACKAGES)
    run('pnpm', ['pack', '--pack-destination', join(FOLDER, 'tarballs')], here(`../../../packages/${name}`))
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(manifest(), null, 2))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], FOLDER)
  cpSync(here('../dist'), join(FOLDER, 'dist'), { recursive: true })
  for (const app of ['hono', 'fetch']) {
    mkdirSync(join(FOLDER, `worker-${app}`))
    await bundleWorker(join(FOLDER, `dist/worker-${app}.js`), join(FOLDER, `worker-${app}`))
  }
  return FOLDER
}

/** Our packages from their tarballs; what they and the contract apps stand on, in the version that is installed here. */
function manifest() {
  const tarballs = readdirSync(join(FOLDER, 'tarballs'))
  const ours = PACKAGES.map((name) => [
    `@fetch-login/${name}`,
    `file:tarballs/${tarballs.find((file) => file.startsWith(`fetch-login-${name}-`))}`,
  ])
  const { dependencies } = readJson(here('../package.json'))
  const theirs = Object.keys(dependencies)
    .filter((name) => !name.startsWith('@fetch-login/') && !NEXT.test(name))
    .map((name) => [name, readJson(here(`../node_modules/${name}/package.json`)).version])
  return { private: true, type: 'module', dependencies: Object.fromEntries([...ours, ...theirs]) }
}

/** Next.js brings its own server and is deployed by other means. */
const NEXT = /^(next|react|react-dom|@fetch-login\/next)$/

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function run(command, args, cwd) {
  execFileSync(command, args, { cwd, shell: process.platform === 'win32', stdio: ['ignore', 'ignore', 'inherit'] })
}
