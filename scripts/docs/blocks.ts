// The documents of the project, and the code in them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

/** A piece of code in a document. */
export interface Block {
  /** The document, from the root of the project. */
  readonly document: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  readonly language: string
  /** What its first line says: `// file: app.ts`; else a name of its own. */
  readonly file: string
  readonly code: string
}

const TOP = ['README.md', 'AGENTS.md', 'CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'SECURITY.md']

/** Lists the pages at the top, those under docs/ that are not generated, and the README of each package, from the root. */
export function documentsIn(root: string): string[] {
  const docs = pathsIn(root, 'docs', { recursive: true }).filter((path) => path.endsWith('.md'))
  const written = docs.filter((path) => !path.startsWith('docs/api/'))
  const packages = pathsIn(root, 'packages', { recursive: false }).map((path) => `${path}/README.md`)
  return [...TOP, ...written.sort(), ...packages.sort()].filter((path) => existsSync(join(root, path)))
}

function pathsIn(root: string, folder: string, options: { readonly recursive: boolean }): string[] {
  if (!existsSync(join(root, folder))) return []
  const paths = readdirSync(join(root, folder), options).map(String)
  return paths.map((path) => `${folder}/${path.split(sep).join('/')}`)
}

export function pageIn(root: string, document: string): Page {
  return readPage(document, readFileSync(join(root, document), 'utf8'))
}

/** A document, its code set apart from what it says. */
export interface Page {
  readonly blocks: readonly Block[]
  readonly prose: string
}

const FENCE = /^(\s*(?:(?:[-*+]|\d+[.)])\s+)?)(`{3,}|~{3,})\s*([\w-]*)[^`]*$/

interface OpenBlock {
  readonly indent: number
  readonly fence: string
  readonly language: string
  readonly line: number
  readonly code: string[]
}

/** Reads the fenced blocks of a document (CommonMark §4.5), in lists too. */
export function readPage(document: string, text: string): Page {
  const blocks: Block[] = []
  const prose: string[] = []
  let open: OpenBlock | null = null
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open === null) {
      open = begun(line, index + 2)
      if (open === null) prose.push(line)
    } else if (isEnd(line, open.fence)) {
      blocks.push(block(document, open))
      open = null
    } else open.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
  }
  if (open !== null) throw new Error(`${document}:${open.line - 1}: this block has no end.`)
  return { blocks, prose: prose.join('\n') }
}

function begun(line: string, next: number): OpenBlock | null {
  const [, indent, fence, language] = FENCE.exec(line) ?? []
  if (indent === undefined || fence === undefined || language === undefined) return null
  return { indent: indent.length, fence, language: language.toLowerCase(), line: next, code: [] }
}

function isEnd(line: string, fence: string): boolean {
  const text = line.trim()
  return text.length >= fence.length && text === fence[0]?.repeat(text.length)
}

function block(document: string, open: OpenBlock): Block {
  const { language, line } = open
  const extension = language === 'tsx' ? 'tsx' : 'ts'
  const named = /^\s*\/\/ file: ([\w./[\]-]+\.tsx?)\s*$/.exec(open.code[0] ?? '')?.[1]
  return { document, line, language, file: named ?? `block-${line}.${extension}`, code: open.code.join('\n') }
}

export function isTypeScript({ language }: Block): boolean {
  return ['ts', 'tsx', 'typescript'].includes(language)
}

/** Where the links and images of a page lead. */
export function linksOf({ prose }: Page): string[] {
  return [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(([, target = '']) => target)
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf({ prose }: Page): string[] {
  return [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
