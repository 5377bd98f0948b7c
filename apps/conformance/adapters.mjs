// The adapters with a contract app, and the built file that starts each app.
export const ADAPTERS = {
  hono: 'dist/hono.js',
  express: 'dist/express.js',
  fastify: 'dist/fastify.js',
  fetch: 'dist/fetch.js',
  next: 'next/server.mjs',
}

/** Returns the adapter in the command line. Ends the process if the command line contains no adapter. */
export function parseAdapter(argv, script) {
  if (Object.hasOwn(ADAPTERS, argv[2])) return argv[2]
  console.error(`${script}: name one of ${Object.keys(ADAPTERS).join(', ')}`)
  return process.exit(2)
}
