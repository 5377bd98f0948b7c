// biome.json and scripts/lint contain the rules about globals, names and calls. Biome must report each planted violation.
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { clean, inFolder, type Tree } from './planted'

vi.setConfig({ testTimeout: 60_000 })

const repository = fileURLToPath(new URL('..', import.meta.url))
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')

function lint(tree: Tree): string[] {
  return inFolder(tree, (root) => {
    for (const path of ['biome.json', 'scripts/lint', '.gitignore'])
      cpSync(join(repository, path), join(root, path), { recursive: true })
    const args = [biome, 'lint', '--reporter=github', '--max-diagnostics=none', '--diagnostic-level=info']
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    // Biome reports a pattern of scripts/lint that cannot run as an information with the word "errored".
    return stdout
      .replaceAll(`${root}/`, '')
      .split('\n')
      .filter((line) => /^::error|errored/.test(line))
  })
}

const core = 'packages/core/src/'
const hono = 'packages/hono/src/'

// [the planted violation, its folder, its code, a part of the message]
const planted: [string, string, string, string][] = [
  ['await in state/', 'state/', 'export const x = async (y: Promise<number>) => await y', 'pure and synchronous'],
  [
    'for await in state/',
    'state/',
    'export async function x(y: AsyncIterable<number>) { for await (const z of y) z }',
    'pure and synchronous',
  ],
  ['Request in state/', 'state/', 'export const x = (request: Request) => request', 'Request'],
  ['the type Headers in state/', 'state/', 'export type X = Headers', 'Headers'],
  ['crypto in state/', 'state/', 'export const x = crypto.subtle', 'crypto'],
  ['globalThis.crypto in state/', 'state/', 'export const x = globalThis.crypto', 'Take it as an option'],
  ['a Date in state/', 'state/', 'export const x = new Date(0)', 'Date'],
  ['a constant about users in base/', 'base/', 'export const hashUserId = 1', 'domain term'],
  ['a type about sessions in base/', 'base/', 'export interface Session { x: 1 }', 'domain term'],
  ['a name about cookies in base/', 'base/', 'export const largestCookie = 1', 'domain term'],
  ['a property about CSRF in base/', 'base/', 'export const x = { csrfToken: 1 }', 'domain term'],
  ['a parameter about logins in base/', 'base/', 'export const x = (lastLogin: number) => lastLogin', 'domain term'],
  ['process in core', '', 'export const x = process.env.SECRET', 'process'],
  ['process through globalThis in core', '', 'export const x = globalThis.process', 'Take it as an option'],
  ['Buffer in core', 'wire/', "export const x = Buffer.from('a')", 'Buffer'],
  ['__dirname in core', 'wire/', 'export const x = __dirname', '__dirname'],
  ['a Node module in core', 'wire/', "import { isIP } from 'node:net'\nexport const x = isIP", 'Node.js'],
  [
    'a header set outside commit',
    'guards/',
    "export const x = (r: Response) => r.headers.set('vary', '*')",
    'commit.ts',
  ],
  [
    'a header appended outside commit',
    '',
    "export const x = (h: Headers, headers = h) => headers.append('a', 'b')",
    'commit.ts',
  ],
  [
    'a header deleted outside commit',
    '',
    "export const x = (outHeaders: Headers) => outHeaders.delete('a')",
    'commit.ts',
  ],
  [
    'a Set-Cookie member outside commit',
    'guards/',
    "export const x = new Headers({ 'Set-Cookie': 'a=b' })",
    'commit.ts',
  ],
  ['the text set-cookie outside commit', 'guards/', "export const x = ['set-cookie', 'a=b']", 'commit.ts'],
  ['setHeader() outside commit', 'guards/', "export const x = (r: any) => r.setHeader('a', 'b')", 'commit.ts'],
  ['Date.now() outside base/clock.ts', 'guards/', 'export const x = Date.now()', 'only base/clock.ts'],
  ['new Date() outside base/clock.ts', 'wire/', 'export const x = new Date().toUTCString()', 'only base/clock.ts'],
  ['performance.now() outside base/clock.ts', '', 'export const x = performance.now()', 'only base/clock.ts'],
  [
    'getRandomValues() outside base/random.ts',
    'guards/',
    'export const x = crypto.getRandomValues(new Uint8Array(1))',
    'only base/random.ts',
  ],
  ['randomUUID() outside base/random.ts', 'wire/', 'export const x = crypto.randomUUID()', 'only base/random.ts'],
  ['Math.random() outside base/random.ts', 'wire/', 'export const x = Math.random()', 'only base/random.ts'],
]

const plantedInAdapter: [string, string, string][] = [
  ['151 lines', `${'\n'.repeat(150)}export const x = 1`, '150'],
  ['Date.now()', 'export const x = Date.now()', 'only base/clock.ts'],
  ['Math.random()', 'export const x = Math.random()', 'only base/random.ts'],
]

const tree: Record<string, string> = { ...clean }
for (const [index, [, folder, code]] of planted.entries()) tree[`${core}${folder}planted${index}.ts`] = `${code}\n`
for (const [index, [, code]] of plantedInAdapter.entries()) tree[`${hono}planted${index}.ts`] = `${code}\n`
const reported = lint(tree)
const reportedFor = (path: string): string[] => reported.filter((line) => line.includes(`file=${path},`))

it('biome reports no violation if all modules keep the rules', () => {
  expect(lint(clean)).toEqual([])
})

it.each(planted.map((row, index) => [...row, index] as const))('biome reports %s', (_, folder, __, message, index) => {
  expect(reportedFor(`${core}${folder}planted${index}.ts`).join('\n')).toContain(message)
})

it.each(plantedInAdapter.map((row, index) => [...row, index] as const))(
  'biome reports an adapter with %s',
  (_, __, message, index) => {
    expect(reportedFor(`${hono}planted${index}.ts`).join('\n')).toContain(message)
  },
)

it('biome accepts names, strings and comments that only look like a violation', () => {
  const code = [
    'export const x = (job: { process(): void; dateOf: 1 }) => [job.process(), `Date.now() await`, /Headers/]',
    "// A Date and the Headers of a Request, awaited.\nexport const y = 'await crypto'\n",
  ].join('\n')
  const names = 'export const author = 1\nexport const userland = author\nexport const refresher = 2\n'
  expect(lint({ ...clean, [`${core}state/flash.ts`]: code, [`${core}base/names.ts`]: names })).toEqual([])
})
