// `@fetch-login/core/testing`: tools for the tests of an app. They are a client with a cookie jar, a login without a
// form, a clock, and a record of events.

import type { LoginOptions } from './actions/login'
import { commit } from './auth-operations'
import { type Clock, readSystemClock } from './base/clock'
import { UsageError } from './base/errors'
import type { LoginManager } from './manager'
import type { LoginEvent, LoginEventName } from './request/events'
import { CookieJar } from './wire/cookies/cookie-jar'

/** A clock for tests. Its time changes only when `advance()` is called. */
export interface TestClock extends Clock {
  /**
   * Adds seconds to the time.
   *
   * @param seconds - A number of seconds, which may be negative.
   */
  advance(seconds: number): void
}

/**
 * Creates a clock for the option `clock`.
 *
 * @param start - The time at the start, in seconds since the epoch. Default: the system time.
 * @returns The clock.
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

/** Every event that a manager can emit. */
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

/** A record of the events of a manager. */
export interface EventRecord<User> {
  /** The events, oldest first. */
  readonly events: readonly LoginEvent<User>[]
  /** Returns the names of the events, oldest first. */
  names(): readonly LoginEventName[]
  /** Stops recording. Recorded events are kept. */
  stop(): void
}

/**
 * Records every event of a manager.
 *
 * @param manager - The manager.
 * @returns The record, which grows with each event until `stop()` is called.
 * @example
 * const { names } = recordEvents(manager)
 * await client.loginAs(alice)
 * expect(names()).toEqual(['userLoggedIn'])
 */
export function recordEvents<User, Guest>(manager: LoginManager<User, Guest, string>): EventRecord<User> {
  const events: LoginEvent<User>[] = []
  const ends = (Object.keys(EVENT_NAMES) as LoginEventName[]).map((name) =>
    manager.on(name, (event) => {
      events.push(event as LoginEvent<User>)
    }),
  )
  return { events, names: () => events.map(({ name }) => name), stop: () => ends.forEach((end) => void end()) }
}

/** Options of `createTestClient()`. */
export interface TestClientOptions<User, Guest> {
  /**
   * The manager of the app, for `loginAs()`.
   *
   * @default none: `loginAs()` throws
   */
  readonly manager?: LoginManager<User, Guest, string> | undefined
  /**
   * The origin of the app.
   *
   * @default `https://app.test`
   */
  readonly origin?: string | undefined
  /**
   * The headers of every request, such as `user-agent`.
   *
   * @default the `accept` header of a browser, and a `user-agent`
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The address of the client for `loginAs()`, if the fingerprint includes it.
   *
   * @default none
   */
  readonly address?: string | undefined
  /**
   * The clock by which cookies expire. Pass the clock of the manager.
   *
   * @default the system clock
   */
  readonly clock?: Clock | undefined
}

const BROWSER_HEADERS = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'user-agent': 'test-client' }

/** A client with a cookie jar that calls the app directly. */
export class TestClient<User = never, Guest = null> {
  readonly #app: (request: Request) => Response | Promise<Response>
  readonly #options: TestClientOptions<User, Guest>
  readonly #jar: CookieJar

  /** Creates a client. See {@link createTestClient}. */
  constructor(app: (request: Request) => Response | Promise<Response>, options: TestClientOptions<User, Guest>) {
    this.#app = app
    this.#options = options
    this.#jar = new CookieJar(() => (options.clock ?? readSystemClock)())
  }

  /**
   * Sends a request with the cookies of the jar, and stores the cookies of the response. Redirects are not followed.
   *
   * @param path - A path of the app, or a URL.
   * @param init - As for the global `fetch`.
   * @returns The response of the app.
   */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.#origin)
    const response = await this.#app(
      createRequest(url, { redirect: 'manual', ...init, headers: this.#createHeaders(url, init.headers) }),
    )
    this.#storeCookies(response, url)
    return response
  }

  /**
   * Sends a GET request that accepts pages, unless the headers change that.
   *
   * @param path - A path of the app, or a URL.
   * @param headers - Further headers.
   * @returns The response of the app.
   */
  get(path: string, headers?: Record<string, string>): Promise<Response> {
    return this.fetch(path, headers === undefined ? {} : { headers })
  }

  /**
   * Sends a form in a POST request.
   *
   * @param path - A path of the app, or a URL.
   * @param form - The fields of the form.
   * @param headers - Further headers.
   * @returns The response of the app.
   */
  post(path: string, form: Record<string, string> = {}, headers?: Record<string, string>): Promise<Response> {
    return this.fetch(path, { method: 'POST', body: new URLSearchParams(form), ...(headers && { headers }) })
  }

  /**
   * Follows redirects to the origin of the app, at most five.
   *
   * @param response - A response that may be a redirect.
   * @returns The last response.
   */
  async follow(response: Response): Promise<Response> {
    let current = response
    for (let hops = 0; hops < 5; hops++) {
      const location = current.headers.get('location')
      const url = location === null ? null : new URL(location, this.#origin)
      if (url?.origin !== new URL(this.#origin).origin) break
      current = await this.get(url.href)
    }
    return current
  }

  /**
   * Logs a user in without a form. The jar then has the cookies of a real login from this client.
   *
   * @param user - The user. An inactive user is logged in too.
   * @param options - As for `auth.loginUser()`.
   * @throws UsageError `not-installed` if the client was created without the option `manager`.
   */
  async loginAs(user: User, options: LoginOptions = {}): Promise<void> {
    const { manager, address } = this.#options
    if (manager === undefined)
      throw new UsageError(
        'not-installed',
        'loginAs() requires the option manager. Call createTestClient(fetch, { manager }).',
      )
    const url = new URL('/', this.#origin)
    const auth = manager.open(createRequest(url, { headers: this.#createHeaders(url) }), { address })
    await auth.loginUser(user, { force: true, ...options })
    this.#storeCookies(commit(auth, new Response()), url)
  }

  /** Removes cookies without a lifetime, as a browser does when it is closed and opened again. */
  restart(): void {
    this.#jar.restart()
  }

  /** The cookies of the origin by name, of every path. */
  get cookies(): {
    /** Returns the value of a cookie, or undefined. Of several cookies, it is the one with the longest path. */
    get(name: string): string | undefined
    /** Stores a cookie without a lifetime and with the path `/`. It replaces all cookies with this name. */
    set(name: string, value: string): void
    /** Removes all cookies with this name. */
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

  #createHeaders(url: URL, more?: RequestInit['headers']): Headers {
    const headers = new Headers({ ...BROWSER_HEADERS, ...this.#options.headers })
    new Headers(more).forEach((value, name) => void headers.set(name, value))
    if (!headers.has('host')) headers.set('host', url.host)
    const cookies = this.#jar.getHeader(url)
    if (cookies !== '' && !headers.has('cookie')) {
      headers.set('cookie', cookies)
      assertCookies(headers, cookies)
    }
    return headers
  }

  #storeCookies(response: Response, url: URL): void {
    for (const line of response.headers.getSetCookie()) this.#jar.store(line, url)
  }
}

/**
 * Creates a request.
 *
 * @throws UsageError `cookie-dropped` if the environment removed the `Cookie` header, as happy-dom and browsers do.
 */
function createRequest(url: URL, init: RequestInit & { headers: Headers }): Request {
  const request = new Request(url, init)
  assertCookies(request.headers, init.headers.get('cookie') ?? '')
  return request
}

function assertCookies(headers: Headers, cookies: string): void {
  if ((headers.get('cookie') ?? '') === cookies) return
  throw new UsageError(
    'cookie-dropped',
    'The Request class of this environment drops the Cookie header, as happy-dom and browsers do, so every request would be ' +
      'anonymous. Run this test file in Node: begin it with the comment // @vitest-environment node.',
  )
}

/**
 * Creates a client with a cookie jar for the tests of an app.
 *
 * @param app - The handler of the app, such as `(request) => app.fetch(request)`.
 * @param options - The manager for `loginAs()`, the origin, headers, and the clock.
 * @returns The client.
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
