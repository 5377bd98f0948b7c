// Code that a document shows out of a file of the project: `// file: apps/recipes/src/oauth.ts`, the whole file, or
// `// file: apps/recipes/src/oauth.ts#begin`, what stands there between `// region begin` and `// endregion`. It is
// compiled and tested where it lives; the document has to show it as it is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Block } from './blocks'

export interface Excerpt {
  /** The document and the line where it is shown. */
  readonly place: string
  /** The file, from the root of the project. */
  readonly path: string
  readonly region: string | null
  /** What the document shows. */
  readonly shown: string
}

const NAME = /^\/\/ file: ((?:apps|packages)\/[\w./-]+)(?:#([\w-]+))?$/

/** What a block claims to show; null for code that is at home in the document. */
export function excerptOf({ document, line, code }: Block): Excerpt | null {
  const [first = '', ...rest] = code.split('\n')
  const [, path, region = null] = NAME.exec(first) ?? []
  return path === undefined ? null : { place: `${document}:${line}`, path, region, shown: rest.join('\n') }
}

/** The file or region as it is; null where there is none. */
export function codeOf(root: string, { path, region }: Pick<Excerpt, 'path' | 'region'>): string | null {
  const text = readFileSync(join(root, path), 'utf8').trimEnd()
  return region === null ? text : (regionsOf(text).get(region) ?? null)
}

/** The regions of a file, without the indentation that all their lines share. */
export function regionsOf(text: string): ReadonlyMap<string, string> {
  const regions = new Map<string, string>()
  for (const [, name = '', body = ''] of text.matchAll(/^ *\/\/ region ([\w-]+)\n(.*?)\n *\/\/ endregion$/gms)) {
    regions.set(name, undented(body))
  }
  return regions
}

function undented(text: string): string {
  const lines = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n')
}
