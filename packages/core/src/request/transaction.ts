// What a request changed so far. Verbs run in transactions: what a verb did becomes visible to the answer when the verb
// is through, all of it; when a step fails, none of it happened; after the headers left, nothing changes any more.
import { UsageError } from '../base/errors'
import type { Steps } from '../base/task'
import { EMPTY, type SessionState } from '../state/session'
import { Turns } from './mutex'
import { type CookieChange, KEEP } from './outgoing-cookies'

/** Who is there, and how that is known. */
export interface Identity<User> {
  readonly user: User | null
  /** Where the user came from; null for nobody. */
  readonly source: 'session' | 'remember' | 'request' | 'login' | null
  /** Whether guards let the user through: false for an inactive user whose login was forced. */
  readonly admitted: boolean
}

/** Nobody is there. */
export const NOBODY: Identity<never> = { user: null, source: null, admitted: false }

/** All that changed; immutable, replaced as a whole. */
export interface Entry<User> {
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

const UNTOUCHED: Entry<never> = {
  state: EMPTY,
  session: KEEP,
  remember: KEEP,
  identity: null,
  isByApp: false,
  ended: null,
  visitor: null,
}

export class Ledger<User> {
  readonly #turns = new Turns()
  #current: Entry<User> = UNTOUCHED
  #settled: Entry<User> | null = null
  #sent = false
  #late = false
  /** As before the verb that runs, with what the request came with. */
  #before: Entry<User> = this.#current
  readonly #changed: (() => void) | null

  /** @param changed Told when a verb is through, where the cookies cannot wait for the answer. */
  constructor(changed: (() => void) | null) {
    this.#changed = changed
  }

  /** As the verb that runs sees it. */
  get current(): Entry<User> {
    return this.#current
  }

  /** As the answer sees it: after the last verb that is through. */
  get settled(): Entry<User> {
    return this.#settled ?? this.#current
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
  transaction<T>(verb: () => Steps<T>): T | Promise<T> {
    return this.#turns.take(() => this.#run(verb))
  }

  *#run<T>(verb: () => Steps<T>): Steps<T> {
    this.#late = this.#sent
    this.#before = this.#settled = this.#current
    try {
      const result = yield* verb()
      const { session, remember, visitor } = this.#settled
      const { current } = this
      const isChanged = session !== current.session || remember !== current.remember || visitor !== current.visitor
      if (this.#sent && !this.#late && isChanged) throw tooLate()
      return result
    } catch (error) {
      this.undo()
      throw error
    } finally {
      this.#settled = null
      this.#tell()
    }
  }

  /** What cannot be told is not done: nobody is logged in by cookies that nobody gets. */
  #tell(): void {
    try {
      this.#changed?.()
    } catch (error) {
      this.#current = this.#before
      throw error
    }
  }

  change(change: Partial<Entry<User>>): void {
    this.#current = { ...this.#current, ...change }
  }

  /** What the request came with: no change, and not undone by a verb that fails. */
  begin(state: SessionState): void {
    const [current, begun] = [this.#current, { ...this.#current, state }]
    const onto = (entry: Entry<User>): Entry<User> => (entry === current ? begun : { ...entry, state })
    this.#before = onto(this.#before)
    if (this.#settled !== null) this.#settled = onto(this.#settled)
    this.#current = begun
  }

  /** What was done so far stands, even if what follows fails (a mismatch noticed before a loader throws). */
  checkpoint(): void {
    if (!this.#sent) this.#settled = this.#current
  }

  /** What the verb that runs did is not done: for one that fails and still has an answer. */
  undo(): void {
    this.#current = this.settled
  }

  /** The headers leave. */
  seal(): void {
    this.#sent = true
  }

  /** Calls the app's own code; asking the handle from inside it would wait for itself. */
  callOut<T>(call: () => T): T {
    return this.#turns.callOut(call)
  }
}

export function tooLate(): UsageError {
  return new UsageError(
    'response-sent',
    'The response was sent before this was done: await loginUser(), logoutUser() and the like before you answer.',
  )
}
