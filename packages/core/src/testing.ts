// `@fetch-login/core/testing`: what an app's own tests need. A browser without a browser (a cookie jar over the app's
// fetch), a login without a form, a clock to turn, and a record of what happened.

import type { LoginOptions } from './actions/login'
import { commit } from './auth-operations'
import { type Clock, readSystemClock } from './base/clock'
import { UsageError } from './base/errors'
import type { LoginManager } from './manager'
import type { LoginEvent, LoginEventName } from './request/events'
import { CookieJar } from './wire/cookies/cookie-jar'

/** A clock that stands still until it is turned. */
export interface TestClock extends Clock {
  /** Lets this many seconds pass. */
  advance(seconds: number): void
}

/**
 * A clock for the option `clock`.
 *
 * @example
 * const clock = createTestClock()
 * const manager = createLoginManager({ ...options, clock })
 * clock.advance(3600)
 */
export function createTestClock(start: number = readSystemClock()): TestClock {
  let now = start
  const advance = (seconds: number): void => {
    now += seconds
  }
  return Object.assign(() => now, { advance })
}

/** Every event that a manager can fire. */
const EVENT_NAMES = {
  userAccessed: true,
  userLoggedIn: true,
  userLoggedOut: true,
  userLoadedFromCookie: true,
  userLoadedFromRequest: true,
  userLoginConfirmed: true,
  userUnauthorized: true,
  userNeedsRefresh: true,
  userForbidden: true,
  sessionProtected: true,
  loginRejected: true,
  sessionRejected: true,
  rememberRejected: true,
  csrfRejected: true,
  sessionTrimmed: true,
  nextDropped: true,
  warning: true,
} as const satisfies Record<LoginEventName, true>

/** The events of a manager as they happen, oldest first; `stop()` ends it. */
export interface EventRecord<User> {
  /** The events themselves, with all they tell. */
  readonly events: readonly LoginEvent<User>[]
  /** Their names alone. */
  names(): readonly LoginEventName[]
  /** Stops listening; what was recorded stays. */
  stop(): void
}

/** Records every event of a manager. */
export function recordEvents<User, Guest>(manager: LoginManager<User, Guest, string>): EventRecord<User> {
  const events: LoginEvent<User>[] = []
  const ends = (Object.keys(EVENT_NAMES) as LoginEventName[]).map((name) =>
    manager.on(name, (event) => {
      events.push(event as LoginEvent<User>)
    }),
  )
  return { events, names: () => events.map(({ name }) => name), stop: () => ends.forEach((end) => void end()) }
}

/** What a test client needs to know of the app, and what it says of itself. */
export interface TestClientOptions<User, Guest> {
  /** For `loginAs()`. */
  readonly manager?: LoginManager<User, Guest, string> | undefined
  /** Where the app pretends to be. Default `https://app.test`. */
  readonly origin?: string | undefined
  /** Headers of every request, such as `user-agent`. Default: a browser's `accept`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The client's address, for `loginAs()` where the fingerprint looks at it. */
  readonly address?: string | undefined
  /** The manager's clock, so that cookies end in the jar when they end in the app. Default: the system's. */
  readonly clock?: Clock | undefined
}

const BROWSER_HEADERS = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'user-agent': 'test-client' }

/** A browser with its own cookies, that asks the app directly. */
export class TestClient<User = never, Guest = null> {
  readonly #app: (request: Request) => Response | Promise<Response>
  readonly #options: TestClientOptions<User, Guest>
  readonly #jar: CookieJar

  /** As {@link createTestClient}. */
  constructor(app: (request: Request) => Response | Promise<Response>, options: TestClientOptions<User, Guest>) {
    this.#app = app
    this.#options = options
    this.#jar = new CookieJar(() => (options.clock ?? readSystemClock)())
  }

  /** Sends a request with the cookies of the jar, and keeps those that come back. Redirects are not followed. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.#origin)
    const response = await this.#app(
      createRequest(url, { redirect: 'manual', ...init, headers: this.#headers(url, init.headers) }),
    )
    this.#take(response, url)
    return response
  }

  /** Asks for a page, as a browser that navigates does unless the headers say otherwise. */
  get(path: string, headers?: Record<string, string>): Promise<Response> {
    return this.fetch(path, headers === undefined ? {} : { headers })
  }

  /** Sends a form. */
  post(path: string, form: Record<string, string> = {}, headers?: Record<string, string>): Promise<Response> {
    return this.fetch(path, { method: 'POST', body: new URLSearchParams(form), ...(headers && { headers }) })
  }

  /** Follows redirects on this origin, five at the most. */
  async follow(response: Response): Promise<Response> {
    let answer = response
    for (let hops = 0; hops < 5; hops++) {
      const location = answer.headers.get('location')
      const url = location === null ? null : new URL(location, this.#origin)
      if (url?.origin !== new URL(this.#origin).origin) break
      answer = await this.get(url.href)
    }
    return answer
  }

  /**
   * Logs in without a form: the jar then holds what a real login would have left there, client and all.
   *
   * @throws UsageError `not-installed` where the client was made without `manager`.
   */
  async loginAs(user: User, options: LoginOptions = {}): Promise<void> {
    const { manager, address } = this.#options
    if (manager === undefined)
      throw new UsageError('not-installed', 'loginAs() needs createTestClient(fetch, { manager }).')
    const url = new URL('/', this.#origin)
    const auth = manager.open(createRequest(url, { headers: this.#headers(url) }), { address })
    await auth.loginUser(user, { force: true, ...options })
    this.#take(commit(auth, new Response()), url)
  }

  /** Closes the browser and opens it again: cookies without a lifetime are gone. */
  restart(): void {
    this.#jar.restart()
  }

  /** The cookies that belong to the client's origin, by name and whatever their path. */
  get cookies(): {
    /** Returns the value of a cookie, or undefined. Of several paths, the longest counts: its cookie is sent first. */
    get(name: string): string | undefined
    /** Stores a cookie of the path `/` that ends with the browser, in place of all of this name. */
    set(name: string, value: string): void
    /** Removes all cookies of this name. */
    delete(name: string): void
    /** Returns the names of all cookies, each once. */
    names(): string[]
  } {
    const host = new URL(this.#origin).hostname
    return {
      get: (name) => this.#jar.getCookies(host).find(([found]) => found === name)?.[1],
      set: (name, value) => this.#jar.plant(name, value, host),
      delete: (name) => this.#jar.remove(name, host),
      names: () => [...new Set(this.#jar.getCookies(host).map(([name]) => name))],
    }
  }

  get #origin(): string {
    return this.#options.origin ?? 'https://app.test'
  }

  #headers(url: URL, given?: RequestInit['headers']): Headers {
    const headers = new Headers({ ...BROWSER_HEADERS, ...this.#options.headers })
    new Headers(given).forEach((value, name) => void headers.set(name, value))
    if (!headers.has('host')) headers.set('host', url.host)
    const cookies = this.#jar.getHeader(url)
    if (cookies !== '' && !headers.has('cookie')) {
      headers.set('cookie', cookies)
      assertCookies(headers, cookies)
    }
    return headers
  }

  #take(response: Response, url: URL): void {
    for (const line of response.headers.getSetCookie()) this.#jar.store(line, url)
  }
}

/** @throws UsageError `cookie-dropped` if the `Cookie` header is not there: happy-dom and browsers drop it without an error. */
function createRequest(url: URL, init: RequestInit & { headers: Headers }): Request {
  const request = new Request(url, init)
  assertCookies(request.headers, init.headers.get('cookie') ?? '')
  return request
}

function assertCookies(headers: Headers, cookies: string): void {
  if ((headers.get('cookie') ?? '') === cookies) return
  throw new UsageError(
    'cookie-dropped',
    'The Request of this environment drops the Cookie header (happy-dom and browsers do), so the app would see an ' +
      'anonymous visitor. Run this test file in Node: begin it with the comment // @vitest-environment node.',
  )
}

/**
 * A browser for tests.
 *
 * @example
 * const client = createTestClient((request) => app.fetch(request), { manager })
 * await client.loginAs(alice)
 * expect((await client.get('/dashboard')).status).toBe(200)
 */
export function createTestClient<User = never, Guest = null>(
  app: (request: Request) => Response | Promise<Response>,
  options: TestClientOptions<User, Guest> = {},
): TestClient<User, Guest> {
  return new TestClient(app, options)
}
