// Every error of Fetch-Login carries a code, so that an app can branch without reading prose, and a message that
// says what happened and what to do. Hostile input is never an error here: it is a value with a reason.

/** What went wrong, for `switch`: one code an error, stable across versions. */
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

/** The parent of all errors of Fetch-Login: `error instanceof LoginError`, then `error.code`. */
export class LoginError extends Error {
  /** The name of the class. */
  override readonly name: string = 'LoginError'
  /** What went wrong, for `switch`. */
  readonly code: LoginErrorCode

  /** For the library, its adapters and stores. */
  constructor(code: LoginErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** One wrong option: where it is, and what to write instead. */
export interface OptionProblem {
  /** The path of the option, such as `session.cookie.path`. */
  readonly path: string
  /** What is wrong, and what to write instead. */
  readonly message: string
}

/** Options that cannot work. Thrown at start, never while a request runs; it lists every problem at once. */
export class OptionsError extends LoginError {
  /** The name of the class. */
  override readonly name = 'OptionsError'
  /** Every wrong option. */
  readonly problems: readonly OptionProblem[]

  /** For the library, its adapters and stores: `where` names the function that was given the options. */
  constructor(where: string, problems: readonly OptionProblem[]) {
    super('invalid-options', describe(where, problems))
    this.problems = problems
  }
}

function describe(where: string, problems: readonly OptionProblem[]): string {
  const lines = problems.map(({ path, message }) => `  - ${path}: ${message}`)
  return `${where} was given ${problems.length === 1 ? 'an option' : 'options'} it cannot work with:\n${lines.join('\n')}`
}

/** A mistake in the program that calls: the message says what to do instead. */
export class UsageError extends LoginError {
  /** The name of the class. */
  override readonly name = 'UsageError'
}

/** Something outside failed (a store, a key server); `cause` is the original error. Answer with 503. */
export class StoreError extends LoginError {
  /** The name of the class. */
  override readonly name = 'StoreError'
  /** Seconds after which it is worth trying again. Default 5. */
  readonly retryAfterSeconds: number
  /** What frameworks answer an error with, by the name that most look for. */
  readonly status = 503
  /** The same, by the name that others look for. */
  readonly statusCode = 503

  /** For stores and loaders: `cause` is the original error. */
  constructor(message: string, options?: ErrorOptions & { retryAfterSeconds?: number }) {
    super('store-unavailable', message, options)
    this.retryAfterSeconds = options?.retryAfterSeconds ?? 5
  }

  /** The headers of that answer. */
  get headers(): Record<string, string> {
    return { 'retry-after': String(this.retryAfterSeconds) }
  }

  /** The answer, for frameworks that ask the error for one. */
  getResponse(): Response {
    return new Response('503 Service Unavailable\n', { status: 503, headers: this.headers })
  }
}

/** Whether an outside failure was thrown: the class of this copy, or of another copy of this package. */
export function isStoreError(error: unknown): error is StoreError {
  return (
    error instanceof StoreError || (Object(error).code === 'store-unavailable' && Object(error).name === 'StoreError')
  )
}

/** The app's own data does not fit into a cookie (browsers drop anything above 4,096 bytes in silence). */
export class CookieTooLargeError extends LoginError {
  /** The name of the class. */
  override readonly name = 'CookieTooLargeError'
  /** Bytes of name and value together, and those that are kept free for a login and the secret of CSRF tokens. */
  readonly bytes: number
  /** The most that browsers keep: 4,096. */
  readonly limit: number
  /** The app's largest entries (three at the most), largest first. */
  readonly largest: readonly {
    /** The key of the entry. */
    readonly key: string
    /** Bytes of key and value as JSON. */
    readonly bytes: number
  }[]

  /** Bytes of JSON that the app can still add to the session as it is. */
  readonly left: number

  /** Bytes of all `Set-Cookie` lines of the library in this response: proxies limit the headers of a response in total. */
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
      `The session would need ${bytes} bytes in its cookie, room for a login included; browsers keep ${limit}. ` +
        `Largest entries: ${entries}. Nothing was written: ${left} bytes of JSON are left. ` +
        `All Set-Cookie lines of the response would have ${responseBytes} bytes (nginx: proxy_buffer_size). ` +
        'Keep a key in the session and the data in a store.',
    )
    this.left = left
    this.responseBytes = responseBytes
    this.bytes = bytes
    this.limit = limit
    this.largest = largest
  }
}
