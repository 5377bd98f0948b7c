import { defineConfig, type Options } from 'tsup'
import { version } from './package.json'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

const DOORS = /[\\/]src[\\/](testing|encrypted|jwt|context|node)\.ts$/

/**
 * What the main door gives too, the other doors take from there: an error is one class, however it is met. The little they
 * share besides is copied; check-packages looks that nothing is copied that must be one.
 */
const throughTheMainDoor: Plugin = {
  name: 'through-the-main-door',
  setup: ({ onResolve }) =>
    onResolve(
      { filter: /^\.\/(auth|base\/argument|base\/errors|identify\/found-user|identify\/request-loaders)$/ },
      ({ importer }) => (DOORS.test(importer) ? { path: './index.js', external: true } : null),
    ),
}

/** @oslojs says nowhere that its files do nothing by themselves; unsaid, one SHA-256 brings five relatives along. */
const pureHashes: Plugin = {
  name: 'pure-hashes',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^(@oslojs\/|\.\/)/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'asked' || !`${importer} ${path}`.includes('@oslojs')) return null
      return {
        path: (await resolve(path, { importer, resolveDir, kind, pluginData: 'asked' })).path,
        sideEffects: false,
      }
    }),
}

// valibot and @oslojs/crypto are devDependencies on purpose: what is no dependency is bundled, only what is used of it stays,
// and an import reads few files: the main door is one, for each file more is a millisecond more (decision 009).
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
  define: { CORE_VERSION: JSON.stringify(version) },
  esbuildPlugins: [throughTheMainDoor, pureHashes],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  splitting: false,
  sourcemap: true,
  clean: true,
  // 6.0 warns about an option that tsup 8 sets
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
})
