// Reads the files of public/ from the disk.
import { existsSync, readFileSync } from 'node:fs'

// The built file is one folder nearer to the root than this source file.
const near = new URL('../public/', import.meta.url)
const folder = existsSync(near) ? near : new URL('../../public/', import.meta.url)

export function readFile(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8')
}
