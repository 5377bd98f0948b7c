// What the registry shows about a package, and what an app needs from its manifest: each fact is required.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const CORE = '@fetch-login/core'

/**
 * Lists the published packages: the folders of `packages/` that have a manifest.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function packagesIn(root) {
  const names = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')) : []
  return names.filter((name) => existsSync(join(root, 'packages', name, 'package.json'))).sort()
}

/**
 * Compares each package with the required facts, and lists the differences: `packages/hono/package.json: …`.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function findManifestProblems(root) {
  const project = readJson(join(root, 'package.json'))
  const license = readText(join(root, 'LICENSE'))
  return packagesIn(root).flatMap((name) => {
    const folder = join(root, 'packages', name)
    const manifest = readJson(join(folder, 'package.json'))
    return [
      ...fieldProblems(manifest, requiredFields(name, project)),
      ...dependencyProblems(manifest),
      ...fileProblems(folder, license),
    ].map(([file, problem]) => `packages/${name}/${file}: ${problem}`)
  })
}

/** The checks of all fields; each returns a problem or null. The address of the project is the `homepage` at the top. */
function requiredFields(name, project) {
  const address = project.homepage
  return [
    is('name', ({ name }) => name, `@fetch-login/${name}`),
    has('description', ({ description }) => typeof description === 'string' && description.length >= 20),
    has('keywords', ({ keywords }) => Array.isArray(keywords) && keywords.length >= 3),
    is('license', ({ license }) => license, project.license),
    is('type', ({ type }) => type, 'module'),
    is('sideEffects', ({ sideEffects }) => sideEffects, false),
    is('engines.node', ({ engines }) => engines?.node, project.engines?.node),
    is('homepage', ({ homepage }) => homepage, address && `${address}#readme`),
    is('bugs.url', ({ bugs }) => bugs?.url, address && `${address}/issues`),
    is('repository.type', ({ repository }) => repository?.type, 'git'),
    is('repository.url', ({ repository }) => repository?.url, address && `git+${address}.git`),
    is('repository.directory', ({ repository }) => repository?.directory, `packages/${name}`),
    has('files', ({ files }) => files?.includes('dist') === true),
    is('private', ({ private: hidden }) => hidden ?? false, false),
  ]
}

function is(field, read, expected) {
  return (manifest) => {
    const received = read(manifest)
    if (expected === undefined) return `"${field}" has no value to follow: the package.json at the top must set one`
    if (received === expected) return null
    return `"${field}" must be ${JSON.stringify(expected)}, but is ${JSON.stringify(received) ?? 'missing'}`
  }
}

function has(field, isGood) {
  return (manifest) => (isGood(manifest) ? null : `"${field}" is missing or too short`)
}

function fieldProblems(manifest, checks) {
  const problems = checks.map((check) => check(manifest)).filter((problem) => problem !== null)
  return problems.map((problem) => ['package.json', problem])
}

/** An adapter with a core of its own would not know the managers that the app creates with the other copy. */
function dependencyProblems({ name, dependencies = {}, peerDependencies = {} }) {
  if (name === CORE) return []
  const problems = []
  if (!(CORE in peerDependencies)) problems.push(`"peerDependencies" must name ${CORE}`)
  if (CORE in dependencies) problems.push(`"dependencies" must not name ${CORE}: it is a peer dependency`)
  return problems.map((problem) => ['package.json', problem])
}

function fileProblems(folder, license) {
  const problems = []
  if (license === null || readText(join(folder, 'LICENSE')) !== license)
    problems.push(['LICENSE', 'must be a copy of the LICENSE at the top'])
  if (readText(join(folder, 'README.md')) === null) problems.push(['README.md', 'is missing'])
  return problems
}

function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
