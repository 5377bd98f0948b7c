// Reads the excerpts of the documents, which are exact copies of project files. `// file: apps/recipes/src/oauth.ts` is a
// copy of the whole file, and `// file: apps/recipes/src/oauth.ts#begin` of the lines between `// region begin` and
// `// endregion`. The tests of the app compile and run that file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Block } from './blocks'

export interface Excerpt {
  /** The document and the line of the excerpt. */
  readonly place: string
  /** The path of the file, relative to the root of the project. */
  readonly path: string
  readonly region: string | null
  /** The text in the document. */
  readonly shown: string
}

const NAME = /^\/\/ file: ((?:apps|packages)\/[\w./-]+)(?:#([\w-]+))?$/

/** Returns the excerpt of a block, or null if the code exists only in the document. */
export function parseExcerpt({ document, line, code }: Block): Excerpt | null {
  const [first = '', ...rest] = code.split('\n')
  const [, path, region = null] = NAME.exec(first) ?? []
  return path === undefined ? null : { place: `${document}:${line}`, path, region, shown: rest.join('\n') }
}

/** Returns the text of the file or of the region, or null if the file does not contain the region. */
export function readCode(root: string, { path, region }: Pick<Excerpt, 'path' | 'region'>): string | null {
  const text = readFileSync(join(root, path), 'utf8').trimEnd()
  return region === null ? text : (parseRegions(text).get(region) ?? null)
}

/** Returns the regions of a file, without the common indentation of their lines. */
export function parseRegions(text: string): ReadonlyMap<string, string> {
  const regions = new Map<string, string>()
  for (const [, name = '', body = ''] of text.matchAll(/^ *\/\/ region ([\w-]+)\n(.*?)\n *\/\/ endregion$/gms)) {
    regions.set(name, removeIndentation(body))
  }
  return regions
}

function removeIndentation(text: string): string {
  const lines = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n')
}
