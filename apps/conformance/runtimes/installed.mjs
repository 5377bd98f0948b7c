// Packs the packages, and installs the tarballs into a folder as an app does. The folder also contains the built contract
// apps.
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPacked, versionsOf } from '../../../scripts/packed.mjs'
import { bundleWorker } from './worker.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const PACKAGES = ['core', 'hono', 'express', 'fastify']
const FOLDER = here('../../../node_modules/.cache/consumer')

/** Packs, installs, copies the apps, and bundles the Workers. Returns the folder. */
export async function install() {
  rmSync(FOLDER, { recursive: true, force: true })
  const { dependencies } = JSON.parse(readFileSync(here('../package.json'), 'utf8'))
  const others = Object.keys(dependencies).filter((name) => !name.startsWith('@fetch-login/') && !NEXT.test(name))
  installPacked(FOLDER, PACKAGES, versionsOf('apps/conformance', others))
  cpSync(here('../dist'), join(FOLDER, 'dist'), { recursive: true })
  for (const app of ['hono', 'fetch']) {
    mkdirSync(join(FOLDER, `worker-${app}`))
    await bundleWorker(join(FOLDER, `dist/worker-${app}.js`), join(FOLDER, `worker-${app}`))
  }
  return FOLDER
}

/** The packages of Next.js, which has its own server and is not deployed in this way. */
const NEXT = /^(next|react|react-dom|@fetch-login\/next)$/
