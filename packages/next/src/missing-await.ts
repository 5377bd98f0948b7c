// Reports a guard whose promise was dropped: the page was rendered for every visitor. This check runs in development
// only.
import { headers } from 'next/headers'
import { after } from 'next/server'
import { URL_HEADER } from './view'

type Verify = (signedUrl: string) => string | null

/** Records whether the app waits for the promise. `await` calls `then` of a subclass, but not of a plain promise. */
class WatchedPromise<Result> extends Promise<Result> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  isAwaited = false

  // biome-ignore lint/suspicious/noThenProperty: the call of `then` is what is recorded
  override then<Fulfilled = Result, Rejected = never>(
    onFulfilled?: ((value: Result) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.isAwaited = true
    return super.then(onFulfilled, onRejected)
  }
}

/**
 * Returns the outcome of a guard. In development, logs the page's path with `console.error` if the app has not awaited the
 * outcome when the response is complete.
 */
export function reportIfNotAwaited<Result>(name: string, outcome: Promise<Result>, verify: Verify): Promise<Result> {
  if (process.env.NODE_ENV !== 'development') return outcome
  const call = new Error(`${name}() was called here`)
  const path = readPath(verify)
  const watched = new WatchedPromise<Result>((resolve) => resolve(outcome))
  runAfterResponse(async () => {
    if (!watched.isAwaited) console.error(describeMissingAwait(name, await path), call)
  })
  return watched
}

/** Runs the task after the response. Without a request (a build, a script) Next.js throws, and the task does not run. */
export function runAfterResponse(task: () => unknown): void {
  try {
    after(task)
  } catch {}
}

/**
 * Returns the path without the query, which may contain a credential. Returns null if the proxy has not signed the
 * address.
 */
async function readPath(verify: Verify): Promise<string | null> {
  try {
    const url = verify((await headers()).get(URL_HEADER) ?? '')
    return url === null ? null : new URL(url).pathname
  } catch {
    return null
  }
}

function describeMissingAwait(name: string, path: string | null): string {
  const page = path === null ? 'A page or action' : `The page or action at ${path}`
  return `${page} called ${name}() without await, so it ran for every visitor. Write \`await ${name}()\`, or export the page as ${name}Page(Page).`
}
