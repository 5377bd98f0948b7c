// The documents are tested too: their code compiles against the sources, and their links lead somewhere.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { anchorsOf, documentsIn, isTypeScript, linksOf, type Page, pageIn, readPage } from './docs/blocks'
import { excerptOf } from './docs/excerpts'
import { typecheck } from './docs/typecheck'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const documents = documentsIn(ROOT)
const blocks = documents.flatMap((document) => pageIn(ROOT, document).blocks)

it('finds the documents and the code in them', () => {
  expect(documents).toContain('README.md')
  expect(documents).toContain('docs/concepts.md')
  expect(documents).toContain('SECURITY.md')
  expect(documents).toContain('packages/hono/README.md')
  expect(blocks.filter(isTypeScript).length).toBeGreaterThan(0)
})

it('compiles every block of TypeScript', () => {
  // What is shown out of a file is compiled with that file.
  const atHome = blocks.filter((block) => isTypeScript(block) && excerptOf(block) === null)
  expect(typecheck(ROOT, atHome)).toEqual([])
}, 180_000)

const readmes = documents.filter((document) => document.startsWith('packages/'))

it.each(readmes)(
  '%s follows the template of the packages: install, example, module format, documentation',
  (readme) => {
    const { prose, blocks } = pageIn(ROOT, readme)
    expect(prose.match(/^#+ .+/gm)).toEqual([
      `# @fetch-login/${readme.split('/')[1]}`,
      '## Install',
      '## Example',
      '## Module format',
      '## Documentation',
    ])
    expect(blocks.some(isTypeScript)).toBe(true)
    expect(linksOf({ prose, blocks })).toEqual(
      expect.arrayContaining(['../../docs/commonjs.md', '../../docs/concepts.md']),
    )
  },
)

it.each(documents)('leads to what is there: %s', (document) => {
  const dead = linksOf(pageIn(ROOT, document)).filter((link) => !leadsSomewhere(document, link))
  expect(dead).toEqual([])
})

/** Addresses elsewhere are not asked: a test needs no network. */
function leadsSomewhere(document: string, link: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return true
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : join(dirname(document), path)
  if (!existsSync(join(ROOT, target))) return false
  return anchor === undefined || anchorsOf(pageIn(ROOT, target)).includes(anchor)
}

describe('the check itself', () => {
  const read = (text: string): Page => readPage('page.md', text)
  const check = (...lines: string[]): string[] => typecheck(ROOT, read(['# Page', '', ...lines, ''].join('\n')).blocks)

  it('reads fences of any length and kind, in lists too, and leaves what is inside alone', () => {
    const text = ['````md', '```ts', 'no code', '```', '````', '- one', '  ~~~tsx', '  <p/>', '    a', '  ~~~'].join(
      '\n',
    )
    expect(read(text).blocks).toMatchObject([
      { language: 'md', line: 2, code: '```ts\nno code\n```' },
      { language: 'tsx', line: 8, code: '<p/>\n  a', file: 'block-8.tsx' },
    ])
  })

  it('says where a block without an end begins', () => {
    expect(() => read('# Page\n```ts\nconst a = 1')).toThrow('page.md:2')
  })

  it('names the line of an option that is misspelt', () => {
    const problems = check(
      '```ts',
      "import { createLoginManager } from '@fetch-login/core'",
      "createLoginManager({ loadUser: () => null, secret: '' })",
      '```',
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^page\.md:5: .*'secret' does not exist/)
  }, 60_000)

  it('is not content with any: packages, subpaths, frameworks and neighbours have their types', () => {
    const names = [
      "'@fetch-login/core'",
      "'@fetch-login/core/testing'",
      "'@fetch-login/hono'",
      "'hono'",
      "'./one.js'",
      "'./your-app.js'",
    ]
    const imports = names.map((name, index) => `import { nothing as _${index} } from ${name}`)
    const problems = check('```ts', '// file: one.ts', 'export const one = 1', '```', '```ts', ...imports, '```')
    expect(problems).toHaveLength(names.length)
    for (const problem of problems) expect(problem).toMatch(/has no exported member/)
  }, 60_000)

  it('knows a name that leads nowhere from one that does', () => {
    expect(check('```ts', "import { one } from './two.js'", 'one()', '```')).toEqual([
      expect.stringContaining("page.md:4: Cannot find module './two.js'"),
    ])
  }, 60_000)

  it('finds the links of a page, and none in its code', () => {
    expect(linksOf(read('[a](./a.md#b) `[c](d)`\n```\n[e](f)\n```\n![g](<h.png>)'))).toEqual(['./a.md#b', 'h.png'])
    expect(anchorsOf(read('# What `there` is, today\n## 2. Two'))).toEqual(['what-there-is-today', '2-two'])
  })
})
