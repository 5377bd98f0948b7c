// The import rules of the house a second time, by a tool that resolves them as a bundler would.
// scripts/check-floors.mjs knows more (words, sizes, floors); this one knows where a name really leads.
const tests = '[.]test(-d)?[.]tsx?$'
const core = '^packages/core/src/'
const publicDoors = `${core}(index|testing|encrypted|jwt|memory|context|node)[.]ts$`

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** An app within an app: its package.json says CommonJS, and what it imports stands in the one above. */
const CJS_FIXTURES = '^apps/consumer/commonjs/'

module.exports = {
  forbidden: [
    forbid('no-circular', 'Move what both need into a module below them.', {}, { circular: true }),
    forbid(
      'not-found',
      'Name a file or a package that is there.',
      { path: '^(packages|apps)/' },
      { couldNotResolve: true },
    ),
    forbid(
      'undeclared',
      'What is imported stands in this package.json.',
      { path: '^(packages|apps)/', pathNot: [tests, '^packages/[^/]+/testing/', CJS_FIXTURES] },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'base-is-ground',
      'base/ imports base/ alone.',
      { path: `${core}base/`, pathNot: tests },
      { path: core, pathNot: `${core}base/` },
    ),
    forbid('state-knows-no-wire', 'Join the two in flow/.', { path: `${core}state/` }, { path: `${core}wire/` }),
    forbid('wire-knows-no-state', 'Join the two in flow/.', { path: `${core}wire/` }, { path: `${core}state/` }),
    forbid(
      'rooms-look-down',
      'Move what is needed down, or hand it in.',
      { path: `${core}(state|wire)/`, pathNot: tests },
      { path: core, pathNot: `${core}(base|state|wire)/` },
    ),
    forbid(
      'flow-looks-down',
      'Move what is needed down, or hand it in.',
      { path: `${core}(flow/|(options|settings|defaults)[.]ts)`, pathNot: tests },
      { path: core, pathNot: `${core}((base|state|wire|flow)/|(options|settings|defaults)[.]ts)` },
    ),
    forbid(
      'options-are-a-landing',
      'flow/ reads options, not the other way round.',
      { path: `${core}(options|settings|defaults)[.]ts` },
      { path: `${core}flow/` },
    ),
    forbid(
      'core-is-pure',
      'core runs where there is no Node; only context.ts names node:async_hooks, and base/hmac-node.ts node:crypto.',
      { path: core, pathNot: tests },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(async_hooks|crypto)$' },
    ),
    forbid(
      'crypto-in-hmac-node',
      'Only base/hmac-node.ts names node:crypto; others take #hmac.',
      { path: core, pathNot: `${core}base/hmac-node[.]ts$|${tests}` },
      { path: '^(node:)?crypto$' },
    ),
    forbid(
      'async-hooks-in-context',
      'Only context.ts names node:async_hooks.',
      { path: core, pathNot: `${core}context[.]ts$|${tests}` },
      { path: '^(node:)?async_hooks$' },
    ),
    forbid(
      'core-knows-three-packages',
      'core imports jose, valibot and @oslojs: leave others to an adapter.',
      { path: core, pathNot: tests },
      {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        pathNot: '(^|/)(jose|valibot|@oslojs)(/|$)',
      },
    ),
    forbid(
      'jose-has-its-places',
      'Only wire/seal, encrypted and jwt import jose.',
      { path: core, pathNot: `${core}(wire/seal|encrypted|jwt)[.]ts$|${tests}` },
      { path: '(^|node_modules/)jose(/|$)' },
    ),
    forbid(
      'valibot-has-its-places',
      'Only options imports valibot.',
      { path: core, pathNot: `${core}options[.]ts$|${tests}` },
      { path: '(^|node_modules/)valibot(/|$)' },
    ),
    forbid(
      'oslo-has-its-place',
      'Only base/ imports @oslojs.',
      { path: core, pathNot: `${core}base/|${tests}` },
      { path: '(^|node_modules/)@oslojs/' },
    ),
    forbid('public-door', 'Import @fetch-login/core by name.', { pathNot: core }, { path: core, pathNot: publicDoors }),
    forbid(
      'no-neighbours',
      'Adapters and stores know core alone.',
      { path: '^packages/([^/]+)/src/' },
      { path: '^packages/[^/]+/src/', pathNot: ['^packages/$1/src/', core] },
    ),
    forbid('packages-know-no-apps', 'What an app has, it keeps.', { path: '^packages/' }, { path: '^apps/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/([^/]+/(dist|coverage)|.*[.]next)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.cruise.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
}
