// The login itself, for a page that shows people how they are logged in (and support staff why they are not).
import type { Task } from '../base/task'
import { identifyPassively } from '../identify/identify'
import { isSameClient } from '../identify/protection'
import type { RequestContext } from '../request/context'
import type { Identity } from '../request/transaction'
import type { OpenedSession } from '../sessions/codec'

/** A login, as far as its owner may see it. Instants are epoch seconds. */
export interface CurrentLogin {
  /** What named the user: the session, a remember cookie just now, the request's own credential, or a login just now. */
  readonly source: NonNullable<Identity<unknown>['source']>
  /** What belongs to the session; null for a user of a request loader, who has none. */
  readonly session: SessionFacts | null
}

/** The session of a login. */
export interface SessionFacts {
  /** The id of this session (`sid`), new at every login and confirmation. */
  readonly sessionId: string
  /** When the user last proved who they are (`auth_time`), epoch seconds. */
  readonly authTime: number
  /** When this session began, epoch seconds. */
  readonly since: number
  /** When it ends if nobody uses it from now on, epoch seconds. */
  readonly endsAt: number
  /** Whether the user proved it in this session, and nothing made the login stale since. */
  readonly fresh: boolean
  /** By which methods (`amr`); empty where the app names none. */
  readonly methods: readonly string[]
  /** How strongly, on the app's own scale; 0 where it was restored from a remember cookie. */
  readonly level: number
  /** Whether the session outlives the browser. */
  readonly permanent: boolean
  /** Whether the client is the one the login was given to; `unbound` where protection is off. */
  readonly client: 'same' | 'changed' | 'unbound'
}

/** The login of the request; null if it is anonymous. Must run inside a transaction. */
export function* getCurrentLogin<User, Guest>(ctx: RequestContext<User, Guest>): Task<CurrentLogin | null> {
  const { user, source } = yield* identifyPassively(ctx)
  if (user === null || source === null) return null
  return { source, session: source === 'request' ? null : yield* getSessionFacts(ctx) }
}

/** As the cookie of the response says, or that of the request. */
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
  const seen = client === null ? 'unbound' : isSameClient(ctx, opened, client) ? 'same' : 'changed'
  return { sessionId, authTime, since, endsAt, fresh, methods, level, permanent, client: seen }
}
