// Measures the size of each entry point, and the time of its import in a new process.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ENTRIES, type Entry } from './entries'
import type { Runtime } from './runtimes'
import { type Spread, toSpread } from './statistics'

export interface Size {
  readonly minified: number
  readonly gzipped: number
}

export interface EntryRow {
  readonly entry: Entry
  /** With all dependencies except the framework. */
  readonly size: Size
  /** An adapter without core. Null for other entry points. */
  readonly alone: Size | null
  /** Milliseconds of an import, by the name of the runtime. */
  readonly imports: ReadonlyMap<string, Spread>
}

const PROBE = fileURLToPath(new URL('./import-probe.js', import.meta.url))
const CORE = '@fetch-login/core'
const run = promisify(execFile)

export async function measureEntries(runtimes: readonly Runtime[], rounds: number): Promise<readonly EntryRow[]> {
  const timers = ENTRIES.map((entry) => ({ entry, times: new Map(runtimes.map(({ name }) => [name, [] as number[]])) }))
  for (let round = 0; round < rounds; round++) {
    for (const { entry, times } of timers)
      for (const runtime of runtimes) times.get(runtime.name)?.push(await timeImport(runtime, entry))
  }
  return Promise.all(
    timers.map(async ({ entry, times }) => ({
      entry,
      size: await measureSize(entry, entry.framework),
      alone: entry.isAdapter ? await measureSize(entry, [...entry.framework, CORE]) : null,
      imports: new Map([...times].map(([runtime, millis]) => [runtime, toSpread(millis)])),
    })),
  )
}

async function timeImport({ command, args }: Runtime, { specifier }: Entry): Promise<number> {
  const { stdout } = await run(command, [...args, PROBE, specifier])
  return Number(stdout)
}

async function measureSize({ specifier }: Entry, external: readonly string[]): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${specifier}'`, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...external],
    // Native binaries do not count.
    loader: { '.node': 'empty' },
    logLevel: 'error',
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }
}
