// The immutable shape of a session: perhaps a login, and what belongs to the browser. Nothing here has ever seen a
// header; "dirty" is `next !== state`.
import type { Json } from '../base/json'
import type { KeptFlash } from './flash'

/** A login, in OpenID Connect's terms. */
export interface Login {
  /** Whose login (`sub`): the id by which the user loader finds them. */
  readonly userId: string
  /** The id of this session (`sid`), new at every login and confirmation. */
  readonly sessionId: string
  /** When the user last proved who they are (`auth_time`), epoch seconds. */
  readonly authTime: number
  /** When this session began, epoch seconds; the absolute lifetime counts from here. */
  readonly since: number
  /** Whether the user proved who they are in this session, and not by a remember cookie long after. */
  readonly fresh: boolean
  /** How the user proved it (`amr`): `pwd`, `otp`, `hwk`, whatever the app says. */
  readonly methods: readonly string[]
  /** How strongly; the app's own scale. Default 1. */
  readonly level: number
  /** Whether the login was forced upon an inactive user: known, but let through no guard. */
  readonly forced: boolean
  /** The client it was given to (keyed and cut), or null where protection is off. */
  readonly client: string | null
  /** The other client that used the login last (keyed and cut): `sessionProtected` was emitted for it. */
  readonly suspect?: string | undefined
  /** The user's session stamp at login (keyed and cut), or null where the app has none. */
  readonly stamp: string | null
}

/** All that a session holds. */
export interface SessionState {
  readonly login: Login | null
  /** Whether the cookie outlives the browser's session. */
  readonly permanent: boolean
  readonly data: ReadonlyMap<string, Json>
  readonly flashes: readonly KeptFlash[]
  /** The page to go to after login, where that is kept in the session. */
  readonly next: string | null
}

export const EMPTY: SessionState = Object.freeze({
  login: null,
  permanent: false,
  data: new Map<string, Json>(),
  flashes: [],
  next: null,
})

/** Nothing worth a cookie. */
export function isEmpty(state: SessionState): boolean {
  return (
    state.login === null &&
    !state.permanent &&
    state.data.size === 0 &&
    state.flashes.length === 0 &&
    state.next === null
  )
}
