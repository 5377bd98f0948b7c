// The machine and the versions of a run, without host names and paths.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Returns one line about the processor and the runtime. */
export function describeMachine(): string {
  const processors = cpus()
  const model = processors[0]?.model.trim() || 'unknown processor'
  return `${model}, ${processors.length} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`
}

/** Returns the installed version of a dependency of the bench. */
export function getVersion(name: string): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
