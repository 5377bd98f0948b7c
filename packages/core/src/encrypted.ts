// `@fetch-login/core/encrypted`: the session cookie as JWE, for data that its owner must not read. A door of its own,
// so that whoever signs ships no encryption.

import type { SessionCodec } from './options/types'
import { SESSION_TYPE } from './sessions/session-cookies'
import { createEncryptedTokens, ENCRYPTION_KEY_BYTES } from './wire/tokens/encrypted-tokens'

/**
 * Encrypts the session cookie (JWE `dir`, `A256CBC-HS512`). Going over from signed cookies:
 *
 * @example session: { codec: encrypted(), previousCodec: signed() }
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
