// Core without a framework, once for each form of the cookie.
import type { SessionCodec } from '@fetch-login/core'
import type { Subject, Suite } from '../subject'

export const UNSEEN = 'a cookie never seen before'
export const SEEN = 'the same cookie again'
export const UNREAD = 'a request that does not read the login'
export const MINIMUM = 'the necessary operations'

/** Name, function and role of each subject. */
const ROWS = [
  ['bare request', 'createBareRequest', 'bare'],
  [MINIMUM, 'createMinimum', 'minimum'],
  [UNSEEN, 'createUnseen', 'own'],
  [SEEN, 'createSeen', 'own'],
  ['an anonymous visitor', 'createAnonymous', 'own'],
  [UNREAD, 'createUnread', 'own'],
  ['a login', 'createLogin', 'own'],
  ['a login restored from the remember cookie', 'createRestore', 'own'],
] as const

export const CORE_SUITES: readonly Suite[] = [
  createCoreSuite('signed', async () => (await import('@fetch-login/core')).signed()),
  createCoreSuite('encrypted', async () => (await import('@fetch-login/core/encrypted')).encrypted()),
]

function createCoreSuite(form: string, createCodec: () => Promise<SessionCodec>): Suite {
  const subjects = ROWS.map(
    ([name, create, role]): Subject => ({
      ...{ name, role, packages: ['@fetch-login/core'] },
      createWorkload: async (visitors) => (await import('./core-workloads'))[create](await createCodec(), visitors),
    }),
  )
  return { name: `core, ${form} cookies`, subjects }
}
