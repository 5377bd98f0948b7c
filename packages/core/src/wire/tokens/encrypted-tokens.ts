// Compact JWE, `dir` with A256CBC-HS512 (RFC 7516), by jose. Not GCM: under one key with random nonces that is
// bounded to 2^32 cookies. Type, key id and cookie name stand in the protected header, which is compared as a whole.
import { CompactEncrypt, compactDecrypt } from 'jose'
import { base64url, fromBase64url } from '../../base/base64url'
import { fromUtf8, utf8 } from '../../base/bytes'
import type { Key } from './keyring'
import { BAD_FORMAT, BAD_SIGNATURE, type OpenedToken, type TokenCodec, withUnknownKey } from './token'

interface Sealer {
  readonly header: { alg: 'dir'; enc: 'A256CBC-HS512'; typ: string; kid: string; ctx: string }
  readonly prefix: string
  readonly key: Uint8Array
}

/** Bytes that A256CBC-HS512 needs of a key. */
export const SEALING_KEY_BYTES = 64

/** Encrypts and decrypts tokens of this type for this cookie; the first key encrypts. */
export function createSealedTokens(keys: readonly Key[], type: string, cookieName: string): TokenCodec {
  const sealers = keys.map((key) => sealerOf(key, type, cookieName))
  return {
    seal: (payload) => encrypt(sealers[0] as Sealer, payload),
    open: async (token) => withUnknownKey(await decrypt(sealers, token), token, type, keys),
  }
}

function sealerOf(key: Key, typ: string, ctx: string): Sealer {
  const header = { alg: 'dir', enc: 'A256CBC-HS512', typ, kid: key.id, ctx } as const
  return { header, prefix: base64url(utf8(JSON.stringify(header))), key: key.bytes }
}

function encrypt(sealer: Sealer, payload: string): Promise<string> {
  return new CompactEncrypt(utf8(payload)).setProtectedHeader(sealer.header).encrypt(sealer.key)
}

async function decrypt(sealers: readonly Sealer[], token: string): Promise<OpenedToken> {
  const segments = token.split('.')
  if (segments.length !== 5 || segments[1] !== '' || segments.some((one) => fromBase64url(one) === null))
    return BAD_FORMAT
  const index = sealers.findIndex((sealer) => sealer.prefix === segments[0])
  if (index < 0) return BAD_SIGNATURE
  const plaintext = await decrypted(sealers[index] as Sealer, token)
  if (plaintext === null) return BAD_SIGNATURE
  const text = fromUtf8(plaintext)
  return text === null ? BAD_FORMAT : { ok: true, payload: text, old: index > 0 }
}

async function decrypted(sealer: Sealer, token: string): Promise<Uint8Array | null> {
  try {
    const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256CBC-HS512'] }
    return (await compactDecrypt(token, sealer.key, algorithms)).plaintext
  } catch {
    return null
  }
}
