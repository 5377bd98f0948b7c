import { defineConfig } from 'tsup'

// valibot is a devDependency on purpose: what is no dependency is bundled, and only what is used of it stays.
export default defineConfig({
  entry: ['src/index.ts', 'src/testing.ts', 'src/encrypted.ts', 'src/jwt.ts', 'src/context.ts', 'src/node.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  splitting: true,
  sourcemap: true,
  clean: true,
  // 6.0 warns about an option that tsup 8 sets
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
})
