// The remember cookie, read and written: always signed, never waiting.
import { CLOCK_TOLERANCE_SECONDS } from '../state/freshness'
import type { RememberToken } from '../state/remember'
import type { Keyring } from '../wire/keyring'
import { createSignedTokens } from '../wire/sign'
import type { SyncTokenCodec } from '../wire/token'
import { rememberText, rememberToken } from './codec'
import type { Read } from './reasons'

/** The `typ` of remember cookies. */
export const REMEMBER_TYPE = 'remember+jwt'

/** What a good remember cookie held; `old` where a previous secret signed it. */
export interface OpenedRemember {
  readonly token: RememberToken
  readonly old: boolean
}

/** Reads and writes the remember cookie: always signed, never waiting. */
export class RememberCookies {
  readonly #codec: SyncTokenCodec

  constructor(keyring: Keyring, context: string) {
    this.#codec = createSignedTokens(keyring.keys('remember', context), REMEMBER_TYPE)
  }

  read(cookie: string, now: number): Read<OpenedRemember> {
    const opened = this.#codec.open(cookie)
    if (!opened.ok) return opened
    const token = rememberToken(opened.payload)
    if (token === null) return { ok: false, reason: 'bad-format' }
    if (token.issuedAt > now + CLOCK_TOLERANCE_SECONDS) return { ok: false, reason: 'not-yet-valid' }
    return token.expiresAt <= now ? { ok: false, reason: 'expired' } : { ok: true, value: { token, old: opened.old } }
  }

  write(token: RememberToken): string {
    return this.#codec.seal(rememberText(token))
  }
}
