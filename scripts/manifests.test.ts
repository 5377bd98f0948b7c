import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findManifestProblems, packagesIn } from './manifests.mjs'
import { inFolder, type Tree } from './planted'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

it('packagesIn lists each published package', () => {
  expect(packagesIn(ROOT)).toEqual(expect.arrayContaining(['core', 'express', 'fastify', 'hono', 'next']))
})

it('each package of this project has every required field, a licence and a README', () => {
  expect(findManifestProblems(ROOT)).toEqual([])
})

describe('the check of the manifests', () => {
  const address = 'https://example.org/fetch-login'
  const project = { homepage: address, license: 'MIT', engines: { node: '>=20.19' } }
  const manifest: Readonly<Record<string, unknown>> = {
    name: '@fetch-login/hono',
    description: 'An adapter, described in a sentence',
    keywords: ['login', 'session', 'hono'],
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git`, directory: 'packages/hono' },
    files: ['dist'],
    peerDependencies: { '@fetch-login/core': '*' },
  }
  const createTree = (changes: object, files: Tree = {}): Tree => ({
    'package.json': JSON.stringify(project),
    LICENSE: 'MIT\n',
    'packages/hono/package.json': JSON.stringify({ ...manifest, ...changes }),
    'packages/hono/LICENSE': 'MIT\n',
    'packages/hono/README.md': '# Hono\n',
    ...files,
  })
  const findProblems = (tree: Tree): readonly string[] => inFolder(tree, findManifestProblems)

  it('accepts a complete package', () => {
    expect(findProblems(createTree({}))).toEqual([])
  })

  it.each(Object.keys(manifest))('reports a package without "%s"', (field) => {
    const problems = findProblems(createTree({ [field]: undefined }))
    const named = field === 'peerDependencies' ? '"peerDependencies" must name' : `"${field}`
    expect(problems.join('\n')).toContain(`packages/hono/package.json: ${named}`)
  })

  it.each([
    ['another licence', { license: 'ISC' }, '"license" must be "MIT", but is "ISC"'],
    ['another Node version', { engines: { node: '>=18' } }, '"engines.node" must be ">=20.19", but is ">=18"'],
    ['side effects', { sideEffects: true }, '"sideEffects" must be false, but is true'],
    ['an empty description', { description: '' }, '"description" is missing or too short'],
    ['no keywords', { keywords: [] }, '"keywords" is missing or too short'],
    ['a private flag', { private: true }, '"private" must be false, but is true'],
    ['files without dist', { files: ['src'] }, '"files" is missing or too short'],
    [
      'the folder of another package',
      { repository: { type: 'git', url: `git+${address}.git`, directory: 'packages/core' } },
      '"repository.directory" must be "packages/hono", but is "packages/core"',
    ],
    [
      'core as its own dependency',
      { dependencies: { '@fetch-login/core': '*' } },
      '"dependencies" must not name @fetch-login/core: it is a peer dependency',
    ],
  ])('reports a package with %s', (_case, changes, problem) => {
    expect(findProblems(createTree(changes))).toEqual([`packages/hono/package.json: ${problem}`])
  })

  it('reports a package whose LICENSE differs from the LICENSE at the root', () => {
    expect(findProblems(createTree({}, { 'packages/hono/LICENSE': 'another\n' }))).toEqual([
      'packages/hono/LICENSE: must be a copy of the LICENSE at the root',
    ])
  })

  it('reports a project whose package.json sets no homepage', () => {
    const files = { 'package.json': JSON.stringify({ ...project, homepage: undefined }) }
    expect(findProblems(createTree({}, files)).join('\n')).toContain('"homepage" cannot be compared')
  })
})
