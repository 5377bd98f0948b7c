// The cache of verified cookies: the same bytes need no second HMAC. It contains valid cookies only, so an attacker without
// the secret cannot fill it. Its size in bytes is limited. Expiry, user, stamp and client are checked after it in each
// request. A cookie is stored when it arrives for the second time, so that single requests cost no memory.
import { fromUtf8, toUtf8 } from '../base/bytes'

const OVERHEAD_BYTES = 512

/** The length of the last segment of a token, 32 bytes as base64url. Without the secret no two cookies have the same one. */
const TAG_LENGTH = 43

/** The number of marks, which show that a cookie arrived before. */
const MARKS = 1024

interface CacheEntry<T> {
  readonly cookie: string
  readonly value: T
}

/** A cache of verified cookies with a limit in bytes. */
export class VerifiedCookies<T> {
  /** The entries by tag. A whole cookie as the key would be hashed in each request. */
  readonly #entries = new Map<string, CacheEntry<T>>()
  readonly #marks = new Int32Array(MARKS)
  readonly #limit: number
  #oldest = this.#entries.entries()
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** Returns the value of a cookie, or undefined. */
  get(cookie: string): T | undefined {
    const entry = this.#entries.get(getTag(cookie))
    return entry?.cookie === cookie ? entry.value : undefined
  }

  /** Stores the value of a cookie if it arrived before. */
  set(cookie: string, value: T): void {
    if (getSize(cookie) > this.#limit || !this.#wasSeen(cookie)) return
    const copy = copyText(cookie)
    const tag = getTag(copy)
    this.#bytes += getSize(copy) - getEntrySize(this.#entries.get(tag))
    this.#entries.set(tag, { cookie: copy, value })
    while (this.#bytes > this.#limit) this.#dropOldest()
  }

  /** Returns whether a cookie arrived before, and stores its mark. A mark replaces an older one at the same index. */
  #wasSeen(cookie: string): boolean {
    const mark = computeMark(cookie)
    const index = mark & (MARKS - 1)
    if (this.#marks[index] === mark) return true
    this.#marks[index] = mark
    return false
  }

  /** Removes the oldest entry. The iterator is kept, because a new one would skip all deleted entries again. */
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

/** Returns 32 bits of the tag, which is random. Never 0. */
function computeMark(cookie: string): number {
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

/** Returns the bytes of an entry: the text as key and as decoded state, with two bytes per character. */
function getSize(cookie: string): number {
  return cookie.length * 4 + OVERHEAD_BYTES
}

/** Copies a string. A substring would keep the whole `Cookie` header in memory. */
function copyText(cookie: string): string {
  return fromUtf8(toUtf8(cookie)) ?? cookie
}
