// The entry points whose size and import time are measured, ours and those of the peers.

export interface Entry {
  readonly name: string
  readonly specifier: string
  /** The packages that an app has already. They do not count. */
  readonly framework: readonly string[]
  /** An adapter is measured without core as well. */
  readonly isAdapter: boolean
}

function createEntry(specifier: string, framework: readonly string[] = [], name = specifier): Entry {
  return { name, specifier, framework, isAdapter: /^@fetch-login\/(?!core)/.test(specifier) }
}

export const ENTRIES: readonly Entry[] = [
  createEntry('@fetch-login/core'),
  createEntry('@fetch-login/core/encrypted'),
  createEntry('@fetch-login/core/jwt'),
  createEntry('@fetch-login/hono', ['hono']),
  createEntry('@fetch-login/express', ['express']),
  createEntry('@fetch-login/fastify', ['fastify', 'fastify-plugin']),
  createEntry('hono/cookie', [], 'hono/cookie, signed'),
  createEntry('@hono/session', ['hono']),
  createEntry('hono-sessions', ['hono']),
  createEntry('iron-session'),
  createEntry('next-auth/jwt', ['next', 'react', 'react-dom']),
  createEntry('better-auth'),
  createEntry('express-session', ['express']),
  createEntry('cookie-session', ['express']),
  createEntry('@fastify/secure-session', ['fastify', 'fastify-plugin']),
  createEntry('@fastify/session', ['fastify', 'fastify-plugin']),
]
