import { defineConfig } from 'tsup'

// The run, and the programs that it starts as processes of their own.
export default defineConfig({
  entry: ['src/main.ts', 'src/racer-child.ts', 'src/http-server.ts', 'src/growth-child.ts', 'src/import-probe.ts'],
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  clean: true,
})
