// Runs the unit tests of core in the `edge-runtime` environment, which does not have Node.
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const core = (path: string): string => fileURLToPath(new URL(`../../../packages/core/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: '#hmac', replacement: core('src/base/hmac.ts') },
      { find: /^@fetch-login\/core$/, replacement: core('src/index.ts') },
      { find: /^@fetch-login\/core\/(.+)$/, replacement: core('src/$1.ts') },
    ],
  },
  test: {
    root: core('.'),
    environment: 'edge-runtime',
    include: ['src/**/*.test.ts'],
    // The tests of node/ start servers of Node.
    exclude: [...configDefaults.exclude, 'src/node/**'],
    setupFiles: [fileURLToPath(new URL('edge.setup.ts', import.meta.url))],
  },
})
