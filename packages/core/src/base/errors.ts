// Every error of Fetch-Login has a code for programs and a message for people. The message states what happened and the
// remedy. Hostile input never throws. It gives an anonymous request with a reason.

/** The code of an error, for `switch`. Codes are stable across versions. */
export type LoginErrorCode =
  | 'cannot-revoke'
  | 'cookie-dropped'
  | 'cookie-too-large'
  | 'csrf-unchecked'
  | 'invalid-argument'
  | 'invalid-duration'
  | 'invalid-options'
  | 'invalid-proof'
  | 'invalid-stamp'
  | 'invalid-user'
  | 'invalid-user-id'
  | 'no-audience'
  | 'no-guard'
  | 'no-login-view'
  | 'no-response'
  | 'not-installed'
  | 'not-json'
  | 'off-origin-view'
  | 'read-only'
  | 'reentered'
  | 'response-sent'
  | 'store-unavailable'
  | 'two-copies'
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
