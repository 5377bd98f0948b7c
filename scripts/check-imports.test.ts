import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { clean, type Outcome, runOn, type Tree } from './planted'

const repository = fileURLToPath(new URL('..', import.meta.url))

// The real manifests and packages stand in the planted house, so that names lead where they lead here.
function check(tree: Tree): Outcome {
  return runOn('./check-imports.mjs', tree, (root) => {
    for (const file of ['tsconfig.base.json', 'tsconfig.cruise.json']) cpSync(join(repository, file), join(root, file))
    for (const pkg of ['packages/core', 'packages/hono']) {
      cpSync(join(repository, pkg, 'package.json'), join(root, pkg, 'package.json'))
      symlinkSync(join(repository, pkg, 'node_modules'), join(root, pkg, 'node_modules'))
    }
  })
}

it('is green for a house that keeps the rules, and says what it looked at', () => {
  expect(check(clean)).toEqual({ status: 0, output: 'imports: 18 modules, 17 imports, 0 problems\n' })
})

it('is red where it sees no module', () => {
  const { status, output } = check({ 'packages/core/lib/x.ts': '', 'packages/hono/lib/x.ts': '' })
  expect(output).toContain('nothing was looked at')
  expect(status).toBe(1)
})

const core = 'packages/core/src/'
const planted: [string, string, string][] = [
  [
    'no-circular',
    `${core}state/session.ts`,
    "import type { renewed } from './transitions'\nexport type X = typeof renewed",
  ],
  ['not-found', `${core}flow/load.ts`, "export { x } from './gone'"],
  [
    'state-knows-no-wire',
    `${core}state/session.ts`,
    "import type { sign } from '../wire/cookie'\nexport type X = typeof sign",
  ],
  ['wire-knows-no-state', `${core}wire/url.ts`, "export type { Session } from '../state/session'"],
  ['rooms-look-down', `${core}wire/url.ts`, "export { load } from '../flow/load'"],
  ['base-is-ground', `${core}base/bytes.ts`, "export { sign } from '../wire/cookie'"],
  ['flow-looks-down', `${core}flow/login.ts`, "export { auth } from '../auth'"],
  ['core-is-pure', `${core}wire/client.ts`, "export { isIP } from 'node:net'"],
  ['async-hooks-in-context', `${core}auth.ts`, "export * from 'node:async_hooks'"],
  ['core-knows-three-packages', `${core}flow/login.ts`, "export { assert } from 'vitest'"],
  ['jose-has-its-places', `${core}wire/sign.ts`, "export type { JWK } from 'jose'"],
  ['valibot-has-its-places', `${core}flow/load.ts`, "export { object } from 'valibot'"],
  ['oslo-has-its-place', `${core}wire/sign.ts`, "export { sha256 } from '@oslojs/crypto/sha2'"],
  ['public-door', 'packages/hono/src/index.ts', "export * from '../../core/src/base/bytes'"],
  ['public-door', 'packages/hono/src/index.ts', "export * from '@fetch-login/core/base/bytes'"],
  ['no-neighbours', 'packages/express/src/index.ts', "export { auth } from '../../hono/src/index'"],
]

it('is red for each forbidden import', () => {
  const tree: Record<string, string> = { ...clean }
  for (const [, path, code] of planted) tree[path] = `${tree[path] ?? ''}${code}\n`
  const { status, output } = check(tree)
  for (const [rule, path] of planted)
    expect(output).toMatch(new RegExp(`^${rule}: ${path} -> .+\n    way out: .+`, 'm'))
  expect(status).toBe(1)
})
