// A sealed text: what goes into a cookie. Whoever seals and opens it knows keys and bytes, and has never heard of
// what the text says.

/** Why a sealed text was refused. */
export type TokenProblem = 'bad-format' | 'bad-signature'

/** What a sealed text said; `old` where a previous secret sealed it. */
export type OpenedToken =
  | { readonly ok: true; readonly payload: string; readonly old: boolean }
  | { readonly ok: false; readonly reason: TokenProblem }

/** Seals texts for one purpose and one cookie. */
export interface TokenCodec {
  /** The token that says this. */
  seal(payload: string): string | Promise<string>
  /** What a token says, or why it was refused; it never throws for what is in it. */
  open(token: string): OpenedToken | Promise<OpenedToken>
}

/** A {@link TokenCodec} that never waits. */
export interface SyncTokenCodec extends TokenCodec {
  seal(payload: string): string
  open(token: string): OpenedToken
}

export const BAD_FORMAT: OpenedToken = Object.freeze({ ok: false, reason: 'bad-format' })
export const BAD_SIGNATURE: OpenedToken = Object.freeze({ ok: false, reason: 'bad-signature' })
