// The adapters that have a contract app, and what starts it once it is built.
export const ADAPTERS = {
  hono: 'dist/hono.js',
  express: 'dist/express.js',
  fastify: 'dist/fastify.js',
  fetch: 'dist/fetch.js',
  next: 'next/server.mjs',
}

/** The adapter that the command line names; ends the process where it names none. */
export function adapterOf(argv, script) {
  if (Object.hasOwn(ADAPTERS, argv[2])) return argv[2]
  console.error(`${script}: name one of ${Object.keys(ADAPTERS).join(', ')}`)
  return process.exit(2)
}
