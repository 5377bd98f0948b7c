// The checks that an adapter runs before the handler of the app.
import type { Task } from '../base/task'
import { renewEveryRequest } from '../identify/renew'
import type { RequestContext } from '../request/context'
import type { Refused } from './authorize'
import { checkCsrfHeaders } from './csrf'

/**
 * Runs the CSRF check, then renews the session if it is due. Returns the refusal, or null. Must run inside a
 * transaction.
 */
export function* checkBeforeHandler<User, Guest>(ctx: RequestContext<User, Guest>): Task<Refused | null> {
  const refused = yield* checkCsrfHeaders(ctx)
  if (refused === null) yield* renewEveryRequest(ctx)
  return refused
}
