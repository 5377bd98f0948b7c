// What a request changed so far. Verbs run in transactions: what a verb did becomes visible to the answer when the verb
// is through, all of it; when a step fails, none of it happened; after the headers left, nothing changes any more.
import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { EMPTY, type SessionState } from '../state/session'
import { Mutex } from './mutex'
import { type CookieChange, KEEP } from './outgoing-cookies'

/** Who is there, and how that is known. */
export interface Identity<User> {
  readonly user: User | null
  /** Where the user came from; null for nobody. */
  readonly source: 'session' | 'remember' | 'request' | 'login' | null
  /** Whether guards let the user through: false for an inactive user whose login was forced. */
  readonly isActive: boolean
}

/** Nobody is there. */
export const ANONYMOUS: Identity<never> = { user: null, source: null, isActive: false }

/** The app logged the visitor out in this request. */
export const LOGGED_OUT: Identity<never> = { ...ANONYMOUS }

/** All that changed; immutable, replaced as a whole. */
export interface PendingChanges<User> {
  readonly state: SessionState
  readonly session: CookieChange
  readonly remember: CookieChange
  readonly identity: Identity<User> | null
  /** Whether the app caused one of the two cookie changes, and not the library by itself. */
  readonly isByApp: boolean
  /** What the tombstone names after this response; null if it stays as it is. */
  readonly ended: readonly string[] | null
  /** The ID of a new visitor cookie, for CSRF tokens; null if there is none. */
  readonly visitor: string | null
}

const UNTOUCHED: PendingChanges<never> = {
  state: EMPTY,
  session: KEEP,
  remember: KEEP,
  identity: null,
  isByApp: false,
  ended: null,
  visitor: null,
}

export class Transactions<User> {
  readonly #mutex = new Mutex()
  #current: PendingChanges<User> = UNTOUCHED
  #committed: PendingChanges<User> | null = null
  #sent = false
  #late = false
  /** As before the verb that runs, with what the request came with. */
  #before: PendingChanges<User> = this.#current
  readonly #changed: (() => void) | null

  /** @param changed Told when a verb is through, where the cookies cannot wait for the answer. */
  constructor(changed: (() => void) | null) {
    this.#changed = changed
  }

  /** As the verb that runs sees it. */
  get current(): PendingChanges<User> {
    return this.#current
  }

  /** As the answer sees it: after the last verb that is through. */
  get committed(): PendingChanges<User> {
    return this.#committed ?? this.#current
  }

  /** Whether the headers left. */
  get isSent(): boolean {
    return this.#sent
  }

  /** Whether the verb that runs began after the headers left. */
  get isLate(): boolean {
    return this.#late
  }

  /** Runs a verb alone, after those before it. It happens as a whole, or not at all. */
  run<T>(verb: () => Task<T>): T | Promise<T> {
    return this.#mutex.runExclusive(() => this.#runAlone(verb))
  }

  *#runAlone<T>(verb: () => Task<T>): Task<T> {
    this.#late = this.#sent
    this.#before = this.#committed = this.#current
    try {
      const result = yield* verb()
      const { session, remember, visitor } = this.#committed
      const { current } = this
      const isChanged = session !== current.session || remember !== current.remember || visitor !== current.visitor
      if (this.#sent && !this.#late && isChanged) throw createTooLateError()
      return result
    } catch (error) {
      this.rollback()
      throw error
    } finally {
      this.#committed = null
      this.#emitChanges()
    }
  }

  /** What cannot be told is not done: nobody is logged in by cookies that nobody gets. */
  #emitChanges(): void {
    try {
      this.#changed?.()
    } catch (error) {
      this.#current = this.#before
      throw error
    }
  }

  applyChange(change: Partial<PendingChanges<User>>): void {
    this.#current = { ...this.#current, ...change }
  }

  /** What the request came with: no change, and not undone by a verb that fails. */
  begin(state: SessionState): void {
    const [current, begun] = [this.#current, { ...this.#current, state }]
    const onto = (entry: PendingChanges<User>): PendingChanges<User> =>
      entry === current ? begun : { ...entry, state }
    this.#before = onto(this.#before)
    if (this.#committed !== null) this.#committed = onto(this.#committed)
    this.#current = begun
  }

  /** What was done so far stands, even if what follows fails (a mismatch noticed before a loader throws). */
  savepoint(): void {
    if (!this.#sent) this.#committed = this.#current
  }

  /** What the verb that runs did is not done: for one that fails and still has an answer. */
  rollback(): void {
    this.#current = this.committed
  }

  /** The headers leave. */
  close(): void {
    this.#sent = true
  }

  /** Calls the app's own code; asking the handle from inside it would wait for itself. */
  callOut<T>(call: () => T): T {
    return this.#mutex.callOut(call)
  }
}

export function createTooLateError(): UsageError {
  return new UsageError(
    'response-sent',
    'The response was sent before this was done: await loginUser(), logoutUser() and the like before you answer.',
  )
}
