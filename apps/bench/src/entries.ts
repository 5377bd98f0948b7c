// What is weighed and imported: our entries and those of the peers, each with all that it brings, but without the framework
// that it is for.

export interface Entry {
  readonly name: string
  readonly specifier: string
  readonly role: 'ours' | 'peer'
  /** What an app has anyway. */
  readonly framework: readonly string[]
  /** Weighed without core too: what the adapter itself adds. */
  readonly isAdapter?: true
}

const ours = (specifier: string, framework: readonly string[] = []): Entry => ({
  name: specifier,
  specifier,
  role: 'ours',
  framework,
})
const adapter = (specifier: string, framework: readonly string[]): Entry => ({
  ...ours(specifier, framework),
  isAdapter: true,
})
const peer = (specifier: string, framework: readonly string[] = [], name = specifier): Entry => ({
  name,
  specifier,
  role: 'peer',
  framework,
})

export const ENTRIES: readonly Entry[] = [
  ours('@fetch-login/core'),
  ours('@fetch-login/core/encrypted'),
  ours('@fetch-login/core/jwt'),
  adapter('@fetch-login/hono', ['hono']),
  adapter('@fetch-login/express', ['express']),
  adapter('@fetch-login/fastify', ['fastify', 'fastify-plugin']),
  peer('hono/cookie', [], 'hono/cookie, signed'),
  peer('@hono/session', ['hono']),
  peer('hono-sessions', ['hono']),
  peer('iron-session'),
  peer('next-auth/jwt', ['next', 'react', 'react-dom']),
  peer('better-auth'),
  peer('express-session', ['express']),
  peer('cookie-session', ['express']),
  peer('@fastify/secure-session', ['fastify', 'fastify-plugin']),
  peer('@fastify/session', ['fastify', 'fastify-plugin']),
]
