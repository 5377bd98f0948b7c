// Reads and writes the remember cookie. It is always signed, and reading it is synchronous.
import { CLOCK_TOLERANCE_SECONDS } from '../state/freshness'
import type { RememberToken } from '../state/remember'
import type { Key, Keyring } from '../wire/tokens/keyring'
import { createSignedTokens } from '../wire/tokens/signed-tokens'
import type { SyncTokenCodec } from '../wire/tokens/token'
import { decodeRemember, encodeRemember } from './codec'
import type { Read } from './read-result'

/** The `typ` of remember cookies. */
export const REMEMBER_TYPE = 'remember+jwt'

/** The content of a valid remember cookie. */
export interface OpenedRemember {
  readonly token: RememberToken
  /** Whether a previous secret signed it. */
  readonly old: boolean
  /** The index of the secret that signed it. The current secret has the index 0. */
  readonly keyIndex: number
}

/** Reads and writes the remember cookie of one audience. */
export class RememberCookies {
  readonly #keys: readonly Key[]
  readonly #codec: SyncTokenCodec

  constructor(keyring: Keyring, context: string) {
    this.#keys = keyring.keys('remember', context)
    this.#codec = createSignedTokens(keyring.keys('remember', context), REMEMBER_TYPE)
  }

  /** Verifies a cookie. Returns its token, or why it is invalid. */
  read(cookie: string, now: number): Read<OpenedRemember> {
    const opened = this.#codec.decode(cookie)
    if (!opened.ok) return opened
    const token = decodeRemember(opened.payload)
    if (token === null) return { ok: false, reason: 'bad-format' }
    if (token.issuedAt > now + CLOCK_TOLERANCE_SECONDS) return { ok: false, reason: 'not-yet-valid' }
    if (token.expiresAt <= now) return { ok: false, reason: 'expired' }
    const { old } = opened
    return { ok: true, value: { token, old, keyIndex: old ? this.#getKeyIndex(cookie) : 0 } }
  }

  #getKeyIndex(cookie: string): number {
    return this.#keys.findIndex((key) => createSignedTokens([key], REMEMBER_TYPE).decode(cookie).ok)
  }

  /** Signs a token. Returns the value of the cookie. */
  write(token: RememberToken): string {
    return this.#codec.encode(encodeRemember(token))
  }
}
