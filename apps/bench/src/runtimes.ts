// What an import is timed on: this Node, and where the flag --runtimes asks for them, the Bun and Deno that the conformance
// app is tried on. They are downloaded once.
import { existsSync } from 'node:fs'

export interface Runtime {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const NODE: Runtime = { name: 'Node', command: process.execPath, args: [] }

interface Binaries {
  binaryOf(name: string): string
}

/** @throws Error where the others are asked for and cannot be had. */
export async function runtimesFor(all: boolean): Promise<readonly Runtime[]> {
  if (!all) return [NODE]
  const place = new URL('../../conformance/runtimes/binaries.mjs', import.meta.url)
  if (!existsSync(place)) throw new Error('There is nothing that could bring Bun and Deno: leave --runtimes away.')
  const { binaryOf }: Binaries = await import(place.href)
  return [
    NODE,
    { name: 'Bun', command: binaryOf('bun'), args: [] },
    { name: 'Deno', command: binaryOf('deno'), args: ['run', '--allow-all', '--quiet', '--node-modules-dir=manual'] },
  ]
}
