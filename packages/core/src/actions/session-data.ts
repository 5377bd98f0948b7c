// What the app keeps in the session, and how long the session lives in the browser.
import { UsageError } from '../base/errors'
import { freezeJson, type Json } from '../base/json'
import type { Task } from '../base/task'
import { getReadableContent, openContent } from '../identify/session-content'
import type { RequestContext } from '../request/context'
import type { SessionState } from '../state/session'
import { dataDeleted, dataSet, madePermanent } from '../state/transitions'

/**
 * The app's own data in the session: JSON, frozen, gone at logout. If there is a login in the session, its user is loaded
 * first: data of a login that is over is gone, and data of an inactive user cannot be read.
 */
export interface SessionData {
  /** Returns the value, or undefined. */
  get(key: string): Promise<Json | undefined>
  /**
   * Stores a value for this browser. Room for a login and for the secret of CSRF tokens is kept free.
   *
   * @throws UsageError `not-json` where a round trip would change the value; `read-only`, `response-sent`, `csrf-unchecked`.
   * @throws CookieTooLargeError `cookie-too-large` before anything is written; `left` is the number of bytes that would fit.
   */
  set(key: string, value: unknown): Promise<void>
  /** @throws UsageError `read-only`, `response-sent`, `csrf-unchecked` */
  delete(key: string): Promise<void>
  /** The page kept for after the login (option `useSessionForNext`), as it was asked for and unchecked; `nextUrl()` takes it. */
  pendingNext(): Promise<string | null>
  /** Whether the session outlives the browser. */
  isPermanent(): Promise<boolean>
  /**
   * Lets the session outlive the browser, for `session.permanentSeconds` without a request; or no longer.
   *
   * @throws UsageError `read-only`, `response-sent`, `csrf-unchecked`
   */
  setPermanent(permanent: boolean): Promise<void>
}

/** Runs an operation that changes something in a transaction of the request. */
type RunChange = (operation: () => Task<void>) => void | Promise<void>

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

  async set(key: string, value: unknown): Promise<void> {
    return this.#runChange(() => writeContent(this.#ctx, (state) => dataSet(state, key, toJson(key, value))))
  }

  async delete(key: string): Promise<void> {
    return this.#runChange(() => writeContent(this.#ctx, (state) => dataDeleted(state, key)))
  }

  async pendingNext(): Promise<string | null> {
    return (await readContent(this.#ctx)).next
  }

  async isPermanent(): Promise<boolean> {
    return (await readContent(this.#ctx)).permanent
  }

  async setPermanent(permanent: boolean): Promise<void> {
    return this.#runChange(() => makePermanent(this.#ctx, permanent))
  }
}

/** The content of the session, as it is when the operations before are completed. */
async function readContent<User, Guest>(ctx: RequestContext<User, Guest>): Promise<SessionState> {
  return ctx.runTransaction(function* () {
    yield* openContent(ctx)
    return getReadableContent(ctx)
  })
}

/** The app changes the session. */
function* writeContent<User, Guest>(
  ctx: RequestContext<User, Guest>,
  change: (state: SessionState) => SessionState,
): Task<void> {
  ctx.assertWritable()
  yield* openContent(ctx)
  yield* ctx.write(change(ctx.state), 'app')
}

/** A permanent session is never dropped by protection, so a stolen one must not become permanent unseen. */
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
    `session.set(${JSON.stringify(key)}, …) was given something that JSON would change or lose: store plain objects, lists, texts, numbers, booleans and null.`,
  )
}
