// Before the handler: whether the request may go on to it, and what has to be prepared for its answer.
import type { Steps } from '../base/steps'
import { forgeryOf } from './csrf'
import type { Refused } from './decision'
import type { Exchange } from './exchange'
import { renewEveryRequest } from './renew'

/** Null, or the refusal of a forged request. Must run inside a transaction. */
export function* admit<User, Guest>(exchange: Exchange<User, Guest>): Steps<Refused | null> {
  const refused = yield* forgeryOf(exchange)
  if (refused === null) yield* renewEveryRequest(exchange)
  return refused
}
