import { defineConfig } from 'tsup'

// One contract app per adapter; what starts and checks them stands beside this file and needs no build.
export default defineConfig({
  entry: ['src/{hono,express,fastify,fetch}.ts'],
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  clean: true,
})
