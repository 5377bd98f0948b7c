import type { RequestContext } from '../request/context'
import { takeForgotten } from '../request/operations'
import type { NodeResponse } from './write-head-target'

/** Headers that describe the response that is not sent. */
const STALE_HEADERS = ['content-encoding', 'content-length', 'etag', 'last-modified', 'location', 'transfer-encoding']

type Send = (...args: unknown[]) => unknown

/**
 * Stops a response if the app has not awaited a change, and passes the error to `fail`, which sends another response. An
 * error that `end()` throws would end the process if the app calls `end()` in a callback.
 */
export function divertForgotten<User, Guest>(
  response: NodeResponse,
  ctx: RequestContext<User, Guest>,
  fail: (error: unknown) => void,
): void {
  let isStopped = false
  const stop = (error: unknown): void => {
    isStopped = true
    ctx.close()
    for (const name of STALE_HEADERS) response.removeHeader(name)
    queueMicrotask(() => {
      isStopped = false
      fail(error)
    })
  }
  const target = response as unknown as Record<'writeHead' | 'write' | 'end', Send>
  for (const name of ['writeHead', 'write', 'end'] as const) {
    const send = target[name]
    target[name] = (...args) => {
      // A status below 200 is informational: the final response follows.
      const isEarly = name === 'writeHead' && Number(args[0]) < 200
      const error = isStopped || isEarly || response.headersSent ? null : takeForgotten(ctx)
      if (error !== null) stop(error)
      return isStopped ? response : send.apply(response, args)
    }
  }
}
