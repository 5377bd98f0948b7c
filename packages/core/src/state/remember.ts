// The remember-me token: whom to log in again when the session is over, until when, and under which stamp. Restoring
// from it never gives a fresh login.

export interface RememberToken {
  readonly userId: string
  /** Differs in each token, so that a list of denied ones can name it. */
  readonly tokenId: string
  /** When the user last proved who they are, epoch seconds. */
  readonly authTime: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly stamp: string | null
}

/** A token of the same length of life, from now on. */
export function renewToken(token: RememberToken, now: number): RememberToken {
  return { ...token, issuedAt: now, expiresAt: now + (token.expiresAt - token.issuedAt) }
}
