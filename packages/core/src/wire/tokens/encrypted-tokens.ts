// Compact JWE with `dir` and A256CBC-HS512 (RFC 7516), by jose. GCM is not used, because one key with random nonces is
// limited to 2^32 cookies. The protected header contains type, key ID and cookie name, and is compared as a whole.
import { CompactEncrypt, compactDecrypt } from 'jose'
import { fromBase64url, toBase64url } from '../../base/base64url'
import { fromUtf8, toUtf8 } from '../../base/bytes'
import type { Key } from './keyring'
import { BAD_FORMAT, BAD_SIGNATURE, type DecodedToken, type TokenCodec, withUnknownKey } from './token'

interface Cipher {
  readonly header: { alg: 'dir'; enc: 'A256CBC-HS512'; typ: string; kid: string; ctx: string }
  readonly prefix: string
  readonly key: Uint8Array
}

/** The length of a key for A256CBC-HS512 in bytes. */
export const ENCRYPTION_KEY_BYTES = 64

/** Creates a codec that encrypts tokens of a type for a cookie. The first key encrypts. */
export function createEncryptedTokens(keys: readonly Key[], type: string, cookieName: string): TokenCodec {
  const ciphers = keys.map((key) => createCipher(key, type, cookieName))
  return {
    encode: (payload) => encrypt(ciphers[0] as Cipher, payload),
    decode: async (token) => withUnknownKey(await decrypt(ciphers, token), token, type, keys),
  }
}

function createCipher(key: Key, typ: string, ctx: string): Cipher {
  const header = { alg: 'dir', enc: 'A256CBC-HS512', typ, kid: key.id, ctx } as const
  return { header, prefix: toBase64url(toUtf8(JSON.stringify(header))), key: key.bytes }
}

function encrypt(cipher: Cipher, payload: string): Promise<string> {
  return new CompactEncrypt(toUtf8(payload)).setProtectedHeader(cipher.header).encrypt(cipher.key)
}

async function decrypt(ciphers: readonly Cipher[], token: string): Promise<DecodedToken> {
  const segments = token.split('.')
  if (segments.length !== 5 || segments[1] !== '' || segments.some((one) => fromBase64url(one) === null))
    return BAD_FORMAT
  const index = ciphers.findIndex((cipher) => cipher.prefix === segments[0])
  if (index < 0) return BAD_SIGNATURE
  const plaintext = await decryptToken(ciphers[index] as Cipher, token)
  if (plaintext === null) return BAD_SIGNATURE
  const text = fromUtf8(plaintext)
  return text === null ? BAD_FORMAT : { ok: true, payload: text, old: index > 0 }
}

async function decryptToken(cipher: Cipher, token: string): Promise<Uint8Array | null> {
  try {
    const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256CBC-HS512'] }
    return (await compactDecrypt(token, cipher.key, algorithms)).plaintext
  } catch {
    return null
  }
}
