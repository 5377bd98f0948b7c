// The rows of the table: which contract app on which runtime, and how it is started there.
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const quoted = (...words) => words.map((word) => `'${word}'`).join(' ')

const ON_SERVERS = ['hono', 'fetch', 'express', 'fastify']

/** What each kind of runtime wants before the file that it starts, and what it carries. */
const KINDS = {
  node: { flags: [], apps: ON_SERVERS },
  bun: { flags: [], apps: ON_SERVERS },
  deno: { flags: ['run', '--allow-all', '--no-remote', '--node-modules-dir=manual'], apps: ON_SERVERS },
  workerd: { apps: ['hono', 'fetch'] },
}

/** @param {string} runtime such as `node 22` */
export function kindOf(runtime) {
  return runtime.split(' ')[0]
}

/** What stands before the name of a file that this runtime shall run. */
export function flagsOf(runtime) {
  return KINDS[kindOf(runtime)].flags
}

/** The rows of a runtime: the app, and the command that starts it in a folder with everything installed. */
export function rowsOf(runtime, binary) {
  return KINDS[kindOf(runtime)].apps.map((app) => ({ runtime, app, command: `exec ${started(runtime, binary, app)}` }))
}

/** A Worker stands behind the edge, which knows the address of the peer. */
function started(runtime, binary, app) {
  if (kindOf(runtime) === 'workerd') return quoted(process.execPath, here('edge.mjs'), binary, `worker-${app}`)
  return quoted(binary, ...flagsOf(runtime), `dist/${app}.js`)
}
