// What a document shows out of a file is what stands in that file, to the letter.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { documentsIn, pageIn, readPage } from './docs/blocks'
import { codeOf, type Excerpt, excerptOf, regionsOf } from './docs/excerpts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const RECIPES = 'apps/recipes/src'

const excerpts = documentsIn(ROOT).flatMap((document) => excerptsIn(pageIn(ROOT, document)))

function excerptsIn({ blocks }: ReturnType<typeof readPage>): Excerpt[] {
  return blocks.map(excerptOf).filter((excerpt) => excerpt !== null)
}

it.each(excerpts)('shows the code as it is: $place $path $region', (excerpt) => {
  expect(excerpt.shown).toBe(codeOf(ROOT, excerpt))
})

const recipes = readdirSync(join(ROOT, RECIPES)).filter((name) => /(?<!\.test)\.ts$/.test(name))

it.each(recipes)('shows every region of a recipe, in its order: %s', (name) => {
  const path = `${RECIPES}/${name}`
  const regions = [...regionsOf(readFileSync(join(ROOT, path), 'utf8')).keys()]
  const shown = excerpts.filter((excerpt) => excerpt.path === path).map(({ region }) => region)
  expect(shown).toEqual(regions.length === 0 ? [null] : regions)
})

describe('the check itself', () => {
  const check = (first: string): (string | null)[] =>
    excerptsIn(readPage('page.md', `\`\`\`ts\n// file: ${first}\nconst one = 1\n\`\`\``)).map((excerpt) =>
      codeOf(ROOT, excerpt),
    )

  it('knows an excerpt from a file that is at home in the document', () => {
    expect(check('app.ts')).toEqual([])
    expect(check(`${RECIPES}/counter.ts`)).toEqual([expect.stringContaining('class MemoryCounter')])
  })

  it('finds no region that is not there, and no file', () => {
    expect(check(`${RECIPES}/counter.ts#nowhere`)).toEqual([null])
    expect(() => check(`${RECIPES}/nowhere.ts`)).toThrow('nowhere.ts')
  })

  it('takes a region without the indentation of its place', () => {
    const text = 'a\n  // region one\n  b {\n    c\n\n  }\n  // endregion\n// region two\nd\n// endregion'
    expect([...regionsOf(text)]).toEqual([
      ['one', 'b {\n  c\n\n}'],
      ['two', 'd'],
    ])
  })
})
