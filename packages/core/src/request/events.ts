// The events of logins (Flask-Login's signals). A listener runs inside the operation that emits the event, and is
// awaited. If it throws, the operation is rolled back.
import { assertFunction } from '../base/argument'
import type { LoginWarning } from '../options/types'
import type { AnonymousReason } from '../sessions/read-result'
import type { RequestView } from '../wire/headers/request'

/** A session or a remember token that ended before it expired. */
export interface EndedLogin {
  /** Its id (`sid` or `jti`): the key of a deny list (option `isRevoked`). */
  readonly id: string
  /** The epoch seconds at which it expires. A deny list must keep the id until then. */
  readonly endsAt: number
}

/** The ended logins of an event, for a deny list. */
export interface Ended {
  /** The session and the remember token of the browser, if it had them. */
  readonly ended: readonly EndedLogin[]
}

/** The data of each event, besides `name` and `request`. */
export interface LoginEvents<User> {
  /** Emitted before the user is loaded (`user_accessed`). */
  userAccessed: Record<never, never>
  /** Emitted if a user logs in (`user_logged_in`). */
  userLoggedIn: { readonly user: User } & Ended
  /** Emitted if a user logs out (`user_logged_out`). `user` is null if the request was anonymous or the user could not be loaded. */
  userLoggedOut: { readonly user: User | null; readonly userId: string | null } & Ended
  /** Emitted if a remember cookie restores a login (`user_loaded_from_cookie`). */
  userLoadedFromCookie: { readonly user: User }
  /** Emitted if a request loader finds the user (`user_loaded_from_request`). */
  userLoadedFromRequest: { readonly user: User }
  /** Emitted if `confirmLogin()` makes a login fresh (`user_login_confirmed`). */
  userLoginConfirmed: { readonly user: User } & Ended
  /** Emitted if a guard refuses an anonymous request (`user_unauthorized`). `reason` is the result of `whyAnonymous()`. */
  userUnauthorized: { readonly reason: AnonymousReason | null }
  /** Emitted if a guard refuses a login that is not fresh (`user_needs_refresh`). */
  userNeedsRefresh: Record<never, never>
  /** Emitted if the function `allow` of a guard rejects the user. */
  userForbidden: {
    /** The rejected user. */
    readonly user: User
  }
  /**
   * Emitted if the client of a login changed, so that the login became stale or was dropped (`session_protected`). Emitted
   * once for each change if cookies can be set. A read-only `Auth` object emits it in each request.
   */
  sessionProtected: { readonly userId: string; readonly verdict: 'stale' | 'dropped' }
  /** Emitted if an inactive user is not logged in, or not loaded. */
  loginRejected: { readonly user: User; readonly reason: 'inactive' }
  /** Emitted if a session cookie, or the login in it, is not accepted. `reason` is a reason of `whyAnonymous()`. */
  sessionRejected: { readonly reason: AnonymousReason }
  /** Emitted if a remember cookie is not accepted. `reason` is a reason of `whyAnonymous()`. */
  rememberRejected: { readonly reason: AnonymousReason }
  /** Emitted for a probable mistake of the app or its deployment. Each code is emitted once for each manager. */
  warning: LoginWarning
  /** Emitted if the CSRF check refuses a request. `reason` is the check that failed. */
  csrfRejected: { readonly reason: CsrfReason }
  /**
   * Emitted if the cookie is too large and the library drops data of its own. `change`: a restored, renewed or stale login
   * is valid for this request only.
   */
  sessionTrimmed: { readonly dropped: 'flashes' | 'next' | 'change' }
  /**
   * Emitted if the URL of the requested page is too long, so that the app does not return to it after the login.
   * `bytes` is its size. The `limit` is 4,096 in the query of the login URL, and 1,024 in the session (option
   * `useSessionForNext`).
   */
  nextDropped: { readonly bytes: number; readonly limit: number }
}

/** The check that a forged request failed: `Sec-Fetch-Site`, `Origin`, or the token of a form. */
export type CsrfReason = 'cross-site' | 'origin' | 'token'

/** The name of an event. */
export type LoginEventName = keyof LoginEvents<unknown>

/** An event: its name, its data, and the request in which it happened. */
export type LoginEvent<User, Name extends LoginEventName = LoginEventName> = {
  readonly [N in Name]: LoginEvents<User>[N] & { readonly name: N; readonly request: RequestView }
}[Name]

/** Receives an event. A returned promise is awaited. If the listener throws, the operation is rolled back. */
export type Listener<User, Name extends LoginEventName> = (event: LoginEvent<User, Name>) => unknown

/** The listeners of one manager. */
export class Events<User> {
  /**
   * The warnings that were emitted: their codes, and the places if a code has several. Without the option `debug` also the
   * kinds of refusals.
   */
  readonly warned: Set<string> = new Set()
  /** The page that was last redirected to a view, and how often, with no response but redirects since. */
  redirected: { readonly page: string; readonly count: number } = NOT_REDIRECTED
  /**
   * Receives the line of a refusal: `onWarning`, or the console with the option `debug`. It is null if neither is set.
   */
  log: ((warning: LoginWarning) => unknown) | null = null
  readonly #listeners = new Map<LoginEventName, Set<Listener<User, never>>>()

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends LoginEventName>(name: Name, listener: Listener<User, Name>): () => void {
    assertFunction(listener, 'The listener', "Call on('userLoggedIn', ({ user }) => …).")
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /** Returns the listeners of an event. */
  getListeners(name: LoginEventName): readonly Listener<User, never>[] {
    const listeners = this.#listeners.get(name)
    return listeners === undefined || listeners.size === 0 ? NONE : [...listeners]
  }
}

const NONE: readonly never[] = []

/** No page was redirected to a view since the last response that is not a redirect. */
export const NOT_REDIRECTED = { page: '', count: 0 } as const
