import { defineConfig } from 'tsup'

// One contract app per adapter, and those on Fetch API once more as a Worker; what starts and checks them stands beside
// this file and needs no build.
export default defineConfig({
  entry: {
    express: 'src/express.ts',
    fastify: 'src/fastify.ts',
    hono: 'src/runtimes/hono.ts',
    fetch: 'src/runtimes/fetch.ts',
    'worker-hono': 'src/runtimes/worker-hono.ts',
    'worker-fetch': 'src/runtimes/worker-fetch.ts',
  },
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  clean: true,
})
