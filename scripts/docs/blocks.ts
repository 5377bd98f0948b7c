// Reads the documents of the project, and the code blocks in them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

/** A code block of a document. */
export interface Block {
  /** The path of the document, relative to the root of the project. */
  readonly document: string
  /** The number of its first line of code. The first line of the document is 1. */
  readonly line: number
  readonly language: string
  /** The name in its first line, such as `// file: app.ts`, or a generated name. */
  readonly file: string
  readonly code: string
}

const TOP_DOCUMENTS = ['README.md', 'AGENTS.md', 'CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'SECURITY.md']

/** Lists the documents at the root, those of docs/ except docs/api, and the README of each package, by relative path. */
export function listDocuments(root: string): string[] {
  const docs = listPaths(root, 'docs', { recursive: true }).filter((path) => path.endsWith('.md'))
  const notGenerated = docs.filter((path) => !path.startsWith('docs/api/'))
  const packages = listPaths(root, 'packages', { recursive: false }).map((path) => `${path}/README.md`)
  return [...TOP_DOCUMENTS, ...notGenerated.sort(), ...packages.sort()].filter((path) => existsSync(join(root, path)))
}

function listPaths(root: string, folder: string, options: { readonly recursive: boolean }): string[] {
  if (!existsSync(join(root, folder))) return []
  const paths = readdirSync(join(root, folder), options).map(String)
  return paths.map((path) => `${folder}/${path.split(sep).join('/')}`)
}

export function readPage(root: string, document: string): Page {
  return parsePage(document, readFileSync(join(root, document), 'utf8'))
}

/** A document, separated into its code blocks and its prose. */
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

/** Parses the fenced blocks of a document (CommonMark §4.5), in lists too. */
export function parsePage(document: string, text: string): Page {
  const blocks: Block[] = []
  const prose: string[] = []
  let open: OpenBlock | null = null
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open === null) {
      open = parseOpeningFence(line, index + 2)
      if (open === null) prose.push(line)
    } else if (isClosingFence(line, open.fence)) {
      blocks.push(createBlock(document, open))
      open = null
    } else open.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
  }
  if (open !== null) throw new Error(`${document}:${open.line - 1}: this block is not closed.`)
  return { blocks, prose: prose.join('\n') }
}

function parseOpeningFence(line: string, next: number): OpenBlock | null {
  const [, indent, fence, language] = FENCE.exec(line) ?? []
  if (indent === undefined || fence === undefined || language === undefined) return null
  return { indent: indent.length, fence, language: language.toLowerCase(), line: next, code: [] }
}

function isClosingFence(line: string, fence: string): boolean {
  const text = line.trim()
  return text.length >= fence.length && text === fence[0]?.repeat(text.length)
}

function createBlock(document: string, open: OpenBlock): Block {
  const { language, line } = open
  const extension = language === 'tsx' ? 'tsx' : 'ts'
  const named = /^\s*\/\/ file: ([\w./[\]-]+\.tsx?)\s*$/.exec(open.code[0] ?? '')?.[1]
  return { document, line, language, file: named ?? `block-${line}.${extension}`, code: open.code.join('\n') }
}

export function isTypeScript({ language }: Block): boolean {
  return ['ts', 'tsx', 'typescript'].includes(language)
}

/** Returns the targets of the links and images of a page. */
export function getLinks({ prose }: Page): string[] {
  return [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(([, target = '']) => target)
}

/** Returns the anchors of a page, as GitHub creates them from its headings. */
export function getAnchors({ prose }: Page): string[] {
  return [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
