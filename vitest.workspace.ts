// The real vitest configuration. Vitest no longer looks for a file of this name, so every
// call says so: `vitest run --config vitest.workspace.ts`.
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Unit tests run against the sources; what is built is tested by the apps and by `pnpm lint`.
const alias = [
  { find: '#hmac', replacement: source('./packages/core/src/base/hmac-node.ts') },
  { find: /^@fetch-login\/core$/, replacement: source('./packages/core/src/index.ts') },
  { find: /^@fetch-login\/core\/(.+)$/, replacement: source('./packages/core/src/$1.ts') },
  { find: /^@fetch-login\/(hono|express|fastify|next)$/, replacement: source('./packages/$1/src/index.ts') },
]

const project = (name: string, root: string, more: { exclude?: string[]; isolate?: boolean } = {}) => ({
  resolve: { alias },
  test: {
    name,
    root: source(root),
    environment: 'node' as const,
    include: ['**/*.test.{ts,tsx}'],
    exclude: [...configDefaults.exclude, ...(more.exclude ?? [])],
    isolate: more.isolate ?? true,
    testTimeout: 60_000,
  },
})

/** A project whose test files share their modules, which halves its time. None of them may mock a module. */
const fastProject = (name: string, root: string) => project(name, root, { isolate: false })

// In a browser: after all others and one file at a time, so that nothing else takes its time.
const e2e = {
  test: {
    name: 'e2e',
    root: source('./apps/demo/e2e'),
    // Pictures are made by `pnpm screenshots` alone: they are committed, and no test run changes what is.
    include: [process.env.SCREENSHOTS ? 'screenshots.test.ts' : '!(screenshots).test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    sequence: { groupOrder: 1 },
  },
}

// The same for Next.js: the example and its trials, as built.
const nextE2e = {
  test: {
    name: 'next-e2e',
    root: source('./apps/next-example/e2e'),
    include: ['*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    sequence: { groupOrder: 2 },
  },
}

export default defineConfig({
  test: {
    // The default leaves one processor idle, which is half of a machine with two.
    maxWorkers: '100%',
    projects: [
      ...['core', 'hono', 'express', 'fastify'].map((name) => fastProject(name, `./packages/${name}`)),
      project('next', './packages/next'),
      project('conformance', './apps/conformance'),
      project('consumer', './apps/consumer'),
      project('demo', './apps/demo', { exclude: ['e2e/**'] }),
      e2e,
      nextE2e,
      fastProject('express-example', './apps/express-example'),
      fastProject('fastify-example', './apps/fastify-example'),
      project('recipes', './apps/recipes'),
      project('bench', './apps/bench'),
      fastProject('scripts', './scripts'),
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
