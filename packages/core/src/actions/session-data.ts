// The data that the app stores in the session, and the lifetime of the session cookie.
import { UsageError } from '../base/errors'
import { freezeJson, type Json } from '../base/json'
import type { Task } from '../base/task'
import { getReadableContent, openContent } from '../identify/session-content'
import type { RequestContext } from '../request/context'
import type { SessionState } from '../state/session'
import { dataDeleted, dataSet, madePermanent } from '../state/transitions'

/**
 * The data of the app in the session: frozen JSON values, removed at logout. If the session has a login, its user is
 * loaded first. The data of an ended login is removed, and the data of an inactive user cannot be read.
 */
export interface SessionData {
  /**
   * Returns a value.
   *
   * @param key - The name of the value.
   * @returns The frozen value, or undefined if the session does not have it.
   */
  get(key: string): Promise<Json | undefined>
  /**
   * Stores a value in the session. Space for a login is reserved.
   *
   * @param key - The name of the value.
   * @param value - A JSON value: a plain object, a list, a string, a finite number, a boolean or null.
   * @throws UsageError `not-json` if JSON would change the value; `read-only`, `response-sent`, `csrf-unchecked`.
   * @throws CookieTooLargeError `cookie-too-large` if the value does not fit into the cookie. Nothing is stored then;
   *   `left` is the number of bytes that would fit.
   */
  set(key: string, value: unknown): Promise<void>
  /**
   * Removes a value from the session.
   *
   * @param key - The name of the value.
   * @throws UsageError `read-only`, `response-sent`, `csrf-unchecked`
   */
  delete(key: string): Promise<void>
  /**
   * Returns the page that the session stores as the page to return to after the login (option `useSessionForNext`). It
   * is the requested page, and it is not validated. `nextUrl()` validates and removes it.
   *
   * @returns The path and the query, or null.
   */
  pendingNext(): Promise<string | null>
  /** Returns whether the session continues after the browser is closed. */
  isPermanent(): Promise<boolean>
  /**
   * Sets whether the session continues after the browser is closed.
   *
   * @param permanent - If true, the session ends after `session.permanentSeconds` without a request. If false, it ends
   *   with the browser.
   * @throws UsageError `read-only`, `response-sent`, `csrf-unchecked`
   */
  setPermanent(permanent: boolean): Promise<void>
}

/** Runs an operation that changes the session in a transaction of the request. */
type RunChange = (name: string, operation: () => Task<void>) => Promise<void>

export class DataOfSession<User, Guest> implements SessionData {
  readonly #ctx: RequestContext<User, Guest>
  readonly #runChange: RunChange

  constructor(ctx: RequestContext<User, Guest>, runChange: RunChange) {
    this.#ctx = ctx
    this.#runChange = runChange
  }

  async get(key: string): Promise<Json | undefined> {
    return (await readContent(this.#ctx)).data.get(key)
  }

  set(key: string, value: unknown): Promise<void> {
    return this.#runChange('session.set()', () =>
      writeContent(this.#ctx, (state) => dataSet(state, key, toJson(key, value))),
    )
  }

  delete(key: string): Promise<void> {
    return this.#runChange('session.delete()', () => writeContent(this.#ctx, (state) => dataDeleted(state, key)))
  }

  async pendingNext(): Promise<string | null> {
    return (await readContent(this.#ctx)).next
  }

  async isPermanent(): Promise<boolean> {
    return (await readContent(this.#ctx)).permanent
  }

  setPermanent(permanent: boolean): Promise<void> {
    return this.#runChange('session.setPermanent()', () => makePermanent(this.#ctx, permanent))
  }
}

/** Returns the content of the session after all earlier operations have completed. */
async function readContent<User, Guest>(ctx: RequestContext<User, Guest>): Promise<SessionState> {
  return ctx.runTransaction(function* () {
    yield* openContent(ctx)
    return getReadableContent(ctx)
  })
}

/** Applies a change by the app to the session. Must run inside a transaction. */
function* writeContent<User, Guest>(
  ctx: RequestContext<User, Guest>,
  change: (state: SessionState) => SessionState,
): Task<void> {
  ctx.assertWritable()
  yield* openContent(ctx)
  yield* ctx.write(change(ctx.state), 'app')
}

/** Sets whether the session is permanent. Session protection runs first, because it never drops a permanent session. */
function* makePermanent<User, Guest>(ctx: RequestContext<User, Guest>, permanent: boolean): Task<void> {
  ctx.assertWritable()
  yield* openContent(ctx)
  ctx.requestedPermanent = permanent
  yield* ctx.write(madePermanent(ctx.state, permanent), 'app')
}

function toJson(key: string, value: unknown): Json {
  const json = freezeJson(value)
  if (json !== null) return json.value
  throw new UsageError(
    'not-json',
    `session.set(${JSON.stringify(key)}, value) must receive a JSON value, but JSON would change or lose the value. Store plain objects, lists, strings, finite numbers, booleans and null.`,
  )
}
