// Compact JWS with HS256 (RFC 7515), synchronous. The header is one of a few fixed strings and is compared as a whole, so a
// token cannot select another algorithm (RFC 8725 §2.1).
import { fromBase64url, toBase64url } from '../../base/base64url'
import { computeHmac, equalText, fromUtf8, toUtf8 } from '../../base/bytes'
import type { Key } from './keyring'
import { BAD_FORMAT, BAD_SIGNATURE, type DecodedToken, type SyncTokenCodec, withUnknownKey } from './token'

interface Signer {
  readonly header: string
  readonly key: Uint8Array
}

/** Creates a codec that signs tokens of a type. The first key signs. */
export function createSignedTokens(keys: readonly Key[], type: string): SyncTokenCodec {
  const signers = keys.map((key) => ({ header: createHeader(type, key.id), key: key.bytes }))
  return {
    encode: (payload) => sign(signers[0] as Signer, payload),
    decode: (token) => withUnknownKey(verify(signers, token), token, type, keys),
  }
}

function createHeader(type: string, keyId: string): string {
  return toBase64url(toUtf8(JSON.stringify({ alg: 'HS256', typ: type, kid: keyId })))
}

function sign(signer: Signer, payload: string): string {
  const input = `${signer.header}.${toBase64url(toUtf8(payload))}`
  return `${input}.${computeHmac(signer.key, input)}`
}

/** Returns whether all segments are canonical base64url. */
function isCanonical(...segments: readonly string[]): boolean {
  return segments.every((segment) => fromBase64url(segment) !== null)
}

function verify(signers: readonly Signer[], token: string): DecodedToken {
  const first = token.indexOf('.')
  const last = token.lastIndexOf('.')
  if (first <= 0 || last === first || token.indexOf('.', first + 1) !== last) return BAD_FORMAT
  const index = signers.findIndex((signer) => signer.header === token.slice(0, first))
  if (index < 0) return BAD_SIGNATURE
  const [payload, tag] = [token.slice(first + 1, last), token.slice(last + 1)]
  const { key } = signers[index] as Signer
  if (!equalText(tag, computeHmac(key, token.slice(0, last))))
    return isCanonical(tag, payload) ? BAD_SIGNATURE : BAD_FORMAT
  const bytes = fromBase64url(payload)
  const text = bytes === null ? null : fromUtf8(bytes)
  return text === null ? BAD_FORMAT : { ok: true, payload: text, old: index > 0 }
}
