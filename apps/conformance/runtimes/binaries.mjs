// The binaries of the runtimes. Each is a pinned package of the registry, unpacked once into node_modules/.cache. They are
// not dependencies, because these would hide `node`, and each installation would download half a gigabyte.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const PINS = JSON.parse(readFileSync(here('pins.json'), 'utf8'))
const CACHE = here('../../../node_modules/.cache/runtimes')
const PLATFORM = `${process.platform}-${process.arch}`
const SUFFIX = process.platform === 'win32' ? '.exe' : ''

/** The names of all runtimes, in the order of the table. */
export const RUNTIMES = Object.keys(PINS)

/** Returns the pinned version of a runtime for this platform, or undefined if the registry has no package for it. */
export function getPinnedVersion(name) {
  return PINS[name][PLATFORM]?.version
}

/** Returns the path of a binary. Throws an error if this platform has none, or if the download does not match its pin. */
export function resolveBinary(name) {
  const pin = PINS[name][PLATFORM]
  if (pin === undefined) throw new Error(`the registry has no ${name} for ${PLATFORM}`)
  const folder = join(CACHE, `${name.replace(' ', '-')}-${pin.version}-${PLATFORM}`)
  if (!existsSync(folder)) unpack(pin, folder)
  const [kind] = name.split(' ')
  const found = [`bin/${kind}`, kind].map((path) => join(folder, `${path}${SUFFIX}`)).find(existsSync)
  if (found === undefined) throw new Error(`${pin.name}@${pin.version} does not contain ${kind}`)
  return found
}

/** Unpacks into a temporary folder, verifies, and renames, so that an interrupted download leaves no incomplete folder. */
function unpack({ name, version, integrity }, folder) {
  mkdirSync(CACHE, { recursive: true })
  const beside = mkdtempSync(join(CACHE, 'unpacking-'))
  try {
    const packed = execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', beside], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const tarball = join(beside, packed.trim().split('\n').at(-1))
    const got = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    if (got !== integrity) throw new Error(`${name}@${version} does not match the integrity in pins.json: ${got}`)
    execFileSync('tar', ['-xzf', tarball, '-C', beside])
    for (const path of ['bin', '.']) makeRunnable(join(beside, 'package', path))
    renameSync(join(beside, 'package'), folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/** Makes the binaries executable. Some packages do that in an install script, which does not run here. */
function makeRunnable(folder) {
  for (const name of ['node', 'bun', 'deno', 'workerd'])
    if (existsSync(join(folder, name))) chmodSync(join(folder, name), 0o755)
}
