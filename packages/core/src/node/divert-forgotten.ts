import type { RequestContext } from '../request/context'
import { takeForgotten } from '../request/operations'
import type { NodeResponse } from './write-head-target'

/** Headers that describe the response that is not sent. */
const STALE_HEADERS = ['content-encoding', 'content-length', 'etag', 'last-modified', 'location', 'transfer-encoding']

/** Methods that send headers or a part of the body. */
const SENDING = ['writeHead', 'writeHeader', 'flushHeaders', 'write', 'end']

/** Methods that throw after the headers were sent. */
const CHANGING = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader']

type Method = (...args: unknown[]) => unknown

/**
 * `waiting`: the error has not reached the error handler yet. `diverted`: the error handler sends the response, but the app
 * may still call methods of its own response.
 */
type Phase = 'normal' | 'waiting' | 'diverted'

/**
 * Stops a response if the app has not awaited a change, and passes the error to `fail`, which sends another response. An
 * error that `end()` throws would end the process if the app calls `end()` in a callback. For the same reason, calls after
 * the other response are ignored.
 */
export function divertForgotten<User, Guest>(
  response: NodeResponse,
  ctx: RequestContext<User, Guest>,
  fail: (error: unknown) => void,
): void {
  let phase: Phase = 'normal'
  const stop = (error: unknown): void => {
    ctx.close()
    for (const name of STALE_HEADERS) response.removeHeader(name)
    phase = 'waiting'
    queueMicrotask(() => {
      phase = 'diverted'
      fail(error)
    })
  }
  const isIgnored = (isOver: boolean): boolean => phase === 'waiting' || (phase === 'diverted' && isOver)
  replaceMethods(response, SENDING, (name, args, call) => {
    // A status below 200 is informational: the final response follows.
    const isEarly = name.startsWith('writeHead') && Number(args[0]) < 200
    const error = isEarly || response.headersSent ? null : takeForgotten(ctx)
    if (error !== null && phase === 'normal') stop(error)
    const isHead = name !== 'write' && name !== 'end'
    if (!isIgnored(isHead ? response.headersSent : response.writableEnded)) return call()
    for (const done of args) if (typeof done === 'function') queueMicrotask(() => done())
    // A stream that is piped to the response then reads to its end, and closes its file.
    return name === 'write' ? true : response
  })
  replaceMethods(response, CHANGING, (_name, _args, call) => (isIgnored(response.headersSent) ? response : call()))
}

/** Replaces the methods that the response has, which depend on the version of Node. */
function replaceMethods(
  response: NodeResponse,
  names: readonly string[],
  replace: (name: string, args: readonly unknown[], call: () => unknown) => unknown,
): void {
  const target = response as unknown as Record<string, Method | undefined>
  for (const name of names) {
    const method = target[name]
    if (method !== undefined) target[name] = (...args) => replace(name, args, () => method.apply(response, args))
  }
}
