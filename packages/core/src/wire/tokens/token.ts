// Tokens: signed or encrypted texts for cookies. A codec does not depend on the content of the text.
import { fromBase64url } from '../../base/base64url'
import { fromUtf8 } from '../../base/bytes'
import type { Key } from './keyring'

/** The reason why a token was rejected. */
export type TokenProblem = 'bad-format' | 'bad-signature'

/** The content of a token, or the reason why it was rejected. `old` is true if a previous secret signed or encrypted it. */
export type DecodedToken =
  | { readonly ok: true; readonly payload: string; readonly old: boolean }
  | { readonly ok: false; readonly reason: TokenProblem }

/** Signs or encrypts texts for one purpose and one cookie. */
export interface TokenCodec {
  /** Signs or encrypts a text. Returns the token. */
  encode(payload: string): string | Promise<string>
  /** Verifies or decrypts a token. It never throws for invalid content. */
  decode(token: string): DecodedToken | Promise<DecodedToken>
}

/** A synchronous {@link TokenCodec}. */
export interface SyncTokenCodec extends TokenCodec {
  encode(payload: string): string
  decode(token: string): DecodedToken
}

export const BAD_FORMAT: DecodedToken = Object.freeze({ ok: false, reason: 'bad-format' })
export const BAD_SIGNATURE: DecodedToken = Object.freeze({ ok: false, reason: 'bad-signature' })

/** The result for a token with an unknown key ID. It is compared by identity. */
export const UNKNOWN_KEY: DecodedToken = Object.freeze({ ok: false, reason: 'bad-signature' })

/**
 * Returns {@link UNKNOWN_KEY} if a rejected token has this type and an unknown key ID. A newer secret or codec may have
 * created it, so that another instance can read it.
 */
export function withUnknownKey(opened: DecodedToken, token: string, type: string, keys: readonly Key[]): DecodedToken {
  if (opened.ok) return opened
  const { typ, kid } = parseHeader(token.slice(0, Math.max(0, token.indexOf('.'))))
  return typ !== type || typeof kid !== 'string' || keys.some(({ id }) => id === kid) ? opened : UNKNOWN_KEY
}

/** Returns the fields of a JOSE header. Returns an empty object if the header is invalid. */
function parseHeader(segment: string): { readonly typ?: unknown; readonly kid?: unknown } {
  try {
    return Object(JSON.parse(fromUtf8(fromBase64url(segment) as Uint8Array) as string))
  } catch {
    return {}
  }
}
