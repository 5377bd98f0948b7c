// Runs the code of the documents without changes. It runs each `// file: ….test.ts` with the other files of its document,
// and each `app.ts` that exports an app of any framework.
// An app with `csrf: 'token'` receives its forms with and without the token.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import ts from 'typescript'
import * as vitest from 'vitest'
import * as adapter from '../packages/core/src/adapter'
import * as context from '../packages/core/src/context'
import * as encrypted from '../packages/core/src/encrypted'
import * as core from '../packages/core/src/index'
import * as jwt from '../packages/core/src/jwt'
import * as node from '../packages/core/src/node'
import * as testing from '../packages/core/src/testing'
import * as expressAdapter from '../packages/express/src/index'
import * as fastifyAdapter from '../packages/fastify/src/index'
import * as honoAdapter from '../packages/hono/src/index'
import { createAppClient } from './docs/app-client'
import { type Block, listDocuments, readPage } from './docs/blocks'
import { getPackageFolder } from './docs/typecheck'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const createFrameworkRequire = (document: string) =>
  createRequire(join(ROOT, getPackageFolder(document), 'package.json'))

const packages: Readonly<Record<string, unknown>> = {
  '@fetch-login/core': core,
  '@fetch-login/core/adapter': adapter,
  '@fetch-login/core/context': context,
  '@fetch-login/core/encrypted': encrypted,
  '@fetch-login/core/jwt': jwt,
  '@fetch-login/core/node': node,
  '@fetch-login/core/testing': testing,
  '@fetch-login/express': expressAdapter,
  '@fetch-login/fastify': fastifyAdapter,
  '@fetch-login/hono': honoAdapter,
  vitest,
}

const alice = { id: '1', name: 'Alice' }
const yourApp = {
  users: { find: (id: string) => (id === alice.id ? alice : undefined) },
  checkPassword: async ({ password }: Record<string, unknown>) => (password === 'right' ? alice : undefined),
  loginPage: (error = '') => `<p>${error}</p>`,
}

/** Runs a block. It may import packages, other blocks of its document, and the file `your-app`. */
function runBlock(block: Block, neighbours: readonly Block[], loaded: Map<string, unknown>): unknown {
  const requireModule = (name: string): unknown => {
    if (name in packages) return packages[name]
    if (!name.startsWith('.')) return createFrameworkRequire(block.document)(name)
    if (name === './your-app.js') return yourApp
    const neighbour = neighbours.find(({ file }) => `./${file.replace(/\.tsx?$/, '.js')}` === name)
    if (neighbour === undefined) throw new Error(`${block.document}:${block.line}: the module ${name} was not found`)
    if (!loaded.has(name)) loaded.set(name, runBlock(neighbour, neighbours, loaded))
    return loaded.get(name)
  }
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true }
  const { outputText } = ts.transpileModule(block.code, { compilerOptions })
  const exported = {}
  const process = { env: { LOGIN_SECRET: 'a secret of the tests, with no value elsewhere' } }
  compileFunction(outputText, ['require', 'exports', 'process'])(requireModule, exported, process)
  return exported
}

for (const document of listDocuments(ROOT)) {
  const { blocks } = readPage(ROOT, document)
  const tests = blocks.filter(({ file }) => /\.test\.tsx?$/.test(file))
  if (tests.length === 0) continue
  vitest.describe(document, () => {
    for (const test of tests) vitest.describe(test.file, () => void runBlock(test, blocks, new Map()))
  })
}

/** Returns whether a block exports an app with a login page: `app.ts`, or `koa-app.ts` if a document has several. */
function isApp({ file, code }: Block): boolean {
  return /^(\w+-)?app\.ts$/.test(file) && /^export const app\b/m.test(code)
}

const appsWithLogin = listDocuments(ROOT).flatMap((document) => {
  const { blocks } = readPage(ROOT, document)
  return blocks.filter(isApp).map((block) => ({ document, file: block.file, block, blocks }))
})

vitest.it.each(appsWithLogin)(
  'the app in $document ($file) logs a user in, remembers the login and asks for a fresh one',
  async ({ block, blocks }) => {
    const { app } = runBlock(block, blocks, new Map()) as { app: unknown }
    const { send, close } = await createAppClient(app)
    vitest.onTestFinished(close)
    const browser = testing.createTestClient(send)
    const getLocation = async (path: string) => (await browser.get(path)).headers.get('location')

    vitest.expect(await getLocation('/settings')).toBe('/login?next=%2Fsettings')
    vitest.expect((await browser.post('/login', { password: 'wrong' })).status).toBe(403)
    const login = await browser.post('/login?next=%2Fsettings', { password: 'right', remember: 'on' })
    vitest.expect(login.headers.get('location')).toBe('/settings')
    vitest.expect(await (await browser.get('/dashboard')).text()).toBe('Hello Alice')
    vitest.expect((await browser.get('/settings')).status).toBe(200)

    browser.restart()
    vitest.expect(await (await browser.get('/dashboard')).text()).toBe('Hello Alice')
    vitest.expect(await getLocation('/settings')).toMatch(/\?next=%2Fsettings$/)
  },
)

const appsWithToken = listDocuments(ROOT).flatMap((document) => {
  const { blocks } = readPage(ROOT, document)
  return blocks
    .filter((block) => isAppWithToken(block, blocks))
    .map((block) => ({ document, file: block.file, block, blocks }))
})

/** Returns whether a block exports an app whose manager, in this block or in `manager.ts`, has `csrf: 'token'`. */
function isAppWithToken({ code }: Block, blocks: readonly Block[]): boolean {
  const manager = code.includes("'./manager.js'") ? blocks.find(({ file }) => file === 'manager.ts')?.code : code
  return /^export const app\b/m.test(code) && manager?.includes("csrf: 'token'") === true
}

vitest.it.each(appsWithToken)(
  'the app in $document ($file) accepts its forms only with a valid CSRF token',
  async ({ block, blocks }) => {
    const { app } = runBlock(block, blocks, new Map()) as { app: unknown }
    const { send, close } = await createAppClient(app)
    vitest.onTestFinished(close)
    const browser = testing.createTestClient(send)
    const loadToken = async () => {
      const page = await (await browser.get('/login')).text()
      return /name="csrf_token" value="([^"]+)"/.exec(page)?.[1] ?? ''
    }
    const post = async (path: string, form: Record<string, string>) => {
      const { status, headers } = await browser.post(path, form)
      return [status, headers.get('location')]
    }

    const token = await loadToken()
    const password = 'right'
    vitest.expect(await post('/login', { password })).toEqual([403, null])
    vitest.expect(await post('/login', { password, csrf_token: 'A'.repeat(token.length) })).toEqual([403, null])
    vitest.expect(await post('/login', { password: 'wrong', csrf_token: token })).toEqual([403, null])
    vitest.expect(await post('/login?next=/page', { password, csrf_token: token })).toEqual([302, '/page'])

    vitest.expect(await post('/logout', {})).toEqual([403, null])
    vitest.expect(await post('/logout', { csrf_token: token })).toEqual([403, null])
    const fresh = await loadToken()
    vitest.expect(await post('/logout', { csrf_token: fresh })).toEqual([302, '/login'])
    vitest.expect(await post('/login', { password, csrf_token: fresh })).toEqual([403, null])
  },
)

vitest.it('the documents contain apps and tests', () => {
  vitest.expect(listDocuments(ROOT)).toContain('docs/testing.md')
  const found = appsWithLogin.map(({ document, file }) => `${document} ${file}`)
  vitest.expect(found).toContain('docs/coming-from-flask-login.md app.ts')
  vitest.expect(found).toContain('docs/guides/another-framework.md koa-app.ts')
  vitest.expect(found).toContain('docs/guides/another-framework.md elysia-app.ts')
  const apps = appsWithToken.filter(({ document }) => document === 'docs/guides/csrf.md').map(({ file }) => file)
  vitest.expect(apps).toEqual(['hono.ts', 'express.ts', 'fastify.ts', 'fetch.ts'])
})
