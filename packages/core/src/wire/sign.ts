// Compact JWS, HS256 (RFC 7515), synchronous. The header is one of a few fixed strings and is compared as a whole:
// there is no algorithm to choose, so none to confuse (RFC 8725 §2.1).
import { base64url, equalBytes, fromBase64url, fromUtf8, hmac, utf8 } from '../base/bytes'
import type { Key } from './keyring'
import { BAD_FORMAT, BAD_SIGNATURE, type OpenedToken, type SyncTokenCodec } from './token'

interface Signer {
  readonly header: string
  readonly key: Uint8Array
}

/** Signs and verifies tokens of this type with these keys; the first signs. */
export function createSignedTokens(keys: readonly Key[], type: string): SyncTokenCodec {
  const signers = keys.map((key) => ({ header: headerOf(type, key.id), key: key.bytes }))
  return {
    seal: (payload) => sign(signers[0] as Signer, payload),
    open: (token) => verify(signers, token),
  }
}

function headerOf(type: string, keyId: string): string {
  return base64url(utf8(JSON.stringify({ alg: 'HS256', typ: type, kid: keyId })))
}

function sign(signer: Signer, payload: string): string {
  const input = `${signer.header}.${base64url(utf8(payload))}`
  return `${input}.${base64url(hmac(signer.key, input))}`
}

function verify(signers: readonly Signer[], token: string): OpenedToken {
  const first = token.indexOf('.')
  const last = token.lastIndexOf('.')
  if (first <= 0 || last === first || token.indexOf('.', first + 1) !== last) return BAD_FORMAT
  const index = signers.findIndex((signer) => signer.header === token.slice(0, first))
  if (index < 0) return BAD_SIGNATURE
  const tag = fromBase64url(token.slice(last + 1))
  const payload = fromBase64url(token.slice(first + 1, last))
  if (tag === null || payload === null) return BAD_FORMAT
  if (!equalBytes(tag, hmac((signers[index] as Signer).key, token.slice(0, last)))) return BAD_SIGNATURE
  const text = fromUtf8(payload)
  return text === null ? BAD_FORMAT : { ok: true, payload: text, old: index > 0 }
}
