// A sealed text: what goes into a cookie. Whoever seals and opens it knows keys and bytes, and has never heard of
// what the text says.
import { fromBase64url } from '../../base/base64url'
import { fromUtf8 } from '../../base/bytes'
import type { Key } from './keyring'

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

/** The refusal of a token that names a key which is not in the keyring; compared by identity. */
export const UNKNOWN_KEY: OpenedToken = Object.freeze({ ok: false, reason: 'bad-signature' })

/**
 * Returns {@link UNKNOWN_KEY} instead of a refusal if the token is of this type and names an unknown key: a newer secret
 * or codec may have made it, which another instance can read.
 */
export function withUnknownKey(opened: OpenedToken, token: string, type: string, keys: readonly Key[]): OpenedToken {
  if (opened.ok) return opened
  const { typ, kid } = parseHeader(token.slice(0, Math.max(0, token.indexOf('.'))))
  return typ !== type || typeof kid !== 'string' || keys.some(({ id }) => id === kid) ? opened : UNKNOWN_KEY
}

/** Returns the fields of a JOSE header; none if the text is not one. */
function parseHeader(segment: string): { readonly typ?: unknown; readonly kid?: unknown } {
  try {
    return Object(JSON.parse(fromUtf8(fromBase64url(segment) as Uint8Array) as string))
  } catch {
    return {}
  }
}
