import { cpSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { clean, type Outcome, runOn, type Tree } from './planted'

// Each check starts a process that resolves every import.
vi.setConfig({ testTimeout: 60_000 })

const repository = fileURLToPath(new URL('..', import.meta.url))

// The planted workspace contains the real manifests and packages, so that names resolve as in this repository.
function runCheck(tree: Tree): Outcome {
  return runOn('./check-imports.mjs', tree, (root) => {
    for (const file of ['tsconfig.base.json', 'tsconfig.cruise.json']) cpSync(join(repository, file), join(root, file))
    for (const pkg of ['packages/core', 'packages/hono']) {
      cpSync(join(repository, pkg, 'package.json'), join(root, pkg, 'package.json'))
      symlinkSync(join(repository, pkg, 'node_modules'), join(root, pkg, 'node_modules'))
    }
  })
}

it('check-imports succeeds if all imports keep the rules, and prints the number of modules and imports', () => {
  expect(runCheck(clean)).toEqual({ status: 0, output: 'imports: 18 modules, 17 imports, 0 problems\n' })
})

it('check-imports fails if it finds no module', () => {
  const { status, output } = runCheck({ 'packages/core/lib/x.ts': '', 'packages/hono/lib/x.ts': '' })
  expect(output).toContain('no module was found')
  expect(status).toBe(1)
})

const core = 'packages/core/src/'
const hono = 'packages/hono/src/'
// [the rule that must be reported, the module that breaks it, its code]
const planted: [string, string, string][] = [
  [
    'no-circular',
    `${core}state/session.ts`,
    "import type { renewed } from './transitions'\nexport type X = typeof renewed",
  ],
  ['not-found', `${core}identify/identify.ts`, "export { x } from './gone'"],
  [
    'imports-go-down',
    `${core}base/bytes.ts`,
    "import { identify } from '../identify/identify'\nexport const x = identify",
  ],
  ['imports-go-down', `${core}state/flash.ts`, "export type X = import('../manager').X"],
  ['imports-go-down', `${core}guards/types.ts`, "export type { auth } from '../auth'"],
  ['imports-go-down', `${core}guards/lazy.ts`, "export const x = () => import('../manager')"],
  ['imports-go-down', `${core}options/defaults.ts`, "export { identify } from '../identify/identify'"],
  ['imports-go-down', `${core}manager.ts`, "export type * from './index'"],
  ['imports-go-down', `${core}sessions/codec.ts`, "export type { x } from '../request/context'"],
  ['imports-go-down', `${core}request/context.ts`, "export { identify as x } from '../identify/identify'"],
  ['imports-go-down', `${core}identify/restore.ts`, "export { x } from '../guards/guard'"],
  ['imports-go-down', `${core}guards/csrf.ts`, "export { x } from '../actions/login'"],
  ['imports-go-down', `${core}actions/logout.ts`, "export type { x } from '../guards/guard'"],
  [
    'imports-go-down',
    `${core}state/user.ts`,
    "import type { sign } from '../wire/cookies/cookie'\nexport type X = typeof sign",
  ],
  ['imports-go-down', `${core}wire/url.ts`, "export type { Session } from '../state/session'"],
  ['tests-import-down', `${core}state/session.test.ts`, "import { manager } from '../manager'\nmanager"],
  ['tests-import-down', `${core}state/user.test.ts`, "import { sign } from '../wire/cookies/cookie'\nsign"],
  ['has-a-layer', `${core}utils.ts`, "export { identify } from './identify/identify'"],
  ['has-a-layer', `${core}auth.ts`, "export { x } from './helpers/x'"],
  ['no-tests', `${core}identify/renew.ts`, "export { used } from './identify.test'"],
  ['no-subpath-in-core', `${core}index.ts`, "export { storage } from './context'"],
  ['core-by-path', `${core}manager.ts`, "export { manager as own } from '@fetch-login/core'"],
  ['hmac-in-base', `${core}wire/hmac.ts`, "export { hmac } from '#hmac'"],
  ['no-node-in-core', `${core}wire/client.ts`, "export { isIP } from 'node:net'"],
  ['no-node-in-core', `${core}wire/address.ts`, "export { isIP } from 'net'"],
  ['async-hooks-importers', `${core}auth.ts`, "export * from 'node:async_hooks'"],
  ['crypto-importers', `${core}wire/random.ts`, "export { randomBytes } from 'node:crypto'"],
  ['packages-of-core', `${core}guards/login.ts`, "export { assert } from 'vitest'"],
  ['packages-of-core', `${core}guards/respond.ts`, "import { Hono } from 'hono'\nexport const x = Hono"],
  ['jose-importers', `${core}wire/sign.ts`, "export type { JWK } from 'jose'"],
  ['valibot-importers', `${core}identify/identify.ts`, "export { object } from 'valibot'"],
  ['oslo-importers', `${core}wire/sign.ts`, "export { sha256 } from '@oslojs/crypto/sha2'"],
  ['by-package-name', `${hono}index.ts`, "export * from '../../core/src/index'"],
  ['by-package-name', `${hono}index.test.ts`, "import '../../express/testing/served'"],
  ['entry-points-only', `${hono}path.ts`, "export * from '../../core/src/base/bytes'"],
  ['entry-points-only', `${hono}index.ts`, "export * from '@fetch-login/core/base/bytes'"],
  ['entry-points-only', `${hono}path.test.ts`, "import '@fetch-login/core/base/bytes'"],
  ['core-only', `${hono}index.ts`, "export * from '@fetch-login/express'"],
  ['core-only', `${hono}type.ts`, "export type { X } from '@fetch-login/express'"],
  ['undeclared', `${hono}index.ts`, "export * from 'undeclared'"],
  ['no-test-tools', `${hono}index.ts`, "export * from '@fetch-login/core/testing'"],
  ['no-test-tools', `${hono}tool.ts`, "export * from '../testing/served'"],
  ['no-apps', `${hono}index.ts`, "export * from '../../../apps/demo/src/app'"],
]

// The modules that the planted modules import.
const imported: Tree = {
  [`${core}base/hmac.ts`]: 'export const hmac = 1\n',
  [`${core}request/context.ts`]: 'export const x = 1\n',
  [`${core}guards/guard.ts`]: 'export const x = 1\n',
  [`${core}actions/login.ts`]: 'export const x = 1\n',
  'packages/express/src/index.ts': 'export type X = 1\n',
  'packages/express/testing/served.ts': 'export const served = 1\n',
  'packages/hono/testing/served.ts': 'export const served = 1\n',
  'apps/demo/src/app.ts': 'export const app = 1\n',
  'node_modules/undeclared/package.json': JSON.stringify({ name: 'undeclared', version: '1.0.0', main: 'x.js' }),
  'node_modules/undeclared/x.js': 'module.exports = 1\n',
}

const tree: Record<string, string> = { ...clean, ...imported, [`${core}helpers/x.ts`]: 'export const x = 1\n' }
for (const [, path, code] of planted) tree[path] = `${tree[path] ?? ''}${code}\n`
const outcome = runCheck(tree)

it('check-imports fails if a planted module breaks a rule', () => {
  expect(outcome.status).toBe(1)
})

it.each(planted)('check-imports reports %s for %s with %j', (rule, path) => {
  expect(outcome.output).toMatch(new RegExp(`^${rule}: ${path} -> .+\\. Remedy: .+`, 'm'))
})

it('each rule about imports has a planted violation', () => {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')
  const rules = new Set<string>(forbidden.map(({ name }: { name: string }) => name))
  expect(new Set(planted.map(([rule]) => rule))).toEqual(rules)
})

it('check-imports accepts a test that imports the tools of its package and the entry points of core', () => {
  const test = "import { served } from '../testing/served'\nimport '@fetch-login/core/testing'\nserved\n"
  expect(runCheck({ ...clean, ...imported, [`${hono}index.test.ts`]: test }).output).toContain(', 0 problems')
})
