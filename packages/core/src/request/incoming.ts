// The cookies that arrived with a request, parsed and verified once.
import { type Task, wait } from '../base/task'
import type { OpenedSession } from '../sessions/codec'
import { type RawCookies, readRawCookies } from '../sessions/incoming-cookies'
import type { Read } from '../sessions/read-result'
import type { OpenedRemember } from '../sessions/remember-cookies'
import { ENDED_PURPOSE, isEnded, parseTombstone } from '../sessions/tombstone'
import { getRoot } from '../state/session-id'
import type { RequestView } from '../wire/headers/request'
import { findNewestRemember, findNewestSession } from './duplicate-cookies'
import type { Services } from './services'

const NONE: readonly never[] = []

/** The cookies of one request. */
export class IncomingCookies<User, Guest> {
  /** The values of the cookies, not verified. */
  readonly raw: RawCookies
  readonly #services: Services<User, Guest>
  #remember: Read<OpenedRemember> | undefined
  #tombstone: readonly string[] | undefined
  /** Valid session cookies that an even newer one hides. */
  hiddenSessions: readonly OpenedSession[] = NONE
  /** Valid remember cookies that an even newer one hides. */
  hiddenRemembers: readonly OpenedRemember[] = NONE

  constructor(services: Services<User, Guest>, request: RequestView) {
    this.#services = services
    this.raw = readRawCookies(request, services.settings)
  }

  /** Verifies the session cookie. Returns null if none arrived. */
  *readSession(): Task<Read<OpenedSession> | null> {
    const { session, sessions } = this.raw
    if (session === null) return null
    if (sessions.length > 0) return yield* this.#readNewestSession(sessions)
    return this.#refuseEnded(yield* wait(this.#services.sessions.read(session, this.#services.now())), getSessionRoot)
  }

  *#readNewestSession(sessions: readonly string[]): Task<Read<OpenedSession>> {
    const { read, others } = yield* findNewestSession(this.#services, sessions, (one) =>
      this.#refuseEnded(one, getSessionRoot),
    )
    this.hiddenSessions = others
    return read
  }

  /** Returns the token of the remember cookie, or why it is invalid. Returns null if none arrived. Verified once. */
  get remember(): Read<OpenedRemember> | null {
    const { remember } = this.raw
    if (remember === null) return null
    this.#remember ??= this.#readRemember(remember)
    return this.#remember
  }

  #readRemember(remember: string): Read<OpenedRemember> {
    const { remembers } = this.raw
    if (remembers.length === 0) {
      return this.#refuseEnded(this.#services.remembers.read(remember, this.#services.now()), getTokenRoot)
    }
    const { read, others } = findNewestRemember(this.#services, remembers, (one) =>
      this.#refuseEnded(one, getTokenRoot),
    )
    this.hiddenRemembers = others
    return read
  }

  /** Returns the entries of the tombstone that arrived. The cookies of these logins are rejected. */
  get tombstone(): readonly string[] {
    this.#tombstone ??= parseTombstone(this.raw.ended)
    return this.#tombstone
  }

  /** Rejects a cookie of a login that ended in this browser. The response to a slow request can set it again. */
  #refuseEnded<T>(read: Read<T>, rootIn: (value: T) => string | null): Read<T> {
    const root = read.ok && this.tombstone.length > 0 ? rootIn(read.value) : null
    if (root === null) return read
    return isEnded(this.#services.keysFor(ENDED_PURPOSE), this.tombstone, root) ? LOGGED_OUT : read
  }
}

const LOGGED_OUT: Read<never> = Object.freeze({ ok: false, reason: 'logged-out' })

const getSessionRoot = ({ state }: OpenedSession): string | null =>
  state.login === null ? null : getRoot(state.login.sessionId)

const getTokenRoot = ({ token }: OpenedRemember): string => token.tokenId
