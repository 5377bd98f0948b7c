// Helpers that the tests of core share: users, a secret, managers, and browsers that run operations of an Auth object.

import { commit } from '../src/adapter'
import type { LoginManagerOptions } from '../src/index'
import { type AnonymousReason, type Auth, createLoginManager, type LoginManager, withLogin } from '../src/index'
import { createTestClient, createTestClock, recordEvents, type TestClient, type TestClock } from '../src/testing'

export interface User {
  readonly id: string
  readonly isActive?: boolean
}

export const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
export const SESSION = '__Host-session'
export const REMEMBER = '__Host-remember_token'
export const SESSION_ENDED = '__Host-session_ended'

/** The time at which the clock of `setUp()` starts, in epoch seconds. */
export const NOW = 1_800_000_000

export const alice: User = { id: 'alice' }
export const bob: User = { id: 'bob' }

/** Creates a manager that finds a user for every ID. */
export function createManager(options: Partial<LoginManagerOptions<User>> = {}): LoginManager<User> {
  return createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), ...options })
}

/** Creates a manager that finds a user for every ID, with a test clock, a record of its events, and its browsers. */
export function setUp<U extends User = User, Guest = null>(options: Partial<LoginManagerOptions<U, Guest>> = {}) {
  const clock = createTestClock(NOW)
  const loadUser = (id: string): U => ({ id }) as U
  const manager = createLoginManager<U, Guest>({ secrets: SECRET, loadUser, clock, ...options })
  return {
    clock,
    manager,
    record: recordEvents(manager),
    createBrowser: (browserOptions: BrowserOptions = {}) => createBrowser(manager, clock, browserOptions),
  }
}

export interface BrowserOptions {
  /** The headers of every request. */
  readonly headers?: Readonly<Record<string, string>>
  readonly origin?: string
  /** The path of every request. Default: `/`. */
  readonly path?: string
}

export interface RunResult<T> {
  /** The value that the operation returned. */
  readonly value: T
  readonly response: Response
  /** The `Set-Cookie` headers of the response. */
  readonly cookies: readonly string[]
}

export interface Browser<U = User, Guest = null> extends TestClient<U, Guest> {
  /** Sends a request whose handler runs an operation of the Auth object. */
  run<T>(operation: (auth: Auth<U, Guest>) => T, init?: RequestInit): Promise<RunResult<Awaited<T>>>
}

/** Creates a test client whose app runs the operation that the test passes with each request. */
export function createBrowser<U, Guest>(
  manager: LoginManager<U, Guest>,
  clock: TestClock,
  { path = '/', ...options }: BrowserOptions = {},
): Browser<U, Guest> {
  let handle: (auth: Auth<U, Guest>) => Promise<void> = async () => {}
  const app = withLogin(manager, async (_request, auth) => {
    await handle(auth)
    return new Response('done')
  })
  const client = createTestClient<U, Guest>(app, { manager, clock, ...options })
  const run = async <T>(operation: (auth: Auth<U, Guest>) => T, init: RequestInit = {}) => {
    let value: unknown
    handle = async (auth) => {
      value = await operation(auth)
    }
    const response = await client.fetch(path, init)
    return { value: value as Awaited<T>, response, cookies: response.headers.getSetCookie() }
  }
  return Object.assign(client, { run })
}

/** Copies all cookies of one browser to another. */
export function copyCookies({ cookies }: Pick<Browser, 'cookies'>, target: Pick<Browser, 'cookies'>): void {
  for (const name of cookies.names()) target.cookies.set(name, cookies.get(name) as string)
}

/** Creates a request of a browser for `manager.open()`, because not every response comes from `withLogin()`. */
export function createRequest(
  { cookies }: Pick<Browser, 'cookies'>,
  headers: Readonly<Record<string, string>> = {},
): Request {
  const cookie = cookies.names().map((name) => `${name}=${cookies.get(name)}`)
  return new Request('https://app.test/', {
    headers: { cookie: cookie.join('; '), 'user-agent': 'test-client', ...headers },
  })
}

/** Sends an empty response, and returns its `Set-Cookie` headers. */
export const commitCookies = <U, Guest>(auth: Auth<U, Guest>): readonly string[] =>
  commit(auth, new Response()).headers.getSetCookie()

/** Returns the `name=value` of a `Set-Cookie` header. */
export const toPair = (line: string): string => line.split(';')[0] as string

/** Returns the `Cookie` header of a browser that has only these cookies. */
export const toCookieHeader = (lines: readonly string[]): string => lines.map(toPair).join('; ')

/** Reads the user of a request. */
export const getUser = <U, Guest>(auth: Auth<U, Guest>): Promise<U | Guest> => auth.currentUser()

/** Reads why a request is anonymous. */
export const getReason = <U, Guest>(auth: Auth<U, Guest>): Promise<AnonymousReason | null> => auth.whyAnonymous()

/** Creates a promise, and the function that resolves it. */
export function createDeferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Waits until the timers and promises of a request have run. */
export const waitForTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
