// Cache tracking. Records which parts of a request were read, because `Vary` and `Cache-Control` of the response follow
// from them.
import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { isUpgrade } from '../sessions/incoming-cookies'
import type { RequestView } from '../wire/headers/request'

/** The reads that the headers of the response depend on. */
export interface CacheRecord {
  /** Whether the session or the user was read. */
  readonly identity: boolean
  /** Whether the response is for one visitor alone: a guard, a user, or the content of a session. */
  readonly personal: boolean
  /** Whether the response was chosen by `Accept`. */
  readonly negotiated: boolean
  /** The headers that request loaders read, each once, in lower case. */
  readonly headers: readonly string[]
}

const NO_HEADERS: readonly string[] = []
const EMPTY: CacheRecord = { identity: false, personal: false, negotiated: false, headers: NO_HEADERS }

/** Records the reads of one request. Its fields are the record, so a request needs one object only. */
export class CacheTracker implements CacheRecord {
  identity = false
  personal = false
  negotiated = false
  headers: readonly string[] = NO_HEADERS
  readonly #request: RequestView
  /** The reads that were made while recording was paused; null if there are none, or if they were applied. */
  #paused: CacheRecord | null = null
  /** Returns whether the whole response was sent. It is null until the headers are sent. */
  #isComplete: (() => boolean) | null = null

  constructor(request: RequestView) {
    this.#request = request
  }

  /**
   * Records that the response depends on the session or the user.
   *
   * @throws UsageError `response-sent` if the headers were sent without it.
   */
  markIdentity(): void {
    this.#assertRecorded(this.identity)
    this.identity = true
  }

  /**
   * Records that the response is for one visitor alone.
   *
   * @throws UsageError `response-sent` if the headers were sent without it.
   */
  markPersonal(): void {
    this.#assertRecorded(this.personal)
    this.personal = true
  }

  /**
   * Records that the response depends on a header of the request.
   *
   * @param name The name of the header, in lower case.
   * @throws UsageError `response-sent` if the headers were sent without it.
   */
  markHeader(name: string): void {
    if (this.headers.includes(name)) return
    this.#assertRecorded(false)
    this.headers = [...this.headers, name]
  }

  /** Records a response of the library to one visitor, chosen by `Accept`. */
  markNegotiated(): void {
    this.negotiated = true
    this.personal = true
  }

  /** Runs `read` without recording it. The record is applied if the app reads the same data later. */
  *runUnrecorded(read: () => Task<unknown>): Task<void> {
    const before = this.pause()
    try {
      yield* read()
    } finally {
      this.resume(before)
    }
  }

  /** Runs `read` without recording that the response is personal. That is applied if the app reads the user. */
  *runImpersonal<T>(read: () => Task<T>): Task<T> {
    const before = this.pause()
    try {
      return yield* read()
    } finally {
      const made = this.resume(before)
      this.#add({ ...made, personal: false })
    }
  }

  /** Starts an empty record. Returns the record so far, for {@link resume}. */
  pause(): CacheRecord {
    const { identity, personal, negotiated, headers } = this
    Object.assign(this, EMPTY)
    return { identity, personal, negotiated, headers }
  }

  /** Continues the record from before {@link pause}. Returns the reads that were made since then. */
  resume(before: CacheRecord): CacheRecord {
    const { identity, personal, negotiated, headers } = this
    Object.assign(this, before)
    this.#paused = { identity, personal, negotiated, headers }
    return this.#paused
  }

  /**
   * Applies the reads that were made while recording was paused, because the app now reads the same data.
   *
   * @throws UsageError `response-sent` if the headers were sent without them.
   */
  applyPaused(): void {
    const paused = this.#paused
    if (paused === null) return
    if (paused.identity) this.#assertRecorded(this.identity)
    this.#add(paused)
    this.#paused = null
  }

  /**
   * Ends the record, because the headers are sent now.
   *
   * @param isReading Whether the session or the user is being read, so that the app may still receive a user.
   * @param isComplete Returns whether the whole response was sent.
   */
  close(isReading: boolean, isComplete: () => boolean): void {
    if (this.identity && isReading) this.personal = true
    this.#isComplete = isComplete
  }

  #add({ identity, personal, negotiated, headers }: CacheRecord): void {
    this.identity ||= identity
    this.personal ||= personal
    this.negotiated ||= negotiated
    if (headers.length > 0) this.headers = [...new Set([...this.headers, ...headers])]
  }

  /** Asserts that personal content is not added to a response that caches may keep. Caches do not keep an upgrade. */
  #assertRecorded(isRecorded: boolean): void {
    if (isRecorded || this.#isComplete === null || this.personal) return
    if (this.#isComplete() || isUpgrade(this.#request)) return
    throw new UsageError(
      'response-sent',
      'The user or the session was read for the first time after the headers of the response were sent, so those headers permit caches to keep personal content. Call await currentUser() before the response begins. Later reads are then fine.',
    )
  }
}
