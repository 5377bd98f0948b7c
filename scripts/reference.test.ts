// docs/reference is up to date, and each option, error code, event and reason has its text.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createReference } from './docs/reference.mjs'
import { inFolder, type Tree } from './planted'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { pages, problems } = createReference(ROOT)

it('documents each option, error code, event and reason of core', () => {
  expect(problems).toEqual([])
})

it('has the pages that the docstrings generate: run pnpm docs:reference if this test fails', () => {
  const folder = join(ROOT, 'docs/reference')
  const committed = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
  expect([...committed.keys()].sort()).toEqual([...pages.keys()].sort())
  for (const [name, text] of pages) expect(committed.get(name), name).toBe(text)
})

it.each([
  ['options.md', '### `loadUser`'],
  ['options.md', '### `session.idleSeconds`'],
  ['options.md', '### `withinSeconds`'],
  ['options.md', '- Default: 86,400 (1 day)'],
  ['errors.md', '## `cookie-too-large`'],
  ['events.md', '## `userLoggedIn`'],
  ['reasons.md', '## `bad-signature`'],
])('writes into %s the line %j', (name, line) => {
  expect(pages.get(name)?.split('\n')).toContain(line)
})

/** The sources that the pages are generated from, with one of them changed. */
function createTree(path: string, change: (text: string) => string): Tree {
  const paths = [
    ...['options/types', 'base/errors', 'request/events', 'guards/guard', 'guards/authorize', 'guards/anonymous-guard'],
    ...['state/freshness', 'actions/login', 'actions/assurance', 'jwt', 'identify/request-loaders'],
  ].map((name) => `packages/core/src/${name}.ts`)
  const texts = paths.map((one): [string, string] => [one, readFileSync(join(ROOT, one), 'utf8')])
  return Object.fromEntries(texts.map(([one, text]) => [one, one.endsWith(path) ? change(text) : text]))
}

const append = (declaration: string, member: string) => (text: string) =>
  text.replace(new RegExp(`(${declaration}[^{\\n]*[{=]\\n)`), `$1${member}\n`)

it.each([
  ['an option without a docstring', 'options/types.ts', append('interface SessionOptions', 'planted?: string')],
  [
    'an option without a default value',
    'options/types.ts',
    append('interface SessionOptions', '/** Some text. */\nplanted?: string'),
  ],
  ['an option of guards without a docstring', 'guards/guard.ts', append('interface GuardOptions', 'planted?: string')],
  ['an error code without a text', 'base/errors.ts', append('type LoginErrorCode ', "| 'planted'")],
  ['an error code without a remedy', 'base/errors.ts', append('type LoginErrorCode ', "/** A cause. */\n| 'planted'")],
  ['an event without a docstring', 'request/events.ts', append('interface LoginEvents', 'planted: string')],
  ['a reason without a remedy', 'options/types.ts', append('type AnonymousReason ', "/** A cause. */\n| 'planted'")],
])('reports %s', (_, path, change) => {
  const found = inFolder(createTree(path, change), (root) => createReference(root).problems)
  expect(found.length).toBeGreaterThan(0)
  for (const problem of found) expect(problem).toContain('planted')
})
