// The code of the documents compiles against the sources, and each link has a target.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { getAnchors, getLinks, isTypeScript, listDocuments, type Page, parsePage, readPage } from './docs/blocks'
import { parseExcerpt } from './docs/excerpts'
import { typecheck } from './docs/typecheck'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const documents = listDocuments(ROOT)
const blocks = documents.flatMap((document) => readPage(ROOT, document).blocks)

it('listDocuments returns the documents, and readPage returns their code', () => {
  expect(documents).toContain('README.md')
  expect(documents).toContain('docs/concepts.md')
  expect(documents).toContain('SECURITY.md')
  expect(documents).toContain('packages/hono/README.md')
  expect(blocks.filter(isTypeScript).length).toBeGreaterThan(0)
})

it('every block of TypeScript in the documents compiles', () => {
  // An excerpt is compiled with its file.
  const ownBlocks = blocks.filter((block) => isTypeScript(block) && parseExcerpt(block) === null)
  expect(typecheck(ROOT, ownBlocks)).toEqual([])
}, 180_000)

const readmes = documents.filter((document) => document.startsWith('packages/'))

it.each(readmes)(
  '%s follows the template of the packages: install, example, module format, documentation',
  (readme) => {
    const { prose, blocks } = readPage(ROOT, readme)
    expect(prose.match(/^#+ .+/gm)).toEqual([
      `# @fetch-login/${readme.split('/')[1]}`,
      '## Install',
      '## Example',
      '## Module format',
      '## Documentation',
    ])
    expect(blocks.some(isTypeScript)).toBe(true)
    expect(getLinks({ prose, blocks })).toEqual(
      expect.arrayContaining(['../../docs/commonjs.md', '../../docs/concepts.md']),
    )
  },
)

it.each(documents)('every relative link of %s has a target', (document) => {
  const dead = getLinks(readPage(ROOT, document)).filter((link) => !hasTarget(document, link))
  expect(dead).toEqual([])
})

/** Returns whether a relative link has a target. A URL is not requested, because tests do not use the network. */
function hasTarget(document: string, link: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return true
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : join(dirname(document), path)
  if (!existsSync(join(ROOT, target))) return false
  return anchor === undefined || getAnchors(readPage(ROOT, target)).includes(anchor)
}

describe('the checkTypes of the documents', () => {
  const parse = (text: string): Page => parsePage('page.md', text)
  const checkTypes = (...lines: string[]): string[] =>
    typecheck(ROOT, parse(['# Page', '', ...lines, ''].join('\n')).blocks)

  it('parses fences of any length and kind, in lists too, and does not change their content', () => {
    const text = ['````md', '```ts', 'no code', '```', '````', '- one', '  ~~~tsx', '  <p/>', '    a', '  ~~~'].join(
      '\n',
    )
    expect(parse(text).blocks).toMatchObject([
      { language: 'md', line: 2, code: '```ts\nno code\n```' },
      { language: 'tsx', line: 8, code: '<p/>\n  a', file: 'block-8.tsx' },
    ])
  })

  it('reports the first line of a block without an end', () => {
    expect(() => parse('# Page\n```ts\nconst a = 1')).toThrow('page.md:2')
  })

  it('reports the line of a misspelt option', () => {
    const problems = checkTypes(
      '```ts',
      "import { createLoginManager } from '@fetch-login/core'",
      "createLoginManager({ loadUser: () => null, secret: '' })",
      '```',
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^page\.md:5: .*'secret' does not exist/)
  }, 60_000)

  it('resolves the types of packages, subpaths, frameworks and other blocks, instead of `any`', () => {
    const names = [
      "'@fetch-login/core'",
      "'@fetch-login/core/testing'",
      "'@fetch-login/hono'",
      "'hono'",
      "'./one.js'",
      "'./your-app.js'",
    ]
    const imports = names.map((name, index) => `import { nothing as _${index} } from ${name}`)
    const problems = checkTypes('```ts', '// file: one.ts', 'export const one = 1', '```', '```ts', ...imports, '```')
    expect(problems).toHaveLength(names.length)
    for (const problem of problems) expect(problem).toMatch(/has no exported member/)
  }, 60_000)

  it('reports an import of a module that does not exist', () => {
    expect(checkTypes('```ts', "import { one } from './two.js'", 'one()', '```')).toEqual([
      expect.stringContaining("page.md:4: Cannot find module './two.js'"),
    ])
  }, 60_000)

  it('finds the links of a page, but not those in its code', () => {
    expect(getLinks(parse('[a](./a.md#b) `[c](d)`\n```\n[e](f)\n```\n![g](<h.png>)'))).toEqual(['./a.md#b', 'h.png'])
    expect(getAnchors(parse('# What `there` is, today\n## 2. Two'))).toEqual(['what-there-is-today', '2-two'])
  })
})
