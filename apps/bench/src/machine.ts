// What the figures were measured on: processor, runtime, versions. No name of a host, and no path.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** One line about processor and runtime. */
export function machineLine(): string {
  const processors = cpus()
  const model = processors[0]?.model.trim() || 'unknown processor'
  return `${model}, ${processors.length} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`
}

/** The installed version of a package that this one depends on. */
export function versionOf(name: string): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
