// What the documents print compiles for a reader, whichever way their project resolves imports: by a bundler, or by Node
// itself (`module: nodenext`), which wants file extensions. Against the built packages and their manifests.
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { documentsIn, isTypeScript, pageIn, readPage } from '../../scripts/docs/blocks'
import { excerptOf } from '../../scripts/docs/excerpts'
import { typecheck } from '../../scripts/docs/typecheck'

// A compiler, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const blocks = documentsIn(ROOT)
  .flatMap((document) => pageIn(ROOT, document).blocks)
  .filter((block) => isTypeScript(block) && excerptOf(block) === null)

it('compiles every printed block under module: nodenext', () => {
  expect(typecheck(ROOT, blocks, 'nodenext')).toEqual([])
})

describe('the check itself', () => {
  const problemsOf = (line: string): string[] => {
    const text = ['```ts', '// file: one.ts', 'export const one = 1', '```', '```ts', line, '```', ''].join('\n')
    return typecheck(ROOT, readPage('docs/page.md', text).blocks, 'nodenext')
  }

  it('sees a relative import without an extension', () => {
    expect(problemsOf("import { one } from './one'")).toEqual([expect.stringContaining('Relative import paths need')])
    expect(problemsOf("import { one } from './one.js'")).toEqual([])
  })

  it('sees a name that a built package does not have', () => {
    for (const name of [
      '@fetch-login/core',
      '@fetch-login/core/testing',
      '@fetch-login/hono',
      '@fetch-login/express/types',
    ])
      expect(problemsOf(`import { nothing } from '${name}'`)).toEqual([
        expect.stringContaining('has no exported member'),
      ])
  })
})
