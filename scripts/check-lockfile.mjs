// Checks that the lockfile works everywhere. It must not contain a host, so that any registry can serve its packages, and
// it must list the binaries of five platforms. If a registry lacks a binary, pnpm omits that platform without a warning.
//
//   node scripts/check-lockfile.mjs [lockfile]
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']
// Packages with binaries. Without this list, a package that lost all of them would look like a package without binaries.
const NATIVE = [
  '@biomejs/biome',
  'bun',
  'deno',
  'esbuild',
  'lightningcss',
  'next',
  'rolldown',
  'rollup',
  'turbo',
  'workerd',
]
const ADDRESS =
  /:\/\/|\b(tarball|registry):|(^|[\s'"/@])([a-z0-9-]+\.)+(com|org|net|io|dev|cloud|internal|local)(:\d+)?(['"/\s]|$)/i

const text = readFileSync(process.argv[2] ?? fileURLToPath(new URL('../pnpm-lock.yaml', import.meta.url)), 'utf8')
const binaries = new Map(parseSection('packages').map(([id, body]) => [id, parsePlatforms(body)]))
// A package with a platform of its own is not a parent, even if it depends on another binary.
const parents = parseSection('snapshots')
  .filter(([id]) => (binaries.get(id) ?? []).length === 0)
  .map(([id, body]) => [id, parseOptionalDependencies(body).flatMap((child) => binaries.get(child) ?? [])])
const problems = [...findAddresses(), ...parents.flatMap(([id, found]) => findMissingBinaries(id, found))]

for (const problem of problems) console.error(problem)
const native = parents.filter(([, found]) => found.length > 0).length
console.log(`lockfile: ${binaries.size} packages, ${native} with binaries, ${problems.length} problems`)
if (binaries.size === 0) console.error('lockfile: no package was found')
process.exitCode = problems.length === 0 && binaries.size > 0 ? 0 : 1

/** Returns the entries of a top-level section as [id, its lines]. pnpm indents each entry with two spaces. */
function parseSection(section) {
  const body = text.split(`\n${section}:\n`)[1]?.split(/\n(?=\S)/)[0] ?? ''
  const parts = body.split(/\n(?= {2}\S)/).map((part) => part.trim())
  return parts.filter(Boolean).map((part) => [part.slice(0, part.search(/:( \{\})?(\n|$)/)).replaceAll("'", ''), part])
}

function parsePlatforms(body) {
  const list = (field) => body.match(new RegExp(`^ +${field}: \\[(.*)\\]$`, 'm'))?.[1].split(', ') ?? []
  if (/^ +libc: \[musl\]$/m.test(body)) return []
  return list('os').flatMap((os) => list('cpu').map((cpu) => `${os}-${cpu}`))
}

function parseOptionalDependencies(body) {
  const block = body.split(/\n {4}optionalDependencies:\n/)[1]?.split(/\n {4}\S/)[0] ?? ''
  return block.split('\n').flatMap((line) => {
    const [, name, version] = line.match(/^ {6}'?([^':]+)'?: '?([^'(]+)/) ?? []
    return name === undefined ? [] : [`${name}@${version}`]
  })
}

function findMissingBinaries(id, found) {
  const name = id.slice(0, id.indexOf('@', 1))
  if (found.length === 0 && !NATIVE.includes(name)) return []
  const lost = PLATFORMS.filter((platform) => !found.includes(platform))
  if (lost.length === 0) return []
  return [`${id} has no binary for ${lost.join(', ')}\n    remedy: pin the newest version that has a binary for each`]
}

function findAddresses() {
  const remedy = 'depend on the package by name and version: its hash identifies the content'
  return text.split('\n').flatMap((line, i) => {
    return ADDRESS.test(line) ? [`line ${i + 1} contains an address: ${line.trim()}\n    remedy: ${remedy}`] : []
  })
}
