// The unit tests of core once more, where there is no Node: in the `edge-runtime` environment.
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
    // What is about Node's own http, and what reads the sources: neither is core at work.
    exclude: [...configDefaults.exclude, 'src/node.test.ts', 'src/exports.test.ts', 'src/failure-points.test.ts'],
    setupFiles: [fileURLToPath(new URL('edge.setup.ts', import.meta.url))],
  },
})
