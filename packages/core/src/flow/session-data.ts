// What the app keeps in the session, and how long the session lives in the browser.
import { UsageError } from '../base/errors'
import { frozenJson, type Json } from '../base/json'
import type { Steps } from '../base/steps'
import type { SessionState } from '../state/session'
import { dataDeleted, dataSet, madePermanent } from '../state/transitions'
import type { Exchange } from './exchange'
import { identify } from './load'

/** The app's own data in the session: JSON, frozen, gone at logout. */
export interface SessionData {
  /** The value, or undefined. */
  get(key: string): Promise<Json | undefined>
  /**
   * Stores a value for this browser.
   *
   * @throws UsageError `not-json` where a round trip would change the value; `read-only`, `response-sent`, `csrf-unchecked`.
   * @throws CookieTooLargeError `cookie-too-large` before anything is written.
   */
  set(key: string, value: unknown): Promise<void>
  /** @throws UsageError `read-only`, `response-sent`, `csrf-unchecked` */
  delete(key: string): Promise<void>
  /** The page kept for after the login (option `useSessionForNext`), as it was asked for and unchecked; `nextUrl()` takes it. */
  next(): Promise<string | null>
  /** Whether the session outlives the browser. */
  isPermanent(): Promise<boolean>
  /**
   * Lets the session outlive the browser, for `session.permanentSeconds` without a request; or no longer.
   *
   * @throws UsageError `read-only`, `response-sent`, `csrf-unchecked`
   */
  setPermanent(permanent: boolean): Promise<void>
}

export class DataOfSession<User, Guest> implements SessionData {
  readonly #exchange: Exchange<User, Guest>

  constructor(exchange: Exchange<User, Guest>) {
    this.#exchange = exchange
  }

  async get(key: string): Promise<Json | undefined> {
    return (await opened(this.#exchange)).data.get(key)
  }

  async set(key: string, value: unknown): Promise<void> {
    return changed(this.#exchange, (state) => dataSet(state, key, jsonOf(key, value)))
  }

  async delete(key: string): Promise<void> {
    return changed(this.#exchange, (state) => dataDeleted(state, key))
  }

  async next(): Promise<string | null> {
    return (await opened(this.#exchange)).next
  }

  async isPermanent(): Promise<boolean> {
    return (await opened(this.#exchange)).permanent
  }

  async setPermanent(permanent: boolean): Promise<void> {
    return this.#exchange.transaction(() => makePermanent(this.#exchange, permanent))
  }
}

/** The session, as it is when those before are through. */
export async function opened<User, Guest>(exchange: Exchange<User, Guest>): Promise<SessionState> {
  return exchange.transaction(function* () {
    yield* exchange.open()
    return exchange.state
  })
}

/** The app changes the session. */
export async function changed<User, Guest>(
  exchange: Exchange<User, Guest>,
  change: (state: SessionState) => SessionState,
): Promise<void> {
  return exchange.transaction(function* () {
    exchange.assertWritable()
    yield* exchange.open()
    yield* exchange.write(change(exchange.state), 'app')
  })
}

/** A permanent session is never dropped by protection, so a stolen one must not become permanent unseen. */
function* makePermanent<User, Guest>(exchange: Exchange<User, Guest>, permanent: boolean): Steps<void> {
  exchange.assertWritable()
  yield* exchange.open()
  if (permanent && exchange.state.login !== null) yield* identify(exchange)
  exchange.saidPermanent = permanent
  yield* exchange.write(madePermanent(exchange.state, permanent), 'app')
}

function jsonOf(key: string, value: unknown): Json {
  const json = frozenJson(value)
  if (json !== null) return json.value
  throw new UsageError(
    'not-json',
    `session.set(${JSON.stringify(key)}, …) was given something that JSON would change or lose: store plain objects, lists, texts, numbers, booleans and null.`,
  )
}
