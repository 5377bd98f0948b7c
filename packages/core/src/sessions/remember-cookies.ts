// The remember cookie, read and written: always signed, never waiting.
import { CLOCK_TOLERANCE_SECONDS } from '../state/freshness'
import type { RememberToken } from '../state/remember'
import type { Key, Keyring } from '../wire/tokens/keyring'
import { createSignedTokens } from '../wire/tokens/signed-tokens'
import type { SyncTokenCodec } from '../wire/tokens/token'
import { decodeRemember, encodeRemember } from './codec'
import type { Read } from './read-result'

/** The `typ` of remember cookies. */
export const REMEMBER_TYPE = 'remember+jwt'

/** What a good remember cookie held; `old` where a previous secret signed it. */
export interface OpenedRemember {
  readonly token: RememberToken
  readonly old: boolean
  /** Which secret signed it; 0 is the current one. */
  readonly keyIndex: number
}

/** Reads and writes the remember cookie: always signed, never waiting. */
export class RememberCookies {
  readonly #keys: readonly Key[]
  readonly #codec: SyncTokenCodec

  constructor(keyring: Keyring, context: string) {
    this.#keys = keyring.keys('remember', context)
    this.#codec = createSignedTokens(keyring.keys('remember', context), REMEMBER_TYPE)
  }

  read(cookie: string, now: number): Read<OpenedRemember> {
    const opened = this.#codec.open(cookie)
    if (!opened.ok) return opened
    const token = decodeRemember(opened.payload)
    if (token === null) return { ok: false, reason: 'bad-format' }
    if (token.issuedAt > now + CLOCK_TOLERANCE_SECONDS) return { ok: false, reason: 'not-yet-valid' }
    if (token.expiresAt <= now) return { ok: false, reason: 'expired' }
    const { old } = opened
    return { ok: true, value: { token, old, keyIndex: old ? this.#getKeyIndex(cookie) : 0 } }
  }

  #getKeyIndex(cookie: string): number {
    return this.#keys.findIndex((key) => createSignedTokens([key], REMEMBER_TYPE).open(cookie).ok)
  }

  write(token: RememberToken): string {
    return this.#codec.seal(encodeRemember(token))
  }
}
