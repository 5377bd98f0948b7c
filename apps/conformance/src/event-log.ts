// Records the events of the whole process, with the names of the contract (CONTRACT.md, section 5).
import type { LoginEventName, LoginManager } from '@fetch-login/core'
import type { Guest, User } from './users'

const NAMES = {
  userLoggedIn: 'logged-in',
  userLoggedOut: 'logged-out',
  userLoadedFromCookie: 'loaded-from-cookie',
  userLoadedFromRequest: 'loaded-from-request',
  userLoginConfirmed: 'login-confirmed',
  userUnauthorized: 'unauthorized',
  userNeedsRefresh: 'needs-refresh',
  sessionProtected: 'session-protected',
  userAccessed: 'accessed',
} as const satisfies Partial<Record<LoginEventName, string>>

const WITH_USER: readonly string[] = ['userLoggedIn', 'userLoggedOut', 'userLoadedFromCookie', 'userLoadedFromRequest']

interface Entry {
  readonly name: string
  readonly user?: string | null
}

export class EventLog {
  #entries: Entry[] = []

  /** Returns the events since the last call. */
  take(): readonly Entry[] {
    const entries = this.#entries
    this.#entries = []
    return entries
  }

  record(manager: LoginManager<User, Guest | null, string>, tracksAccess: boolean): void {
    for (const name of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
      if (name === 'userAccessed' && !tracksAccess) continue
      manager.on(name, (event) => {
        const user = 'user' in event ? (event.user?.name ?? null) : null
        this.#entries.push(WITH_USER.includes(name) ? { name: NAMES[name], user } : { name: NAMES[name] })
      })
    }
  }
}
