// What an entry weighs, and how long a new process needs to import it.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ENTRIES, type Entry } from '../entries'
import type { Runtime } from '../runtimes'
import { type Spread, spreadOf } from '../statistics'
import { type Size, sizeOf, sizeWithoutCore } from './size'

export interface EntryRow {
  readonly entry: Entry
  readonly size: Size
  /** An adapter without core; null for others. */
  readonly alone: Size | null
  /** Milliseconds to import it, by the name of the runtime. */
  readonly imports: ReadonlyMap<string, Spread>
}

const PROBE = fileURLToPath(new URL('./import-probe.js', import.meta.url))
const run = promisify(execFile)

export async function weighAndStart(
  runtimes: readonly Runtime[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<readonly EntryRow[]> {
  const times = new Map(ENTRIES.flatMap((entry) => runtimes.map(({ name }) => [keyOf(entry, name), [] as number[]])))
  for (let round = 0; round < rounds; round++) {
    for (const entry of ENTRIES)
      for (const runtime of runtimes) times.get(keyOf(entry, runtime.name))?.push(await importMillis(runtime, entry))
    onRound(round + 1)
  }
  const importsOf = (entry: Entry) =>
    new Map(runtimes.map(({ name }) => [name, spreadOf(times.get(keyOf(entry, name)) ?? [])]))
  return Promise.all(ENTRIES.map((entry) => rowOf(entry, importsOf(entry))))
}

function keyOf({ specifier }: Entry, runtime: string): string {
  return `${runtime} ${specifier}`
}

async function importMillis({ command, args }: Runtime, { specifier }: Entry): Promise<number> {
  const { stdout } = await run(command, [...args, PROBE, specifier])
  return Number(stdout)
}

async function rowOf(entry: Entry, imports: ReadonlyMap<string, Spread>): Promise<EntryRow> {
  const alone = entry.isAdapter === true ? await sizeWithoutCore(entry) : null
  return { entry, size: await sizeOf(entry), alone, imports }
}
