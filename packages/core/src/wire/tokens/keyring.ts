// Derives one key per purpose from each secret (HKDF, RFC 5869). A token for one purpose, cookie or audience is invalid for
// any other. The current secret signs and encrypts. Previous secrets only verify and decrypt.
import { toBase64url } from '../../base/base64url'
import { concatBytes, deriveKey, toUtf8 } from '../../base/bytes'

/** A derived key and its ID. */
export interface Key {
  /** The ID of the key in tokens (`kid`). */
  readonly id: string
  /** The key itself. */
  readonly bytes: Uint8Array
}

/** The keys of all secrets. */
export interface Keyring {
  /**
   * Returns the keys for a purpose. The key of the current secret comes first.
   *
   * @param context The name of the cookie.
   * @param length The length of each key in bytes. Default 32.
   */
  keys(purpose: string, context: string, length?: number): readonly Key[]
}

const SALT = toUtf8('fetch-login/1')
const KEY_ID_BYTES = 12

/** Creates the keyring of an audience. Keys are derived at the first read. */
export function createKeyring(secrets: readonly Uint8Array[], audience: string): Keyring {
  const derived = new Map<string, readonly Key[]>()
  return {
    keys(purpose, context, length = 32) {
      const info = describe([purpose, audience, context, String(length)])
      const name = toBase64url(info)
      const known = derived.get(name) ?? secrets.map((secret) => derive(secret, info, length))
      derived.set(name, known)
      return known
    },
  }
}

function derive(secret: Uint8Array, info: Uint8Array, length: number): Key {
  const bytes = deriveKey(secret, SALT, concatBytes(info, toUtf8('key')), length)
  return { id: toBase64url(deriveKey(secret, SALT, concatBytes(info, toUtf8('id')), KEY_ID_BYTES)), bytes }
}

/** Joins the parts, each with its length before it. Different lists always have different results. */
function describe(parts: readonly string[]): Uint8Array {
  return concatBytes(...parts.flatMap((part) => [toUtf8(`${toUtf8(part).length}:`), toUtf8(part)]))
}
