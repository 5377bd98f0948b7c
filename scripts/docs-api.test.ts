// Every public name has a docstring, and so has each member of a public type. docs/api is generated from the docstrings.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { createApiDocs, getEntryPoints } from './docs/api.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const folders: string[] = []
const createFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'fetch-login-api-'))
  folders.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

it('every public name has a docstring, and every entry point has a page in docs/api', async () => {
  const entryPoints = getEntryPoints(ROOT)
  expect([...entryPoints.keys()]).toEqual(
    expect.arrayContaining(['@fetch-login/core', '@fetch-login/core/node', '@fetch-login/core/testing']),
  )
  const out = createFolder()
  const { problems, modules } = await createApiDocs(ROOT, entryPoints, out)
  expect(problems).toEqual([])
  expect(modules.sort()).toEqual([...entryPoints.keys()].sort())
  for (const name of entryPoints.keys()) expect(existsSync(join(out, `${name}.md`))).toBe(true)
  expect(readFileSync(join(out, '@fetch-login/core.md'), 'utf8')).toContain('in seconds since the epoch')
}, 120_000)

const BARE = {
  'tsconfig.api.json': '{ "compilerOptions": { "types": [] }, "include": ["packages/*/src"] }',
  'packages/bare/package.json': '{ "name": "@fetch-login/bare", "exports": { ".": {}, "./second": {} } }',
  'packages/bare/src/index.ts': [
    '/** Opens it. */',
    'export function open(): void {}',
    'export function shut(): void {}',
    '/** Options. See {@link nothing}. */',
    'export interface Options {',
    '  readonly wide: boolean',
    '  /** A height. */',
    '  readonly high: boolean',
    '}',
  ].join('\n'),
  'packages/bare/src/second.ts': 'export class Second { close(): void {} }\nexport type Size = number',
}

it('createApiDocs reports each function, type, option and member without a docstring, and each broken link', async () => {
  const root = createFolder()
  for (const [path, text] of Object.entries(BARE)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const { problems } = await createApiDocs(root)
  const undocumented = [
    '.shut (CallSignature)',
    '.Options.wide (Property)',
    '.Second.close (CallSignature)',
    '.Size (TypeAlias)',
  ]
  for (const name of [...undocumented, '"nothing"']) expect(problems).toContainEqual(expect.stringContaining(name))
  expect(problems.filter((problem) => /\.(open|high)\b/.test(problem))).toEqual([])
}, 120_000)
