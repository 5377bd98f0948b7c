// Every name that a package exports says what it is for, down to the members of its types; docs/api is made of that.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { apiDocs, doorsIn } from './docs/api.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'fetch-login-api-'))
  folders.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

it('finds a docstring on every public name, and writes a page for each door', async () => {
  const doors = doorsIn(ROOT)
  expect([...doors.keys()]).toEqual(
    expect.arrayContaining(['@fetch-login/core', '@fetch-login/core/node', '@fetch-login/core/testing']),
  )
  const out = newFolder()
  const { problems, modules } = await apiDocs(ROOT, doors, out)
  expect(problems).toEqual([])
  expect(modules.sort()).toEqual([...doors.keys()].sort())
  for (const door of doors.keys()) expect(existsSync(join(out, `${door}.md`))).toBe(true)
  expect(readFileSync(join(out, '@fetch-login/core.md'), 'utf8')).toContain('in seconds since the epoch')
}, 120_000)

const BARE = {
  'tsconfig.api.json': '{ "compilerOptions": { "types": [] }, "include": ["packages/*/src"] }',
  'packages/bare/package.json': '{ "name": "@fetch-login/bare", "exports": { ".": {}, "./door": {} } }',
  'packages/bare/src/index.ts': [
    '/** A door. */',
    'export function open(): void {}',
    'export function shut(): void {}',
    '/** Options. See {@link nothing}. */',
    'export interface Options {',
    '  readonly wide: boolean',
    '  /** Said. */',
    '  readonly high: boolean',
    '}',
  ].join('\n'),
  'packages/bare/src/door.ts': 'export class Door { close(): void {} }\nexport type Size = number',
}

it('names what says nothing: a function, a type, an option, a member; and a link that leads nowhere', async () => {
  const root = newFolder()
  for (const [path, text] of Object.entries(BARE)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const { problems } = await apiDocs(root)
  const silent = [
    '.shut (CallSignature)',
    '.Options.wide (Property)',
    '.Door.close (CallSignature)',
    '.Size (TypeAlias)',
  ]
  for (const name of [...silent, '"nothing"']) expect(problems).toContainEqual(expect.stringContaining(name))
  expect(problems.filter((problem) => /\.(open|high)\b/.test(problem))).toEqual([])
}, 120_000)
