// A contract app proves what an app can do with what is public. So it may import its framework, the adapter, core, and
// the parts that all contract apps share; a deep path or a package of its own would prove less.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const SHARED = ['./answers', './contract']
const FRAMEWORKS: Readonly<Record<string, readonly string[]>> = {
  express: ['@fetch-login/express', '@fetch-login/core/node', 'express'],
  fastify: ['@fetch-login/fastify', 'fastify'],
  fetch: ['./users'],
  hono: ['@fetch-login/hono', 'hono'],
}
const PARTS: Readonly<Record<string, readonly string[]>> = {
  answers: ['./users'],
  contract: ['./answers', './event-log', './profile', './users'],
  'event-log': ['./users'],
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

describe('the contract apps', () => {
  it.each(starters)('are started by $name with what they are, and the server of the runtime', ({ text }) => {
    const known = ['../contract', '../hono', '../fetch', './server', './worker', '@hono/node-server']
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
