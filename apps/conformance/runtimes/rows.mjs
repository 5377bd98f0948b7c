// The rows of the table. Each is a contract app on a runtime, with the command that starts it.
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const quote = (...words) => words.map((word) => `'${word}'`).join(' ')

const SERVER_APPS = ['hono', 'fetch', 'express', 'fastify']

/** The flags of each kind of runtime, and the apps that it can run. */
const KINDS = {
  node: { flags: [], apps: SERVER_APPS },
  bun: { flags: [], apps: SERVER_APPS },
  deno: { flags: ['run', '--allow-all', '--no-remote', '--node-modules-dir=manual'], apps: SERVER_APPS },
  workerd: { apps: ['hono', 'fetch'] },
}

/** @param {string} runtime such as `node 22` */
export function getKind(runtime) {
  return runtime.split(' ')[0]
}

/** Returns the arguments before the name of the file that the runtime runs. */
export function getFlags(runtime) {
  return KINDS[getKind(runtime)].flags
}

/** Returns the rows of a runtime: the app, and the command that starts it in the folder of the installed packages. */
export function getRows(runtime, binary) {
  return KINDS[getKind(runtime)].apps.map((app) => ({
    runtime,
    app,
    command: `exec ${createCommand(runtime, binary, app)}`,
  }))
}

/** Returns the command. A Worker runs behind the edge proxy, which sets the address of the peer. */
function createCommand(runtime, binary, app) {
  if (getKind(runtime) === 'workerd') return quote(process.execPath, here('edge.mjs'), binary, `worker-${app}`)
  return quote(binary, ...getFlags(runtime), `dist/${app}.js`)
}
