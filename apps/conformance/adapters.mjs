// The adapters that have a contract app: src/<name>.ts, built to dist/<name>.js.
const ADAPTERS = ['hono', 'express', 'fastify', 'fetch']

/** The adapter that the command line names; ends the process where it names none. */
export function adapterOf(argv, script) {
  if (ADAPTERS.includes(argv[2])) return argv[2]
  console.error(`${script}: name one of ${ADAPTERS.join(', ')}`)
  return process.exit(2)
}
