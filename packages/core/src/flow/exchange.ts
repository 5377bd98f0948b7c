// One request and its answer: the only mutable cell of the library. Verbs change it in transactions. What a verb did
// becomes visible to the answer when the verb is through, all of it; when a step fails, none of it happened. After the
// headers left, nothing changes any more.
import { UsageError } from '../base/errors'
import type { RememberToken } from '../state/remember'
import { EMPTY, isEmpty, type SessionState } from '../state/session'
import { emptied } from '../state/transitions'
import { clientText } from '../wire/client'
import type { RequestView } from '../wire/request'
import type { OpenedSession } from './codec'
import type { Listener, LoginEventName, LoginEvents } from './events'
import { type Incoming, incomingCookies, isUpgrade } from './incoming'
import { CLEAR, type CookieChange, KEEP, sessionChange, tooLarge, trimmed } from './outgoing'
import type { AnonymousReason } from './reasons'
import type { Runtime } from './runtime'
import { Turns } from './turns'

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

/** All that a request changed so far; immutable, replaced as a whole. */
interface Progress<User> {
  readonly state: SessionState
  readonly session: CookieChange
  readonly remember: CookieChange
  readonly identity: Identity<User> | null
}

/** What was looked at, for Vary and Cache-Control. */
export interface Traces {
  /** The session or the user was asked for. */
  identity: boolean
  /** The answer depends on who it is: a guard, a user, the content of a session. */
  personal: boolean
  /** Refusals were negotiated between page and data. */
  negotiated: boolean
  /** Headers that request loaders read. */
  readonly headers: Set<string>
}

export class Exchange<User, Guest> {
  readonly runtime: Runtime<User, Guest>
  readonly request: RequestView
  readonly traces: Traces = { identity: false, personal: false, negotiated: false, headers: new Set() }
  readonly #readOnly: boolean
  readonly #turns = new Turns()
  #progress: Progress<User> = { state: EMPTY, session: KEEP, remember: KEEP, identity: null }
  #settled: Progress<User> | null = null
  #opened: OpenedSession | null | undefined
  #sent = false
  #late = false
  #reason: AnonymousReason | null = null
  #incoming: Incoming | undefined
  #csrfUnchecked = false

  constructor(runtime: Runtime<User, Guest>, request: RequestView, readOnly: boolean) {
    this.runtime = runtime
    this.request = request
    this.#readOnly = readOnly
  }

  // ── what came ──────────────────────────────────────────────────────────────

  /** The two cookies as they came, unopened. */
  get incoming(): Incoming {
    this.#incoming ??= incomingCookies(this.request, this.runtime.settings)
    return this.#incoming
  }

  /** Opens the session cookie, once; a bad one is an empty session and a reason. */
  async open(): Promise<OpenedSession | null> {
    this.traces.identity = true
    if (this.#opened !== undefined) return this.#opened
    this.#opened = null
    const { session } = this.incoming
    if (session === null) return null
    const reading = this.runtime.sessions.read(session, this.runtime.now())
    const read = reading instanceof Promise ? await reading : reading
    if (read.ok) return this.#take(read.value)
    await this.#reject(read.reason)
    return null
  }

  async #take(opened: OpenedSession): Promise<OpenedSession> {
    this.#opened = opened
    this.#progress = { ...this.#progress, state: opened.state }
    if (this.#settled !== null) this.#settled = { ...this.#settled, state: opened.state }
    if (!isEmpty(opened.state)) this.traces.personal = true
    if (opened.old) await this.rewrite()
    return opened
  }

  async #reject(reason: AnonymousReason): Promise<void> {
    this.note(reason)
    if (reason === 'expired' || reason === 'idle') await this.write(emptied(), 'library')
    await this.emit('sessionRejected', { reason })
  }

  /** Keeps the first reason why nobody is there. */
  note(reason: AnonymousReason): void {
    this.#reason ??= reason
  }

  get reason(): AnonymousReason | null {
    return this.#reason
  }

  forgetReason(): void {
    this.#reason = null
  }

  /** The client, as far as protection looks at it. */
  get client(): string {
    return clientText(this.request, this.runtime.settings.fingerprint)
  }

  // ── what is ────────────────────────────────────────────────────────────────

  get state(): SessionState {
    return this.#progress.state
  }

  get identity(): Identity<User> | null {
    return this.#progress.identity
  }

  /** What the answer has to say, as of the last verb that is through. */
  get outcome(): Pick<Progress<User>, 'state' | 'session' | 'remember' | 'identity'> {
    return this.#settled ?? this.#progress
  }

  // ── what changes ───────────────────────────────────────────────────────────

  /** Runs a verb alone, after those before it. It happens as a whole, or not at all. */
  transaction<T>(verb: () => Promise<T>): Promise<T> {
    return this.#turns.take(() => this.#run(verb))
  }

  async #run<T>(verb: () => Promise<T>): Promise<T> {
    this.#late = this.#sent
    this.#settled = this.#progress
    try {
      const result = await verb()
      if (this.#sent && !this.#late && this.#isChanged()) throw this.#tooLate()
      return result
    } catch (error) {
      this.#progress = this.#settled
      throw error
    } finally {
      this.#settled = null
    }
  }

  #isChanged(): boolean {
    return this.#settled?.session !== this.#progress.session || this.#settled?.remember !== this.#progress.remember
  }

  /** What was done so far stands, even if what follows fails (a mismatch noticed before a loader throws). */
  checkpoint(): void {
    if (!this.#sent) this.#settled = this.#progress
  }

  /**
   * Replaces the session. `library` writes happen by themselves: they give way where the cookie is too small, and on a
   * read-only handle they are for this request alone.
   */
  async write(next: SessionState, by: 'app' | 'library'): Promise<void> {
    if (by === 'app') this.assertWritable()
    if (next === this.state) return
    if (!this.#persists) return this.#set({ state: next })
    this.#set(await this.#encoded(next, by))
  }

  /** Writes the session again as it is, to live longer or under the current secret. */
  async rewrite(): Promise<void> {
    if (this.#persists && !isEmpty(this.state)) this.#set(await this.#encoded(this.state, 'library'))
  }

  /** A state that no cookie will carry. */
  keepForThisRequest(state: SessionState): void {
    this.#set({ state })
  }

  async #encoded(state: SessionState, by: 'app' | 'library'): Promise<{ state: SessionState; session: CookieChange }> {
    const session = await sessionChange(this.runtime, state, this.incoming.session !== null)
    if (session.kind !== 'too-large') return { state, session }
    const smaller = by === 'library' ? trimmed(state) : null
    if (smaller === null) throw tooLarge(state, session.bytes)
    await this.emit('sessionTrimmed', { dropped: smaller.dropped })
    return this.#encoded(smaller.state, by)
  }

  setRemember(token: RememberToken): void {
    const value = this.runtime.remembers.write(token)
    this.#setRemember({ kind: 'set', value, maxAgeSeconds: token.expiresAt - this.runtime.now() })
  }

  /** Only what the browser has is cleared. */
  clearRemember(): void {
    this.#setRemember(this.incoming.remember === null ? KEEP : CLEAR)
  }

  #setRemember(remember: CookieChange): void {
    if (this.#persists) this.#set({ remember })
  }

  identify(identity: Identity<User>): void {
    if (identity.user !== null) this.traces.personal = true
    this.#set({ identity })
  }

  #set(change: Partial<Progress<User>>): void {
    this.#progress = { ...this.#progress, ...change }
  }

  // ── when nothing changes any more ──────────────────────────────────────────

  get #persists(): boolean {
    return !this.#late && !this.#isReadOnly
  }

  /** Opened to be read, or a WebSocket upgrade, whose answer has no place for cookies. */
  get #isReadOnly(): boolean {
    return this.#readOnly || isUpgrade(this.request)
  }

  /** @throws UsageError `read-only` or `response-sent`. */
  assertOpen(): void {
    if (this.#sent) throw this.#tooLate()
    if (!this.#isReadOnly) return
    throw new UsageError(
      'read-only',
      'This handle can only be read (a server component, a WebSocket upgrade): log in, log out and store in a route handler or an action.',
    )
  }

  /** @throws UsageError as {@link assertOpen}, or `csrf-unchecked`. */
  assertWritable(): void {
    this.assertOpen()
    if (!this.#csrfUnchecked) return
    throw new UsageError(
      'csrf-unchecked',
      "This request changes something and brought no x-csrf-token header: call checkCsrf(form.csrf_token) first and refuse where it says false (csrf: 'token').",
    )
  }

  #tooLate(): UsageError {
    return new UsageError(
      'response-sent',
      'The response was sent before this was done: await loginUser(), logoutUser() and the like before you answer.',
    )
  }

  /** The headers leave: from here on the handle is read-only. */
  seal(): void {
    this.#sent = true
  }

  /** Whether the app still owes a look at the CSRF token of this request. */
  set csrfUnchecked(unchecked: boolean) {
    this.#csrfUnchecked = unchecked
  }

  // ── calling the app ────────────────────────────────────────────────────────

  /** Calls the app's own code; asking this handle from inside it would wait for itself. */
  callOut<T>(call: () => T): T {
    return this.#turns.callOut(call)
  }

  /** Tells the listeners, one after the other, and waits for each. */
  async emit<Name extends LoginEventName>(name: Name, told: LoginEvents<User>[Name]): Promise<void> {
    const event = { name, request: this.request, ...told }
    for (const listener of this.runtime.events.listeners(name)) {
      await this.callOut(() => (listener as Listener<User, never>)(event as never))
    }
  }
}

/** The user may not come in now. The session stays, and counts again once they may. */
export function inactive<User, Guest>(exchange: Exchange<User, Guest>): Identity<never> {
  exchange.note('inactive')
  return NOBODY
}
