// Runs the app's refusal handlers. A handler that causes its own kind of refusal again would call itself through promises
// for ever: no timer and no other request of the process would run. That call throws instead.
import { UsageError } from '../base/errors'
import type { Refusal, RefusalHandler } from '../settings'
import { type RequestView, sourceOf } from '../wire/request'

export type RefusalKind = Refusal['reason']

/** The kinds of refusal whose handlers run for one request. */
type Running = ReadonlySet<RefusalKind>

/** A refusal, and the kinds whose handlers ran for the request when it was decided. */
interface RunningRefusal {
  readonly within: Running
}

const NONE: Running = new Set()

/** The refusal handlers of one manager that run now. */
export class RefusalHandlers {
  readonly #byRequest = new WeakMap<object, Running>()
  /** Those whose synchronous part runs: whatever calls the library now is the handler, also with a copy of the request. */
  #called: Running = NONE
  readonly #refusals = new WeakSet<object>()

  /** Returns the kinds of refusal whose handlers run for this request. */
  runningFor(request: RequestView): Running {
    const running = this.#byRequest.get(sourceOf(request)) ?? NONE
    return this.#called.size === 0 ? running : new Set([...running, ...this.#called])
  }

  /** @throws UsageError `reentered` if a handler of this kind caused the refusal. */
  assertOutside(kind: RefusalKind, refusal: RunningRefusal): void {
    if (refusal.within.has(kind) || this.#refusals.has(refusal)) throw reentered(kind)
  }

  /** Calls a handler; null if it leaves the response to the library. */
  async call(
    kind: RefusalKind,
    refusal: RunningRefusal,
    request: RequestView,
    handler: () => ReturnType<RefusalHandler>,
  ): Promise<Response | null> {
    const source = sourceOf(request)
    const before = this.#byRequest.get(source) ?? NONE
    this.#byRequest.set(source, new Set([...before, kind]))
    this.#refusals.add(refusal)
    try {
      return checkResponse(kind, await this.#begin(kind, handler))
    } finally {
      this.#refusals.delete(refusal)
      this.#byRequest.set(source, before)
    }
  }

  #begin(kind: RefusalKind, handler: () => ReturnType<RefusalHandler>): ReturnType<RefusalHandler> {
    const before = this.#called
    this.#called = new Set([...before, kind])
    try {
      return handler()
    } finally {
      this.#called = before
    }
  }
}

const OPTION_NAMES: Readonly<Record<RefusalKind, string>> = {
  unauthorized: 'unauthorizedHandler',
  stale: 'needsRefreshHandler',
  forbidden: 'forbiddenHandler',
  forged: 'forgedHandler',
}

function reentered(kind: RefusalKind): UsageError {
  return new UsageError(
    'reentered',
    `The ${OPTION_NAMES[kind]} of this request caused the same refusal again and would call itself for ever: return undefined from it, and the library responds.`,
  )
}

/** A response of another realm is a response too: it is recognized by what it has. */
function checkResponse(kind: RefusalKind, response: Response | null | undefined): Response | null {
  if (response === undefined || response === null) return null
  if ((response as { headers?: unknown }).headers !== undefined) return response
  throw new UsageError(
    'no-response',
    `The ${OPTION_NAMES[kind]} must return a Response or undefined, but returned ${String(response)}.`,
  )
}
