// The current login, for a page that shows users how they are logged in.
import type { Task } from '../base/task'
import { identifyPassively } from '../identify/identify'
import { isSameClient } from '../identify/protection'
import type { RequestContext } from '../request/context'
import type { Identity } from '../request/transaction'
import type { OpenedSession } from '../sessions/codec'

/** The current login, with the facts that its user may see. */
export interface CurrentLogin {
  /**
   * How the user was identified: by the session, the remember cookie, a credential of the request, or a login in this
   * request.
   */
  readonly source: NonNullable<Identity<unknown>['source']>
  /** The session of the login. It is null for a user of a request loader. */
  readonly session: SessionFacts | null
}

/** The session of a login. Times are in seconds since the epoch. */
export interface SessionFacts {
  /** The session ID (`sid`). It changes with every login and confirmation. */
  readonly sessionId: string
  /** The time at which the user last authenticated (`auth_time`), in seconds since the epoch. */
  readonly authTime: number
  /** The time at which the session began, in seconds since the epoch. */
  readonly since: number
  /** The time at which the session ends if it is not used again, in seconds since the epoch. */
  readonly endsAt: number
  /** Whether the user authenticated in this session, and nothing has made the login stale since. */
  readonly fresh: boolean
  /** The authentication methods (`amr`). The list is empty if the app did not set any. */
  readonly methods: readonly string[]
  /** The level of assurance, on the scale of the app. It is 0 if the login was restored from a remember cookie. */
  readonly level: number
  /** Whether the session continues after the browser is closed. */
  readonly permanent: boolean
  /** Whether the client is the one that logged in. `unbound` if session protection is off. */
  readonly client: 'same' | 'changed' | 'unbound'
}

/** Returns the login of the request, or null if the request is anonymous. Must run inside a transaction. */
export function* getCurrentLogin<User, Guest>(ctx: RequestContext<User, Guest>): Task<CurrentLogin | null> {
  const { user, source } = yield* identifyPassively(ctx)
  if (user === null || source === null) return null
  return { source, session: source === 'request' ? null : yield* getSessionFacts(ctx) }
}

/** Returns when the session ends, by the cookie of the response, or else by that of the request. */
function getSessionEnd<User, Guest>(ctx: RequestContext<User, Guest>, opened: OpenedSession | null): number {
  const { outcome, services, state } = ctx
  if (outcome.session.kind === 'set') return outcome.session.endsAt
  return opened === null ? services.sessions.getEnd(state, services.now()) : services.sessions.getKeptEnd(state, opened)
}

function* getSessionFacts<User, Guest>(ctx: RequestContext<User, Guest>): Task<SessionFacts | null> {
  const opened = yield* ctx.open()
  const { login, permanent } = ctx.state
  if (login === null) return null
  const { sessionId, authTime, since, fresh, methods, level, client } = login
  const endsAt = getSessionEnd(ctx, opened)
  const comparison = client === null ? 'unbound' : isSameClient(ctx, opened, client) ? 'same' : 'changed'
  return { sessionId, authTime, since, endsAt, fresh, methods, level, permanent, client: comparison }
}
