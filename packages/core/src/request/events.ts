// What happens to logins, announced to whoever listens (Flask-Login's signals). A listener runs inside the step it is
// told of and is awaited: when it throws, the step did not happen.
import { assertFunction } from '../base/argument'
import type { LoginWarning } from '../options/types'
import type { AnonymousReason } from '../sessions/read-result'
import type { RequestView } from '../wire/headers/request'

/** A session or a remember token that was in the browser before and is over now. */
export interface EndedLogin {
  /** Its id (`sid`, `jti`): what a deny list holds (option `isRevoked`). */
  readonly id: string
  /** When it would have ended by itself, epoch seconds: so long a deny list has to keep it. */
  readonly endsAt: number
}

/** What is over now, for a deny list. */
export interface Ended {
  /** The session and the remember token, as far as the browser had them. */
  readonly ended: readonly EndedLogin[]
}

/** What each event tells besides the request it happened in. */
export interface LoginEvents<User> {
  /** The user is about to be loaded (`user_accessed`). */
  userAccessed: Record<never, never>
  /** A login (`user_logged_in`). */
  userLoggedIn: { readonly user: User } & Ended
  /** A logout; `user` is null where nobody was logged in, or could not be loaded (`user_logged_out`). */
  userLoggedOut: { readonly user: User | null; readonly userId: string | null } & Ended
  /** A login taken up again from a remember cookie (`user_loaded_from_cookie`). */
  userLoadedFromCookie: { readonly user: User }
  /** A request loader found the user (`user_loaded_from_request`). */
  userLoadedFromRequest: { readonly user: User }
  /** The user proved again who they are (`user_login_confirmed`). */
  userLoginConfirmed: { readonly user: User } & Ended
  /** A visitor without a login was refused, and why there is none (`user_unauthorized`). */
  userUnauthorized: { readonly reason: AnonymousReason | null }
  /** A visitor whose login is not fresh was refused (`user_needs_refresh`). */
  userNeedsRefresh: Record<never, never>
  /** A user who is logged in was refused by `allow`. */
  userForbidden: {
    /** Who was refused. */
    readonly user: User
  }
  /**
   * The client of a login changed: it is stale now, or dropped (`session_protected`). Emitted once per change, as far as
   * cookies can be set: a read-only `Auth` emits it in each request.
   */
  sessionProtected: { readonly userId: string; readonly verdict: 'stale' | 'dropped' }
  /** An inactive user was not let in. */
  loginRejected: { readonly user: User; readonly reason: 'inactive' }
  /** A session cookie, or the login in it, was not accepted, and why. */
  sessionRejected: { readonly reason: AnonymousReason }
  /** A remember cookie was not accepted, and why. */
  rememberRejected: { readonly reason: AnonymousReason }
  /** Something is probably a mistake. Each code is emitted once per manager. */
  warning: LoginWarning
  /** A request was refused as forged, and by what it was known. */
  csrfRejected: { readonly reason: CsrfReason }
  /**
   * The cookie grew too large, so the library gave up something of its own; `change`: a change that it made by itself
   * (a login restored, renewed or marked stale) holds for this request alone.
   */
  sessionTrimmed: { readonly dropped: 'flashes' | 'next' | 'change' }
  /**
   * A refused visitor will not come back to the page after the login: its address has more `bytes` than the `limit`, which
   * is 4,096 in the query of the login address, and 1,024 in the session (option `useSessionForNext`).
   */
  nextDropped: { readonly bytes: number; readonly limit: number }
}

/** Why a request was taken for a forged one: `Sec-Fetch-Site`, `Origin`, or the token of a form. */
export type CsrfReason = 'cross-site' | 'origin' | 'token'

/** The name of an event. */
export type LoginEventName = keyof LoginEvents<unknown>

/** An event: its name, what it tells, and the request in which it happened. */
export type LoginEvent<User, Name extends LoginEventName = LoginEventName> = {
  readonly [N in Name]: LoginEvents<User>[N] & { readonly name: N; readonly request: RequestView }
}[Name]

/** Hears an event. What it returns is awaited; when it throws, the step it was told of is undone. */
export type Listener<User, Name extends LoginEventName> = (event: LoginEvent<User, Name>) => unknown

/** The listeners of one manager. */
export class Events<User> {
  /** Codes of the warnings that were emitted. */
  readonly warned: Set<LoginWarning['code']> = new Set()
  readonly #listeners = new Map<LoginEventName, Set<Listener<User, never>>>()

  /** Listens; the result ends it. */
  on<Name extends LoginEventName>(name: Name, listener: Listener<User, Name>): () => void {
    assertFunction(listener, 'The listener', "Call on('userLoggedIn', ({ user }) => …).")
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  getListeners(name: LoginEventName): readonly Listener<User, never>[] {
    const listeners = this.#listeners.get(name)
    return listeners === undefined || listeners.size === 0 ? NONE : [...listeners]
  }
}

const NONE: readonly never[] = []
