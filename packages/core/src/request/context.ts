// The state of one request: its incoming cookies, its user, and the pending changes of its response.
import { UsageError } from '../base/errors'
import { DONE, type Task, wait } from '../base/task'
import type { LoginWarning } from '../options/types'
import type { OpenedSession } from '../sessions/codec'
import { isInsecure } from '../sessions/incoming-cookies'
import { type AnonymousReason, isReadableElsewhere, type Read } from '../sessions/read-result'
import { isEmpty, type Login, type SessionState } from '../state/session'
import { emptied } from '../state/transitions'
import { getClientText } from '../wire/headers/client'
import type { RequestView } from '../wire/headers/request'
import { isSpeculative } from '../wire/headers/speculative'
import { AnonymousReasons } from './anonymous-reasons'
import { CacheTracker } from './cache-tracker'
import type { Listener, LoginEventName, LoginEvents } from './events'
import type { GuardCalls } from './guard-calls'
import { IncomingCookies } from './incoming'
import type { Operations } from './operations'
import { KEEP, type Writer } from './outgoing-cookies'
import type { Services } from './services'
import { fitIntoCookie } from './session-writer'
import { createTooLateError, type Identity, type PendingChanges, Transactions } from './transaction'

/** Reasons that end a login of the browser, although the request has no valid login. */
const ENDED: readonly (AnonymousReason | null)[] = ['logged-out', 'expired', 'idle']

const isNever = (): boolean => false

const NONE: Operations = []

/** The limit of warnings of one manager. A place may be a path, so the number of places is not limited otherwise. */
const MAX_WARNINGS = 1000

/** The state of one request. Functions of other modules change it, each in a transaction. */
export class RequestContext<User, Guest> {
  readonly services: Services<User, Guest>
  readonly request: RequestView
  /** Records the reads that `Vary` and `Cache-Control` depend on. */
  readonly cacheTracker: CacheTracker
  /** Why the request is anonymous. */
  readonly reasons: AnonymousReasons<User> = new AnonymousReasons<User>()
  /** Whether the user is being loaded. */
  isIdentifying = false
  /** Whether the response cannot set cookies, so that the login can only be read. */
  readonly isReadOnly: boolean
  readonly #transactions: Transactions<User>
  #opened: OpenedSession | null | undefined
  /** The `Auth` object of the request, for the app's handlers. */
  auth: unknown = null
  #incoming: IncomingCookies<User, Guest> | undefined
  /** Whether the session cookie is invalid here, but may be valid at another instance. */
  #isReadableElsewhere = false
  #csrfUnchecked = false
  #speculative: boolean | undefined
  /** Responses with the changes of this request, by the original response. */
  committedResponses: Map<Response, Response> | null = null
  /** Whether the changes were written to the headers of a server without Fetch API responses. */
  areHeadersCommitted = false
  /** The changes that were written to such headers; null before that, and if there were none. */
  appliedChanges: { readonly isPersonal: boolean; readonly cookies: readonly string[] } | null = null
  /** The method that the CSRF check used; null before the check. */
  checkedMethod: string | null = null
  #isChangedByApp = false
  /** Whether the app made the session permanent in this request; undefined if the app did not set it. */
  requestedPermanent: boolean | undefined
  /** The inactive user of a valid login, or null. */
  inactiveUser: User | null = null
  /** The login that session protection ended in this request; null if it ended none. */
  droppedLogin: Login | null = null
  /** Whether the login of the session cookie was verified: its user exists, and the login was not revoked. */
  isLoginVerified = false
  /** Whether reads are passive now: they load the session, but do not renew it. */
  isPassive = false
  /** Whether a passive read postponed a renewal to the next read that is not passive. */
  owesRenewal = false
  #isActivity: boolean | undefined
  /** The changes that the app started and the response has not reported. */
  operations: Operations = NONE
  /** Whether an error reported a change that the app has not awaited. */
  isForgotten = false
  /** The guards that ran in this request, or were created while it was handled. Recorded with the option `debug`. */
  guards: GuardCalls | null = null
  /** Called before the first of them, by a server whose responses cannot wait. */
  onFirstOperation: (() => void) | null = null
  /** The kinds of refusals that this request has reported; null before the first. */
  reportedKinds: Set<string> | null = null
  /** Whether the response renews the valid remember cookie of the logged-in user. */
  renewsRemember = false

  constructor(
    services: Services<User, Guest>,
    request: RequestView,
    isReadOnly: boolean,
    changed: (() => void) | null,
    completing: () => void,
  ) {
    this.services = services
    this.request = request
    this.isReadOnly = isReadOnly
    this.cacheTracker = new CacheTracker(request)
    this.#transactions = new Transactions(changed, completing)
  }

  // ── incoming cookies ───────────────────────────────────────────────────────

  /** The cookies of the request. They are parsed at the first read. */
  get incoming(): IncomingCookies<User, Guest> {
    this.#incoming ??= new IncomingCookies(this.services, this.request)
    return this.#incoming
  }

  /** Whether the browser may never show the response. The library then does not set a cookie on its own initiative. */
  get isSpeculative(): boolean {
    this.#speculative ??= isSpeculative(this.request)
    return this.#speculative
  }

  /** Whether the response is not shown now, so that flash messages and `next` stay. True for HEAD as well. */
  get isPreview(): boolean {
    return this.request.method === 'HEAD' || this.isSpeculative
  }

  /** Opens the session cookie, once. An invalid cookie results in an empty session and a reason. */
  *open(): Task<OpenedSession | null> {
    this.cacheTracker.applyPaused()
    this.cacheTracker.markIdentity()
    if (this.#opened !== undefined) return this.#opened
    const { incoming } = this
    const read = incoming.raw.session === null ? null : yield* incoming.readSession()
    this.#isReadableElsewhere = read !== null && isReadableElsewhere(read)
    this.#begin(read?.ok ? read.value : null)
    if (read !== null) yield* this.#applyRead(read)
    return this.#opened ?? null
  }

  #begin(opened: OpenedSession | null): void {
    this.#opened = opened
    if (opened === null) return
    this.#transactions.begin(opened.state)
    if (!isEmpty(opened.state)) this.cacheTracker.markPersonal()
  }

  /** Re-signs a session that a previous secret signed, or rejects an invalid one. */
  #applyRead(read: Read<OpenedSession>): Task<void> {
    if (!read.ok) return this.#rejectSession(read.reason)
    return read.value.old ? this.rewriteSession() : DONE
  }

  *#rejectSession(reason: AnonymousReason): Task<void> {
    this.reasons.note(reason)
    if (ENDED.includes(reason)) yield* this.write(emptied(), 'pipeline')
    yield* this.emit('sessionRejected', { reason })
  }

  /** Returns the client, as session protection compares it. */
  get client(): string {
    return getClientText(this.request, this.services.settings.fingerprint)
  }

  /** The session cookie as it was opened; null before that, and if it is invalid. */
  get opened(): OpenedSession | null {
    return this.#opened ?? null
  }

  // ── the reason for an anonymous request ────────────────────────────────────

  /** Returns why the request is anonymous. The transport is checked only if no cookie arrived. */
  get reason(): AnonymousReason | null {
    const { first } = this.reasons
    if (first !== 'no-cookie') return first
    if (this.request.headers.isAmbiguous?.('cookie')) return 'ambiguous-header'
    return isInsecure(this.request, this.services.settings) ? 'insecure-transport' : 'no-cookie'
  }

  // ── current state ──────────────────────────────────────────────────────────

  /** The changes of the operation that runs now, and of those before it. */
  get pending(): PendingChanges<User> {
    return this.#transactions.current
  }

  /** The session. */
  get state(): SessionState {
    return this.#transactions.current.state
  }

  /** The user, and the source of the login; null before the user was loaded. */
  get identity(): Identity<User> | null {
    return this.#transactions.current.identity
  }

  /** The changes of all completed operations. The response is created from them. */
  get outcome(): PendingChanges<User> {
    return this.#transactions.committed
  }

  /** Whether the response changes or removes the login of the browser. */
  get changesLogin(): boolean {
    const { state, remember, isByApp } = this.outcome
    if (ENDED.includes(this.reasons.first) || remember.kind === 'clear') return true
    const [before, after] = [this.#opened?.state.login?.sessionId, state.login?.sessionId]
    return before !== after && (isByApp || after === undefined)
  }

  /**
   * Whether only another instance can read the session cookie: its key is unknown here, or the clock there is ahead.
   * The app can replace it. The library does not replace it on its own initiative.
   */
  get isSessionReadableElsewhere(): boolean {
    return this.#isReadableElsewhere && this.pending.session === KEEP
  }

  // ── transactions ───────────────────────────────────────────────────────────

  /** Runs an operation after the ones before it. If it throws, all its changes are undone. */
  runTransaction<T>(operation: () => Task<T>): T | Promise<T> {
    return this.#transactions.run(operation)
  }

  /** Keeps the changes so far, even if the operation throws later. */
  savepoint(): void {
    this.#transactions.savepoint()
  }

  /** Undoes the changes since the last savepoint. */
  rollback(): void {
    this.#transactions.rollback()
  }

  /** Returns a function that undoes all changes since this call, but none that a savepoint keeps. */
  createCheckpoint(): () => void {
    return this.#transactions.createCheckpoint()
  }

  /**
   * Closes the context, because the headers are sent now. Afterwards it is read-only.
   *
   * @param isComplete Returns whether the whole response was sent.
   */
  close(isComplete: () => boolean = isNever): void {
    this.cacheTracker.close(this.#opened === undefined || this.isIdentifying, isComplete)
    this.#transactions.close()
  }

  // ── pending changes ────────────────────────────────────────────────────────

  /**
   * Replaces the session.
   *
   * @throws CookieTooLargeError if the app's own data does not fit into the cookie.
   */
  *write(next: SessionState, by: Writer): Task<void> {
    if (by === 'app' || by === 'flash') this.assertWritable()
    if (next === this.state) return
    if (!this.#canPersist(by)) return this.#transactions.applyChange({ state: next })
    yield* this.#put(next, by)
  }

  /** Writes the same session again, to renew it or to sign it with the current secret. */
  *rewriteSession(): Task<void> {
    if (this.#canPersist('pipeline') && !isEmpty(this.state)) yield* this.#put(this.state, 'pipeline')
  }

  *#put(state: SessionState, by: Writer): Task<void> {
    if (by === 'pipeline' && this.isSessionReadableElsewhere) return this.#transactions.applyChange({ state })
    const { state: fitting, change, dropped } = yield* fitIntoCookie(this, state, by)
    for (const one of dropped) yield* this.emit('sessionTrimmed', { dropped: one })
    this.#transactions.applyChange(
      change === null ? { state: fitting } : { state: fitting, session: change, isByApp: this.isByApp(by) },
    )
  }

  /** Applies a change of a cookie, unless this request may not write it. */
  applyChange(change: Partial<PendingChanges<User>>, by: Writer): void {
    if (this.#canPersist(by)) this.#transactions.applyChange(change)
  }

  /** Sets the user of the request. */
  identify(identity: Identity<User>): void {
    if (identity.user !== null) this.cacheTracker.markPersonal()
    this.#transactions.applyChange({ identity })
  }

  /** Whether the app caused the cookie changes so far, including one by this writer. */
  isByApp(by: Writer): boolean {
    return by !== 'pipeline' || this.pending.isByApp
  }

  /** Whether this request renews the session: the option `session.isActivity`. It is false for passive reads. */
  get isActivity(): boolean {
    if (this.isPassive) return false
    const { isActivity } = this.services.settings.session
    this.#isActivity ??= isActivity === null || Boolean(this.callOut(() => isActivity(this.request)))
    return this.#isActivity
  }

  // ── conditions for a change ────────────────────────────────────────────────

  #canPersist(by: Writer): boolean {
    return !this.#transactions.isLate && !this.isReadOnly && (by !== 'pipeline' || !this.isSpeculative)
  }

  /** @throws UsageError `read-only` or `response-sent`. */
  assertOpen(): void {
    if (this.#transactions.isSent) throw createTooLateError()
    if (!this.isReadOnly) return
    throw new UsageError(
      'read-only',
      'This Auth object is read-only, because the response cannot set cookies (for example, a page or layout of Next.js). Log in, log out and store data in a server action or a route handler. peekFlashes() returns messages without removing them.',
    )
  }

  /** @throws UsageError as {@link assertOpen}, or `csrf-unchecked`. */
  assertWritable(): void {
    this.assertOpen()
    this.#isChangedByApp = true
    if (!this.#csrfUnchecked) return
    throw new UsageError(
      'csrf-unchecked',
      "This request changes the session or the login, but it has no x-csrf-token header and its token was not checked (option csrf: 'token'). Call await checkCsrf(form.csrf_token) first, and reject the request if it returns false.",
    )
  }

  /** Whether the headers were sent. */
  get isClosed(): boolean {
    return this.#transactions.isSent
  }

  /** Whether the app itself changed the session or the login, and not the library alone. */
  get isChangedByApp(): boolean {
    return this.#isChangedByApp
  }

  /** Whether the app must still check the CSRF token of this request. */
  set csrfUnchecked(unchecked: boolean) {
    this.#csrfUnchecked = unchecked
  }

  // ── calls of the app's code ────────────────────────────────────────────────

  /**
   * Calls the app's own code. A call of the `Auth` object from inside it would wait for itself, so it throws.
   *
   * @throws UsageError `reentered` from such a call.
   */
  callOut<T>(call: () => T): T {
    return this.#transactions.callOut(call)
  }

  /** Emits an event. The listeners run one after the other, and each is awaited. */
  emit<Name extends LoginEventName>(name: Name, details: LoginEvents<User>[Name]): Task<void> {
    const listeners = this.services.events.getListeners(name)
    return listeners.length === 0 ? DONE : this.#emitTo(listeners, { name, request: this.request, ...details })
  }

  /** Emits a warning, unless a warning with this code and place was emitted before. The number of places is limited. */
  warn(code: LoginWarning['code'], message: string, place = ''): Task<void> {
    return this.#isNewWarning(code, place) ? this.emit('warning', { code, message }) : DONE
  }

  /** Emits a warning without waiting for the listeners. Their errors are dropped. */
  report(code: LoginWarning['code'], message: string, place = ''): void {
    if (!this.#isNewWarning(code, place)) return
    const event = { name: 'warning', request: this.request, code, message }
    const call = async (listener: Listener<User, never>): Promise<unknown> =>
      this.callOut(() => listener(event as never))
    for (const listener of this.services.events.getListeners('warning')) void call(listener).catch(() => undefined)
  }

  #isNewWarning(code: LoginWarning['code'], place: string): boolean {
    const { warned } = this.services.events
    if (warned.has(code + place) || (place !== '' && warned.size >= MAX_WARNINGS)) return false
    warned.add(code + place)
    return true
  }

  *#emitTo(listeners: readonly Listener<User, never>[], event: object): Task<void> {
    for (const listener of listeners) {
      yield* wait(this.callOut(() => listener(event as never)))
    }
  }
}
