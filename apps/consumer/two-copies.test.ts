// The app and all adapters must use one copy of core. If two copies are used together, the error names both versions.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as core from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ADAPTERS = ['express', 'fastify', 'hono', 'next']
const options = { loadUser: (id: string) => ({ id }), secrets: 'a secret for these tests, long enough to be one' }

let folder = ''
let other: typeof core

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fetch-login-copy-'))
  const here = dirname(dirname(fileURLToPath(import.meta.resolve('@fetch-login/core'))))
  for (const name of ['dist', 'package.json']) cpSync(join(here, name), join(folder, name), { recursive: true })
  const bundle = join(folder, 'dist/bundle.js')
  const text = readFileSync(bundle, 'utf8').replace(/"\d+\.\d+\.\d+[^"]*"(?=;\nvar CREATED_BY)/, '"9.9.9"')
  writeFileSync(bundle, text)
  other = await import(pathToFileURL(join(folder, 'dist/index.js')).href)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Returns the error of a call that must throw. */
function catchError(call: () => unknown): core.UsageError {
  try {
    call()
  } catch (error) {
    return error as core.UsageError
  }
  throw new Error('The call did not throw.')
}

describe('the manifest', () => {
  it.each(ADAPTERS)('of %s has core as a peer dependency and not as a dependency', (adapter) => {
    const path = fileURLToPath(new URL(`../../packages/${adapter}/package.json`, import.meta.url))
    const { dependencies = {}, peerDependencies, peerDependenciesMeta = {} } = JSON.parse(readFileSync(path, 'utf8'))
    expect(dependencies).not.toHaveProperty('@fetch-login/core')
    expect(peerDependencies['@fetch-login/core']).toMatch(/^workspace:/)
    expect(peerDependenciesMeta).not.toHaveProperty('@fetch-login/core')
  })
})

describe('a manager', () => {
  const calls: readonly (readonly [name: string, call: (manager: core.LoginManager<{ id: string }>) => unknown])[] = [
    ['honoLogin()', (manager) => honoLogin(manager)],
    ['expressLogin()', (manager) => expressLogin(manager)],
    ['fastifyLogin()', (manager) => fastifyLogin(manager)],
    ['withLogin()', (manager) => core.withLogin(manager, () => new Response())],
  ]

  it.each(calls)(
    'of another copy of core is refused by %s with an error that names both versions and the remedy',
    (name, call) => {
      const error = catchError(() => call(other.createLoginManager(options)))
      expect(error).toBeInstanceOf(core.UsageError)
      expect(error.code).toBe('two-copies')
      expect(error.message).toContain('9.9.9')
      expect(error.message).toContain(`${name} uses another copy, of version `)
      expect(error.message).toContain('npm ls @fetch-login/core')
    },
  )

  it.each(calls)('of the same copy of core is accepted by %s', (_name, call) => {
    expect(call(core.createLoginManager(options))).toBeTruthy()
  })

  it('of another copy of core is refused if a function of the bindings returns it', async () => {
    const handler = core.withLogin(
      () => other.createLoginManager(options),
      () => new Response(),
    )
    await expect(handler(new Request('https://app.test/'), {})).rejects.toMatchObject({ code: 'two-copies' })
  })
})

describe('an Auth object of another copy of core', () => {
  it('is refused by a guard, in both directions', () => {
    const request = new Request('https://app.test/')
    for (const [one, two] of [
      [core, other],
      [other, core],
    ] as const) {
      const auth = one.createLoginManager(options).open(request)
      expect(catchError(() => two.createLoginManager(options).guard()(auth)).code).toBe('two-copies')
    }
  })
})
