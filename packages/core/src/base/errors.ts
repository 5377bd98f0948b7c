// Every error of Fetch-Login has a code for programs and a message for people. The message states what happened and the
// remedy. Hostile input never throws. It results in an anonymous request with a reason.

/** The code of an error, for `switch`. Codes are stable across versions. */
export type LoginErrorCode =
  /**
   * `logoutUser({ everywhere: true })` cannot end the other logins: the option `revokeUser` is not set, or the
   * request has no user.
   *
   * Remedy: Set the options `sessionStamp` and `revokeUser`, and guard the route with `loginRequired()`.
   *
   * Example: `auth.logoutUser({ everywhere: true })` on a route without a guard, for an anonymous request.
   */
  | 'cannot-revoke'
  /**
   * The `Request` of the test environment removes the `Cookie` header, as happy-dom and browsers do.
   *
   * Remedy: Run the test file in Node: begin it with the comment `// @vitest-environment node`.
   *
   * Example: `createTestClient(app.fetch)` in a test with the environment happy-dom.
   */
  | 'cookie-dropped'
  /**
   * The session data of the app does not fit into a cookie of 4,096 bytes (`CookieTooLargeError`). Nothing was
   * written.
   *
   * Remedy: Store a key in the session, and the data in a database. The properties `largest` and `left` of the
   * error help to find the entry.
   *
   * Example: `auth.session.set('cart', items)` with 200 items.
   */
  | 'cookie-too-large'
  /**
   * The app changed a session before the CSRF check of the request completed.
   *
   * Remedy: Await `checkCsrf(token)` before the change, and refuse the request if it returns false. Install a
   * method override before the login middleware.
   *
   * Example: `auth.loginUser(user)` in the handler of a form, with `csrf: 'token'` and without `checkCsrf()`.
   */
  | 'csrf-unchecked'
  /**
   * A function received an argument of a type that it cannot use.
   *
   * Remedy: Pass the value that the message names. The types of TypeScript find this mistake.
   *
   * Example: `manager.on('userLoggedIn')` without a listener.
   */
  | 'invalid-argument'
  /**
   * `rememberSeconds` of `loginUser()` is not a number of seconds, or too large. The user was not logged in.
   *
   * Remedy: Pass a number of seconds, such as `30 * 86_400`.
   *
   * Example: `auth.loginUser(user, { remember: true, rememberSeconds: '30 days' })`.
   */
  | 'invalid-duration'
  /**
   * Options cannot work (`OptionsError`). It is thrown at start, and lists each wrong option in `problems`.
   *
   * Remedy: Change the options that the message lists.
   *
   * Example: `createLoginManager({ secrets: 'short', loadUser })`.
   */
  | 'invalid-options'
  /**
   * `method` or `level` of a login has the wrong type. Nothing was changed.
   *
   * Remedy: Pass strings as `method` and a finite number as `level`, such as `{ method: 'pwd', level: 1 }`.
   *
   * Example: `auth.loginUser(user, { level: 'high' })`.
   */
  | 'invalid-proof'
  /**
   * `sessionStamp()` returned neither a number nor a string with at least one character.
   *
   * Remedy: Return a value for each user, such as a version that begins with 1.
   *
   * Example: `sessionStamp: (user) => user.version` if a user has no `version`.
   */
  | 'invalid-stamp'
  /**
   * A loader or the app passed a list, a string or a number as the user.
   *
   * Remedy: Pass one object: `rows[0]`, or null if the user does not exist.
   *
   * Example: `loadUser: (id) => db.query('select …', [id])`, which returns a list.
   */
  | 'invalid-user'
  /**
   * The user has no usable id, `loginUser()` received no user, or `confirmLogin({ user })` received another user.
   * Nothing was changed.
   *
   * Remedy: Set the option `userId`, return a string from it, and check that the user was found before you log in.
   *
   * Example: `auth.loginUser(await users.find(name))` if the user does not exist.
   */
  | 'invalid-user-id'
  /**
   * `loginUser()` cannot log in, because the option `audience` did not return a string for this request.
   *
   * Remedy: Return a string from `audience` for each host that logs users in.
   *
   * Example: A request to a host that belongs to no tenant.
   */
  | 'no-audience'
  /**
   * `auth.user` was read, and no guard has let the request pass.
   *
   * Remedy: Guard the route with `loginRequired()`, or read `await auth.currentUser()`.
   *
   * Example: `auth.user` in a route without a guard.
   */
  | 'no-guard'
  /**
   * `loginUrl()` received no view, and the option `loginView` is not set.
   *
   * Remedy: Set the option `loginView`, or pass a view.
   *
   * Example: `auth.loginUrl()` without the option `loginView`.
   */
  | 'no-login-view'
  /**
   * A handler of the app must return a `Response`, and returned another value.
   *
   * Remedy: Return a `Response`. A refusal handler may return undefined, and then the library responds.
   *
   * Example: `withLogin(manager, (request, auth) => 'hello')`.
   */
  | 'no-response'
  /**
   * The response was sent before the app awaited an operation, which is completed. Thrown only with the option `debug`. The
   * response of the error handler has no cookie of the operation.
   *
   * Remedy: Await the operation that the message names, also in the functions that call it.
   *
   * Example: `void auth.loginUser(user); return new Response()`.
   */
  | 'not-awaited'
  /**
   * The `Auth` object of the request was not found, because the middleware does not run before this code.
   *
   * Remedy: Install the middleware or plugin before the routes. Call `currentAuth()` inside `provideAuth()`.
   *
   * Example: `app.get('/', loginRequired(), …)` before `app.use(loginMiddleware)`.
   */
  | 'not-installed'
  /**
   * `session.set()` received a value that JSON cannot represent.
   *
   * Remedy: Store plain objects, arrays, strings, finite numbers, booleans and null.
   *
   * Example: `auth.session.set('since', new Date())`.
   */
  | 'not-json'
  /**
   * A view function returned a URL of another origin.
   *
   * Remedy: Return a path, or list the origin in `origins` or `nextOrigins`.
   *
   * Example: `loginView: () => 'https://login.example.org'` without that origin in `nextOrigins`.
   */
  | 'off-origin-view'
  /**
   * The `Auth` object of this request can only be read, because the response cannot set cookies (a page of Next.js, a
   * WebSocket upgrade).
   *
   * Remedy: Log in, log out and write to the session in a server action or a route handler. Read flash messages
   * with `peekFlashes()`.
   *
   * Example: `(await auth()).logoutUser()` in a page of Next.js.
   */
  | 'read-only'
  /**
   * A loader, listener or refusal handler called an operation that waits for this same function.
   *
   * Remedy: Use the arguments of the function instead of the `Auth` object. Return undefined from a refusal
   * handler.
   *
   * Example: `loadUser` that awaits `auth.currentUser()` of the same request.
   */
  | 'reentered'
  /**
   * The headers of the response were sent before the operation completed. The change was not sent.
   *
   * Remedy: Await `loginUser()`, `logoutUser()` and the other operations before the response begins.
   *
   * Example: `void auth.loginUser(user); return new Response()`.
   */
  | 'response-sent'
  /**
   * A store, a database or a key server failed (`StoreError`). `cause` is the original error.
   *
   * Remedy: Respond with 503, as guards and error handlers of the frameworks do. Throw a `StoreError` from your
   * own loaders.
   *
   * Example: `loadUser` that throws `new StoreError('database down', { cause: error })`.
   */
  | 'store-unavailable'
  /**
   * Two copies of the package core are installed. Each has its own state.
   *
   * Remedy: Install one version for the app and all adapters. `npm ls @fetch-login/core` lists the copies.
   *
   * Example: An adapter of another version than core.
   */
  | 'two-copies'
  /**
   * A guard or a refusal names an area that the option `areas` does not have.
   *
   * Remedy: Add the area to the option `areas`, if only as `admin: {}`.
   *
   * Example: `auth.unauthorized({ area: 'admin' })` without `areas: { admin: {} }`.
   */
  | 'unknown-area'

/**
 * The parent class of all errors of Fetch-Login.
 *
 * @example if (error instanceof LoginError && error.code === 'cookie-too-large') { … }
 */
export class LoginError extends Error {
  /** The name of the class. */
  override readonly name: string = 'LoginError'
  /** The code of the error, for `switch`. */
  readonly code: LoginErrorCode

  /** For the library, its adapters and stores. */
  constructor(code: LoginErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** One invalid option. */
export interface OptionProblem {
  /** The path of the option, such as `session.cookie.path`. */
  readonly path: string
  /** The expected value, the received value and the remedy. */
  readonly message: string
}

/** Thrown for invalid options. It is thrown at start, never during a request, and lists all problems. */
export class OptionsError extends LoginError {
  /** The name of the class. */
  override readonly name = 'OptionsError'
  /** All invalid options. */
  readonly problems: readonly OptionProblem[]

  /**
   * For the library, its adapters and stores.
   *
   * @param receiver The name of the function that received the options.
   */
  constructor(receiver: string, problems: readonly OptionProblem[]) {
    super('invalid-options', describeProblems(receiver, problems))
    this.problems = problems
  }
}

function describeProblems(receiver: string, problems: readonly OptionProblem[]): string {
  const lines = problems.map(({ path, message }) => `  - ${path}: ${message}`)
  return `${receiver} received ${problems.length === 1 ? 'an invalid option' : 'invalid options'}:\n${lines.join('\n')}`
}

/** Thrown for a mistake in the app's code. The message names the remedy. */
export class UsageError extends LoginError {
  /** The name of the class. */
  override readonly name = 'UsageError'
}

/** Thrown if an external service fails, such as a store or a key server. The response is 503; `cause` is the original error. */
export class StoreError extends LoginError {
  /** The name of the class. */
  override readonly name = 'StoreError'
  /**
   * Seconds until the client should retry.
   *
   * @default 5
   */
  readonly retryAfterSeconds: number
  /** The status of the response. Most frameworks read this name. */
  readonly status = 503
  /** The status of the response. Other frameworks read this name. */
  readonly statusCode = 503

  /**
   * For stores and loaders.
   *
   * @param options `cause` is the original error.
   */
  constructor(message: string, options?: ErrorOptions & { retryAfterSeconds?: number }) {
    super('store-unavailable', message, options)
    this.retryAfterSeconds = options?.retryAfterSeconds ?? 5
  }

  /** The headers of the response. */
  get headers(): Record<string, string> {
    return { 'retry-after': String(this.retryAfterSeconds) }
  }

  /** Returns the response, for frameworks that call this method of an error. */
  getResponse(): Response {
    return new Response('503 Service Unavailable\n', { status: 503, headers: this.headers })
  }
}

/** Returns whether an error is a `StoreError`, of this copy or another copy of this package. */
export function isStoreError(error: unknown): error is StoreError {
  return (
    error instanceof StoreError || (Object(error).code === 'store-unavailable' && Object(error).name === 'StoreError')
  )
}

/** Thrown if the app's own data does not fit into the session cookie. Browsers ignore a cookie above 4,096 bytes. */
export class CookieTooLargeError extends LoginError {
  /** The name of the class. */
  override readonly name = 'CookieTooLargeError'
  /** The size that the cookie needs, in bytes: its name, its value, and the reserve for a login and a CSRF secret. */
  readonly bytes: number
  /** The largest size that browsers store, in bytes: 4,096. */
  readonly limit: number
  /** The largest entries of the app, at most three, in descending order. */
  readonly largest: readonly {
    /** The key of the entry. */
    readonly key: string
    /** The size of key and value as JSON, in bytes. */
    readonly bytes: number
  }[]

  /** The bytes of JSON that the app can still add to the current session. */
  readonly left: number

  /** The bytes of all `Set-Cookie` headers of the library in this response. Proxies limit the total size of headers. */
  readonly responseBytes: number

  /** For the library. */
  constructor(
    bytes: number,
    limit: number,
    largest: readonly { key: string; bytes: number }[],
    left = 0,
    responseBytes: number = bytes,
  ) {
    const entries = largest.map(({ key, bytes }) => `"${key}" (${bytes} bytes)`).join(', ') || 'none of the app'
    super(
      'cookie-too-large',
      `The session cookie needs ${bytes} bytes, a reserve for a login included, but browsers store at most ${limit}. ` +
        `Largest entries: ${entries}. The session was not changed; ${left} bytes of JSON are left. ` +
        `All Set-Cookie headers of the response need ${responseBytes} bytes (nginx: proxy_buffer_size). ` +
        'Store the data on the server and only its key in the session.',
    )
    this.left = left
    this.responseBytes = responseBytes
    this.bytes = bytes
    this.limit = limit
    this.largest = largest
  }
}
