// Cookies that were verified before: the same bytes need no second HMAC. Only good ones are kept, so nobody can fill
// the cache without a secret; it is bounded in bytes. Whatever can change (expiry, user, stamp, client) is looked at
// after it, every time.
import { fromUtf8, utf8 } from '../base/bytes'

const OVERHEAD_BYTES = 512

export class VerifiedCookies<T> {
  readonly #entries = new Map<string, T>()
  readonly #limit: number
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get(cookie: string): T | undefined {
    return this.#entries.get(cookie)
  }

  set(cookie: string, entry: T): void {
    const size = sizeOf(cookie)
    if (size > this.#limit) return
    if (!this.#entries.has(cookie)) this.#bytes += size
    this.#entries.set(ownText(cookie), entry)
    while (this.#bytes > this.#limit) this.#dropOldest()
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys()
    this.#entries.delete(oldest as string)
    this.#bytes -= sizeOf(oldest as string)
  }
}

/** The text twice (as key and as decoded state), two bytes a character. */
function sizeOf(cookie: string): number {
  return cookie.length * 4 + OVERHEAD_BYTES
}

/** A text of its own: a piece of the Cookie header would keep the whole header in memory. */
function ownText(cookie: string): string {
  return fromUtf8(utf8(cookie)) ?? cookie
}
