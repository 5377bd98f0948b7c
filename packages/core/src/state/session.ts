// The immutable state of a session. A session has changed if `next !== state`.
import type { Json } from '../base/json'
import type { KeptFlash } from './flash'

/** A login, with the terms of OpenID Connect. */
export interface Login {
  /** The ID of the user (`sub`), which the user loader receives. */
  readonly userId: string
  /** The ID of this session (`sid`). Each login and each confirmation creates another one. */
  readonly sessionId: string
  /** The time of the last authentication (`auth_time`), in epoch seconds. */
  readonly authTime: number
  /** The start of this session, in epoch seconds. The absolute lifetime begins here. */
  readonly since: number
  /** Whether the user authenticated in this session, and not by a remember cookie. */
  readonly fresh: boolean
  /** The authentication methods (`amr`), such as `pwd`, `otp`, `hwk`. The app sets them. */
  readonly methods: readonly string[]
  /**
   * The authentication level, on the app's own scale.
   *
   * @default 1
   */
  readonly level: number
  /** Whether the login of an inactive user was forced. The user is loaded, but guards refuse the request. */
  readonly forced: boolean
  /** The truncated HMAC of the client that received the login; null if session protection is off. */
  readonly client: string | null
  /** The truncated HMAC of another client that used the login last. `sessionProtected` was emitted for it. */
  readonly suspect?: string | undefined
  /** The truncated HMAC of the user's session stamp at login; null if the app has no stamps. */
  readonly stamp: string | null
}

/** The state of a session. */
export interface SessionState {
  readonly login: Login | null
  /** Whether the browser keeps the cookie when it closes. */
  readonly permanent: boolean
  readonly data: ReadonlyMap<string, Json>
  readonly flashes: readonly KeptFlash[]
  /** The page to open after the login, if the session stores it (option `useSessionForNext`). */
  readonly next: string | null
}

/** The session of a browser without a session cookie. */
export const EMPTY: SessionState = Object.freeze({
  login: null,
  permanent: false,
  data: new Map<string, Json>(),
  flashes: [],
  next: null,
})

/** Returns whether a session needs no cookie. */
export function isEmpty(state: SessionState): boolean {
  return (
    state.login === null &&
    !state.permanent &&
    state.data.size === 0 &&
    state.flashes.length === 0 &&
    state.next === null
  )
}
