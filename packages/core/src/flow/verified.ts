// Cookies that were verified before: the same bytes need no second HMAC. Only good ones are kept, so nobody can fill
// the cache without a secret; it is bounded in bytes. Whatever can change (expiry, user, stamp, client) is looked at
// after it, every time.
import { fromUtf8, utf8 } from '../base/bytes'

const OVERHEAD_BYTES = 512

export class VerifiedCookies<T> {
  readonly #entries = new Map<string, T>()
  readonly #limit: number
  #oldest = this.#entries.keys()
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

  /** One walk for all: to begin anew each time would step over the gaps that the ones before left at the front. */
  #dropOldest(): void {
    let next = this.#oldest.next()
    if (next.done) {
      this.#oldest = this.#entries.keys()
      next = this.#oldest.next()
    }
    const oldest = next.value as string
    this.#entries.delete(oldest)
    this.#bytes -= sizeOf(oldest)
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
