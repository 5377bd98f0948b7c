// Fits a session into its cookie. Flash messages and `next` are dropped if the cookie is too small. The app's own data
// is never dropped.
import type { CookieTooLargeError } from '../base/errors'
import type { Task } from '../base/task'
import type { OpenedSession } from '../sessions/codec'
import type { RawCookies } from '../sessions/incoming-cookies'
import type { SessionState } from '../state/session'
import { COOKIE_LIMIT_BYTES } from '../wire/cookies/cookie'
import type { LoginEvents } from './events'
import {
  type CookieChange,
  countBytesWithLogin,
  countDataBytes,
  countOtherBytes,
  createSessionChange,
  createTooLargeError,
  getBytes,
  trimState,
  type Writer,
} from './outgoing-cookies'
import type { Services } from './services'

/** The parts of a `RequestContext` that a session cookie depends on. */
export interface SessionContext<User, Guest> {
  readonly services: Services<User, Guest>
  readonly state: SessionState
  readonly opened: OpenedSession | null
  readonly incoming: { readonly raw: RawCookies }
  readonly pending: { readonly remember: CookieChange }
  readonly isActivity: boolean
  readonly isLoginVerified: boolean
}

/** The parts of a session that were dropped. */
type Dropped = LoginEvents<unknown>['sessionTrimmed']['dropped']

/** A session that fits into its cookie. */
export interface FittedSession {
  readonly state: SessionState
  /** The change of the cookie; null if the state holds for this request alone. */
  readonly change: CookieChange | null
  readonly dropped: ReadonlySet<Dropped>
}

/**
 * Creates the session cookie of a state, without the optional data that does not fit.
 *
 * @throws CookieTooLargeError if the app's own data does not fit.
 */
export function* fitIntoCookie<User, Guest>(
  ctx: SessionContext<User, Guest>,
  state: SessionState,
  by: Writer,
): Task<FittedSession> {
  const dropped = new Set<Dropped>()
  for (let fitting = state; ; ) {
    const change = yield* createCookie(ctx, fitting)
    const bytes = getBytes(change, ctx.services.settings.session.cookie.name)
    if (by === 'app' && leavesNoRoom(ctx, fitting, bytes)) throw createError(ctx, fitting, bytes)
    if (change.kind !== 'too-large') return { state: fitting, change, dropped }
    const smaller = trimState(fitting, bytes - COOKIE_LIMIT_BYTES, by)
    if (smaller === null && by !== 'pipeline') throw createError(ctx, fitting, bytes)
    dropped.add(smaller?.dropped ?? 'change')
    if (smaller === null) return { state: fitting, change: null, dropped }
    fitting = smaller.state
  }
}

function createCookie<User, Guest>(
  ctx: SessionContext<User, Guest>,
  state: SessionState,
): ReturnType<typeof createSessionChange> {
  return createSessionChange(ctx.services, state, ctx.incoming.raw.session !== null, getKeptDates(ctx, state))
}

/** Returns whether the app adds data and leaves too few bytes for a later login. */
function leavesNoRoom<User, Guest>(ctx: SessionContext<User, Guest>, state: SessionState, bytes: number): boolean {
  if (countDataBytes(state) <= countDataBytes(ctx.state)) return false
  return countBytesWithLogin(state, { state, bytes }, ctx.services.settings.keepAnonymousData) > COOKIE_LIMIT_BYTES
}

function createError<User, Guest>(
  { services, state: before, pending }: SessionContext<User, Guest>,
  state: SessionState,
  bytes: number,
): CookieTooLargeError {
  const { keepAnonymousData } = services.settings
  const [wanted, present] = [state, before].map((one) => countBytesWithLogin(one, { state, bytes }, keepAnonymousData))
  const others = countOtherBytes(services, pending.remember)
  return createTooLargeError(state, Math.max(bytes, wanted as number), present as number, others)
}

/**
 * Returns the cookie whose dates a write keeps, or null if the session is renewed. A login that was not verified keeps its
 * dates, and so does each session under `renew: 'never'`.
 */
function getKeptDates<User, Guest>(ctx: SessionContext<User, Guest>, { login }: SessionState): OpenedSession | null {
  const { opened } = ctx
  const before = opened?.state.login ?? null
  if (login?.userId !== before?.userId || login?.since !== before?.since) return null
  const isProlonged = ctx.isActivity && (login === null || ctx.isLoginVerified)
  return isProlonged && ctx.services.settings.session.renew !== 'never' ? null : opened
}
