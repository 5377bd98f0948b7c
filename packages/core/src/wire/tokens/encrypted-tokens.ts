// Compact JWE, `dir` with A256CBC-HS512 (RFC 7516), by jose. Not GCM: under one key with random nonces that is
// bounded to 2^32 cookies. Type, key id and cookie name stand in the protected header, which is compared as a whole.
import { CompactEncrypt, compactDecrypt } from 'jose'
import { fromBase64url, toBase64url } from '../../base/base64url'
import { fromUtf8, toUtf8 } from '../../base/bytes'
import type { Key } from './keyring'
import { BAD_FORMAT, BAD_SIGNATURE, type OpenedToken, type TokenCodec, withUnknownKey } from './token'

interface Cipher {
  readonly header: { alg: 'dir'; enc: 'A256CBC-HS512'; typ: string; kid: string; ctx: string }
  readonly prefix: string
  readonly key: Uint8Array
}

/** Bytes that A256CBC-HS512 needs of a key. */
export const ENCRYPTION_KEY_BYTES = 64

/** Encrypts and decrypts tokens of this type for this cookie; the first key encrypts. */
export function createEncryptedTokens(keys: readonly Key[], type: string, cookieName: string): TokenCodec {
  const sealers = keys.map((key) => createCipher(key, type, cookieName))
  return {
    seal: (payload) => encrypt(sealers[0] as Cipher, payload),
    open: async (token) => withUnknownKey(await decrypt(sealers, token), token, type, keys),
  }
}

function createCipher(key: Key, typ: string, ctx: string): Cipher {
  const header = { alg: 'dir', enc: 'A256CBC-HS512', typ, kid: key.id, ctx } as const
  return { header, prefix: toBase64url(toUtf8(JSON.stringify(header))), key: key.bytes }
}

function encrypt(sealer: Cipher, payload: string): Promise<string> {
  return new CompactEncrypt(toUtf8(payload)).setProtectedHeader(sealer.header).encrypt(sealer.key)
}

async function decrypt(sealers: readonly Cipher[], token: string): Promise<OpenedToken> {
  const segments = token.split('.')
  if (segments.length !== 5 || segments[1] !== '' || segments.some((one) => fromBase64url(one) === null))
    return BAD_FORMAT
  const index = sealers.findIndex((sealer) => sealer.prefix === segments[0])
  if (index < 0) return BAD_SIGNATURE
  const plaintext = await decryptToken(sealers[index] as Cipher, token)
  if (plaintext === null) return BAD_SIGNATURE
  const text = fromUtf8(plaintext)
  return text === null ? BAD_FORMAT : { ok: true, payload: text, old: index > 0 }
}

async function decryptToken(sealer: Cipher, token: string): Promise<Uint8Array | null> {
  try {
    const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256CBC-HS512'] }
    return (await compactDecrypt(token, sealer.key, algorithms)).plaintext
  } catch {
    return null
  }
}
