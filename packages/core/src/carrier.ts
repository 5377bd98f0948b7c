// For adapters: the handle of a request stays with the request.

/** Where each object of a kind carries a value, out of everybody else's sight. */
export interface Carrier<Value> {
  /** What the object carries. */
  of(bearer: object): Value | undefined
  /** Lets the object carry this from now on. */
  give(bearer: object, value: Value): void
}

/**
 * For adapters: a property that nobody else knows the key of. A `WeakMap` would do the same, but each request in one costs
 * the garbage collector more than a login costs the processor.
 */
export function carrier<Value>(): Carrier<Value> {
  const key = Symbol('fetch-login')
  return {
    of: (bearer) => (bearer as { [key]?: Value })[key],
    give: (bearer, value) => {
      ;(bearer as { [key]?: Value })[key] = value
    },
  }
}
