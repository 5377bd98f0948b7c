import { type Auth, getContext } from '../auth'
import { commitHeaders, keepPrivate } from '../auth-operations'
import type { HeaderTarget } from '../commit'
import { divertForgotten } from './divert-forgotten'
import { type NodeResponse, WriteHeadTarget } from './write-head-target'

/**
 * Writes the headers of an `Auth` object to a response when the headers of the response are sent, by any method. If
 * they were sent already, the `Auth` object becomes read-only.
 *
 * @param response - The response as Node created it. Its method `writeHead()` is replaced.
 * @param auth - The `Auth` object of the request.
 * @param fail - Receives the error of a change that the app has not awaited, instead of the code that sends the response.
 */
export function commitOnHeaders<User, Guest>(
  response: NodeResponse,
  auth: Auth<User, Guest>,
  fail?: (error: unknown) => void,
): void {
  if (response.headersSent) {
    commitHeaders(auth, createEmptyTarget(response))
    return
  }
  const write = response.writeHead as WriteHead
  let failed: WriteHeadTarget | null = null
  const writeHead: WriteHead = (status, first, second) => {
    const target = new WriteHeadTarget(response, first, second)
    // A status below 200 is informational: the final response follows.
    if (status >= 200) {
      keepPrivate(auth, target)
      commitHeaders(auth, target, status)
    }
    if (status >= 200 && failed !== null) target.repeat(failed)
    try {
      return write.call(response, status, target.first, target.second)
    } catch (error) {
      target.rollback()
      failed = target
      throw error
    }
  }
  response.writeHead = writeHead
  // The deprecated alias calls the original method, so it would send the headers without the cookies.
  if ('writeHeader' in response) response.writeHeader = writeHead
  if (fail === undefined) return
  const ctx = getContext(auth, 'commitOnHeaders()')
  ctx.onFirstOperation = () => divertForgotten(response, ctx, fail)
}

/** Creates a target without headers, for a response whose headers were sent before the login could add its own. */
function createEmptyTarget(response: NodeResponse): HeaderTarget {
  const empty = { get: () => null, set: () => undefined, append: () => undefined, keys: () => [] }
  return Object.defineProperty(empty, 'isEnded', { get: () => response.writableEnded })
}

/** `writeHead()` receives a status, then a message, headers, both or neither. */
type WriteHead = (status: number, first?: unknown, second?: unknown) => unknown
