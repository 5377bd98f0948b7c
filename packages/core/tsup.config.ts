import { defineConfig } from 'tsup'

// valibot and @oslojs/crypto are devDependencies on purpose: what is no dependency is bundled, only what is used of it stays,
// and an import reads few files.
export default defineConfig({
  entry: [
    'src/base/hmac.ts',
    'src/base/hmac-node.ts',
    'src/index.ts',
    'src/testing.ts',
    'src/encrypted.ts',
    'src/jwt.ts',
    'src/context.ts',
    'src/node.ts',
  ],
  // by package.json, so that each runtime gets its own
  external: ['#hmac', 'node:crypto'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  splitting: true,
  sourcemap: true,
  clean: true,
  // 6.0 warns about an option that tsup 8 sets
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
})
