// The remember-me token. It names the user to log in again after the session has ended. A restored login is never fresh.

/** The content of a remember cookie. */
export interface RememberToken {
  readonly userId: string
  /** The unique ID of the token, for a deny list. */
  readonly tokenId: string
  /** The time of the last authentication, in epoch seconds. */
  readonly authTime: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly stamp: string | null
}

/** Returns a token with the same lifetime, which begins now. */
export function renewToken(token: RememberToken, now: number): RememberToken {
  return { ...token, issuedAt: now, expiresAt: now + (token.expiresAt - token.issuedAt) }
}
