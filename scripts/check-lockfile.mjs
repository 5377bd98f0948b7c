// What installs here must install everywhere: the lockfile names no host, so that any registry serves it, and
// holds the binaries of five platforms. Where a registry lacks one, pnpm drops that platform without a word.
//
//   node scripts/check-lockfile.mjs [lockfile]
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']
// Packages that are known to bring binaries: one that lost all of them would look like one that never had any.
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
const binaries = new Map(entries('packages').map(([id, body]) => [id, platformsOf(body)]))
// A binary that stands on another one (an image library on its codecs) is for one platform by itself.
const parents = entries('snapshots')
  .filter(([id]) => (binaries.get(id) ?? []).length === 0)
  .map(([id, body]) => [id, optionalOf(body).flatMap((child) => binaries.get(child) ?? [])])
const problems = [...addresses(), ...parents.flatMap(([id, found]) => missing(id, found))]

for (const problem of problems) console.error(problem)
const native = parents.filter(([, found]) => found.length > 0).length
console.log(`lockfile: ${binaries.size} packages, ${native} with binaries, ${problems.length} problems`)
if (binaries.size === 0) console.error('lockfile: no package in it')
process.exitCode = problems.length === 0 && binaries.size > 0 ? 0 : 1

// A top-level section as [id, its lines], by the two spaces that pnpm indents with.
function entries(section) {
  const body = text.split(`\n${section}:\n`)[1]?.split(/\n(?=\S)/)[0] ?? ''
  const parts = body.split(/\n(?= {2}\S)/).map((part) => part.trim())
  return parts.filter(Boolean).map((part) => [part.slice(0, part.search(/:( \{\})?(\n|$)/)).replaceAll("'", ''), part])
}

function platformsOf(body) {
  const list = (field) => body.match(new RegExp(`^ +${field}: \\[(.*)\\]$`, 'm'))?.[1].split(', ') ?? []
  if (/^ +libc: \[musl\]$/m.test(body)) return []
  return list('os').flatMap((os) => list('cpu').map((cpu) => `${os}-${cpu}`))
}

function optionalOf(body) {
  const block = body.split(/\n {4}optionalDependencies:\n/)[1]?.split(/\n {4}\S/)[0] ?? ''
  return block.split('\n').flatMap((line) => {
    const [, name, version] = line.match(/^ {6}'?([^':]+)'?: '?([^'(]+)/) ?? []
    return name === undefined ? [] : [`${name}@${version}`]
  })
}

function missing(id, found) {
  const name = id.slice(0, id.indexOf('@', 1))
  if (found.length === 0 && !NATIVE.includes(name)) return []
  const lost = PLATFORMS.filter((platform) => !found.includes(platform))
  if (lost.length === 0) return []
  return [`${id} has no binary for ${lost.join(', ')}\n    way out: pin the newest version that has one for each`]
}

function addresses() {
  const wayOut = 'depend on it by name and version: its hash says the rest'
  return text.split('\n').flatMap((line, i) => {
    return ADDRESS.test(line) ? [`line ${i + 1} names an address: ${line.trim()}\n    way out: ${wayOut}`] : []
  })
}
