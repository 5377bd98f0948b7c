// The rows of the table: which contract app on which runtime, and how it is started there.
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const quoted = (...words) => words.map((word) => `'${word}'`).join(' ')

/** What each kind of runtime is called in `/about`, how it starts a file, and what it carries. */
const KINDS = {
  node: { start: (binary, file) => quoted(binary, file), apps: ['hono', 'fetch', 'express', 'fastify'] },
  bun: { start: (binary, file) => quoted(binary, file), apps: ['hono', 'fetch', 'express', 'fastify'] },
  deno: {
    start: (binary, file) => quoted(binary, 'run', '--allow-all', '--no-remote', '--node-modules-dir=manual', file),
    apps: ['hono', 'fetch', 'express', 'fastify'],
  },
  workerd: {
    start: (binary, _file, app) => quoted(process.execPath, here('edge.mjs'), binary, `worker-${app}`),
    apps: ['hono', 'fetch'],
  },
}

/** @param {string} runtime such as `node 22` */
export function kindOf(runtime) {
  return runtime.split(' ')[0]
}

/** The rows of a runtime: the app, and the command that starts it in a folder with everything installed. */
export function rowsOf(runtime, binary) {
  const { start, apps } = KINDS[kindOf(runtime)]
  return apps.map((app) => ({ runtime, app, command: `exec ${start(binary, `dist/${app}.js`, app)}` }))
}
