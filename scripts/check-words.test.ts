// The word list finds banned words in sources and documents, and its list of exceptions can only shrink.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { inFolder, runOn, type Tree } from './planted'

vi.setConfig({ testTimeout: 30_000 })

const check = (tree: Tree) => runOn('check-words.mjs', tree)

it('accepts the sources and documents of this repository', () => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('check-words.mjs', import.meta.url))], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

it.each([
  ['anew', 'The cookie is signed anew.'],
  ['whoever', 'Whoever logs in'],
  ['somebody', 'somebody else'],
  ['anybody', 'Can anybody read it?'],
  ['nobody', 'Nobody is logged in.'],
  ['is no', 'This is no option.'],
  ['house', 'the rules of the house'],
  ['door', 'the door to Node'],
  ['door', 'const pageDoor = 1'],
  ['floor', 'the floor below'],
  ['room', 'one room each'],
  ['roof', 'under one roof'],
  ['handle', 'The handle can only be read.'],
])('finds the word %j in %j', (word, line) => {
  for (const path of ['packages/core/src/planted.ts', 'docs/planted.md', 'apps/demo/src/planted.tsx']) {
    const { status, output } = check({ [path]: `// A good line.\n// ${line}\n` })
    expect(output).toContain(`${path}:2  "${word}": write `)
    expect(status).toBe(1)
  }
})

it.each(['a session is no longer valid', 'Math.floor(now)', 'handles the request', 'to handle the error', 'indoors'])(
  'accepts %j',
  (line) => {
    expect(check({ 'docs/planted.md': line })).toEqual({
      status: 0,
      output: 'words: 1 files, 0 banned, 0 still allowed\n',
    })
  },
)

const LIST = 'scripts/words-allowed.json'

it('accepts a word in a file that the list names with this word', () => {
  const { status, output } = check({ 'docs/old.md': 'nobody', [LIST]: '{ "docs/old.md": ["nobody"] }' })
  expect(output).toContain('0 banned, 1 still allowed')
  expect(status).toBe(0)
})

it('reports another word in a file that the list names', () => {
  const { status, output } = check({ 'docs/old.md': 'nobody, anew', [LIST]: '{ "docs/old.md": ["nobody"] }' })
  expect(output).toContain('docs/old.md:1  "anew": write again')
  expect(status).toBe(1)
})

it('reports an entry of the list that is not needed any more', () => {
  const tree = { 'docs/old.md': 'anonymous', [LIST]: '{ "docs/old.md": ["nobody"], "docs/gone.md": ["anew"] }' }
  const { status, output } = check(tree)
  expect(output).toContain(`${LIST}: docs/old.md does not contain "nobody"`)
  expect(output).toContain(`${LIST}: docs/gone.md does not contain "anew"`)
  expect(status).toBe(1)
})

it('removes entries that are not needed with --shrink, and adds none', () => {
  const tree = {
    'docs/old.md': 'anew, nobody',
    [LIST]: '{ "docs/old.md": ["nobody", "door"], "docs/gone.md": ["anew"] }',
  }
  inFolder(tree, (root) => {
    const script = fileURLToPath(new URL('check-words.mjs', import.meta.url))
    expect(spawnSync(process.execPath, [script, root, '--shrink']).status).toBe(1)
    expect(JSON.parse(readFileSync(join(root, LIST), 'utf8'))).toEqual({ 'docs/old.md': ['nobody'] })
  })
})

it('fails if it finds no file', () => {
  expect(check({}).status).toBe(1)
})
