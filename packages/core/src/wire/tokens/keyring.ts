// One secret, one key a purpose (HKDF, RFC 5869): what is sealed for one purpose, cookie or audience opens for no
// other. The current secret seals, the previous ones only open.
import { toBase64url } from '../../base/base64url'
import { concatBytes, deriveKey, toUtf8 } from '../../base/bytes'

/** A derived key, and the name by which a token says who sealed it. */
export interface Key {
  /** What a token calls it (`kid`). */
  readonly id: string
  /** The key itself. */
  readonly bytes: Uint8Array
}

/** Keys for a purpose; the current one first. */
export interface Keyring {
  /** The keys for a purpose and a context (a cookie's name), of so many bytes; 32 by default. */
  keys(purpose: string, context: string, length?: number): readonly Key[]
}

const SALT = toUtf8('fetch-login/1')
const KEY_ID_BYTES = 12

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

/** Every part with its length before it, so that no two lists of parts read the same. */
function describe(parts: readonly string[]): Uint8Array {
  return concatBytes(...parts.flatMap((part) => [toUtf8(`${toUtf8(part).length}:`), toUtf8(part)]))
}
