// A login for the trials. It accepts any name without a password, and counts the loads of a user.
import { createLoginManager, UsageError } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'

interface User {
  readonly id: string
}

/** Values for the tests. They are global because Next.js loads this module more than once. */
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

/** Returns the code of an error, or its message. */
export function getCode(error: unknown): string {
  return error instanceof UsageError ? error.code : String(error)
}
