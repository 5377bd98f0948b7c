// An excerpt in a document is an exact copy of the file, or of its region.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { listDocuments, parsePage, readPage } from './docs/blocks'
import { type Excerpt, parseExcerpt, parseRegions, readCode } from './docs/excerpts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const RECIPES = 'apps/recipes/src'

const excerpts = listDocuments(ROOT).flatMap((document) => parseExcerpts(readPage(ROOT, document)))

function parseExcerpts({ blocks }: ReturnType<typeof parsePage>): Excerpt[] {
  return blocks.map(parseExcerpt).filter((excerpt) => excerpt !== null)
}

it.each(excerpts)('the document shows an exact copy of the code: $place $path $region', (excerpt) => {
  expect(excerpt.shown).toBe(readCode(ROOT, excerpt))
})

const recipes = readdirSync(join(ROOT, RECIPES)).filter((name) => /(?<!\.test)\.ts$/.test(name))

it.each(recipes)('the documents show every region of the recipe %s, in the order of the file', (name) => {
  const path = `${RECIPES}/${name}`
  const regions = [...parseRegions(readFileSync(join(ROOT, path), 'utf8')).keys()]
  const shown = excerpts.filter((excerpt) => excerpt.path === path).map(({ region }) => region)
  expect(shown).toEqual(regions.length === 0 ? [null] : regions)
})

describe('the check of the excerpts', () => {
  const readShown = (first: string): (string | null)[] =>
    parseExcerpts(parsePage('page.md', `\`\`\`ts\n// file: ${first}\nconst one = 1\n\`\`\``)).map((excerpt) =>
      readCode(ROOT, excerpt),
    )

  it('distinguishes an excerpt from code that exists only in the document', () => {
    expect(readShown('app.ts')).toEqual([])
    expect(readShown(`${RECIPES}/counter.ts`)).toEqual([expect.stringContaining('class MemoryCounter')])
  })

  it('returns null for a missing region, and throws an error for a missing file', () => {
    expect(readShown(`${RECIPES}/counter.ts#nowhere`)).toEqual([null])
    expect(() => readShown(`${RECIPES}/nowhere.ts`)).toThrow('nowhere.ts')
  })

  it('removes the common indentation of a region', () => {
    const text = 'a\n  // region one\n  b {\n    c\n\n  }\n  // endregion\n// region two\nd\n// endregion'
    expect([...parseRegions(text)]).toEqual([
      ['one', 'b {\n  c\n\n}'],
      ['two', 'd'],
    ])
  })
})
