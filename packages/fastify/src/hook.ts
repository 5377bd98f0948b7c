// A look at a request as a hook of Fastify.
import type { Refused } from '@fetch-login/core'
import { createArgumentError, describeValue } from '@fetch-login/core/adapter'
import { toError } from '@fetch-login/core/node'
import { refuse } from './reply'
import type { AnyReply, AnyRequest, FastifyGuardHook } from './types'

/** What a look at a request gave: a refusal, or nothing that stands in the way. */
type Outcome = Refused | { readonly ok: true } | null
type Look = (request: AnyRequest, reply: AnyReply) => Outcome | Promise<Outcome>
type Done = () => void

/** Goes on where nothing is refused: without a promise, where nothing waits and Fastify says how. */
export function hookOf(look: Look): FastifyGuardHook {
  const hook = (request: AnyRequest, reply: AnyReply, done?: Done): Promise<void> | undefined => {
    assertRequest(request, 'A guard', 'onRequest: loginRequired()')
    const outcome = attempted(() => look(request, reply))
    // preParsing hands over the body in its place.
    if (typeof done !== 'function' || outcome instanceof Promise || isRefusal(outcome)) return answered(outcome, reply)
    done()
    return undefined
  }
  return hook as FastifyGuardHook
}

/** @throws UsageError `invalid-argument` unless Fastify calls: a rejected promise would end the process. */
export function assertRequest(request: unknown, what: string, call: string): void {
  if (typeof request === 'object' && request !== null && 'raw' in request) return
  throw createArgumentError(
    `${what} must receive the request of Fastify, but received ${describeValue(request)}. Write ${call}.`,
  )
}

/** Fastify takes an error that is nothing for none, and would go on past the guard. */
function attempted(look: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
  try {
    return look()
  } catch (error) {
    return Promise.reject(toError(error))
  }
}

async function answered(outcome: Outcome | Promise<Outcome>, reply: AnyReply): Promise<void> {
  const waited = await outcome
  if (isRefusal(waited)) await refuse(reply, waited)
}

function isRefusal(outcome: Outcome): outcome is Refused {
  return outcome !== null && !outcome.ok
}
