// The code of the documents also compiles if Node resolves the imports (`module: nodenext`), which requires file
// extensions. This test uses the built packages and their manifests.
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { isTypeScript, listDocuments, parsePage, readPage } from '../../scripts/docs/blocks'
import { parseExcerpt } from '../../scripts/docs/excerpts'
import { typecheck } from '../../scripts/docs/typecheck'

// The compiler may be slow on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const blocks = listDocuments(ROOT)
  .flatMap((document) => readPage(ROOT, document).blocks)
  .filter((block) => isTypeScript(block) && parseExcerpt(block) === null)

it('every block of TypeScript in the documents compiles with module: nodenext', () => {
  expect(typecheck(ROOT, blocks, 'nodenext')).toEqual([])
})

describe('the check of the documents with module: nodenext', () => {
  const findProblems = (line: string): string[] => {
    const text = ['```ts', '// file: one.ts', 'export const one = 1', '```', '```ts', line, '```', ''].join('\n')
    return typecheck(ROOT, parsePage('docs/page.md', text).blocks, 'nodenext')
  }

  it('reports a relative import without an extension', () => {
    expect(findProblems("import { one } from './one'")).toEqual([expect.stringContaining('Relative import paths need')])
    expect(findProblems("import { one } from './one.js'")).toEqual([])
  })

  it('reports a name that a built package does not export', () => {
    for (const name of [
      '@fetch-login/core',
      '@fetch-login/core/testing',
      '@fetch-login/hono',
      '@fetch-login/express/types',
    ])
      expect(findProblems(`import { nothing } from '${name}'`)).toEqual([
        expect.stringContaining('has no exported member'),
      ])
  })
})
