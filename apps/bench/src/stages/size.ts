// How much a browserless bundler makes of an entry: minified by esbuild, then gzipped.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Entry } from '../entries'

export interface Size {
  readonly minified: number
  readonly gzipped: number
}

/** An entry with all its dependencies, but for the framework. */
export function sizeOf({ specifier, framework }: Entry): Promise<Size> {
  return bundled(specifier, framework)
}

/** An adapter without core, which an app has once. */
export function sizeWithoutCore({ specifier, framework }: Entry): Promise<Size> {
  return bundled(specifier, [...framework, '@fetch-login/core'])
}

async function bundled(specifier: string, external: readonly string[]): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${specifier}'`, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...external],
    // A binary is no text: it is not counted.
    loader: { '.node': 'empty' },
    logLevel: 'error',
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }
}
