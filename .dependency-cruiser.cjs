// Every rule about imports, type-only imports included. biome.json holds the rules about globals and words.

/**
 * The layers of packages/core/src, the lowest first. An import goes down a layer, or stays in its folder. The files of
 * one layer may import each other; its folders may not. To move a module, change this list and nothing else.
 */
const LAYERS = [
  ['base/'],
  ['state/', 'wire/'],
  ['options/'],
  ['sessions/'],
  ['request/'],
  ['identify/'],
  ['guards/', 'actions/'],
  ['commit.ts', 'auth.ts', 'auth-operations.ts', 'manager.ts', 'manager-resolver.ts', 'fetch.ts'],
  ['node/'],
]

/** The modules of core that alone may import a package or a Node module. */
const IMPORTERS = [
  {
    rule: 'jose-importers',
    packages: '(^|node_modules/)jose(/|$)',
    files: ['wire/tokens/encrypted-tokens.ts', 'encrypted.ts', 'jwt.ts'],
  },
  { rule: 'valibot-importers', packages: '(^|node_modules/)valibot(/|$)', files: ['options/'] },
  { rule: 'oslo-importers', packages: '(^|node_modules/)@oslojs/', files: ['base/'] },
  { rule: 'crypto-importers', packages: '^(node:)?crypto$', files: ['base/hmac-node.ts'] },
  { rule: 'async-hooks-importers', packages: '^(node:)?async_hooks$', files: ['context.ts'] },
]

const tests = '[.]test(-d)?[.]tsx?$'
const core = '^packages/core/src/'
const sources = '^packages/[^/]+/src/'
const inCore = (...parts) => `${core}(${parts.map(patternOf).join('|')})`
const patternOf = (part) => (part.endsWith('/') ? part : `${part.replaceAll('.', '[.]')}$`)

// The entry points are the top layer: core's package.json lists them.
const subpaths = Object.keys(require('./packages/core/package.json').exports)
  .filter((name) => name !== '.')
  .map((name) => `${name.slice(2)}.ts`)
const entryPoints = ['index.ts', 'bundle.ts', ...subpaths]
const layers = [...LAYERS, entryPoints]

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

const IMPORT_DOWN = 'Move the imported code to a lower layer, or pass it as an argument.'

/** What one folder or file of a layer may import: itself, the lower layers, and as a file the other files of its layer. */
function importsOf(part, depth) {
  const isFile = (other) => !other.endsWith('/')
  return [part, ...layers.slice(0, depth).flat(), ...(isFile(part) ? layers[depth].filter(isFile) : [])]
}

// A test may also use the library through its entry points; a test beside them may import every layer.
const layerRules = layers.flatMap((layer, depth) =>
  layer.flatMap((part) => {
    const allowed = importsOf(part, depth)
    const rule = forbid(
      'imports-go-down',
      IMPORT_DOWN,
      { path: inCore(part), pathNot: tests },
      { path: core, pathNot: inCore(...allowed) },
    )
    if (!part.endsWith('/')) return [rule]
    const testRule = forbid(
      'tests-import-down',
      IMPORT_DOWN,
      { path: `${inCore(part)}.*${tests}` },
      { path: core, pathNot: inCore(...allowed, ...entryPoints) },
    )
    return [rule, testRule]
  }),
)

const importerRules = IMPORTERS.map(({ rule, packages, files }) =>
  forbid(
    rule,
    `Only ${files.join(', ')} may import it: call a function of that module.`,
    { path: core, pathNot: [inCore(...files), tests] },
    { path: packages },
  ),
)

/** What the tests of the adapters share. It imports no module of core. */
const adapterTests = '^packages/core/test/adapters/'

/** An app within an app: its package.json says CommonJS, and its dependencies are in the one above. */
const CJS_FIXTURES = '^apps/consumer/commonjs/'

module.exports = {
  forbidden: [
    forbid('no-circular', 'Move the shared code into a module below both.', {}, { circular: true }),
    forbid(
      'not-found',
      'Name a file or a package that exists.',
      { path: '^(packages|apps)/' },
      { couldNotResolve: true },
    ),
    forbid(
      'undeclared',
      'Add the package to the package.json of the importing package.',
      { path: '^(packages|apps)/', pathNot: [tests, '^packages/[^/]+/testing/', CJS_FIXTURES] },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    ...layerRules,
    forbid(
      'has-a-layer',
      'Move the module into a layer, or add it to LAYERS in .dependency-cruiser.cjs.',
      { path: core, pathNot: [inCore(...layers.flat()), tests] },
      {},
    ),
    forbid(
      'has-a-layer',
      'Move the module into a layer, or add it to LAYERS in .dependency-cruiser.cjs.',
      {},
      { path: core, pathNot: [inCore(...layers.flat()), tests] },
    ),
    forbid('no-tests', 'Move the shared code into a module.', { path: sources, pathNot: tests }, { path: tests }),
    forbid(
      'no-subpath-in-core',
      'An app that does not import a subpath does not load it: take the value as an option.',
      { path: core, pathNot: [inCore('testing.ts', 'bundle.ts'), tests] },
      { path: inCore(...subpaths) },
    ),
    forbid(
      'core-by-path',
      'Inside core, import the file.',
      { path: core, pathNot: tests },
      { path: '^packages/core/', dependencyTypes: ['aliased-tsconfig-paths'] },
    ),
    forbid(
      'hmac-in-base',
      'Only base/ may import #hmac: call base/bytes.ts.',
      { path: core, pathNot: [inCore('base/'), tests] },
      { dependencyTypes: ['aliased-subpath-import'] },
    ),
    forbid(
      'no-node-in-core',
      'core runs on runtimes without Node.js: leave this to an adapter, or take the value as an option.',
      { path: core, pathNot: tests },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(async_hooks|crypto)$' },
    ),
    forbid(
      'packages-of-core',
      'core imports jose, valibot and @oslojs only: leave others to an adapter.',
      { path: core, pathNot: tests },
      {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        pathNot: '(^|/)(jose|valibot|@oslojs)(/|$)',
      },
    ),
    ...importerRules,
    forbid(
      'entry-points-only',
      'Import an entry point of @fetch-login/core by name.',
      { pathNot: '^packages/core/' },
      { path: '^packages/core/', pathNot: [inCore(...entryPoints), adapterTests] },
    ),
    forbid(
      'by-package-name',
      'Import the other package by its name.',
      { path: '^(packages|apps)/([^/]+)/' },
      { path: '^packages/', pathNot: ['^$1/$2/', adapterTests], dependencyTypesNot: ['aliased-tsconfig-paths'] },
    ),
    forbid(
      'core-only',
      'Adapters import core only: move the shared code to core.',
      { path: '^packages/([^/]+)/' },
      { path: '^packages/[^/]+/', pathNot: ['^packages/$1/', core, adapterTests] },
    ),
    forbid(
      'no-test-tools',
      'Only a *.test.ts imports the test client or the tools of the tests.',
      { path: sources, pathNot: [tests, core] },
      { path: ['^packages/[^/]+/testing/', inCore('testing.ts'), adapterTests] },
    ),
    forbid('no-apps', 'Move the shared code to a package.', { path: '^packages/' }, { path: '^apps/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/([^/]+/(dist|coverage)|.*[.]next)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.cruise.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
}
