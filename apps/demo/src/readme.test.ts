// Runs the code of the README.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import * as core from '@fetch-login/core'
import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import * as honoAdapter from '@fetch-login/hono'
import * as hono from 'hono'
import ts from 'typescript'
import { beforeEach, expect, it } from 'vitest'
import { type Block, readPage } from '../../../scripts/docs/blocks'

const ROOT = join(fileURLToPath(import.meta.url), '../../../..')
const blocks = readPage(ROOT, 'README.md').blocks
const alice = { id: '1', name: 'Alice' }

const modules = new Map<string, unknown>([
  ['@fetch-login/core', core],
  ['@fetch-login/hono', honoAdapter],
  ['hono', hono],
  [
    './your-app.js',
    {
      users: { find: (id: string) => (id === alice.id ? alice : undefined) },
      checkPassword: async ({ password }: Record<string, unknown>) => (password === 'right' ? alice : undefined),
      loginPage: (error = '') => `<p>${error}</p>`,
    },
  ],
])

function runBlock({ code }: Block): Record<string, unknown> {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }
  const { outputText } = ts.transpileModule(code, { compilerOptions: options })
  const exported = {}
  const process = { env: { LOGIN_SECRET: 'a secret of the tests, with no value elsewhere' } }
  compileFunction(outputText, ['require', 'exports', 'process'])(requireModule, exported, process)
  return exported
}

function requireModule(name: string): unknown {
  const found = modules.get(name)
  if (found === undefined) throw new Error(`The README imports ${name}, which this test does not provide.`)
  return found
}

function loadBlock(file: string): Record<string, unknown> {
  const found = blocks.find((block) => block.file === file)
  if (found === undefined) throw new Error(`The README has no ${file}.`)
  const exported = runBlock(found)
  modules.set(`./${file.replace(/\.ts$/, '.js')}`, exported)
  return exported
}

const { app } = loadBlock('app.ts') as { app: hono.Hono }

let browser: TestClient
beforeEach(() => {
  browser = createTestClient((request) => app.fetch(request))
})

it('the README example logs in and out on Hono, and redirects to the requested page', async () => {
  const refused = await browser.get('/settings')
  expect(refused.headers.get('location')).toBe('/login?next=%2Fsettings')
  const login = refused.headers.get('location') as string
  expect((await browser.post(login, { password: 'wrong' })).status).toBe(403)
  expect((await browser.get('/dashboard')).status).toBe(302)

  expect((await browser.post(login, { password: 'right' })).headers.get('location')).toBe('/settings')
  expect((await browser.get('/settings')).status).toBe(200)
  expect(await (await browser.get('/dashboard')).text()).toBe('Hello Alice')

  await browser.post('/logout')
  expect((await browser.get('/dashboard')).status).toBe(302)
})

it('the README example remembers the user, and requires the password for the settings', async () => {
  await browser.post('/login', { password: 'right', remember: 'on' })
  browser.restart()
  expect((await browser.get('/dashboard')).status).toBe(200)
  expect((await browser.get('/settings')).headers.get('location')).toBe('/login?next=%2Fsettings')
  await browser.post('/login', { password: 'right' })
  expect((await browser.get('/settings')).status).toBe(200)
})
