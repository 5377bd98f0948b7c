// A login for trials: whoever says a name is in, and how often somebody was looked for is counted.
import { createLoginManager, UsageError } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'

interface User {
  readonly id: string
}

/** What the doors have to tell the tests; Next.js loads this module more than once. */
interface Notes {
  loads: number
  late: string | null
}
declare global {
  var trialNotes: Notes | undefined
}
globalThis.trialNotes ??= { loads: 0, late: null }
export const notes: Notes = globalThis.trialNotes

const manager = createLoginManager({
  loadUser: async (id): Promise<User> => ({ id }),
  secrets: 'a secret of the browser tests, of no value elsewhere',
  loginView: '/login',
  cookies: { secure: false },
})
manager.on('userAccessed', () => {
  notes.loads++
})

export const { loginProxy, loginRequired, freshLoginRequired, withLoginRequired, auth } = nextLogin(manager)

/** What went wrong, for a page to show. */
export function codeOf(error: unknown): string {
  return error instanceof UsageError ? error.code : String(error)
}
