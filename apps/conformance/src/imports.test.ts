// A contract app uses only public modules, as any app does. It may import its framework, the adapter, core, and the parts
// that all contract apps share.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const SHARED = ['./responses', './contract', './listen']
const FRAMEWORKS: Readonly<Record<string, readonly string[]>> = {
  express: ['@fetch-login/express', '@fetch-login/core/node', 'express'],
  fastify: ['@fetch-login/fastify', 'fastify'],
  fetch: ['./users'],
  hono: ['@fetch-login/hono', 'hono'],
}
const PARTS: Readonly<Record<string, readonly string[]>> = {
  responses: ['./users'],
  contract: ['./responses', './event-log', './profile', './users'],
  'event-log': ['./users'],
  listen: ['./contract', './profile', 'node:events', 'node:http', 'node:net'],
  profile: ['./users'],
  users: [],
}

const here = new URL('.', import.meta.url)
const modules = readdirSync(here)
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .map((name) => ({ name: name.replace(/\.tsx?$/, ''), text: readFileSync(new URL(name, here), 'utf8') }))

function parseImports(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import|import\(|require\()\s*(['"`])(.+?)\1/g)].map(
    ([, , path]) => path as string,
  )
}

const starters = readdirSync(new URL('runtimes/', here)).map((name) => ({
  name,
  text: readFileSync(new URL(`runtimes/${name}`, here), 'utf8'),
}))

/** The imports of the app on Next.js, which has one file for each route. */
const NEXT = ['@fetch-login/next', 'next', 'next/headers', 'next/navigation', 'next/server']
const OF_NODE: Readonly<Record<string, readonly string[]>> = {
  'server.mjs': ['node:events', 'node:http', 'node:url'],
  'next.config.mjs': ['node:url'],
}
const nextApp = new URL('../next/', here)
const TEST_FILE = /(?:^|\/)(?:started\.ts|bare\.mjs)$|\.test\.ts$/
const routes = readdirSync(nextApp, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:tsx?|m?js)$/.test(path) && !path.startsWith('.next') && !path.endsWith('.d.ts'))
  .filter((path) => !TEST_FILE.test(path))
  .map((path) => ({ path, text: readFileSync(new URL(path, nextApp), 'utf8') }))

/** Returns whether a path leads to a part of the app itself, or to one that all contract apps share. */
function isOwnOrShared(from: string, path: string): boolean {
  if (!path.startsWith('.')) return false
  const { href } = new URL(path, new URL(from, nextApp))
  return href.startsWith(nextApp.href) || [...SHARED, './users'].some((part) => href === new URL(part, here).href)
}

describe('the contract app on Next.js', () => {
  it('has one file for each route', () => {
    expect(routes.filter(({ path }) => /(?:^|\/)route\.ts$/.test(path)).length).toBeGreaterThan(25)
  })

  it.each(routes)('imports only public modules in $path', ({ path, text }) => {
    const own = [...NEXT, ...(OF_NODE[path] ?? [])]
    expect(parseImports(text).filter((name) => !own.includes(name) && !isOwnOrShared(path, name))).toEqual([])
  })

  it.each([
    ['app/both/route.ts', '../../login', true],
    ['app/both/route.ts', '../../../src/responses', true],
    ['app/both/route.ts', '../../../src/profile', false],
    ['app/both/route.ts', '../../../../../packages/core/src/auth', false],
    ['app/both/route.ts', '@fetch-login/core', false],
    ['login.ts', '../src/contract', true],
  ])('may import in %s the path %s: %s', (from, path, isFine) => {
    expect(isOwnOrShared(from, path)).toBe(isFine)
  })
})

describe('the contract apps', () => {
  it.each(starters)('are started by $name, which imports only the app and the server of the runtime', ({ text }) => {
    const known = ['../contract', '../hono', '../fetch', '../listen', './server', './worker', '@hono/node-server']
    expect(parseImports(text).filter((path) => !known.includes(path))).toEqual([])
  })

  it('are all checked', () => {
    expect(modules.map(({ name }) => name).sort()).toEqual([...Object.keys(FRAMEWORKS), ...Object.keys(PARTS)].sort())
  })

  it.each(modules)('import only public modules in $name', ({ name, text }) => {
    const own = PARTS[name] ?? [...(FRAMEWORKS[name] as readonly string[]), ...SHARED]
    expect(parseImports(text).filter((path) => path !== '@fetch-login/core' && !own.includes(path))).toEqual([])
  })

  it.each([
    ["import { open } from '@fetch-login/core/dist/index.js'", '@fetch-login/core/dist/index.js'],
    ["export * from '../../packages/core/src/auth'", '../../packages/core/src/auth'],
    ["const { x } = await import('jose')", 'jose'],
    ["import 'jose'", 'jose'],
  ])('are checked by a parser that finds %s', (line, path) => {
    expect(parseImports(line)).toEqual([path])
  })
})
