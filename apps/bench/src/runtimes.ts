// The runtimes on which imports are timed: this Node, and with --runtimes the Bun and Deno of the conformance app, which are
// downloaded once.
export interface Runtime {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const NODE: Runtime = { name: 'Node', command: process.execPath, args: [] }

export async function getRuntimes(all: boolean): Promise<readonly Runtime[]> {
  if (!all) return [NODE]
  const { href } = new URL('../../conformance/runtimes/binaries.mjs', import.meta.url)
  const { binaryOf }: { binaryOf(name: string): string } = await import(href)
  return [
    NODE,
    { name: 'Bun', command: binaryOf('bun'), args: [] },
    { name: 'Deno', command: binaryOf('deno'), args: ['run', '--allow-all', '--quiet', '--node-modules-dir=manual'] },
  ]
}
