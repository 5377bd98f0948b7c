import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  // 6.0 warns about an option that tsup 8 sets
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
})
