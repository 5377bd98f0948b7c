import { defineConfig } from 'tsup'

export default defineConfig([
  {
    entry: ['src/server.{ts,tsx}'],
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    clean: true,
  },
  // A Worker is a single file that contains all its modules.
  {
    entry: ['src/worker/worker.ts'],
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    noExternal: [/./],
    loader: { '.css': 'text', '.svg': 'text' },
    esbuildOptions: (options) => {
      options.conditions = ['workerd', 'worker', 'import']
      options.mainFields = ['module', 'main']
    },
  },
])
