// Calls the app's refusal handlers. A handler that causes its own kind of refusal would call itself endlessly through
// promises. Then the timers and the other requests of the process would never run. That call throws instead.
import { UsageError } from '../base/errors'
import type { Refusal, RefusalHandler } from '../options/types'
import { getSource, type RequestView } from '../wire/headers/request'

export type RefusalKind = Refusal['reason']

/** The kinds of refusal whose handlers caused another refusal. */
type Causes = ReadonlySet<RefusalKind>

/** A refusal, and the kinds of refusal whose handlers caused it. */
interface CausedRefusal {
  readonly causes: Causes
}

const NONE: Causes = new Set()

/**
 * The maximum number of refusals of one request that are handled at the same time. A layout and a page, or the parts of
 * a batch, may be refused at the same time. After a handler has waited, the refusal that it causes cannot be
 * distinguished from these. More refusals than this prove that the handler calls itself.
 */
const AT_ONCE_PER_REQUEST = 8
/**
 * The maximum number for all requests together, because a copy of a request cannot be recognized. Many visitors may be
 * refused at the same time, so more refusals than this are not an error. The library then responds by itself.
 */
const AT_ONCE = 2000

/** The refusal handlers of one manager that run now. */
export class RefusalHandlers {
  readonly #byRequest = new WeakMap<object, Map<RefusalKind, number>>()
  #running = 0
  /** The handlers whose synchronous part runs now. They cause each refusal that is decided now, also of a copied request. */
  #called: Causes = NONE
  readonly #refusals = new WeakSet<object>()

  /** Returns the kinds of refusal whose handlers cause a refusal that is decided now. */
  get causes(): Causes {
    return this.#called
  }

  /** @throws UsageError `reentered` if a handler of this kind caused the refusal. */
  assertOutside(kind: RefusalKind, refusal: CausedRefusal, request: RequestView): void {
    const isCaused = refusal.causes.has(kind) || this.#refusals.has(refusal)
    if (isCaused || this.#countOf(kind, request) >= AT_ONCE_PER_REQUEST) throw createReenteredError(kind)
  }

  /** Returns whether so many handlers wait that the library responds by itself. */
  get areBusy(): boolean {
    return this.#running >= AT_ONCE
  }

  /** Calls a handler. Returns null if the library responds. */
  async call(
    kind: RefusalKind,
    refusal: CausedRefusal,
    request: RequestView,
    handler: () => ReturnType<RefusalHandler>,
  ): Promise<Response | null> {
    this.#count(kind, request, 1)
    this.#refusals.add(refusal)
    try {
      return checkResponse(kind, await this.#begin(kind, handler))
    } finally {
      this.#refusals.delete(refusal)
      this.#count(kind, request, -1)
    }
  }

  #countOf(kind: RefusalKind, request: RequestView): number {
    return this.#byRequest.get(getSource(request))?.get(kind) ?? 0
  }

  #count(kind: RefusalKind, request: RequestView, more: number): void {
    const source = getSource(request)
    const counts = this.#byRequest.get(source) ?? new Map<RefusalKind, number>()
    this.#byRequest.set(source, counts.set(kind, (counts.get(kind) ?? 0) + more))
    this.#running += more
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
  forged: 'csrfHandler',
}

/** The message of the warning `busy-handlers`. */
export const BUSY_HANDLERS: string = `${AT_ONCE} calls of refusal handlers wait at the same time, so the library responded to a refusal by itself. Let the handlers respond sooner. If a handler opens a copy of its request and refuses it again, it calls itself: return undefined from it instead.`

function createReenteredError(kind: RefusalKind): UsageError {
  return new UsageError(
    'reentered',
    `The ${OPTION_NAMES[kind]} of this request caused the same refusal again and would call itself endlessly. Return undefined from it, and the library responds.`,
  )
}

/** Checks the result of a handler. A `Response` of another realm is accepted, so its `headers` are tested. */
function checkResponse(kind: RefusalKind, response: Response | null | undefined): Response | null {
  if (response === undefined || response === null) return null
  if ((response as { headers?: unknown }).headers !== undefined) return response
  throw new UsageError(
    'no-response',
    `The ${OPTION_NAMES[kind]} must return a Response or undefined, but returned ${String(response)}.`,
  )
}
