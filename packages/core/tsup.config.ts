import { defineConfig, type Options } from 'tsup'
import { version } from './package.json'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** The entry points that only list names of the bundle. */
const LISTS = /[\\/]src[\\/](index|adapter)\.ts$/

/** The entry points with code of their own. */
const OTHERS = /[\\/]src[\\/](testing|encrypted|jwt|context|node)(\.ts|[\\/][a-z-]+\.ts)$/

/** Modules that exist once, because an app compares their classes or shares their state. */
const SHARED =
  /(^|\/)(auth|auth-operations|base\/argument|base\/errors|identify\/found-user|identify\/request-loaders)$/

/**
 * Makes every entry point import shared modules from the bundle, so that an error is one class in all of them. The little
 * that they share besides is copied. check-packages finds a copy of what must exist once.
 */
const throughTheBundle: Plugin = {
  name: 'through-the-bundle',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
      isOfBundle(path, importer) ? { path: './bundle.js', external: true } : null,
    ),
}

function isOfBundle(path: string, importer: string): boolean {
  return LISTS.test(importer) || (OTHERS.test(importer) && SHARED.test(path))
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

// valibot and @oslojs/crypto are devDependencies on purpose: a package that is not a dependency is bundled, only the used
// part of it stays, and an import reads few files (decision 009).
const shared: Options = {
  // by package.json, so that each runtime gets its own
  external: ['#hmac', 'node:crypto'],
  define: { CORE_VERSION: JSON.stringify(version) },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  splitting: false,
  sourcemap: true,
}

export default defineConfig([
  { ...shared, entry: ['src/bundle.ts'], esbuildPlugins: [pureHashes] },
  {
    ...shared,
    entry: [
      'src/base/hmac.ts',
      'src/base/hmac-node.ts',
      ...['index', 'adapter', 'testing', 'encrypted', 'jwt', 'context', 'node'].map((name) => `src/${name}.ts`),
    ],
    esbuildPlugins: [throughTheBundle, pureHashes],
    // 6.0 warns about an option that tsup 8 sets
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
])
