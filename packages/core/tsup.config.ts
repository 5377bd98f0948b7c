import { defineConfig, type Options } from 'tsup'
import { version } from './package.json'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** The entry points that only re-export names of the bundle. */
const LISTS = /[\\/]src[\\/](index|adapter)\.ts$/

/** The entry points that contain code. */
const OTHERS = /[\\/]src[\\/](testing|encrypted|jwt|context|node)(\.ts|[\\/][a-z-]+\.ts)$/

/** Modules that must exist once, because an app compares their classes or shares their state. */
const SHARED = new RegExp(
  `(^|/)(${['auth', 'auth-operations', 'base/argument', 'base/errors', 'identify/found-user', 'identify/request-loaders', 'options/check', 'request/operations'].join('|')})$`,
)

/**
 * Makes every entry point import shared modules from the bundle, so that an error is one class in all of them. Other shared
 * code is copied. scripts/check-packages.mjs fails if a copied module has a class or a collection.
 */
const importFromBundle: Plugin = {
  name: 'import-from-bundle',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
      isInBundle(path, importer) ? { path: './bundle.js', external: true } : null,
    ),
}

function isInBundle(path: string, importer: string): boolean {
  return LISTS.test(importer) || (OTHERS.test(importer) && SHARED.test(path))
}

/** Marks @oslojs as free of side effects, which its package.json omits. Otherwise SHA-256 adds five other hashes. */
const pureHashes: Plugin = {
  name: 'pure-hashes',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^(@oslojs\/|\.\/)/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolving' || !`${importer} ${path}`.includes('@oslojs')) return null
      return {
        path: (await resolve(path, { importer, resolveDir, kind, pluginData: 'resolving' })).path,
        sideEffects: false,
      }
    }),
}

// valibot and @oslojs/crypto are devDependencies, so that tsup bundles them. The bundle holds only the code that is used, and
// an import reads few files (decision 009).
const shared: Options = {
  // package.json resolves #hmac for each runtime
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
    esbuildPlugins: [importFromBundle, pureHashes],
    // TypeScript 6.0 warns about an option that tsup 8 sets
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
])
