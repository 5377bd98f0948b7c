// Before the handler: whether the request may go on to it, and what has to be prepared for its answer.
import type { Steps } from '../base/task'
import { renewEveryRequest } from '../identify/renew'
import type { Exchange } from '../request/context'
import type { Refused } from './authorize'
import { forgeryOf } from './csrf'

/** Null, or the refusal of a forged request. Must run inside a transaction. */
export function* admit<User, Guest>(exchange: Exchange<User, Guest>): Steps<Refused | null> {
  const refused = yield* forgeryOf(exchange)
  if (refused === null) yield* renewEveryRequest(exchange)
  return refused
}
