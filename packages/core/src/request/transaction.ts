// Transactions of a request. An operation runs in a transaction. Its changes are committed together when it completes, and
// undone together if it throws. After the headers were sent, no change is possible.
import { UsageError } from '../base/errors'
import type { Task } from '../base/task'
import { EMPTY, type SessionState } from '../state/session'
import { Mutex } from './mutex'
import { type CookieChange, KEEP } from './outgoing-cookies'

/** The user of a request, and the source of the login. */
export interface Identity<User> {
  readonly user: User | null
  /** The source of the login; null for an anonymous request. */
  readonly source: 'session' | 'remember' | 'request' | 'login' | null
  /** Whether guards let the user through: false for an inactive user whose login was forced. */
  readonly isActive: boolean
}

/** The identity of an anonymous request. */
export const ANONYMOUS: Identity<never> = { user: null, source: null, isActive: false }

/** The app logged the visitor out in this request. */
export const LOGGED_OUT: Identity<never> = { ...ANONYMOUS }

/** The changes of a request. The object is immutable and is replaced as a whole. */
export interface PendingChanges<User> {
  readonly state: SessionState
  readonly session: CookieChange
  readonly remember: CookieChange
  readonly identity: Identity<User> | null
  /** Whether the app caused one of the two cookie changes, and not the library on its own initiative. */
  readonly isByApp: boolean
  /** The entries of the tombstone after this response; null if it is unchanged. */
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

/** The transactions of one request. */
export class Transactions<User> {
  readonly #mutex = new Mutex()
  #current: PendingChanges<User> = UNTOUCHED
  #committed: PendingChanges<User> | null = null
  #sent = false
  #late = false
  /** The changes before the current operation, with the incoming session. */
  #before: PendingChanges<User> = this.#current
  /** The changes that remain if a checkpoint is restored. */
  readonly #checkpoints: { changes: PendingChanges<User> }[] = []
  readonly #changed: (() => void) | null
  readonly #completing: () => void

  /**
   * @param changed Called after each operation, if the cookies must be written before the response exists.
   * @param completing Runs at the end of an operation that changed a cookie, as a part of it.
   */
  constructor(changed: (() => void) | null, completing: () => void) {
    this.#changed = changed
    this.#completing = completing
  }

  /** The changes including those of the current operation. */
  get current(): PendingChanges<User> {
    return this.#current
  }

  /** The changes of all completed operations. */
  get committed(): PendingChanges<User> {
    return this.#committed ?? this.#current
  }

  /** Whether the headers were sent. */
  get isSent(): boolean {
    return this.#sent
  }

  /** Whether the current operation began after the headers were sent. */
  get isLate(): boolean {
    return this.#late
  }

  /**
   * Runs an operation after the ones before it. If it throws, all its changes are undone.
   *
   * @throws UsageError `reentered` from inside the app's own code.
   * @throws UsageError `response-sent` if the headers were sent during the operation.
   */
  run<T>(operation: () => Task<T>): T | Promise<T> {
    return this.#mutex.runExclusive(() => this.#runAlone(operation))
  }

  *#runAlone<T>(operation: () => Task<T>): Task<T> {
    this.#late = this.#sent
    this.#before = this.#committed = this.#current
    try {
      const result = yield* operation()
      const { session, remember, visitor } = this.#committed
      const { current } = this
      const isChanged = session !== current.session || remember !== current.remember || visitor !== current.visitor
      if (isChanged) this.#completing()
      if (isChanged && this.#sent && !this.#late) throw createTooLateError()
      return result
    } catch (error) {
      this.rollback()
      throw error
    } finally {
      this.#committed = null
      this.#emitChanges()
    }
  }

  /** Rolls back if the cookie listener throws, so a login never takes effect without its cookies. */
  #emitChanges(): void {
    try {
      this.#changed?.()
    } catch (error) {
      this.#current = this.#before
      throw error
    }
  }

  /** Applies changes of the current operation. */
  applyChange(change: Partial<PendingChanges<User>>): void {
    this.#current = { ...this.#current, ...change }
  }

  /** Sets the incoming session. It is not a change, so a failed operation does not undo it. */
  begin(state: SessionState): void {
    const [current, begun] = [this.#current, { ...this.#current, state }]
    const addSession = (entry: PendingChanges<User>): PendingChanges<User> =>
      entry === current ? begun : { ...entry, state }
    this.#before = addSession(this.#before)
    if (this.#committed !== null) this.#committed = addSession(this.#committed)
    for (const checkpoint of this.#checkpoints) checkpoint.changes = addSession(checkpoint.changes)
    this.#current = begun
  }

  /** Keeps the changes so far, even if the operation throws later (for example, in a loader after session protection). */
  savepoint(): void {
    if (this.#sent) return
    this.#committed = this.#current
    for (const checkpoint of this.#checkpoints) checkpoint.changes = this.#current
  }

  /** Undoes the changes since the last savepoint, for an operation that fails and does not throw. */
  rollback(): void {
    this.#current = this.committed
  }

  /**
   * Returns a function that undoes all changes since this call, those of completed operations included. Changes up to a later
   * savepoint remain: a logout is never undone.
   */
  createCheckpoint(): () => void {
    const checkpoint = { changes: this.committed }
    this.#checkpoints.push(checkpoint)
    return () => {
      this.#before = this.#current = checkpoint.changes
      if (this.#committed !== null) this.#committed = checkpoint.changes
    }
  }

  /** Ends all changes, because the headers are sent now. */
  close(): void {
    this.#sent = true
  }

  /** Calls the app's own code. An operation inside it would wait for itself, so it throws. */
  callOut<T>(call: () => T): T {
    return this.#mutex.callOut(call)
  }
}

/** Returns the error for a change after the headers were sent. */
export function createTooLateError(): UsageError {
  return new UsageError(
    'response-sent',
    'The response was sent before the login or the session was changed. Await loginUser(), logoutUser() and similar calls before you return the response.',
  )
}
