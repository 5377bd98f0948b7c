// Before the handler: whether the request may go on to it, and what has to be prepared for its answer.
import type { Task } from '../base/task'
import { renewEveryRequest } from '../identify/renew'
import type { RequestContext } from '../request/context'
import type { Refused } from './authorize'
import { checkCsrfHeaders } from './csrf'

/** Null, or the refusal of a forged request. Must run inside a transaction. */
export function* checkBeforeHandler<User, Guest>(ctx: RequestContext<User, Guest>): Task<Refused | null> {
  const refused = yield* checkCsrfHeaders(ctx)
  if (refused === null) yield* renewEveryRequest(ctx)
  return refused
}
