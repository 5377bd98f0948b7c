// The real vitest configuration. Vitest no longer looks for a file of this name, so every
// call says so: `vitest run --config vitest.workspace.ts`.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Unit tests run against the sources; what is built is tested by the apps and by `pnpm lint`.
const alias = [
  { find: /^@fetch-login\/core$/, replacement: source('./packages/core/src/index.ts') },
  { find: /^@fetch-login\/core\/(.+)$/, replacement: source('./packages/core/src/$1.ts') },
  { find: /^@fetch-login\/hono$/, replacement: source('./packages/hono/src/index.ts') },
]

const project = (name: string, root: string) => ({
  resolve: { alias },
  test: { name, root: source(root), environment: 'node' as const, include: ['**/*.test.{ts,tsx}'] },
})

export default defineConfig({
  test: {
    projects: [
      project('core', './packages/core'),
      project('hono', './packages/hono'),
      project('conformance', './apps/conformance'),
      project('demo', './apps/demo'),
      project('recipes', './apps/recipes'),
      project('scripts', './scripts'),
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts'],
      reporter: ['text', 'html', 'json-summary'],
      thresholds: { branches: 95 },
    },
  },
})
