import { defineConfig } from 'tsup'

// Builds one contract app per adapter, and those on Fetch API once more as a Worker. The modules that start and check the
// apps are beside this file, and need no build.
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
