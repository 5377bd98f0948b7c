// `@fetch-login/core/encrypted`: the session cookie as JWE, for data that its owner must not read. It is a separate
// entry point, so that apps with signed cookies do not load the encryption.

import type { SessionCodec } from './options/types'
import { SESSION_TYPE } from './sessions/session-cookies'
import { createEncryptedTokens, ENCRYPTION_KEY_BYTES } from './wire/tokens/encrypted-tokens'

/**
 * Creates a codec that encrypts the session cookie (JWE `dir`, `A256CBC-HS512`).
 *
 * @returns The codec for the option `session.codec`.
 * @example
 * // reads the signed cookies from before, too
 * session: { codec: encrypted(), previousCodec: signed() }
 */
export function encrypted(): SessionCodec {
  return {
    name: 'encrypted',
    create: (keyring, cookieName) =>
      createEncryptedTokens(
        keyring.keys('session-encryption', cookieName, ENCRYPTION_KEY_BYTES),
        SESSION_TYPE,
        cookieName,
      ),
  }
}
