// One request and its answer: what came, what is known, what changes. The verbs of this folder work on it.
import { type CookieTooLargeError, UsageError } from '../base/errors'
import { DONE, type Task, wait } from '../base/task'
import type { LoaderNote, LoginWarning, RequestLoader } from '../options/types'
import type { OpenedSession } from '../sessions/codec'
import { type Incoming, isInsecure, isUpgrade, readIncomingCookies } from '../sessions/incoming-cookies'
import { type AnonymousReason, isReadableElsewhere, type Read } from '../sessions/read-result'
import type { OpenedRemember } from '../sessions/remember-cookies'
import { ENDED_PURPOSE, isEnded, parseTombstone } from '../sessions/tombstone'
import type { KeptFlash } from '../state/flash'
import type { RememberToken } from '../state/remember'
import { isEmpty, type Login, type SessionState } from '../state/session'
import { getRoot } from '../state/session-id'
import { emptied } from '../state/transitions'
import { COOKIE_LIMIT_BYTES } from '../wire/cookies/cookie'
import { getClientText } from '../wire/headers/client'
import type { RequestView } from '../wire/headers/request'
import { isSpeculative } from '../wire/headers/speculative'
import { findNewestRemember, findNewestSession } from './duplicate-cookies'
import type { Listener, LoginEventName, LoginEvents } from './events'
import {
  CLEAR,
  type CookieChange,
  countBytesWithLogin,
  countDataBytes,
  countOtherBytes,
  createSessionChange,
  createTooLargeError,
  getBytes,
  KEEP,
  trimState,
  type Writer,
} from './outgoing-cookies'
import type { Services } from './services'
import { ANONYMOUS, createTooLateError, type Identity, type PendingChanges, Transactions } from './transaction'

/** What was looked at, for Vary and Cache-Control. */
export interface Traces {
  /** The session or the user was asked for. */
  identity: boolean
  /** The answer depends on who it is: a guard, a user, the content of a session. */
  personal: boolean
  /** Refusals were negotiated between page and data. */
  negotiated: boolean
  /** Headers that request loaders read, each once. */
  headers: readonly string[]
}

/** Reasons why the browser has a login no longer, though the request names none. */
const ENDED: readonly (AnonymousReason | null)[] = ['logged-out', 'expired', 'idle']

const isNever = (): boolean => false

function noTraces(): Traces {
  return { identity: false, personal: false, negotiated: false, headers: [] }
}

function merged(one: Traces, two: Traces): Traces {
  return {
    identity: one.identity || two.identity,
    personal: one.personal || two.personal,
    negotiated: one.negotiated || two.negotiated,
    headers: [...new Set([...one.headers, ...two.headers])],
  }
}

const NONE: readonly never[] = []

/** What gave way to make a cookie fit. */
type Dropped = LoginEvents<unknown>['sessionTrimmed']['dropped']

export class RequestContext<User, Guest> {
  readonly services: Services<User, Guest>
  readonly request: RequestView
  #traces: Traces = noTraces()
  /** Those of what was looked at without one. */
  #pausedRecord: Traces | null = null
  /** Whether the response that was sent is complete, so that nothing personal can join it. */
  #isComplete: () => boolean = isNever
  /** Whether the user is being loaded. */
  isIdentifying = false
  /** Opened to be read: the answer cannot carry cookies. */
  readonly isReadOnly: boolean
  readonly #transactions: Transactions<User>
  #opened: OpenedSession | null | undefined
  #reason: AnonymousReason | null = null
  #rejections: Map<RequestLoader<User>, LoaderNote> | null = null
  /** The `Auth` object of the request, for the app's handlers. */
  auth: unknown = null
  #incoming: Incoming | undefined
  #remember: Read<OpenedRemember> | undefined
  /** Valid session cookies that an even newer one hides. */
  hiddenSessions: readonly OpenedSession[] = NONE
  /** Valid remember cookies that an even newer one hides. */
  hiddenRemembers: readonly OpenedRemember[] = NONE
  #incomingTombstone: readonly string[] | undefined
  /** Whether the session cookie is of no use here and may be valid at another instance. */
  #isReadableElsewhere = false
  #csrfUnchecked = false
  #speculative: boolean | undefined
  /** Responses that carry the changes of this request, by the responses they were made of. */
  committedResponses: Map<Response, Response> | null = null
  /** Whether the changes were written to headers of a server without Fetch API responses. */
  areHeadersCommitted = false
  /** The changes that were written to such headers; null before, and if there were none. */
  appliedChanges: { readonly isPersonal: boolean; readonly cookies: readonly string[] } | null = null
  /** The method that the CSRF check saw; null before it. */
  checkedMethod: string | null = null
  #isChangedByApp = false
  /** What the app said in this request of how long the session lives; undefined where it said nothing. */
  requestedPermanent: boolean | undefined
  /** The user of a good login who may not be logged in now; null if there is none. */
  inactiveUser: User | null = null
  /** The login that protection dropped in this request; null if it dropped none. */
  droppedLogin: Login | null = null
  /** Whether the login that came with the request was found to hold: the user is there, nothing ended it. */
  isLoginVerified = false
  /** Reads that are no use of the session: it is loaded, and does not live longer for it. */
  isPassive = false
  /** Whether a passive read left a renewal to the next read that is a use of the session. */
  owesRenewal = false
  #isActivity: boolean | undefined
  /** Whether the valid remember cookie of the logged-in user is sent again with this answer. */
  renewsRemember = false

  constructor(
    services: Services<User, Guest>,
    request: RequestView,
    isReadOnly: boolean,
    changed: (() => void) | null = null,
  ) {
    this.services = services
    this.request = request
    this.isReadOnly = isReadOnly
    this.#transactions = new Transactions(changed)
  }

  /** What was looked at so far. */
  get tracked(): Traces {
    return this.#traces
  }

  /** Looks without a trace: the answer does not depend on what is seen, before somebody asks for it. */
  *untraced(look: () => Task<unknown>): Task<void> {
    const before = this.#traces
    this.#traces = noTraces()
    try {
      yield* look()
    } finally {
      this.#pausedRecord = this.#traces
      this.#traces = before
    }
  }

  /** Runs `look` without recording that the response is personal. The record is applied if the app reads the user. */
  *impersonal<T>(look: () => Task<T>): Task<T> {
    const before = this.#traces
    this.#traces = noTraces()
    try {
      return yield* look()
    } finally {
      this.#pausedRecord = this.#traces
      this.#traces = merged(before, { ...this.#traces, personal: false })
    }
  }

  /** Somebody asks for what may have been looked at before: its traces are those of the answer. */
  leaveTraces(): void {
    if (this.#pausedRecord === null) return
    if (this.#pausedRecord.identity) this.#assertTraced(this.#traces.identity)
    this.#traces = merged(this.#traces, this.#pausedRecord)
    this.#pausedRecord = null
  }

  /** Records that the response depends on the session or the user. */
  #markIdentity(): void {
    this.#assertTraced(this.#traces.identity)
    this.#traces.identity = true
  }

  /**
   * Records that the response is for one visitor alone.
   *
   * @throws UsageError `response-sent` if the response was sent without it.
   */
  markPersonal(): void {
    this.#assertTraced(this.#traces.personal)
    this.#traces.personal = true
  }

  /**
   * Records that the response depends on this header of the request, in lower case.
   *
   * @throws UsageError `response-sent` if the response was sent without it.
   */
  markHeader(name: string): void {
    if (this.#traces.headers.includes(name)) return
    this.#assertTraced(false)
    this.#traces.headers = [...this.#traces.headers, name]
  }

  /** Personal content must not join a response that permits caches to keep it. No cache keeps an upgrade. */
  #assertTraced(isTraced: boolean): void {
    if (isTraced || !this.#transactions.isSent || this.#traces.personal) return
    if (this.#isComplete() || isUpgrade(this.request)) return
    throw new UsageError(
      'response-sent',
      'The user or the session was read for the first time after the headers of the response were sent, so they permit caches to keep personal content. Call await currentUser(), or whatever reads the login, before the response begins. Reading it again later is fine.',
    )
  }

  // ── what came ──────────────────────────────────────────────────────────────

  /** The two cookies as they came, unopened. */
  get incoming(): Incoming {
    this.#incoming ??= readIncomingCookies(this.request, this.services.settings)
    return this.#incoming
  }

  /** Whether the visitor may never see the response: then the library by itself writes no cookie. */
  get isSpeculative(): boolean {
    this.#speculative ??= isSpeculative(this.request)
    return this.#speculative
  }

  /** Whether the response is not shown now, so what is taken once stays: also HEAD, whose response has no body. */
  get isPreview(): boolean {
    return this.request.method === 'HEAD' || this.isSpeculative
  }

  /** What the remember cookie holds, or why it holds nothing; null where none came. Verified once a request. */
  get remember(): Read<OpenedRemember> | null {
    const { remember } = this.incoming
    if (remember === null) return null
    this.#remember ??= this.#readRemember(remember)
    return this.#remember
  }

  #readRemember(remember: string): Read<OpenedRemember> {
    const { remembers } = this.incoming
    if (remembers.length === 0) {
      return this.#refuseEnded(this.services.remembers.read(remember, this.services.now()), getTokenRoot)
    }
    const { read, others } = findNewestRemember(this.services, remembers, (one) => this.#refuseEnded(one, getTokenRoot))
    this.hiddenRemembers = others
    return read
  }

  /** The entries of the tombstone that arrived: the cookies of these logins are refused. */
  get incomingTombstone(): readonly string[] {
    this.#incomingTombstone ??= parseTombstone(this.incoming.ended)
    return this.#incomingTombstone
  }

  /** Refuses a cookie of a login that ended in this browser: the response of a slow request brought it back. */
  #refuseEnded<T>(read: Read<T>, rootIn: (value: T) => string | null): Read<T> {
    const root = read.ok && this.incomingTombstone.length > 0 ? rootIn(read.value) : null
    if (root === null) return read
    return isEnded(this.services.keysFor(ENDED_PURPOSE), this.incomingTombstone, root) ? LOGGED_OUT : read
  }

  /** Opens the session cookie, once; a bad one is an empty session and a reason. One that cannot be read is neither. */
  *open(): Task<OpenedSession | null> {
    this.leaveTraces()
    this.#markIdentity()
    if (this.#opened !== undefined) return this.#opened
    const { session } = this.incoming
    const read = session === null ? null : yield* this.#readSession(session)
    this.#isReadableElsewhere = read !== null && isReadableElsewhere(read)
    this.#begin(read?.ok ? read.value : null)
    if (read?.ok && read.value.old) yield* this.rewriteSession()
    if (read?.ok === false) yield* this.#reject(read.reason)
    return this.#opened ?? null
  }

  *#readSession(session: string): Task<Read<OpenedSession>> {
    const { sessions } = this.incoming
    if (sessions.length > 0) return yield* this.#readNewestSession(sessions)
    return this.#refuseEnded(yield* wait(this.services.sessions.read(session, this.services.now())), getSessionRoot)
  }

  *#readNewestSession(sessions: readonly string[]): Task<Read<OpenedSession>> {
    const { read, others } = yield* findNewestSession(this.services, sessions, (one) =>
      this.#refuseEnded(one, getSessionRoot),
    )
    this.hiddenSessions = others
    return read
  }

  #begin(opened: OpenedSession | null): void {
    this.#opened = opened
    if (opened === null) return
    this.#transactions.begin(opened.state)
    if (!isEmpty(opened.state)) this.markPersonal()
  }

  *#reject(reason: AnonymousReason): Task<void> {
    this.noteReason(reason)
    if (reason === 'expired' || reason === 'idle' || reason === 'logged-out') yield* this.write(emptied(), 'pipeline')
    yield* this.emit('sessionRejected', { reason })
  }

  /** Keeps the first reason why nobody is there. */
  noteReason(reason: AnonymousReason): void {
    this.#reason ??= reason
  }

  /** How the request came is looked at only where somebody wants to know. */
  get reason(): AnonymousReason | null {
    if (this.#reason !== 'no-cookie') return this.#reason
    if (this.request.headers.isAmbiguous?.('cookie')) return 'ambiguous-header'
    return isInsecure(this.request, this.services.settings) ? 'insecure-transport' : 'no-cookie'
  }

  /** Records that a request loader rejected the request's own credential. */
  reject(loader: RequestLoader<User>, reason: LoaderNote): void {
    this.noteReason(reason)
    this.#rejections ??= new Map()
    if (!this.#rejections.has(loader)) this.#rejections.set(loader, reason)
  }

  /** Why this loader rejected the request's own credential; null if it did not. */
  getRejection(loader: RequestLoader<User>): LoaderNote | null {
    return this.#rejections?.get(loader) ?? null
  }

  forgetReason(): void {
    this.#reason = null
  }

  /** The client, as far as protection looks at it. */
  get client(): string {
    return getClientText(this.request, this.services.settings.fingerprint)
  }

  /** The messages of this request. */
  get newFlashes(): readonly KeptFlash[] {
    const before = this.#opened?.state.flashes ?? []
    return this.state.flashes.filter((flash) => !before.includes(flash))
  }

  /** The session cookie as it was opened; null before, and if it holds nothing. */
  get opened(): OpenedSession | null {
    return this.#opened ?? null
  }

  // ── what is ────────────────────────────────────────────────────────────────

  get state(): SessionState {
    return this.#transactions.current.state
  }

  get identity(): Identity<User> | null {
    return this.#transactions.current.identity
  }

  /** What the answer has to say, as of the last verb that is through. */
  get outcome(): PendingChanges<User> {
    return this.#transactions.committed
  }

  // ── what changes ───────────────────────────────────────────────────────────

  /** Runs a verb alone, after those before it. It happens as a whole, or not at all. */
  runTransaction<T>(verb: () => Task<T>): T | Promise<T> {
    return this.#transactions.run(verb)
  }

  /** What was done so far stands, even if what follows fails. */
  savepoint(): void {
    this.#transactions.savepoint()
  }

  /** What was done since then is not done. */
  rollback(): void {
    this.#transactions.rollback()
  }

  /**
   * The headers leave: from here on the handle is read-only. A read that has begun may still find a user.
   *
   * @param isComplete Returns whether the whole response was sent.
   */
  close(isComplete: () => boolean = isNever): void {
    if (this.#traces.identity && (this.#opened === undefined || this.isIdentifying)) this.#traces.personal = true
    this.#isComplete = isComplete
    this.#transactions.close()
  }

  /** Whether another login than before, or none, is in the browser once it has this response. */
  get changesLogin(): boolean {
    const { state, remember, isByApp } = this.outcome
    if (ENDED.includes(this.#reason) || remember.kind === 'clear') return true
    const [before, after] = [this.#opened?.state.login?.sessionId, state.login?.sessionId]
    return before !== after && (isByApp || after === undefined)
  }

  /** Replaces the session. */
  *write(next: SessionState, by: Writer): Task<void> {
    if (by === 'app' || by === 'flash') this.assertWritable()
    if (next === this.state) return
    if (!this.#canPersist(by)) return this.#transactions.applyChange({ state: next })
    yield* this.#put(next, by)
  }

  /** Writes the session again as it is, to live longer or under the current secret. */
  *rewriteSession(): Task<void> {
    if (this.#canPersist('pipeline') && !isEmpty(this.state)) yield* this.#put(this.state, 'pipeline')
  }

  /**
   * Whether only another instance can read the session cookie (a newer secret, a clock that is ahead). It is replaced
   * only by what the app does, never by the library's own initiative.
   */
  get isSessionReadableElsewhere(): boolean {
    return this.#isReadableElsewhere && this.#transactions.current.session === KEEP
  }

  /** Messages and `next` give way if the cookie is too small; the app's own data never does. */
  *#put(state: SessionState, by: Writer): Task<void> {
    if (by === 'pipeline' && this.isSessionReadableElsewhere) return this.#transactions.applyChange({ state })
    const [fitting, dropped] = yield* this.#fitIntoCookie(state, by)
    for (const one of dropped) yield* this.emit('sessionTrimmed', { dropped: one })
    this.#transactions.applyChange(fitting)
  }

  /** The change that fits, and what had to give way for it. */
  *#fitIntoCookie(state: SessionState, by: Writer): Task<[Partial<PendingChanges<User>>, ReadonlySet<Dropped>]> {
    const dropped = new Set<Dropped>()
    for (let fitting = state; ; ) {
      const session = yield* this.#createCookie(fitting)
      const bytes = getBytes(session, this.services.settings.session.cookie.name)
      if (by === 'app' && this.#isCrowded(fitting, bytes)) throw this.#createTooLargeError(fitting, bytes)
      if (session.kind !== 'too-large') return [{ state: fitting, session, isByApp: this.#isByApp(by) }, dropped]
      const smaller = trimState(fitting, bytes - COOKIE_LIMIT_BYTES, by)
      if (smaller === null && by !== 'pipeline') throw this.#createTooLargeError(fitting, bytes)
      dropped.add(smaller?.dropped ?? 'change')
      if (smaller === null) return [{ state: fitting }, dropped]
      fitting = smaller.state
    }
  }

  #createCookie(state: SessionState): ReturnType<typeof createSessionChange> {
    return createSessionChange(this.services, state, this.incoming.session !== null, this.#getKeptDates(state))
  }

  /** Whether more data of the app's would leave no room for the login that comes. */
  #isCrowded(state: SessionState, bytes: number): boolean {
    if (countDataBytes(state) <= countDataBytes(this.state)) return false
    return countBytesWithLogin(state, { state, bytes }, this.services.settings.keepAnonymousData) > COOKIE_LIMIT_BYTES
  }

  /** What does not fit, and how much would. */
  #createTooLargeError(state: SessionState, bytes: number): CookieTooLargeError {
    const { keepAnonymousData } = this.services.settings
    const [wanted, present] = [state, this.state].map((one) =>
      countBytesWithLogin(one, { state, bytes }, keepAnonymousData),
    )
    const others = countOtherBytes(this.services, this.#transactions.current.remember)
    return createTooLargeError(state, Math.max(bytes, wanted as number), present as number, others)
  }

  /** The cookie whose dates a write keeps: that of a login which was not found to hold, and any under `renew: 'never'`. */
  #getKeptDates({ login }: SessionState): OpenedSession | null {
    const opened = this.#opened ?? null
    const before = opened?.state.login ?? null
    if (login?.userId !== before?.userId || login?.since !== before?.since) return null
    const isProlonged = this.isActivity && (login === null || this.isLoginVerified)
    return isProlonged && this.services.settings.session.renew !== 'never' ? null : opened
  }

  setRemember(token: RememberToken, by: Writer): void {
    const value = this.services.remembers.write(token)
    const { expiresAt: endsAt } = token
    this.#setRemember({ kind: 'set', value, maxAgeSeconds: endsAt - this.services.now(), endsAt }, by)
  }

  /** Only what the browser has is cleared. */
  clearRemember(by: Writer): void {
    this.#setRemember(this.incoming.remember === null ? KEEP : CLEAR, by)
  }

  /** What the tombstone names after this response. */
  get ended(): readonly string[] {
    return this.#transactions.current.ended ?? this.incomingTombstone
  }

  setEnded(ended: readonly string[]): void {
    if (this.#canPersist('verb')) this.#transactions.applyChange({ ended })
  }

  /** The ID of the valid remember token that the browser has after this response, or null. */
  get rememberedId(): string | null {
    const { remember } = this
    return remember?.ok && this.#transactions.current.remember.kind !== 'clear' ? remember.value.token.tokenId : null
  }

  /** The IDs of the visitor cookies that the browser has after this response. */
  get visitors(): readonly string[] {
    const { visitor } = this.#transactions.current
    return visitor === null ? this.incoming.visitors : [visitor]
  }

  addVisitor(visitor: string): void {
    if (this.#canPersist('verb')) this.#transactions.applyChange({ visitor })
  }

  #setRemember(remember: CookieChange, by: Writer): void {
    if (this.#canPersist(by)) this.#transactions.applyChange({ remember, isByApp: this.#isByApp(by) })
  }

  identify(identity: Identity<User>): void {
    if (identity.user !== null) this.markPersonal()
    this.#transactions.applyChange({ identity })
  }

  #isByApp(by: Writer): boolean {
    return by !== 'pipeline' || this.#transactions.current.isByApp
  }

  /** Whether this request lets the session live longer: the option `session.isActivity`. */
  get isActivity(): boolean {
    if (this.isPassive) return false
    const { isActivity } = this.services.settings.session
    this.#isActivity ??= isActivity === null || Boolean(this.callOut(() => isActivity(this.request)))
    return this.#isActivity
  }

  // ── when nothing may change ────────────────────────────────────────────────

  #canPersist(by: Writer): boolean {
    return !this.#transactions.isLate && !this.isReadOnly && (by !== 'pipeline' || !this.isSpeculative)
  }

  /** @throws UsageError `read-only` or `response-sent`. */
  assertOpen(): void {
    if (this.#transactions.isSent) throw createTooLateError()
    if (!this.isReadOnly) return
    throw new UsageError(
      'read-only',
      'This handle can only be read, as the answer takes no cookies (a page or layout of Next.js, say): log in, log out and store in a server action or a route handler. peekFlashes() shows messages without taking them.',
    )
  }

  /** @throws UsageError as {@link assertOpen}, or `csrf-unchecked`. */
  assertWritable(): void {
    this.assertOpen()
    this.#isChangedByApp = true
    if (!this.#csrfUnchecked) return
    throw new UsageError(
      'csrf-unchecked',
      "This request changes something and brought no x-csrf-token header: call checkCsrf(form.csrf_token) first and refuse where it says false (csrf: 'token').",
    )
  }

  /** Whether the app itself changed something, and not the library alone. */
  get isChangedByApp(): boolean {
    return this.#isChangedByApp
  }

  /** Whether the app still owes a look at the CSRF token of this request. */
  set csrfUnchecked(unchecked: boolean) {
    this.#csrfUnchecked = unchecked
  }

  // ── calling the app ────────────────────────────────────────────────────────

  /** Calls the app's own code; asking this handle from inside it would wait for itself. */
  callOut<T>(call: () => T): T {
    return this.#transactions.callOut(call)
  }

  /** Tells the listeners, one after the other, and waits for each. */
  emit<Name extends LoginEventName>(name: Name, told: LoginEvents<User>[Name]): Task<void> {
    const listeners = this.services.events.getListeners(name)
    return listeners.length === 0 ? DONE : this.#emitTo(listeners, { name, request: this.request, ...told })
  }

  /** Emits a warning, the first time of its code. */
  warn(code: LoginWarning['code'], message: string): Task<void> {
    const { warned } = this.services.events
    if (warned.has(code)) return DONE
    warned.add(code)
    return this.emit('warning', { code, message })
  }

  *#emitTo(listeners: readonly Listener<User, never>[], event: object): Task<void> {
    for (const listener of listeners) {
      yield* wait(this.callOut(() => listener(event as never)))
    }
  }
}

const LOGGED_OUT: Read<never> = Object.freeze({ ok: false, reason: 'logged-out' })

const getSessionRoot = ({ state }: OpenedSession): string | null =>
  state.login === null ? null : getRoot(state.login.sessionId)

const getTokenRoot = ({ token }: OpenedRemember): string => token.tokenId

/** The user may not come in now. The session stays, and counts again once they may. */
export function identifyInactive<User, Guest>(ctx: RequestContext<User, Guest>, user: User): Identity<never> {
  ctx.noteReason('inactive')
  ctx.inactiveUser = user
  return ANONYMOUS
}
