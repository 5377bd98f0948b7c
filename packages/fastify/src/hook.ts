// Turns a check of a request into a hook of Fastify.
import type { Refused } from '@fetch-login/core'
import { createArgumentError, describeValue } from '@fetch-login/core/adapter'
import { toError } from '@fetch-login/core/node'
import { refuse } from './reply'
import type { AnyReply, AnyRequest, FastifyGuardHook } from './types'

/** The result of a check: a refusal, or permission to continue. */
type Outcome = Refused | { readonly ok: true } | null
type Check = (request: AnyRequest, reply: AnyReply) => Outcome | Promise<Outcome>
type Done = () => void

/** Creates a hook that continues if the check passes, synchronously if the check is and Fastify passed `done`. */
export function createHook(check: Check): FastifyGuardHook {
  const hook = (request: AnyRequest, reply: AnyReply, done?: Done): Promise<void> | undefined => {
    assertRequest(request, 'A guard', 'onRequest: loginRequired()')
    const outcome = runCheck(() => check(request, reply))
    // A preParsing hook receives the body instead of `done`.
    if (typeof done !== 'function' || outcome instanceof Promise || isRefusal(outcome))
      return applyOutcome(outcome, reply)
    done()
    return undefined
  }
  return hook as FastifyGuardHook
}

/** @throws UsageError `invalid-argument` if the caller is not Fastify. A rejected promise would end the process. */
export function assertRequest(request: unknown, name: string, usage: string): void {
  if (typeof request === 'object' && request !== null && 'raw' in request) return
  throw createArgumentError(
    `${name} must receive the request of Fastify, but received ${describeValue(request)}. Write ${usage}.`,
  )
}

/** Rejects with an object: Fastify ignores a falsy error and would continue to the handler. */
function runCheck(check: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
  try {
    return check()
  } catch (error) {
    return Promise.reject(toError(error))
  }
}

async function applyOutcome(outcome: Outcome | Promise<Outcome>, reply: AnyReply): Promise<void> {
  const result = await outcome
  if (isRefusal(result)) await refuse(reply, result)
}

function isRefusal(outcome: Outcome): outcome is Refused {
  return outcome !== null && !outcome.ok
}
