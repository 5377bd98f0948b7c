// Cookies that were verified before: the same bytes need no second HMAC. Only good ones are kept, so nobody can fill
// the cache without a secret; it is bounded in bytes. Whatever can change (expiry, user, stamp, client) is looked at
// after it, every time. A cookie is kept when it comes for the second time: most that never come again cost no memory.
import { fromUtf8, toUtf8 } from '../base/bytes'

const OVERHEAD_BYTES = 512

/** The last segment of a token, 32 bytes as base64url: nobody without a secret makes two cookies that end alike. */
const TAG_LENGTH = 43

/** How many of the last cookies are remembered by a mark alone. */
const MARKS = 1024

interface CacheEntry<T> {
  readonly cookie: string
  readonly value: T
}

export class VerifiedCookies<T> {
  /** By their tags: to look for a whole cookie would read it once more. */
  readonly #entries = new Map<string, CacheEntry<T>>()
  readonly #marks = new Int32Array(MARKS)
  readonly #limit: number
  #oldest = this.#entries.entries()
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get(cookie: string): T | undefined {
    const entry = this.#entries.get(getTag(cookie))
    return entry?.cookie === cookie ? entry.value : undefined
  }

  /** Keeps it, if it came before. */
  set(cookie: string, value: T): void {
    if (getSize(cookie) > this.#limit || !this.#wasSeen(cookie)) return
    const own = copyText(cookie)
    const tag = getTag(own)
    this.#bytes += getSize(own) - getEntrySize(this.#entries.get(tag))
    this.#entries.set(tag, { cookie: own, value })
    while (this.#bytes > this.#limit) this.#dropOldest()
  }

  /** Whether it came lately; whoever else has its place by then is forgotten. */
  #wasSeen(cookie: string): boolean {
    const mark = markOf(cookie)
    const place = mark & (MARKS - 1)
    if (this.#marks[place] === mark) return true
    this.#marks[place] = mark
    return false
  }

  /** One walk for all: to begin anew each time would step over the gaps that the ones before left at the front. */
  #dropOldest(): void {
    let next = this.#oldest.next()
    if (next.done) {
      this.#oldest = this.#entries.entries()
      next = this.#oldest.next()
    }
    const [tag, oldest] = next.value as [string, CacheEntry<T>]
    this.#entries.delete(tag)
    this.#bytes -= getEntrySize(oldest)
  }
}

/** Some bits of the tag, which is as good as random; never 0. */
function markOf(cookie: string): number {
  let mark = 1
  for (let i = cookie.length - 6; i < cookie.length; i++) mark = (mark * 31 + cookie.charCodeAt(i)) | 0
  return mark === 0 ? 1 : mark
}

function getTag(cookie: string): string {
  return cookie.slice(-TAG_LENGTH)
}

function getEntrySize(entry: CacheEntry<unknown> | undefined): number {
  return entry === undefined ? 0 : getSize(entry.cookie)
}

/** The text twice (as key and as decoded state), two bytes a character. */
function getSize(cookie: string): number {
  return cookie.length * 4 + OVERHEAD_BYTES
}

/** A text of its own: a piece of the Cookie header would keep the whole header in memory. */
function copyText(cookie: string): string {
  return fromUtf8(toUtf8(cookie)) ?? cookie
}
