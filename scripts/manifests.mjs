// Checks the fields of each manifest that the registry displays or that an app needs.
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
 * Compares each manifest with the required fields, and lists the differences: `packages/hono/package.json: …`.
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

/**
 * Returns the checks of all fields. Each check returns a problem or null. The address of the project is the `homepage` of
 * the package.json at the root.
 */
function requiredFields(name, project) {
  const address = project.homepage
  return [
    requireValue('name', ({ name }) => name, `@fetch-login/${name}`),
    requireThat('description', ({ description }) => typeof description === 'string' && description.length >= 20),
    requireThat('keywords', ({ keywords }) => Array.isArray(keywords) && keywords.length >= 3),
    requireValue('license', ({ license }) => license, project.license),
    requireValue('type', ({ type }) => type, 'module'),
    requireValue('sideEffects', ({ sideEffects }) => sideEffects, false),
    requireValue('engines.node', ({ engines }) => engines?.node, project.engines?.node),
    requireValue('homepage', ({ homepage }) => homepage, address && `${address}#readme`),
    requireValue('bugs.url', ({ bugs }) => bugs?.url, address && `${address}/issues`),
    requireValue('repository.type', ({ repository }) => repository?.type, 'git'),
    requireValue('repository.url', ({ repository }) => repository?.url, address && `git+${address}.git`),
    requireValue('repository.directory', ({ repository }) => repository?.directory, `packages/${name}`),
    requireThat('files', ({ files }) => files?.includes('dist') === true),
    requireValue('private', ({ private: hidden }) => hidden ?? false, false),
  ]
}

function requireValue(field, read, expected) {
  return (manifest) => {
    const received = read(manifest)
    if (expected === undefined) return `"${field}" cannot be compared: the package.json at the root must set it`
    if (received === expected) return null
    return `"${field}" must be ${JSON.stringify(expected)}, but is ${JSON.stringify(received) ?? 'missing'}`
  }
}

function requireThat(field, isGood) {
  return (manifest) => (isGood(manifest) ? null : `"${field}" is missing or too short`)
}

function fieldProblems(manifest, checks) {
  const problems = checks.map((check) => check(manifest)).filter((problem) => problem !== null)
  return problems.map((problem) => ['package.json', problem])
}

/** An adapter with its own copy of core does not recognise the managers that the app creates with the other copy. */
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
    problems.push(['LICENSE', 'must be a copy of the LICENSE at the root'])
  if (readText(join(folder, 'README.md')) === null) problems.push(['README.md', 'is missing'])
  return problems
}

function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
