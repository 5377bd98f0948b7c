import { defineConfig } from 'tsup'

// The run, and the programs that it starts in their own processes.
export default defineConfig({
  entry: ['src/main.ts', 'src/runner-child.ts', 'src/http-server.ts', 'src/growth-child.ts', 'src/import-probe.ts'],
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  clean: true,
})
