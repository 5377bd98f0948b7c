// A contract app proves what an app can do with what is public. So it may import its framework, the adapter, core, and
// the parts that all contract apps share; a deep path or a package of its own would prove less.
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

function importedBy(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import|import\(|require\()\s*(['"`])(.+?)\1/g)].map(
    ([, , path]) => path as string,
  )
}

const starters = readdirSync(new URL('runtimes/', here)).map((name) => ({
  name,
  text: readFileSync(new URL(`runtimes/${name}`, here), 'utf8'),
}))

/** A file a route: the framework is imported by what the route is made of, and shared are the same parts. */
const NEXT = ['@fetch-login/next', 'next', 'next/headers', 'next/navigation', 'next/server']
const OF_NODE: Readonly<Record<string, readonly string[]>> = {
  'server.mjs': ['node:events', 'node:http', 'node:url'],
  'next.config.mjs': ['node:url'],
}
const nextApp = new URL('../next/', here)
const IS_ITS_TEST = /(?:^|\/)(?:started\.ts|bare\.mjs)$|\.test\.ts$/
const routes = readdirSync(nextApp, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:tsx?|m?js)$/.test(path) && !path.startsWith('.next') && !path.endsWith('.d.ts'))
  .filter((path) => !IS_ITS_TEST.test(path))
  .map((path) => ({ path, text: readFileSync(new URL(path, nextApp), 'utf8') }))

/** Whether a path leads to a part of the app itself, or to one that all contract apps share. */
function isOwnOrShared(from: string, path: string): boolean {
  if (!path.startsWith('.')) return false
  const { href } = new URL(path, new URL(from, nextApp))
  return href.startsWith(nextApp.href) || [...SHARED, './users'].some((part) => href === new URL(part, here).href)
}

describe('the contract app on Next.js', () => {
  it('has a file a route', () => {
    expect(routes.filter(({ path }) => /(?:^|\/)route\.ts$/.test(path)).length).toBeGreaterThan(25)
  })

  it.each(routes)('imports in $path only what is public', ({ path, text }) => {
    const own = [...NEXT, ...(OF_NODE[path] ?? [])]
    expect(importedBy(text).filter((name) => !own.includes(name) && !isOwnOrShared(path, name))).toEqual([])
  })

  it.each([
    ['app/both/route.ts', '../../login', true],
    ['app/both/route.ts', '../../../src/responses', true],
    ['app/both/route.ts', '../../../src/profile', false],
    ['app/both/route.ts', '../../../../../packages/core/src/auth', false],
    ['app/both/route.ts', '@fetch-login/core', false],
    ['login.ts', '../src/contract', true],
  ])('would see in %s that %s is imported (fine: %s)', (from, path, isFine) => {
    expect(isOwnOrShared(from, path)).toBe(isFine)
  })
})

describe('the contract apps', () => {
  it.each(starters)('are started by $name with what they are, and the server of the runtime', ({ text }) => {
    const known = ['../contract', '../hono', '../fetch', '../listen', './server', './worker', '@hono/node-server']
    expect(importedBy(text).filter((path) => !known.includes(path))).toEqual([])
  })

  it('are all looked at', () => {
    expect(modules.map(({ name }) => name).sort()).toEqual([...Object.keys(FRAMEWORKS), ...Object.keys(PARTS)].sort())
  })

  it.each(modules)('$name imports only what is public', ({ name, text }) => {
    const own = PARTS[name] ?? [...(FRAMEWORKS[name] as readonly string[]), ...SHARED]
    expect(importedBy(text).filter((path) => path !== '@fetch-login/core' && !own.includes(path))).toEqual([])
  })

  it.each([
    ["import { open } from '@fetch-login/core/dist/index.js'", '@fetch-login/core/dist/index.js'],
    ["export * from '../../packages/core/src/auth'", '../../packages/core/src/auth'],
    ["const { x } = await import('jose')", 'jose'],
    ["import 'jose'", 'jose'],
  ])('%s would be seen', (line, path) => {
    expect(importedBy(line)).toEqual([path])
  })
})
