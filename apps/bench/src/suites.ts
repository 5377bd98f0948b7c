// Every subject, in the suite in which it is compared.
import type { Subject, Suite } from './subject'
import { CORE_SUITES } from './subjects/core-suite'
import { createFrameworkSuite } from './subjects/framework-suite'

export interface Suites {
  readonly core: readonly Suite[]
  readonly adapters: readonly Suite[]
}

const HONO = createFrameworkSuite({
  name: 'Hono',
  framework: 'hono',
  adapter: '@fetch-login/hono',
  loadApps: () => import('./subjects/hono-apps'),
  peers: [
    { name: 'signed cookie of Hono', packages: ['hono'] },
    { name: '@hono/session', packages: ['@hono/session'] },
    { name: 'hono-sessions', packages: ['hono-sessions'] },
    { name: 'iron-session', packages: ['iron-session'] },
    { name: 'next-auth, getToken', packages: ['next-auth'] },
    // Its password hash is slow, as it should be, so few visitors log in.
    { name: 'Better Auth, cookie cache', packages: ['better-auth'], logins: 4 },
  ],
})

const EXPRESS = createFrameworkSuite({
  name: 'Express',
  framework: 'express',
  adapter: '@fetch-login/express',
  loadApps: () => import('./subjects/express-apps'),
  peers: [
    { name: 'express-session, memory', packages: ['express-session'] },
    { name: 'cookie-session', packages: ['cookie-session'] },
    { name: 'iron-session', packages: ['iron-session'] },
  ],
})

const FASTIFY = createFrameworkSuite({
  name: 'Fastify',
  framework: 'fastify',
  adapter: '@fetch-login/fastify',
  loadApps: () => import('./subjects/fastify-apps'),
  peers: [
    { name: '@fastify/secure-session', packages: ['@fastify/secure-session'] },
    { name: '@fastify/session, memory', packages: ['@fastify/session', '@fastify/cookie'] },
  ],
})

export const SUITES: Suites = { core: CORE_SUITES, adapters: [HONO, EXPRESS, FASTIFY] }

/** @throws Error if the suite does not contain the subject. */
export function findSubject(suiteName: string, name: string): Subject {
  const suite = [...SUITES.core, ...SUITES.adapters].find((one) => one.name === suiteName)
  const subject = suite?.subjects.find((one) => one.name === name)
  if (subject === undefined) throw new Error(`The suite "${suiteName}" does not contain the subject "${name}".`)
  return subject
}
