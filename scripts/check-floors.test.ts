import { expect, it } from 'vitest'
import { checkFloors } from './floors/check.mjs'
import { clean, inFolder, runOn, type Tree } from './planted'

const run = (tree: Tree) => runOn('./check-floors.mjs', tree)
const problemsOf = (tree: Tree): string[] => inFolder(tree, checkFloors).problems
const core = 'packages/core/src/'

it('is green for a house that keeps the rules, and says what it looked at', () => {
  expect(run(clean)).toEqual({ status: 0, output: 'floors: 18 modules, 17 imports, 0 problems\n' })
})

it('is red for one that does not, and says the way out', () => {
  const { status, output } = run({ ...clean, 'packages/core/src/utils.ts': '' })
  expect(output).toMatch(/^packages\/core\/src\/utils\.ts:1 {2}rule 1: .+\n {4}way out: .+/m)
  expect(status).toBe(1)
})

it('is red where there is nothing to look at', () => {
  const { status, output } = run({ 'packages/core/package.json': '{}' })
  expect(output).toContain('nothing was looked at')
  expect(status).toBe(1)
})

// [what is planted, where, the rule that must be named, the code]
const planted: [string, string, number, string][] = [
  ['an import of a floor above', 'base/bytes.ts', 1, "import { load } from '../flow/load'\nexport const x = load"],
  ['a type of a floor above', 'state/session.ts', 1, "export type X = import('../manager').X"],
  ['a type re-exported from above', 'flow/load.ts', 1, "export type { auth } from '../auth'"],
  ['a dynamic import of a floor above', 'flow/load.ts', 1, "export const x = () => import('../manager')"],
  ['options that look up to flow', 'options.ts', 1, "export { load } from './flow/load'"],
  ['a module on no floor', 'utils.ts', 1, 'export const x = 1'],
  ['a room that is not in the plan', 'helpers/x.ts', 1, 'export const x = 1'],
  ['a module that is not there', 'flow/load.ts', 1, "export { x } from './gone'"],
  ['a test imported by a module', 'flow/codec.ts', 1, "export { used } from './load.test'"],
  ['core named by itself', 'manager.ts', 1, "export { manager } from '@fetch-login/core'"],
  [
    'a cycle of types',
    'state/session.ts',
    1,
    "import type { renewed } from './transitions'\nexport type X = typeof renewed",
  ],
  ['a test that climbs past the doors', 'state/session.test.ts', 1, "import { manager } from '../manager'\nmanager"],
  [
    'state that knows wire',
    'state/session.ts',
    2,
    "import type { sign } from '../wire/cookie'\nexport type X = typeof sign",
  ],
  ['wire that knows state', 'wire/url.ts', 2, "export type { Session } from '../state/session'"],
  ['a test of state that knows wire', 'state/session.test.ts', 2, "import { sign } from '../wire/cookie'\nsign"],
  ['state that waits', 'state/flash.ts', 3, 'export const x = async (y: Promise<number>) => await y'],
  [
    'state that loops over what comes',
    'state/flash.ts',
    3,
    'export async function x(y: any) { for await (const z of y) z }',
  ],
  ['state that knows requests', 'state/flash.ts', 3, 'export const x = (request: Request) => request'],
  ['state that knows headers', 'state/flash.ts', 3, 'export type X = Headers'],
  ['state that reaches for crypto', 'state/flash.ts', 3, 'export const x = globalThis.crypto'],
  ['state that knows dates', 'state/flash.ts', 3, 'export const x = new Date(0)'],
  ['ground that knows users', 'base/bytes.ts', 3, 'export const hashUserId = 1'],
  ['ground that knows sessions', 'base/random.ts', 3, 'export interface Session { x: 1 }'],
  ['ground that knows cookies', 'base/errors.ts', 3, 'export const largestCookie = 1'],
  ['a framework', 'flow/respond.ts', 4, "import { Hono } from 'hono'\nexport const x = Hono"],
  ['a Node module', 'wire/client.ts', 4, "import { isIP } from 'node:net'\nexport const x = isIP"],
  ['a Node module without its prefix', 'wire/client.ts', 4, "import { isIP } from 'net'\nexport const x = isIP"],
  ['node:async_hooks beside context', 'auth.ts', 4, "export * from 'node:async_hooks'"],
  ['jose outside its three places', 'wire/sign.ts', 4, "import type { JWK } from 'jose'\nexport type X = JWK"],
  ['valibot outside its two places', 'flow/load.ts', 4, "export { object } from 'valibot'"],
  ['@oslojs outside base', 'wire/sign.ts', 4, "export { sha256 } from '@oslojs/crypto/sha2'"],
  ['the environment', 'manager.ts', 4, 'export const x = process.env.SECRET'],
  ['process through globalThis', 'manager.ts', 4, 'export const x = globalThis.process'],
  ['a subpath pulled into the door', 'index.ts', 4, "export { storage } from './context'"],
  [
    'headers written beside commit',
    'flow/respond.ts',
    7,
    "export const x = (r: Response) => r.headers.set('vary', '*')",
  ],
  ['headers appended beside commit', 'auth.ts', 7, "export const x = (headers: Headers) => headers.append('a', 'b')"],
  ['a cookie set beside commit', 'flow/respond.ts', 7, "export const x = new Headers({ 'Set-Cookie': 'a=b' })"],
  ['the clock read beside clock', 'flow/load.ts', 7, 'export const x = Date.now()'],
  ['the date taken beside clock', 'wire/cookie.ts', 7, 'export const x = new Date().toUTCString()'],
  ['the stopwatch', 'manager.ts', 7, 'export const x = performance.now()'],
  ['bytes drawn beside random', 'flow/login.ts', 7, 'export const x = crypto.getRandomValues(new Uint8Array(1))'],
  ['a UUID drawn beside random', 'wire/sign.ts', 7, 'export const x = crypto.randomUUID()'],
  ['dice', 'wire/sign.ts', 7, 'export const x = Math.random()'],
]

it.each(planted)('is red for %s', (_, place, rule, code) => {
  const path = core + place
  const problems = problemsOf({ ...clean, [path]: `${clean[path] ?? ''}${code}\n` })
  expect(problems[0]).toMatch(new RegExp(`^${path}:\\d+  rule ${rule}: .+\n    way out: .+`))
})

const adapter = 'packages/hono/src/index.ts'
const plantedInAdapter: [string, number, string][] = [
  ["core's sources", 5, "export * from '../../core/src/base/bytes'"],
  ["core's inner modules by name", 5, "export * from '@fetch-login/core/base/bytes'"],
  ['another adapter', 5, "export * from '@fetch-login/express'"],
  ['the test client', 5, "export * from '@fetch-login/core/testing'"],
  ['the tools of its own tests', 5, "export * from '../testing/served'"],
  ['151 lines', 6, `${'\n'.repeat(147)}export const x = 1`],
  ['the clock', 7, 'export const x = Date.now()'],
  ['chance', 7, 'export const x = Math.random()'],
]

it.each(plantedInAdapter)('is red for an adapter with %s', (_, rule, code) => {
  expect(problemsOf({ ...clean, [adapter]: clean[adapter] + code })[0]).toContain(`rule ${rule}: `)
})

it('lets a test use the tools beside its package, and nothing else from beyond', () => {
  const test = 'packages/hono/src/index.test.ts'
  expect(problemsOf({ ...clean, [test]: "import { served } from '../testing/served'\nserved\n" })).toEqual([])
  for (const from of ['../../express/testing/served', '../testing.ts', '../../core/src/base/bytes'])
    expect(problemsOf({ ...clean, [test]: `import '${from}'\n` })[0]).toContain('rule 5: ')
})

it('lets names alone that only look like the forbidden', () => {
  const code =
    'export const x = (job: { process(): void; dateOf: 1 }) => [job.process(), `Date.now() await`, /Headers/]'
  expect(problemsOf({ ...clean, [`${core}state/flash.ts`]: code })).toEqual([])
})
