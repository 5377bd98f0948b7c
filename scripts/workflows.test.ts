// The workflows of GitHub Actions use no secret except the token of the run, no host, pinned actions, and documented versions.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDER = join(ROOT, '.github/workflows')
const workflows = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }))

const HOST = /:\/\/|\b[a-z0-9-]+\.(?:com|org|net|io|dev|cloud|internal|local)\b/i

/** Lists the forbidden content of a workflow, and its missing permissions. */
function findProblems(text: string): string[] {
  const secrets = [...text.matchAll(/secrets\.(\w+)|secrets\[/g)].filter(([, name]) => name !== 'GITHUB_TOKEN')
  const actions = [...text.matchAll(/uses: *(\S+)/g)].map(([, action = '']) => action)
  return [
    ...secrets.map(([found]) => `secret: ${found}`),
    ...actions
      .filter((action) => !/@(?:v\d+\.\d+\.\d+|[0-9a-f]{40})$/.test(action))
      .map((found) => `not pinned: ${found}`),
    ...text
      .split('\n')
      .filter((line) => HOST.test(line))
      .map((line) => `host: ${line.trim()}`),
    ...(/^permissions:/m.test(text) ? [] : ['permissions: missing']),
  ]
}

it('finds the workflows for tests, releases and static analysis', () => {
  expect(workflows.map(({ name }) => name).sort()).toEqual(['ci.yml', 'codeql.yml', 'release.yml'])
})

it.each(workflows)(
  '$name uses only the token of the run, names no host, pins its actions and limits its permissions',
  ({ text }) => {
    expect(findProblems(text)).toEqual([])
  },
)

it('CI runs the tests on each major version of Node that docs/runtimes.md lists', () => {
  const ci = workflows.find(({ name }) => name === 'ci.yml')?.text ?? ''
  const [, list = ''] = /^ +node: \[(.+)\]$/m.exec(ci) ?? []
  const documented = [...readFileSync(join(ROOT, 'docs/runtimes.md'), 'utf8').matchAll(/^\| node \| (\d+)\./gm)]
  expect(list.match(/\d+(?=[.'])/g)?.filter((major) => Number(major) >= 20)).toEqual(
    documented.map(([, major]) => major),
  )
})

it('.nvmrc and CI begin with the oldest Node version that the packages support', () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const oldest = engines.node.replace('>=', '')
  expect(readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim()).toBe(oldest)
  expect(workflows.find(({ name }) => name === 'ci.yml')?.text).toContain(`node: ['${oldest}'`)
})

it('the workflows call pnpm in the version of package.json', () => {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const versions = workflows.flatMap(({ text }) => text.match(/pnpm@[\d.]+/g) ?? [])
  expect([...new Set(versions)]).toEqual([packageManager])
})

it.each([
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  'CONTRIBUTING.md',
  'LICENSE',
  '.editorconfig',
  '.github/PULL_REQUEST_TEMPLATE.md',
])('the repository has the file %s', (path) => expect(existsSync(join(ROOT, path))).toBe(true))

describe('the check of a workflow', () => {
  const ci = workflows.find(({ name }) => name === 'ci.yml')?.text ?? ''

  it.each([
    ['a secret of its own', 'secret: secrets.NPM_TOKEN', 'token: secrets.NPM_TOKEN'],
    ['a secret by index', 'secret: secrets[', "token: secrets['NPM_TOKEN']"],
    ['a branch of an action', 'not pinned: some/action@main', '- uses: some/action@main'],
    ['a major version of an action', 'not pinned: actions/checkout@v6', '- uses: actions/checkout@v6'],
    ['an address', 'host: - run: curl https://packages.example/x', '- run: curl https://packages.example/x'],
    ['a host', 'host: registry: packages.example.com', 'registry: packages.example.com'],
  ])('reports %s', (_case, problem, line) => {
    expect(findProblems(`${ci}\n      ${line}\n`)).toEqual([problem])
  })

  it('reports a workflow that does not limit its permissions', () => {
    expect(findProblems(ci.replace(/^permissions:/m, 'x:'))).toEqual(['permissions: missing'])
  })
})
